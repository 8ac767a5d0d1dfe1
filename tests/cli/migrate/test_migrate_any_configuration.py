"""Whatever a configuration is made of: the result can be read, comments survive, and a second run changes nothing."""

from __future__ import annotations

import ast
import io
import tokenize
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from oauthenticator_suite.cli.migrate.files import read
from oauthenticator_suite.cli.migrate.python_reader import UnreadableConfiguration

SECTIONS = ["GitHubOAuthenticator", "GenericOAuthenticator", "Authenticator", "OAuthenticator", "Spawner", "Ours"]
OPTIONS = [
    "github_client_id", "client_secret", "whitelist", "claim_groups_key", "username_key", "nonsense", "tls_verify",
    "allowed_users", "scope", "enable_auth_state",
]  # fmt: skip
VALUES = [
    "'a'",
    '"b"',
    "{'a', 'b'}",
    "[\n    1,  # one\n\n    2,\n]",
    "None",
    "x",
    "f(1)",
    '"""a\n# no comment\nb"""',
    "('a')",
]
NAMES = ["'github'", '"generic-oauth"', "'suite-gitlab'", "'pam'", "GH", "name", "'github' if x else 'google'"]
LINES = [
    "from oauthenticator.github import GitHubOAuthenticator as GH",
    "from oauthenticator.oauth2 import (\n    OAuthenticator,  # base\n    OAuthCallbackHandler,\n)",
    "import oauthenticator.google, os",
    "x = isinstance(y, oauthenticator.google.GoogleOAuthenticator)",
    "z = oauthenticator.google.GoogleLoginHandler",
    "if c.JupyterHub.authenticator_class in ('github', 'dummy'): pass",
    "class Ours(GH):  # mine\n    username_key = 1\n    def update_auth_model(self, a, b): return b",
    "for k in ks: setattr(c.Authenticator, k, 1)",
    "cfg = c.GenericOAuthenticator; cfg.extra_params = {}",
    "c.GenericOAuthenticator.update({'extra_params': {}, **more})",
    "c.MultiAuthenticator.authenticators = [(GH, '/a', {'service_name': 'A'}), {'authenticator_class': 'pam', 'url_prefix': '/p'}]",
    "\tif 1: pass".strip(),
]  # fmt: skip

FEW = settings(
    deadline=None,
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # the examples are short
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

option = st.builds(
    "c.{}.{} {} {}".format, st.sampled_from(SECTIONS), st.sampled_from(OPTIONS), st.sampled_from(["=", "|="]),
    st.sampled_from(VALUES),
)  # fmt: skip
active = st.builds("c.JupyterHub.authenticator_class = {}".format, st.sampled_from(NAMES))
simple = st.one_of(option, active, st.sampled_from(LINES))
comment = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8).map(
    "# {}".format
)


@st.composite
def python(draw: st.DrawFn) -> str:
    parts = []
    for line in draw(st.lists(simple, min_size=1, max_size=7)):
        if draw(st.booleans()):
            parts.append(draw(comment))
        end = f"  {draw(comment)}" if draw(st.booleans()) else ""
        if "\n" not in line and draw(st.integers(0, 3)) == 0 and not line.startswith(("class", "if", "for")):
            parts.append(f"if x:\n    {line}{end}\nelse:\n    pass")
        else:
            parts.append(line + end)
    newline = draw(st.sampled_from(["\n", "\r\n"]))
    return ("\n".join(parts) + draw(st.sampled_from(["", "\n"]))).replace("\n", newline)


def comments(code: str) -> list[str]:
    tokens = tokenize.generate_tokens(io.StringIO(code.replace("\r\n", "\n")).readline)
    return [token.string for token in tokens if token.type == tokenize.COMMENT]


def survives(comment: str, after: str) -> bool:
    return comment in after


def once(path: Path, text: str) -> str:
    path.write_bytes(text.encode())
    return read(path).files[0].after


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("any") / "jupyterhub_config.py"


@settings(FEW)
@given(code=python())
def test_python(path: Path, code: str) -> None:
    after = once(path, code)
    ast.parse(after)
    assert [each for each in comments(code) if not survives(each, after)] == []
    assert once(path, after) == after


@settings(FEW)
@given(code=python(), indent=st.integers(1, 5), note=comment)
def test_python_in_values(path: Path, code: str, indent: int, note: str) -> None:
    block = "".join(f"{' ' * indent}      {line}" if line.strip() else line for line in code.splitlines(keepends=True))
    text = f"hub:  {note}\n  extraConfig:\n    # in between\n    mine: |\n{block}\n  config:\n    JupyterHub: {{authenticator_class: github}}\n"
    try:
        after = once(path.with_suffix(".yaml"), text)
    except UnreadableConfiguration as error:
        assert "not valid YAML" in str(error)  # noqa: PT017 - some texts are no YAML
        with pytest.raises(Exception, match=""):
            list(YAML().compose_all(text))
        return
    inner = YAML(typ="safe").load(after)["hub"]["extraConfig"]["mine"]
    ast.parse(inner)
    assert "suite-github}" in after
    assert [each for each in (note, "# in between", *comments(code)) if not survives(each, after)] == []
    assert once(path.with_suffix(".yaml"), after) == after


@settings(FEW, max_examples=60)
@given(text=st.text(st.characters(codec="utf-8"), max_size=60))
def test_any_text_is_read_or_refused(path: Path, text: str) -> None:
    for file in (path, path.with_suffix(".yaml")):
        try:
            once(file, text)
        except UnreadableConfiguration as error:
            assert str(error)  # noqa: PT017
