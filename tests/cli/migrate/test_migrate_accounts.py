"""``oauthenticator-suite migrate --database``: what it says of an account is what the account's next login does."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import Fernet
from jupyterhub import orm
from jupyterhub.crypto import KEY_ENV, CryptKeeper
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from oauthenticator_suite.cli import main
from tests.fakes.entra import CAMPUS
from tests.migration.case import Case, Outcome
from tests.migration.moving import (
    addresses_of,
    earlier_package,
    environment,
    load,
    point_at,
    register,
    running_provider,
    secret_files,
    signed_in_as,
)
from tests.migration.worlds import CONSUMER_KEY, CONSUMER_SECRET, WORLDS, World
from tests.support import HubState, start_hub
from tests.support.postgresql import postgresql

pytestmark = [
    pytest.mark.hub_versions,
    pytest.mark.filterwarnings("ignore:Hub.server is deprecated"),  # `oauthenticator` uses it
]


@dataclass(frozen=True)
class Class:
    """A class of oauthenticator, with what it needs, and two users at its provider."""

    old: str
    section: str
    options: str = ""
    people: tuple[str, str] = ("alice", "bob")
    world: str = ""

    def text(self, *, auth_state: bool) -> str:
        """The configuration. Its client comes from the environment."""
        lines = [f'c.JupyterHub.authenticator_class = "{self.old}"', self.options.strip()]
        lines += ["c.OAuthenticator.allow_all = True", f"c.{self.section}.enable_auth_state = {auth_state}", ""]
        return "\n".join(line.strip() for each in lines for line in each.splitlines() or [""])


IDPS = {
    "urn:mace:incommon:campus.example": {
        "username_derivation": {"username_claim": "eppn", "action": "strip_idp_domain", "domain": "campus.example"},
        "allow_all": True,
    },
    "http://google.com/accounts/o8/id": {"username_derivation": {"username_claim": "email"}, "allow_all": True},
}
REALM = "https://sso.campus.example/realms/campus/protocol/openid-connect"
CLASSES = {
    "github": Class("github", "GitHubOAuthenticator"),
    "gitlab": Class(
        "gitlab",
        "GitLabOAuthenticator",
        'c.GitLabOAuthenticator.gitlab_url = "https://gitlab.campus.example"\nc.GitLabOAuthenticator.scope = ["read_user"]',
    ),
    "google": Class("google", "GoogleOAuthenticator"),
    "generic": Class(
        "generic-oauth",
        "GenericOAuthenticator",
        f"""c.GenericOAuthenticator.authorize_url = "{REALM}/auth"
        c.GenericOAuthenticator.token_url = "{REALM}/token"
        c.GenericOAuthenticator.userdata_url = "{REALM}/userinfo"
        c.GenericOAuthenticator.scope = ["openid", "profile", "email"]
        c.GenericOAuthenticator.username_claim = "preferred_username"
        """,
        world="keycloak",
    ),
    "globus": Class("globus", "GlobusOAuthenticator", 'c.GlobusOAuthenticator.identity_provider = "campus.example"'),
    "bitbucket": Class("bitbucket", "BitbucketOAuthenticator"),
    "openshift": Class(
        "openshift",
        "OpenShiftOAuthenticator",
        'c.OpenShiftOAuthenticator.openshift_url = "https://api.cluster.example:6443"',
    ),
    "auth0": Class(
        "auth0",
        "Auth0OAuthenticator",
        'c.Auth0OAuthenticator.auth0_domain = "campus.eu.auth0.com"\nc.Auth0OAuthenticator.scope = ["openid", "email"]',
        ("alice", "alice"),
    ),
    "cilogon": Class("cilogon", "CILogonOAuthenticator", f"c.CILogonOAuthenticator.idps = {IDPS!r}"),
    "mediawiki": Class(
        "mediawiki",
        "MWOAuthenticator",
        f"""c.MWOAuthenticator.mw_index_url = "https://wiki.campus.example/w/index.php"
        c.MWOAuthenticator.client_id = "{CONSUMER_KEY}"
        c.MWOAuthenticator.client_secret = "{CONSUMER_SECRET}"
        """,
        ("Alice", "Bob van Dyke"),
    ),
    "entra": Class(
        "azuread",
        "AzureAdOAuthenticator",
        f"""c.AzureAdOAuthenticator.tenant_id = "{CAMPUS}"
        c.AzureAdOAuthenticator.scope = ["openid", "profile", "email"]
        """,
    ),
}


class Move:
    """A Hub that changes from oauthenticator to this package, with one database."""

    def __init__(self, key: str, folder: Path, fake: Any, *, auth_state: bool) -> None:
        self.cls = CLASSES[key]
        self.world: World = WORLDS[self.cls.world or key]
        self.fake = fake
        self.state = HubState(directory=folder)
        self.addresses = addresses_of(self.world, fake, self.state.url, secret_files(folder / "x", fake))
        self.before = folder / "before.py"
        self.before.write_text(self.cls.text(auth_state=auth_state))
        self.after = folder / "after.py"

    async def logins(self, path: Path, *, ours: bool) -> list[str | None]:
        """The accounts that the two users get with a configuration."""
        scratch = self.before.parent / ("ours" if ours else "theirs")
        scratch.mkdir(exist_ok=True)
        with earlier_package(self.addresses, self.fake):
            config = load(path, scratch, self.addresses)
            point_at(config, self.world.classes, self.world.ours if ours else self.world.theirs, self.fake.origin)
            register(self.fake, f"{self.state.url}/hub/oauth_callback")
            async with start_hub(config, self.state) as hub:
                return [await signed_in_as(hub, person) for person in self.cls.people]

    @property
    def url(self) -> str:
        return f"sqlite:///{self.state.directory}/hub.sqlite"


@pytest.fixture
def report(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Any]]:
    """`report(url, configuration, key)`: the status, and what the command prints as JSON; the text with ``json=False``."""

    async def run(url: str, configuration: Path, key: str | None, *more: str, json_: bool = True) -> tuple[int, Any]:
        CryptKeeper.clear_instance()
        capsys.readouterr()
        arguments = ["--database", url, "-f", str(configuration), *(["--json"] if json_ else []), *more]
        with pytest.MonkeyPatch.context() as environment:
            environment.delenv(KEY_ENV, raising=False)
            if key is not None:
                environment.setenv(KEY_ENV, key)
            status = await asyncio.to_thread(main, ["migrate", *arguments])  # which has a separate event loop
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        CryptKeeper.clear_instance()
        if status == 2:
            return status, printed.err
        return status, json.loads(printed.out) if json_ else printed.out

    yield run
    CryptKeeper.clear_instance()


def secrets_of(move: Move) -> list[str]:
    found = [*getattr(move.fake, "secrets", ())]
    return [secret for secret in found if len(secret) > 8]


@pytest.mark.parametrize(
    ("key", "auth_state"),
    # with the display name as username, which is not unique, the Hub does not start without auth_state
    [(key, auth_state) for key in CLASSES for auth_state in (True, False) if auth_state or key != "entra"],
)
async def test_the_report_tells_what_the_next_login_does(
    key: str, auth_state: bool, tmp_path: Path, report: Callable[..., Any]
) -> None:
    """A Hub with oauthenticator 17.4.0; the move of its configuration; the same users again, on the same database."""
    case = Case("", CLASSES[key].world or key, CLASSES[key].people, Outcome({}))
    async with running_provider(case) as fake:
        move = Move(key, tmp_path, fake, auth_state=auth_state)
        with environment(case, move.addresses):
            before = await move.logins(move.before, ours=False)
            assert None not in before
            assert main(["migrate", "-f", str(move.before), "--write", "--output", str(move.after)]) in (0, 1)
            database = tmp_path / "hub.sqlite"
            content = database.read_bytes()
            status, told = await report(move.url, move.after, move.state.crypt_key)
            assert database.read_bytes() == content, "nothing is changed"
            _, text = await report(move.url, move.after, move.state.crypt_key, json_=False)
            assert not [secret for secret in secrets_of(move) if secret in text or secret in json.dumps(told)]
            _, of_old = await report(move.url, move.before, move.state.crypt_key)
            assert of_old["accounts"] == told["accounts"], "before the move the report is the same"
            statuses = {account["name"]: account["status"] for account in told["accounts"]}
            assert statuses == dict.fromkeys(before, "recognised" if auth_state else "by name"), told["accounts"]
            assert status == 0
            assert await move.logins(move.after, ours=True) == before


# --- accounts of every kind ------------------------------------------------------------------------------------------

KEYS = [b"k" * 32, b"l" * 32]
GITHUB = """
c.JupyterHub.authenticator_class = "suite-github"
c.GitHubOAuthenticator.enable_auth_state = True
c.GitHubOAuthenticator.allow_all = True
"""
SEVERAL = """
c.JupyterHub.authenticator_class = "suite-multi"
c.MultiAuthenticator.authenticators = [
    {"authenticator_class": "suite-github", "config": {"enable_auth_state": True, "allow_all": True}},
    {"authenticator_class": "suite-gitlab", "config": {"enable_auth_state": True, "allow_all": True}},
    {"authenticator_class": "pam"},
]
"""
EARLIER = {"access_token": "a-secret-token", "token_response": {}, "refresh_token": None, "scope": []}


def github(login: str) -> dict[str, Any]:
    """An `auth_state` of oauthenticator."""
    user = {"login": login, "id": 7, "email": "secret@example.org", "name": "A secret name"}
    return {**EARLIER, "github_user": user}


def of_github(login: str, issuer: str = "https://github.com") -> dict[str, Any]:
    """An `auth_state` of this package."""
    return {**github(login), "suite": {"issuer": issuer, "subject": "7", "login": login}}


class Accounts:
    """A database of a Hub that is not running, and reports on it."""

    def __init__(self, folder: Path, report: Callable[..., Any]) -> None:
        self.url = f"sqlite:///{folder / 'hub.sqlite'}"
        self._configuration = folder / "jupyterhub_config.py"
        self._report = report
        self.key = KEYS[0].hex()

    def add(self, url: str = "", key: bytes = KEYS[0], **accounts: dict[str, Any] | None) -> None:
        """Accounts by name, with their `auth_state`; a double underscore stands for a colon."""
        engine = create_engine(url or self.url)
        orm.Base.metadata.create_all(engine)
        fernet = Fernet(urlsafe_b64encode(key))
        with Session(engine) as db:
            for name, state in accounts.items():
                encrypted = None if state is None else fernet.encrypt(json.dumps(state).encode())
                db.add(orm.User(name=name.replace("__", ":"), encrypted_auth_state=encrypted))
            db.commit()
        engine.dispose()

    @property
    def content(self) -> bytes:
        return Path(self.url.removeprefix("sqlite:///")).read_bytes()

    async def report(self, configuration: str, *more: str, url: str = "", **how: Any) -> tuple[int, Any]:
        self._configuration.write_text(configuration)
        return await self._report(url or self.url, self._configuration, self.key, *more, **how)

    async def of(self, configuration: str, **how: Any) -> dict[str, tuple[str, str, str]]:
        """For each account: status, reason and fix."""
        status, told = await self.report(configuration, **how)
        assert status != 2, told
        found = {each["name"]: (each["status"], each["reason"], each["fix"]) for each in told["accounts"]}
        assert told["by_hand"] is bool({one[0] for one in found.values()} & {"refused", "other name"}) is bool(status)
        assert "secret" not in json.dumps(told)
        return found


@pytest.fixture
def accounts(tmp_path: Path, report: Callable[..., Any]) -> Accounts:
    return Accounts(tmp_path, report)


async def test_every_kind_of_record(accounts: Accounts) -> None:
    accounts.add(
        earlier=github("Earlier"),
        ours=of_github("ours"),
        moved=of_github("moved", "https://github.campus.example"),
        unrecorded=None,
        elsewhere={**EARLIER, "google_user": {"sub": "7"}},
        odd={"something": "else"},
        list=[],  # type: ignore[arg-type]  # JSON, but no object
        renamed=github("renamed.b"),
        hostile=github("host\\ile"),
        Upper=None,
        nameless={**EARLIER, "github_user": {"id": 7}},
    )
    accounts.add(key=KEYS[1], lost=github("lost"))
    found = await accounts.of(GITHUB)
    assert {name: status for name, (status, _, _) in found.items()} == {
        "earlier": "recognised",
        "ours": "recognised",
        "moved": "refused",
        "unrecorded": "by name",
        "elsewhere": "by name",
        "odd": "by name",
        "list": "by name",
        "renamed": "other name",
        "hostile": "refused",
        "Upper": "other name",
        "nameless": "recognised",
        "lost": "refused",
    }
    assert "belongs to another issuer" in found["moved"][1]
    assert "rebind --from-issuer https://github.campus.example --to-issuer https://github.com" in "".join(
        found["moved"]
    )
    assert found["elsewhere"][1] == "its record is of another provider (google_user)"
    assert "'renamed.b'" in found["renamed"][1]
    assert "U+005C" in found["hostile"][1]
    assert "'upper'" in found["Upper"][1]
    assert "rebind --to-issuer https://github.com --user lost" in found["lost"][2]


async def test_the_key_in_second_place(accounts: Accounts) -> None:
    """Records of an older key are read, and not encrypted again."""
    accounts.add(key=KEYS[1], alice=github("alice"))
    accounts.key = ";".join(key.hex() for key in KEYS)
    before = accounts.content
    assert (await accounts.of(GITHUB))["alice"][0] == "recognised"
    assert accounts.content == before


async def test_renamed_users_are_followed(accounts: Accounts) -> None:
    accounts.add(renamed=github("renamed.b"), ours=of_github("ours.b"), unrecorded=None)
    found = await accounts.of(f"{GITHUB}c.GitHubOAuthenticator.follow_renames = True\n")
    assert [status for status, _, _ in found.values()] == ["recognised", "recognised", "by name"]
    assert "found by subject" in found["renamed"][1]


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ("c.GitHubOAuthenticator.rebind_accounts_by_name = True", "by name", "rebind_accounts_by_name is set"),
        ("c.GitHubOAuthenticator.enable_auth_state = False", "by name", "without enable_auth_state"),
        ("c.GitHubOAuthenticator.username_pattern = 'x.*'", "refused", "username_pattern"),
        ("c.GitHubOAuthenticator.username_map = {'alice': 'ada'}", "other name", "'ada'"),
        ("c.GitHubOAuthenticator.username_claim = lambda user: user['x']", "recognised", "depends on c.GitHub"),
        ("c.GitHubOAuthenticator.update(options())", "recognised", "depends on c.GitHubOAuthenticator"),
        (
            "c.GitHubOAuthenticator.post_auth_hook = hook",
            "recognised",
            "depends on c.GitHubOAuthenticator.post_auth_hook",
        ),
        (
            "from oauthenticator_suite import GitHubOAuthenticator\n"
            "class Own(GitHubOAuthenticator):\n    def normalize_username(self, username):\n        return 'x'\n"
            "c.JupyterHub.authenticator_class = Own",
            "recognised",
            "depends on Own.normalize_username",
        ),
    ],
)
async def test_what_the_configuration_adds(accounts: Accounts, more: str, status: str, said: str) -> None:
    accounts.add(alice=github("alice"))
    found = (await accounts.of(f"{GITHUB}{more}\n"))["alice"]
    assert found[0] == status
    assert said in found[1] + found[2]


async def test_lost_keys_without_auth_state(accounts: Accounts) -> None:
    accounts.add(key=KEYS[1], alice=github("alice"))
    found = await accounts.of(GITHUB.replace("enable_auth_state = True", "enable_auth_state = False"))
    assert found["alice"][0] == "by name"


async def test_several_providers(accounts: Accounts) -> None:
    """Without a record, it is not known whose user an account is of."""
    gitlab = {**EARLIER, "gitlab_user": {"username": "gwen", "id": 7}}
    of_pam = {"suite": {"issuer": "pam", "subject": "pat", "provider": "pam"}}
    gone = {"suite": {"issuer": "https://x.example", "subject": "7", "provider": "x"}}
    accounts.add(alice=github("alice"), gwen=gitlab, unrecorded=None, pat=of_pam, gone=gone)
    found = await accounts.of(SEVERAL)
    assert {name: status for name, (status, _, _) in found.items()} == {
        "alice": "recognised",
        "gwen": "recognised",
        "unrecorded": "refused",
        "pat": "by name",
        "gone": "refused",
    }
    assert "unclaimed_accounts" in found["unrecorded"][2]
    assert "not configured" in found["gone"][1]
    claimed = await accounts.of(f'{SEVERAL}c.MultiAuthenticator.unclaimed_accounts = "github"\n')
    assert claimed["unrecorded"][0] == "by name"


async def test_secrets_in_entries_are_not_needed(accounts: Accounts) -> None:
    accounts.add(alice=github("alice"))
    secrets = '{"client_secret": os.environ["SECRET"], '
    found = await accounts.of("import os" + SEVERAL.replace('"config": {', f'"config": {secrets}'))
    assert found["alice"][0] == "recognised"
    assert "depends" not in found["alice"][1]


async def test_several_providers_with_prefixes(accounts: Accounts) -> None:
    accounts.add(github__alice=github("alice"), gitlab__renamed=None, bare=None, github__moved=github("moved.b"))
    more = 'c.MultiAuthenticator.username_collision = "prefix"\nc.MultiAuthenticator.enable_auth_state = True\n'
    without = SEVERAL.replace('"enable_auth_state": True, ', "").replace('{"authenticator_class": "pam"},', "")
    found = await accounts.of(without + more)
    assert {name: status for name, (status, _, _) in found.items()} == {
        "github:alice": "recognised",
        "gitlab:renamed": "by name",
        "bare": "other name",
        "github:moved": "other name",
    }
    assert "'github:moved.b'" in found["github:moved"][1]


async def test_a_provider_that_only_a_run_would_tell(accounts: Accounts) -> None:
    accounts.add(ours=of_github("ours"), earlier=github("earlier"))
    found = await accounts.of(f"{GITHUB}import os\nc.GitHubOAuthenticator.github_url = os.environ['URL']\n")
    assert found["ours"][0] == "refused"
    assert "does not say literally" in found["ours"][1]
    assert found["earlier"][0] == "recognised"


async def test_the_text(accounts: Accounts) -> None:
    accounts.add(alice=github("alice"), bob=None, moved=of_github("moved", "https://x.example"))
    status, text = await accounts.report(GITHUB, json_=False)
    assert status == 1
    lines = text.splitlines()
    assert lines[0] == "alice: recognised: its record has the user's subject"
    assert lines[1] == "bob: by name: there is no record of a login"
    assert "3 accounts, with GitHubOAuthenticator: 1 recognised, 1 by name, 0 other name, 1 refused." in lines
    assert "rebind --user NAME --subject SUBJECT" in text
    assert "It is the last resort" in text
    assert lines[-1] == "Nothing was changed."
    assert "secret" not in text


async def test_postgresql(accounts: Accounts) -> None:
    with postgresql() as server:
        accounts.add(server.url, alice=github("alice"), bob=None)
        found = await accounts.of(GITHUB, url=server.url)
    assert [status for status, _, _ in found.values()] == ["recognised", "by name"]


@pytest.mark.parametrize(
    ("configuration", "more", "said"),
    [
        (GITHUB, ["--write"], "writes nothing"),
        ("c.JupyterHub.authenticator_class = 'pam'", [], "does not say in c.JupyterHub.authenticator_class"),
        (SEVERAL.replace('"suite-github"', "GitHub"), [], "cannot be read"),
        (GITHUB.replace("c.", "c..", 1), [], "jupyterhub_config.py"),
        (
            GITHUB.replace("enable_auth_state = True", "enable_auth_state = on()"),
            [],
            "enable_auth_state cannot be read",
        ),
        (
            SEVERAL.replace('"enable_auth_state": True', '"enable_auth_state": on()'),
            [],
            "enable_auth_state in an entry",
        ),
        (
            SEVERAL.replace('"config": {"enable_auth_state": True, "allow_all": True}', '"config": of()'),
            [],
            "an entry of",
        ),
        (SEVERAL + "c.MultiAuthenticator.username_collision = 'x'", [], "would not start"),
    ],
)
async def test_what_cannot_be_told(accounts: Accounts, configuration: str, more: list[str], said: str) -> None:
    accounts.add(alice=github("alice"))
    status, told = await accounts.report(configuration, *more)
    assert status == 2
    assert said in told


@pytest.mark.parametrize(("key", "said"), [(None, "1 accounts have encrypted records"), ("short", "1 accounts have")])
async def test_without_a_key(accounts: Accounts, key: str | None, said: str) -> None:
    accounts.add(alice=github("alice"))
    accounts.key = key  # type: ignore[assignment]
    status, told = await accounts.report(GITHUB)
    assert (status, said in told) == (2, True), told
    assert "set JUPYTERHUB_CRYPT_KEY to the key of the Hub" in told


async def test_without_records_no_key_is_needed(accounts: Accounts) -> None:
    accounts.add(alice=None)
    accounts.key = None  # type: ignore[assignment]
    assert (await accounts.of(GITHUB))["alice"][0] == "by name"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite:////nowhere/hub.sqlite", "there is no database /nowhere/hub.sqlite"),
        ("sqlite:///{folder}/empty.sqlite", "it is not the database of a Hub"),
        ("nonsense://user:a-secret@host/x", "the database's URL cannot be used"),
    ],
)
async def test_databases_that_cannot_be_read(accounts: Accounts, tmp_path: Path, url: str, said: str) -> None:
    (tmp_path / "empty.sqlite").touch()
    status, told = await accounts.report(GITHUB, url=url.format(folder=tmp_path))
    assert (status, said in told) == (2, True), told
    assert "a-secret" not in told
