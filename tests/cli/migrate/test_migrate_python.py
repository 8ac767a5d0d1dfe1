"""A Python configuration: what is said about each line, and what is written."""

from __future__ import annotations

import pytest

from oauthenticator_suite import extend
from oauthenticator_suite.cli.migrate import facts

from .conftest import Migrate

START = 'c.JupyterHub.authenticator_class = "github"\n'


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('"github"', '"suite-github"'),
        ("'GitHub'", "'suite-github'"),
        ('"local-github"', '"suite-local-github"'),
        ('"generic-oauth"', '"suite-generic"'),
        ('"azuread"', '"suite-azuread"'),
        ('"oauthenticator.github.GitHubOAuthenticator"', '"oauthenticator_suite.GitHubOAuthenticator"'),
        ("'oauthenticator.generic.LocalGenericOAuthenticator'", "'oauthenticator_suite.LocalGenericOAuthenticator'"),
        ('"github" if local else "gitlab"', '"suite-github" if local else "suite-gitlab"'),
        ('{"a": "github", "b": "google"}[where]', '{"a": "suite-github", "b": "suite-google"}[where]'),
    ],
)
def test_the_name_of_the_class(migrated: Migrate, before: str, after: str) -> None:
    found = migrated(f"# a comment\nc.JupyterHub.authenticator_class = {before}  # why\n")
    assert found.after == f"# a comment\nc.JupyterHub.authenticator_class = {after}  # why\n"
    assert set(found.verdicts("c.JupyterHub.authenticator_class")) == {"change"}
    assert found.line("c.JupyterHub.authenticator_class") == 2


@pytest.mark.parametrize("name", ["pam", "default", "dummy", "ldap", "native", "null", "shared-password"])
def test_authenticators_of_other_packages_stay(migrated: Migrate, name: str) -> None:
    found = migrated(f'c.JupyterHub.authenticator_class = "{name}"\n')
    assert found.verdicts("c.JupyterHub.authenticator_class") == ["stays"]
    assert "another package" in found.text("c.JupyterHub.authenticator_class")
    assert not found.configuration.is_changed


def test_a_class_of_no_known_package_is_looked_at(migrated: Migrate) -> None:
    found = migrated('c.JupyterHub.authenticator_class = "ours.login.OurAuthenticator"\n')
    assert found.verdicts("c.JupyterHub.authenticator_class") == ["look"]
    assert found.by_hand


def test_a_class_object_follows_its_import(migrated: Migrate) -> None:
    found = migrated(
        """
        from oauthenticator.github import GitHubOAuthenticator as GH, LocalGitHubOAuthenticator
        c.JupyterHub.authenticator_class = GH
        c.GitHubOAuthenticator.github_client_id = "x"
        """
    )
    assert "from oauthenticator_suite import GitHubOAuthenticator as GH, LocalGitHubOAuthenticator" in found.after
    assert 'c.GitHubOAuthenticator.client_id = "x"' in found.after
    assert found.by_hand == []


def test_imports_of_the_package_and_of_its_modules(migrated: Migrate) -> None:
    found = migrated(
        """
        import oauthenticator
        import oauthenticator.gitlab as gl
        from oauthenticator import google
        c.JupyterHub.authenticator_class = oauthenticator.github.GitHubOAuthenticator
        x = isinstance(a, (gl.GitLabOAuthenticator, google.GoogleOAuthenticator))
        """
    )
    assert found.after == (
        """
import oauthenticator_suite
import oauthenticator_suite as gl
import oauthenticator_suite as google
c.JupyterHub.authenticator_class = oauthenticator_suite.GitHubOAuthenticator
x = isinstance(a, (gl.GitLabOAuthenticator, google.GoogleOAuthenticator))
"""
    )


def test_a_module_of_which_something_remains_stays_imported(migrated: Migrate) -> None:
    found = migrated(
        "import oauthenticator.google as g\nx = g.GoogleOAuthenticator\nclass H(g.GoogleLoginHandler): pass\n"
    )
    assert found.after == (
        "import oauthenticator_suite\nimport oauthenticator.google as g\n"
        "x = oauthenticator_suite.GoogleOAuthenticator\nclass H(g.GoogleLoginHandler): pass\n"
    )
    assert found.verdicts("oauthenticator.google.GoogleLoginHandler") == ["gone"]


def test_comments_in_an_import_stay(migrated: Migrate) -> None:
    found = migrated(
        "from oauthenticator.oauth2 import (\n    OAuthenticator,  # a\n    STATE_COOKIE_NAME as S,  # b\n)\n"
    )
    assert found.after == (
        "from oauthenticator.oauth2 import STATE_COOKIE_NAME as S\n"
        "from oauthenticator_suite import (\n    OAuthenticator,  # a\n      # b\n)\n"
    )


def test_names_without_a_counterpart_stay_imported_and_are_named(migrated: Migrate) -> None:
    found = migrated("from oauthenticator.oauth2 import OAuthenticator, STATE_COOKIE_NAME\n")
    assert found.after == (
        "from oauthenticator_suite import OAuthenticator\nfrom oauthenticator.oauth2 import STATE_COOKIE_NAME\n"
    )
    assert found.verdicts("oauthenticator.oauth2.STATE_COOKIE_NAME") == ["gone"]
    assert len(found.by_hand) == 1


def test_handlers_are_imported_from_extend(migrated: Migrate) -> None:
    found = migrated(
        "from oauthenticator.oauth2 import OAuthLoginHandler\n"
        "from oauthenticator.oauth2 import OAuthCallbackHandler as H, OAuthenticator\n"
    )
    assert found.after == (
        "from oauthenticator_suite.extend import OAuthLoginHandler\n"
        "from oauthenticator_suite import OAuthenticator\n"
        "from oauthenticator_suite.extend import OAuthCallbackHandler as H\n"
    )
    assert found.by_hand == []
    for name in facts.IN_EXTEND:
        assert isinstance(getattr(extend, name), type)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('c.GitHubOAuthenticator.github_client_id = "x"', 'c.GitHubOAuthenticator.client_id = "x"'),
        ('c["GitHubOAuthenticator"]["github_client_id"] = "x"', 'c["GitHubOAuthenticator"]["client_id"] = "x"'),
        ('c.GitHubOAuthenticator.update({"github_client_id": x})', 'c.GitHubOAuthenticator.update({"client_id": x})'),
        ("c.GitHubOAuthenticator.update(github_client_id=x)", "c.GitHubOAuthenticator.update(client_id=x)"),
        ('setattr(c.GitHubOAuthenticator, "github_client_id", x)', 'setattr(c.GitHubOAuthenticator, "client_id", x)'),
        ("g = c.GitHubOAuthenticator; g.github_client_id = x", "g = c.GitHubOAuthenticator; g.client_id = x"),
        ("c.Authenticator.whitelist.add('a')", "c.Authenticator.allowed_users.add('a')"),
        ("c.Authenticator.whitelist |= {'a'}", "c.Authenticator.allowed_users |= {'a'}"),
        (
            "cfg = get_config()\ncfg.Authenticator.blacklist = {'a'}",
            "cfg = get_config()\ncfg.Authenticator.blocked_users = {'a'}",
        ),
        (
            "c.GenericOAuthenticator.claim_groups_key = 'a.b'",
            "c.GenericOAuthenticator.auth_state_groups_key = 'oauth_user.a.b'",
        ),
        ("c.GenericOAuthenticator.claim_groups_key = f", "c.GenericOAuthenticator.claim_groups_key = f"),
        ("if x:\n    c.OAuthenticator.whitelist = {'a'}", "if x:\n    c.OAuthenticator.allowed_users = {'a'}"),
    ],
)
def test_old_names_of_options(migrated: Migrate, before: str, after: str) -> None:
    assert migrated(START + before + "\n").after == START.replace("github", "suite-github") + after + "\n"


def test_an_option_under_both_names_is_looked_at(migrated: Migrate) -> None:
    found = migrated(START + "c.Authenticator.whitelist = {'a'}\nc.Authenticator.allowed_users = {'b'}\n")
    assert found.verdicts("c.Authenticator.whitelist")[0] == "look"
    assert "whitelist" in found.after


@pytest.mark.parametrize(
    ("code", "subject"),
    [
        ("setattr(c.GitHubOAuthenticator, name, 1)", "c.GitHubOAuthenticator"),
        ("c.GitHubOAuthenticator[name] = 1", "c.GitHubOAuthenticator"),
        ("c[name].x = 1", "c"),
        ("c.GitHubOAuthenticator.update(load())", "c.GitHubOAuthenticator"),
        ("c.merge(load())", "c"),
        ("configure(c.GitHubOAuthenticator)", "c.GitHubOAuthenticator"),
        ("configure(c)", "c"),
        ("del c.GitHubOAuthenticator.scope", "c.GitHubOAuthenticator"),
        ('load_subconfig("other.py")', "load_subconfig"),
        ("exec(open('x').read())", "exec"),
        ("from oauthenticator.github import *", "from oauthenticator.github import *"),
        ("c.JupyterHub.authenticator_class = choose()", "c.JupyterHub.authenticator_class"),
    ],
)
def test_what_cannot_be_read_is_looked_at(migrated: Migrate, code: str, subject: str) -> None:
    found = migrated(f"{START}{code}\n")
    assert [(remark.line, remark.verdict) for remark in found.remarks if remark.subject == subject][-1] == (2, "look")
    assert found.by_hand


def test_a_loop_over_sections_is_read(migrated: Migrate) -> None:
    found = migrated(START + "for s in (c.GitHubOAuthenticator, c.OAuthenticator):\n    s.client_id = 'x'\n")
    assert found.verdicts("c.GitHubOAuthenticator.client_id") == ["stays"]
    assert found.verdicts("c.OAuthenticator.client_id") == ["stays"]
    assert found.by_hand == []


def test_an_option_that_no_class_has_is_commented_out(migrated: Migrate) -> None:
    found = migrated(
        START
        + """if x:
    c.GitHubOAuthenticator.allowed_organisations = [
        "a",  # one

    ]
y = 1
"""
    )
    assert found.verdicts("c.GitHubOAuthenticator.allowed_organisations") == ["gone"]
    assert "did you mean allowed_organizations?" in found.text("c.GitHubOAuthenticator.allowed_organisations")
    assert found.after.endswith(
        """if x:
    # not an option: c.GitHubOAuthenticator.allowed_organisations had no effect
    pass
    # c.GitHubOAuthenticator.allowed_organisations = [
#         "a",  # one

#     ]
y = 1
"""
    )


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('if c.JupyterHub.authenticator_class == "github": pass', '"suite-github"'),
        ('x = "gitlab" != c.JupyterHub.authenticator_class', '"suite-gitlab"'),
        (
            'x = get_config("hub.config.JupyterHub.authenticator_class") in ("google", "dummy")',
            '("suite-google", "dummy")',
        ),
        ('kind = c.JupyterHub.authenticator_class\nx = kind == "auth0"', '"suite-auth0"'),
    ],
)
def test_comparisons_with_the_name(migrated: Migrate, before: str, after: str) -> None:
    found = migrated(START + before + "\n")
    assert after in found.after
    assert "change" in found.verdicts("authenticator_class")


def test_other_strings_stay(migrated: Migrate) -> None:
    code = 'provider = "github"\nif provider == "github":\n    d = {"github": 1}\n'
    assert migrated(START + code).after.endswith(code)


def test_a_variable_of_the_environment_names_the_class(migrated: Migrate) -> None:
    found = migrated('import os\nc.JupyterHub.authenticator_class = os.environ.get("AUTH", "github")\n')
    assert found.after.endswith('os.environ.get("AUTH", "suite-github")\n')
    assert found.verdicts("AUTH") == ["look"]


def test_variables_of_the_environment_that_are_read_here_too(migrated: Migrate) -> None:
    found = migrated(
        'import os\nx = os.environ["OAUTH_CALLBACK_URL"]\ny = os.getenv("GITHUB_CLIENT_ID")\nz = os.environ["X"]\n'
    )
    assert found.verdicts("OAUTH_CALLBACK_URL") == ["stays"]
    assert found.verdicts("GITHUB_CLIENT_ID") == ["stays"]
    assert len(found.remarks) == 2


def test_isinstance_with_a_class_of_oauthenticator(migrated: Migrate) -> None:
    found = migrated(
        START + "import oauthenticator.github\nx = isinstance(a, oauthenticator.github.GitHubOAuthenticator)\n"
    )
    assert "isinstance(a, oauthenticator_suite.GitHubOAuthenticator)" in found.after
    assert found.verdicts("isinstance(…, GitHubOAuthenticator)") == ["stricter"]


@pytest.mark.parametrize(
    ("option", "code"),
    [
        ('token_url = "http://github.example.org/token"', "provider-url"),
        ('http_request_kwargs = {"headers": {}}', "http-request-kwargs"),
        ('extra_authorize_params = {"state": "1"}', "protected-parameter"),
        ('admin_groups = {"staff"}', "groups-not-managed"),
        ("allowed_users = {12}", "name-as-value"),
    ],
)
def test_what_stops_the_start_is_said_with_its_line(migrated: Migrate, option: str, code: str) -> None:
    found = migrated(f"{START}\nc.GitHubOAuthenticator.{option}\n")
    subject = f"c.GitHubOAuthenticator.{option.partition(' ')[0]}"
    (remark,) = [each for each in found.remarks if each.subject == subject and each.verdict == "stricter"]
    assert (remark.line, remark.by_hand) == (3, True)
    assert "the Hub does not start: " in remark.text
    assert f"[{code}]" in remark.text


def test_one_name_becomes_a_list_of_it(migrated: Migrate) -> None:
    found = migrated(START + 'c.Authenticator.allowed_users = "bob"  # me\n')
    assert found.after.endswith('c.Authenticator.allowed_users = ["bob"]  # me\n')


def test_several_names_in_one_string_are_not_split(migrated: Migrate) -> None:
    found = migrated(START + 'c.Authenticator.allowed_users = "bob,eve"\n')
    assert found.after.endswith('= "bob,eve"\n')
    assert found.by_hand


@pytest.mark.parametrize("option", ["client_secret", "github_client_secret", "client_id", "crypt_password"])
def test_values_are_not_shown(migrated: Migrate, option: str) -> None:
    value = "s3cr3t-s3cr3t"
    found = migrated(
        f'{START}c.GitHubOAuthenticator.{option} = "{value}"\nc.GitHubOAuthenticator.http_request_kwargs = {{"proxy_password": "{value}", "x": 1}}\n'
    )
    assert found.remarks
    assert value not in "\n".join(map(str, found.remarks))


@pytest.mark.parametrize(
    "line",
    [
        "client_secret = ['{}']",
        "http_request_kwargs = 'http://user:{}@proxy'",
        "http_request_kwargs = ['http://user:{}@proxy']",
        "token_url = 'ftp://user:{}@login.example.org'",
        "token_url = 'ftp://login.example.org/?a=b&client_secret={}'",
        "userdata_params = [{{'access_token': '{}'}}]",
        "token_params = [{{'client_secret': ['{}']}}]",
    ],
)
def test_secrets_in_a_value_that_is_refused_are_not_shown(migrated: Migrate, line: str) -> None:
    found = migrated(f"{START}c.GitHubOAuthenticator.{line.format('s3cr3t-s3cr3t')}\n")
    assert found.by_hand
    assert "s3cr3t" not in "\n".join(map(str, found.remarks))


def test_a_file_that_is_not_python_is_an_error_with_its_line(migrated: Migrate) -> None:
    from oauthenticator_suite.cli.migrate.python_reader import UnreadableConfiguration

    with pytest.raises(UnreadableConfiguration, match=r"jupyterhub_config\.py:2 is not valid Python"):
        migrated("a = 1\nb = = 2\n")


def test_the_file_is_not_run(migrated: Migrate, tmp_path) -> None:
    migrated(f"{START}open({str(tmp_path / 'ran')!r}, 'w').close()\nraise SystemExit\n")
    assert not (tmp_path / "ran").exists()
