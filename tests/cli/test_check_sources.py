"""What ``oauthenticator-suite check`` reads: folders, values of the Helm chart, JSON, and other packages' classes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.check.formats import annotation, as_github, as_json, as_text
from oauthenticator_suite.cli.configuration.sources import read
from oauthenticator_suite.cli.configuration.unreadable import CannotReadConfiguration
from tests.cli.test_check import GOOD, found, report_of, write

pytestmark = pytest.mark.hub_versions

VALUES = """\
hub:
  config:
    JupyterHub:
      authenticator_class: suite-github
      public_url: https://hub.example.org/
    GitHubOAuthenticator:
      client_id: Ov23li0123456789abcd
      client_secret_file: /run/secrets/hub/client_secret
      scope: ["read:org"]
      allowed_organizations: ["physics-lab"]
      enable_auth_state: true
      username_claim: login
"""


def test_values_of_the_chart_are_the_options(folder: Path) -> None:
    path = write(folder, VALUES, "values.yaml")
    report = report_of(path)
    assert found(report) == set()
    assert report.callbacks == {"": "https://hub.example.org/hub/oauth_callback"}
    assert [each.option for each in report.findings if each.finding.code == "value-not-known"] == [
        "c.GitHubOAuthenticator.client_secret_file"
    ]


def test_findings_have_the_lines_of_the_values_and_of_the_code_in_them(folder: Path) -> None:
    path = write(
        folder,
        VALUES
        + """\
      alowed_users: [x]
  extraConfig:
    10-more: |
      from z2jh import get_config

      c.GitHubOAuthenticator.github_url = get_config("custom.url")
    05-first: c.GitHubOAuthenticator.blocked_users = [""]
custom:
  url: no-url
""",
        "values.yaml",
    )
    assert found(report_of(path)) == {
        ("unknown-option", "c.GitHubOAuthenticator.alowed_users", 13),
        ("invalid-value", "c.GitHubOAuthenticator.github_url", 18),
        ("empty-name", "c.GitHubOAuthenticator.blocked_users", 19),
    }


def test_later_values_replace_earlier_ones_and_have_their_own_lines(folder: Path) -> None:
    first = write(folder, VALUES, "values.yaml")
    second = write(folder, "hub: {config: {GitHubOAuthenticator: {client_id: ''}}}\n", "production.yaml")
    assert found(report_of(first, second)) == {("client-id", "c.GitHubOAuthenticator.client_id", 1)}
    assert found(report_of(second, first)) == set()


def test_a_chart_that_contains_the_chart(folder: Path) -> None:
    inner = "".join(f"  {line}\n" for line in VALUES.splitlines())
    path = write(folder, f"jupyterhub:\n{inner}        client_secert: x\n", "values.yaml")
    assert found(report_of(path)) == {("unknown-option", "c.GitHubOAuthenticator.client_secert", 14)}


@pytest.mark.parametrize(
    "secret",
    [
        "  extraEnv:\n    GITHUB_CLIENT_SECRET:\n      valueFrom: {secretKeyRef: {name: a, key: b}}\n",
        "  extraEnv:\n    - {name: GITHUB_CLIENT_SECRET, valueFrom: {secretKeyRef: {name: a, key: b}}}\n",
        "  extraEnv:\n    X: {valueFrom: {secretKeyRef: {name: a, key: b}}}\n    GITHUB_CLIENT_SECRET: $(X)\n",
        "  existingSecret: hub-secret\n",
    ],
)
def test_a_secret_of_the_cluster_is_unknown_and_never_missing(folder: Path, secret: str) -> None:
    without = VALUES.replace("      client_secret_file: /run/secrets/hub/client_secret\n", "")
    report = report_of(write(folder, without + secret, "values.yaml"))
    assert found(report) == set()
    assert "value-not-known" in {each.finding.code for each in report.findings}
    assert [code for code, *_ in found(report_of(write(folder, without, "values.yaml")))] == ["public-client"]


def test_the_environment_of_this_machine_is_not_that_of_the_pod(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GITHUB_CLIENT_ID", "of-this-machine")
    path = write(folder, VALUES.replace("      client_id: Ov23li0123456789abcd\n", ""), "values.yaml")
    assert [code for code, *_ in found(report_of(path))] == ["client-id"]


def test_code_that_needs_a_package_of_the_image_is_a_finding(folder: Path) -> None:
    path = write(folder, VALUES + "  extraConfig:\n    a: |\n      import no_such_module\n", "values.yaml")
    assert [code for code, *_ in found(report_of(path))] == ["code-not-run"]


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("values.yaml", "hub:\n  config: [\n", "values.yaml:3: is not valid YAML"),
        ("values.yaml", "other: {a: 1}\n", "has no hub.config"),
        ("values.yaml", "- a\n", "has no values"),
        ("values.yaml", "hub:\n  config:\n    loadRoles: {}\n", "values.yaml:3: hub.config.loadRoles"),
        ("values.yaml", "hub:\n  config:\n    JupyterHub: text\n", "values.yaml:3: hub.config.JupyterHub must be"),
        ("values.yaml", "hub:\n  extraConfig:\n    a: |\n      x = (\n", "values.yaml:4: syntax error"),
        ("values.yaml", "hub:\n  extraConfig:\n    a: |\n\n      1/0\n", "values.yaml:5: ZeroDivisionError"),
        ("config.json", "{\n]", "config.json:2: is not valid JSON"),
        ("config.json", "[]", "config.json: must be a JSON object"),
    ],
)
def test_what_cannot_be_read_names_file_and_line(folder: Path, name: str, text: str, problem: str) -> None:
    with pytest.raises(CannotReadConfiguration) as caught:
        read([write(folder, text, name)])
    assert problem in str(caught.value)


def test_the_littlest_jupyterhub(folder: Path) -> None:
    text = "auth:\n  type: suite-github\n  GitHubOAuthenticator:\n    client_id: a\n    client_secert: b\n    allow_all: true\n"
    codes = found(report_of(write(folder, text, "config.yaml")))
    assert ("unknown-option", "c.GitHubOAuthenticator.client_secert", 5) in codes


def test_a_folder_is_read_in_the_order_of_names(folder: Path) -> None:
    write(folder, GOOD.replace("__file__.replace", "'x'.replace"), "conf.d/10-auth.py")
    write(folder, "c.GitHubOAuthenticator.client_secret_file = 'secret'\n", "conf.d/20-secret.py")
    write(folder, json.dumps({"GitHubOAuthenticator": {"alowed_users": ["x"]}}), "conf.d/30-more.json")
    write(folder, "syntax error", "conf.d/.hidden.py")
    assert found(report_of(folder / "conf.d")) == {("unknown-option", "c.GitHubOAuthenticator.alowed_users", 1)}
    (folder / "empty").mkdir()
    with pytest.raises(CannotReadConfiguration, match="has no files"):
        read([folder / "empty"])


def test_an_imported_module_has_lines_of_its_own(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(folder))
    write(folder, "\ndef apply(c):\n    c.GitHubOAuthenticator.setdefault('alowed_users', {'x'})\n", "our_settings.py")
    path = write(folder, GOOD + "import our_settings\nour_settings.apply(c)\n")
    (finding,) = (each for each in report_of(path).findings if each.finding.code == "unknown-option")
    assert finding.place is not None
    assert (Path(finding.place.file).name, finding.place.line) == ("our_settings.py", 3)
    assert not (folder / "__pycache__").exists()


def test_children_are_checked_and_named(folder: Path) -> None:
    path = write(
        folder,
        """
c.JupyterHub.authenticator_class = "suite-multi"
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "suite-github",
        "config": {"client_id": "a", "client_secret": "b", "allow_all": True, "github_url": "no-url"},
    },
    {
        "authenticator_class": "suite-generic",
        "config": {
            "client_id": "a",
            "client_secret": "c",
            "isuer": "https://login.example.org",
            "allowed_groups": {"staff"},
        },
    },
    {"authenticator_class": "dummy"},
]
""",
    )
    report = report_of(path)
    assert report.providers == ("github", "generic", "dummy")
    told = {(each.provider, each.finding.code, each.option) for each in report.findings if each.severity == "error"}
    assert told == {
        ("", "invalid-value", "c.MultiAuthenticator.authenticators[0]['config'].github_url"),
        ("", "unknown-option", "c.MultiAuthenticator.authenticators[1]['config'].isuer"),
        ("generic", "groups-not-managed", "c.GenericOAuthenticator.allowed_groups"),
    }
    lines = {each.option.rpartition(".")[2]: each.place.line for each in report.findings if each.place}
    assert (lines["github_url"], lines["isuer"], lines["allowed_groups"]) == (6, 13, 14)


def test_a_class_of_another_package_is_named_and_its_options_are_checked(folder: Path) -> None:
    path = write(
        folder,
        """
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.passwort = "x"
c.GitHubOAuthenticator.client_id = "x"
""",
    )
    report = report_of(path)
    assert found(report) == {
        ("unknown-option", "c.DummyAuthenticator.passwort", 3),
        ("inactive-section", "c.GitHubOAuthenticator", 4),
    }
    assert report.findings[-1].finding.code == "other-package"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('c.JupyterHub.authenticator_class = "suite-gihub"', "unknown-authenticator"),
        ("c.JupyterHub.port = 8000", "default-authenticator"),
        ('c.JupyterHub.authenticator_class = "suite-multi"', "not-created"),
        ('c.JupyterHub.authenticator_class = "dummy"\nc.JupyterHub.port = "x"', "invalid-value"),
        ('c.JupyterHub.authenticator_class = "dummy"\nc.JupyterHub.spawner_class = "no-such"', "not-installed-here"),
    ],
)
def test_findings_that_no_check_makes(folder: Path, text: str, code: str) -> None:
    assert code in {each.finding.code for each in report_of(write(folder, text)).findings}


def test_a_word_of_the_command_line_has_no_line(folder: Path) -> None:
    report = report_of(write(folder, GOOD), words=("--GitHubOAuthenticator.oauth_callback_url=x",))
    (finding,) = (each for each in report.findings if each.severity == "error")
    assert finding.finding.code == "invalid-value"
    assert finding.place is not None
    assert finding.place.line == 2, "the line that chooses the class"


@pytest.mark.parametrize(
    ("second", "is_replaced"),
    [
        ("c.GitHubOAuthenticator.allowed_users = {'grace'}", True),
        ("c.GitHubOAuthenticator.allowed_users = {'ada', 'grace'}", False),
        ("c.GitHubOAuthenticator.allowed_users.update({'grace'})", False),
    ],
)
def test_a_file_that_replaces_the_names_of_another(folder: Path, second: str, is_replaced: bool) -> None:
    paths = write(folder, GOOD), write(folder, second, "more.py")
    replaced = [each for each in report_of(*paths).findings if each.finding.code == "value-replaced"]
    assert [(each.option, str(each.finding).partition(". ")[0]) for each in replaced] == [
        (
            "c.GitHubOAuthenticator.allowed_users",
            "c.GitHubOAuthenticator.allowed_users replaces the names that jupyterhub_config.py:6 sets",
        )
    ] * is_replaced


# --- forms of the report ---------------------------------------------------------------------------------------------


def test_the_members_of_the_json_form(folder: Path) -> None:
    path = write(folder, GOOD + "c.GitHubOAuthenticator.alowed_users = {'x'}\n")
    report = json.loads(as_json(report_of(path)))
    assert list(report) == ["version", "authenticator", "providers", "callback_urls", "files", "counts", "findings"]
    assert report["files"] == [str(path)]
    assert report["counts"]["error"] == 1
    assert report["findings"][0] == {
        "code": "unknown-option",
        "severity": "error",
        "file": str(path),
        "line": 9,
        "provider": None,
        "option": "c.GitHubOAuthenticator.alowed_users",
        "reason": "has no effect: there is no such option of GitHubOAuthenticator",
        "fix": "Did you mean allowed_users?",
    }


def test_annotations_are_escaped_and_name_files_of_the_repository(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert annotation("error", None, None, "a,b:c", "50 %\nmore") == "::error title=a%2Cb%3Ac::50 %25%0Amore"
    monkeypatch.setenv("GITHUB_WORKSPACE", str(folder))
    write(folder, "a-client-secret", "deploy/secret")
    path = write(folder, GOOD + "c.GitHubOAuthenticator.alowed_users = {'x'}\n", "deploy/jupyterhub_config.py")
    first = next(as_github(report_of(path)))
    assert first == (
        "::error file=deploy/jupyterhub_config.py,line=9,title=unknown-option::c.GitHubOAuthenticator.alowed_users has "
        "no effect: there is no such option of GitHubOAuthenticator. Did you mean allowed_users?"
    )


def test_an_unreadable_configuration_is_an_annotation_too(
    folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(folder, "x = (\n")
    assert main(["check", "--format", "github"]) == 2
    assert capsys.readouterr().out.startswith("::error file=jupyterhub_config.py,line=1,title=unreadable::syntax error")


def test_colours_are_for_terminals(folder: Path) -> None:
    report = report_of(write(folder, GOOD + "c.GitHubOAuthenticator.alowed_users = {'x'}\n"))
    assert "\033[" in "\n".join(as_text(report, colour=True))
    assert "\033[" not in "\n".join(as_text(report, colour=False))


def test_strict_counts_warnings(folder: Path) -> None:
    write(folder, GOOD.replace('{"ada"}', "set()"))
    assert main(["check"]) == 0
    assert main(["check", "--strict"]) == 1


def test_the_littlest_jupyterhub_runs_the_folder_next_to_its_file(folder: Path) -> None:
    text = "users:\n  admin: [alice]\n  allowed:\n  - bob\nbase_url: /lab\nhttps: {enabled: true}\n"
    (folder / "jupyterhub_config.d").mkdir()
    write(folder, "c.GitHubOAuthenticator.client_secert = 'x'\n", "jupyterhub_config.d/20-more.py")
    first = write(folder, GOOD, "jupyterhub_config.d/10-sign_in.py")
    path = write(folder, text, "config.yaml")
    for paths in ([path], [path, first.parent]):
        configuration = read(paths)
        assert [file.name for file in configuration.files] == ["config.yaml", "10-sign_in.py", "20-more.py"]
        assert configuration.config.Authenticator.admin_users == {"alice"}
        assert configuration.config.Authenticator.allowed_users == {"bob"}
        assert configuration.config.JupyterHub.base_url == "/lab"
        place = configuration.place_of(("Authenticator", "allowed_users"))
        assert place is not None
        assert (place.file, place.line) == (str(path), 3)
    report = report_of(path)
    assert ("unknown-option", "c.GitHubOAuthenticator.client_secert", 1) in found(report)


def test_a_list_of_the_littlest_jupyterhub_that_is_no_list(folder: Path) -> None:
    path = write(folder, "users:\n  admin: alice\nauth: text\n", "config.yaml")
    with pytest.raises(CannotReadConfiguration, match=r"config\.yaml:2: users\.admin must be a list of names"):
        read([path])


def test_the_littlest_jupyterhub_without_an_authenticator_uses_its_default(folder: Path) -> None:
    config = read([write(folder, "users: {admin: [alice]}\n", "config.yaml")]).config
    assert config.JupyterHub.authenticator_class == "firstuseauthenticator.FirstUseAuthenticator"
