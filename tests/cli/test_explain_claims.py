"""``oauthenticator-suite explain --claims``: a login with given claims, with the operator's own code, without requests."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.crypto import KEY_ENV

from oauthenticator_suite.cli import main

pytestmark = pytest.mark.hub_versions

PRELUDE = "c = get_config()\nc.JupyterHub.authenticator_class = 'oauthenticator_suite.{cls}'\n"
CLIENT = "c.{cls}.update(client_id='hub', client_secret='a-secret', {options})\n"


class Desk:
    """An operator with a configuration file and a file of claims. The network cannot be reached."""

    def __init__(self, directory: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.config = directory / "jupyterhub_config.py"
        self.file = directory / "claims.json"
        self._capsys = capsys

    def configure(self, cls: str, options: str = "", text: str = "") -> None:
        client = CLIENT if cls.endswith("OAuthenticator") else "c.{cls}.update({options})\n"
        self.config.write_text((PRELUDE + client).format(cls=cls, options=options) + text)

    async def ask(self, claims: Any, *arguments: str, status: int) -> str:
        self.file.write_text(claims if isinstance(claims, str) else json.dumps(claims))
        self._capsys.readouterr()
        file = [] if "--claims" in arguments else ["--claims", str(self.file)]
        assert await asyncio.to_thread(main, ["explain", f"--config={self.config}", *file, *arguments]) == status
        printed = self._capsys.readouterr()
        assert "Traceback" not in printed.err
        assert "a-secret" not in printed.out + printed.err
        return printed.err if status == 2 else printed.out

    async def answers(self, claims: Any, *arguments: str, status: int) -> list[dict[str, Any]]:
        return json.loads(await self.ask(claims, "--json", *arguments, status=status))

    async def answer(self, claims: Any, *arguments: str, status: int) -> dict[str, Any]:
        (found,) = await self.answers(claims, *arguments, status=status)
        return found


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Desk:
    def no_network(*_: Any, **__: Any) -> Any:
        raise AssertionError("a connection was opened")

    monkeypatch.setattr("socket.socket.connect", no_network)
    monkeypatch.setattr("aiohttp.ClientSession._request", no_network)
    monkeypatch.setenv(KEY_ENV, "ab" * 32)
    monkeypatch.chdir(tmp_path)
    return Desk(tmp_path, capsys)


ISSUER = "issuer='https://login.example.org', "
GROUPS = "manage_groups=True, auth_state_groups_key='oauth_user.groups', "
ALICE = {
    "sub": "1",
    "preferred_username": "Alice",
    "name": "Alice A.",
    "groups": ["students"],
    "email": "a@example.org",
}


async def test_a_user_who_would_be_let_in(desk: Desk) -> None:
    desk.configure(
        "GenericOAuthenticator", ISSUER + GROUPS + "allowed_groups={'students'}, username_map={'alice': 'al'}"
    )
    words = await desk.ask(ALICE, status=0)
    assert words.startswith("generic: al would be allowed.\n\nThe rule that decides is allowed_groups.")
    told = [line.split("  ") for line in words.splitlines() if line.startswith("  ")]
    assert {(each[1], each[-1].strip()) for each in told} >= {
        ("name at the provider", "Alice"),
        ("username on the Hub", "al"),
        ("administrator", "false"),
        ("profile: name", "Alice A."),
    }
    assert "Groups that came: students." in words
    assert "What would let the user in" not in words


async def test_a_user_who_would_be_refused(desk: Desk) -> None:
    desk.configure("GenericOAuthenticator", ISSUER + GROUPS + "allowed_groups={'staff'}, required_claims={'hd': 'x'}")
    answer = await desk.answer({**ALICE, "hd": "y"}, status=1)
    assert answer["why"][0].startswith("AccessDenied: required_claims: ")
    assert [each["result"]["name"] for each in answer["remedies"]["obstacles"]] == ["required_claims"]
    lines = [line for each in answer["remedies"]["openings"] for line in each["lines"]]
    assert lines == [
        'c.GenericOAuthenticator.allowed_users.add("alice")',
        'c.GenericOAuthenticator.allowed_groups.add("students")',
    ]
    (required,) = (each["lines"] for each in answer["remedies"]["obstacles"][0]["remedies"] if each["lines"])
    desk.config.write_text("\n".join([desk.config.read_text(), *required, lines[1]]))
    await desk.ask({**ALICE, "hd": "y"}, status=0)


async def test_claims_of_another_user(desk: Desk) -> None:
    desk.configure("GenericOAuthenticator", ISSUER + "allowed_users={'bob'}")
    assert (await desk.answer(ALICE, "--user", "Bob", status=0))["username"] == "bob"


async def test_the_standard_input(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.configure("GenericOAuthenticator", ISSUER + "allow_all=True")
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(ALICE)))
    await desk.ask("{}", "--claims", "-", status=0)


# --- memberships -------------------------------------------------------------------------------------------------------

OCTOCAT = {"id": 1, "login": "octocat", "name": "Octo Cat"}
LAB = "allowed_organizations={'Lab', 'lab:ops'}, scope=['read:org']"


async def test_memberships_that_only_the_provider_knows_are_unknown(desk: Desk) -> None:
    desk.configure("GitHubOAuthenticator", LAB)
    words = await desk.ask(OCTOCAT, status=1)
    assert words.startswith("github: it is not known whether octocat would be allowed.")
    assert "allowed   allowed_organizations  cannot tell" in words
    assert "only the provider's API knows whether the user is a member" in words
    assert "Requests to the provider that were not sent: " in words


@pytest.mark.parametrize(("names", "status"), [(["lab"], 0), (["another"], 1), ([], 1)])
async def test_memberships_in_the_file(desk: Desk, names: list[str], status: int) -> None:
    desk.configure("GitHubOAuthenticator", LAB)
    given = {"claims": OCTOCAT, "memberships": {"organization": names}}
    answer = await desk.answer(given, status=status)
    results = {rule["name"]: rule["result"] for rule in answer["rules"]}
    assert results["allowed_organizations"] is (status == 0)


async def test_an_auth_state(desk: Desk) -> None:
    """What it says counts; names that were not asked for then are unknown."""
    desk.configure("GitHubOAuthenticator", LAB)
    state = {"github_user": OCTOCAT, "access_token": "x", "scope": ["read:org"], "suite": {"memberships": {}}}
    assert (await desk.answer(state, status=1))["rules"][-1]["result"] is None
    state["suite"] = {"memberships": {"organization": ["Lab"]}}
    assert (await desk.answer(state, status=0))["rules"][-1]["result"] is True


async def test_a_claim_that_is_missing_is_unknown_only_if_the_provider_would_have_been_asked(desk: Desk) -> None:
    """A look-up at the provider's API may add claims to the user's data."""
    required = "allow_all=True, required_claims={'department': 'it'}"
    desk.configure("GitHubOAuthenticator", required)
    assert (await desk.answer(OCTOCAT, status=1))["rules"][0]["result"] is False
    desk.configure("GitHubOAuthenticator", f"{required}, {LAB}")
    answer = await desk.answer(OCTOCAT, status=1)
    assert answer["rules"][0]["result"] is None
    assert "only the provider's API knows the claim 'department'" in answer["rules"][0]["reason"]


@pytest.mark.parametrize(
    ("cls", "options", "claims", "name"),
    [
        ("MWOAuthenticator", "", {"sub": 1, "username": "Ada L", "groups": ["user"], "blocked": False}, "Ada_L"),
        ("GitLabOAuthenticator", "", {"id": 3, "username": "ada"}, "ada"),
        ("GoogleOAuthenticator", "", {"sub": "1", "email": "ada@x.org", "email_verified": True}, "ada@x.org"),
        ("ORCIDOAuthenticator", "", {"sub": "0000-0001-2345-6789", "id": "0000-0001-2345-6789"}, "0000-0001-2345-6789"),
        ("CILogonOAuthenticator", "allowed_idps={'https://idp.example.org': {'username_derivation': {'username_claim': 'email'}}}",
         {"sub": "1", "email": "ada@x.org", "idp": "https://idp.example.org"}, "ada@x.org"),
        ("GlobusOAuthenticator", "", {"sub": "1", "preferred_username": "ada@x.org"}, "ada@x.org"),
        ("GenericOAuthenticator", ISSUER + "userdata_from_id_token=True", ALICE, "alice"),
        ("GenericOAuthenticator", ISSUER + "merge_id_token_claims=True", ALICE, "alice"),
    ],
)  # fmt: skip
async def test_each_kind_of_provider(desk: Desk, cls: str, options: str, claims: dict[str, Any], name: str) -> None:
    desk.configure(cls, f"allow_all=True, {options}")
    assert (await desk.answer(claims, status=0))["username"] == name


# --- the operator's code -----------------------------------------------------------------------------------------------

OWN_CODE = """
from oauthenticator_suite import GenericOAuthenticator
class OurOAuthenticator(GenericOAuthenticator):
    async def token_to_user(self, token_info):
        user = await super().token_to_user(token_info)
        return {**user, "city": "Berlin"}
    def user_info_to_username(self, user_info):
        return super().user_info_to_username(user_info) + "-" + user_info["city"]
    async def update_auth_model(self, model):
        model["groups"] = [*model["groups"], "added"]
        return model
def hook(authenticator, handler, model):
    model["admin"] = "added" in model["groups"]
    return model
c.JupyterHub.authenticator_class = OurOAuthenticator
c.OurOAuthenticator.update(issuer="https://login.example.org", client_id="x", client_secret="a-secret", allow_all=True)
c.OurOAuthenticator.update(manage_groups=True, auth_state_groups_key="oauth_user.groups", post_auth_hook=hook)
"""


async def test_overrides_and_hooks_run_as_at_a_login(desk: Desk) -> None:
    desk.config.write_text("c = get_config()\n" + OWN_CODE)
    answer = await desk.answer(ALICE, status=0)
    assert answer["username"] == "alice-berlin"
    assert answer["facts"]["administrator"] is True
    assert answer["groups"] == ["added", "students"]
    (ran,) = answer["extra"]
    for name in ("token_to_user", "user_info_to_username", "update_auth_model", "post_auth_hook"):
        assert name in ran


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("return None", "AccessDenied: post_auth_hook: "),
        ("return {**model, 'name': handler.request.uri}", "post_auth_hook raised AttributeError"),
        (
            "await authenticator.httpfetch('https://api.example.org/quota')",
            "not sent, because explain sends no request",
        ),
    ],
)
async def test_a_hook_that_does_not_let_the_user_in(desk: Desk, body: str, reason: str) -> None:
    text = (
        f"async def hook(authenticator, handler, model):\n    {body}\nc.GenericOAuthenticator.post_auth_hook = hook\n"
    )
    desk.configure("GenericOAuthenticator", ISSUER + "allow_all=True", text)
    assert reason in await desk.ask(ALICE, status=1)


# --- forms, several providers, roles -----------------------------------------------------------------------------------


async def test_a_form(desk: Desk) -> None:
    desk.configure("DictionaryAuthenticator", "passwords={'ada': 'x' * 9}, allowed_users={'bob'}, failure_delay=0")
    words = await desk.ask({"username": "ada"}, status=1)
    assert 'c.DictionaryAuthenticator.allowed_users.add("ada")' in words
    await desk.ask({}, "--user", "bob", status=0)


SEVERAL = """c = get_config()
c.JupyterHub.authenticator_class = "suite-multi"
c.MultiAuthenticator.authenticators = [
    {"authenticator_class": "suite-generic", "provider": "campus", "config": {
        "issuer": "https://login.example.org", "client_id": "x", "client_secret": "a-secret", "allow_all": True}},
    {"authenticator_class": "suite-github", "config": {
        "client_id": "y", "client_secret": "another", "allowed_users": {"octocat"}}},
]
c.MultiAuthenticator.username_collision = "prefix"
"""


async def test_several_providers(desk: Desk) -> None:
    desk.config.write_text(SEVERAL)
    claims = {**ALICE, **OCTOCAT}
    both = await desk.answers(claims, status=0)
    assert [(each["provider"], each["username"], each["admitted"]) for each in both] == [
        ("campus", "campus:alice", True),
        ("github", "github:octocat", True),
    ]
    assert (await desk.answer(claims, "--provider", "github", status=0))["username"] == "github:octocat"
    assert "there is no provider 'gitlab' in this configuration: there is campus, github" in await desk.ask(
        claims, "--provider", "gitlab", status=2
    )


async def test_roles_and_entitlements(desk: Desk) -> None:
    desk.configure(
        "GenericOAuthenticator",
        ISSUER + "allow_all=True, manage_groups=True, manage_roles=True, "
        "entitlement_namespaces={'urn:geant:x.org'}, group_roles={'lab': ['instructor']}",
        "c.JupyterHub.load_roles = [{'name': 'instructor', 'scopes': ['list:users']}]\n",
    )
    answer = await desk.answer({**ALICE, "entitlements": ["urn:geant:x.org:group:lab"]}, status=0)
    assert answer["facts"]["groups from entitlements"] == ["lab"]
    assert "instructor" in answer["facts"]["roles"]


# --- mistakes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("{", "is not JSON in line 1"),
        ("[1]", "has a list, not an object with claims"),
        ('{"claims": {}, "memberships": {"organization": "lab"}}', "memberships must be lists of names by kind"),
    ],
)
async def test_a_file_that_cannot_be_used(desk: Desk, content: str, reason: str) -> None:
    desk.configure("GenericOAuthenticator", ISSUER + "allow_all=True")
    assert reason in await desk.ask(content, status=2)


async def test_no_file(desk: Desk) -> None:
    desk.configure("GenericOAuthenticator", ISSUER + "allow_all=True")
    assert "no.json cannot be read" in await desk.ask("{}", "--claims", "no.json", status=2)


@pytest.mark.parametrize(
    "claims", [{}, {"sub": "1"}, {"preferred_username": ["a", "b"]}, {"preferred_username": "a/b"}]
)
async def test_claims_without_a_name(desk: Desk, claims: dict[str, Any]) -> None:
    desk.configure("GenericOAuthenticator", ISSUER + "allow_all=True")
    assert "IdentityError: " in await desk.ask(claims, status=1)
