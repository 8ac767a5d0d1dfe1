"""``oauthenticator-suite explain --reference``: what it proposes lets the user in, tried with logins at a real Hub."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.crypto import KEY_ENV

from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.configuration.sources import read
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hop, HubState, reference_on, start_hub

pytestmark = pytest.mark.hub_versions

CLASS = "GenericOAuthenticator"


class Desk:
    """An operator with a configuration file, a Hub, and the reference that a user reads out."""

    def __init__(
        self, provider: FakeProvider, directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any
    ) -> None:
        self.provider = provider
        self.state = HubState(directory=directory)
        provider.client.redirect_uris.add(f"{self.state.url}/hub/oauth_callback")
        self.file = directory / "jupyterhub_config.py"
        self.name = ""
        self.status = 0
        self.db = f"sqlite:///{directory}/hub.sqlite"
        self._capsys = capsys
        monkeypatch.setenv(KEY_ENV, self.state.crypt_key)
        monkeypatch.chdir(directory)

    def configure(self, text: str) -> None:
        client = self.provider.client
        self.file.write_text(
            "c = get_config()\n"
            f"c.JupyterHub.authenticator_class = 'oauthenticator_suite.providers.generic.{CLASS}'\n"
            f"c.{CLASS}.update(dict(issuer={self.provider.issuer!r}, client_id={client.client_id!r}, "
            f"client_secret={client.client_secret!r}, client_auth_method={client.auth_method!r}, "
            "scope=['openid', 'profile', 'email', 'groups'], auth_state_groups_key='oauth_user.groups'))\n" + text
        )

    def add(self, lines: list[str]) -> None:
        self.file.write_text(self.file.read_text() + "\n" + "\n".join(lines) + "\n")

    async def login(self, user: str = "alice", at: str | None = None) -> tuple[Hop, str]:
        """The last page of a login, and the reference on it."""
        async with start_hub(read([self.file]).config, self.state) as hub:
            page = await hub.browser().login(user, at=at)
            return page, "" if page.status == 200 else reference_on(page, hub)

    async def ask(self, *arguments: str, status: int = 1) -> str:
        """What the command prints."""
        self._capsys.readouterr()
        assert await asyncio.to_thread(main, ["explain", f"--db={self.db}", *arguments]) == status
        printed = self._capsys.readouterr()
        assert "Traceback" not in printed.err
        for secret in (self.provider.client.client_secret, self.state.crypt_key):
            assert secret not in printed.out + printed.err
        return printed.out if status != 2 else printed.err

    async def answer(self, reference: str, status: int = 1) -> dict[str, Any]:
        (answer,) = json.loads(await self.ask("--reference", reference, "--json", status=status))
        return answer


@pytest.fixture
def desk(provider: FakeProvider, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> Desk:
    return Desk(provider, tmp_path, capsys, monkeypatch)


def proposals(answer: dict[str, Any]) -> list[list[str]]:
    """Each combination of proposed lines that lets the user in: all obstacles, with each of the openings."""
    remedies = answer["remedies"] or {"obstacles": [], "openings": [], "needs_opening": False}
    obstacles: list[str] = []
    for obstacle in remedies["obstacles"]:
        obstacles += next(remedy["lines"] for remedy in obstacle["remedies"] if remedy["lines"])
    openings = [remedy["lines"] for remedy in remedies["openings"] if remedy["lines"]]
    others = [remedy["lines"] for remedy in answer["others"] if remedy["lines"] and remedy["lines"][0][:2] == "c."]
    combined = [[*obstacles, *lines] for lines in (openings if remedies["needs_opening"] else [[]])]
    return others or combined


GROUPS = f"c.{CLASS}.manage_groups = True\n"

CASES: dict[str, tuple[str, str, dict[str, Any], int]] = {
    # the configuration, the rule that decides, the user at the provider, the number of proposals
    "nothing is set": ("", "no allow rule matches", {}, 1),
    "a list of names": (f"c.{CLASS}.allowed_users = ['bob']\n", "no allow rule matches", {}, 1),
    "a set of names": (f"c.{CLASS}.allowed_users = {{'bob'}}\n", "no allow rule matches", {}, 1),
    "a tuple of names": (f"c.{CLASS}.allowed_users = ('bob',)\n", "no allow rule matches", {}, 1),
    "names that were added": (f"c.{CLASS}.allowed_users.add('bob')\n", "no allow rule matches", {}, 1),
    "names for all authenticators": ("c.Authenticator.allowed_users = {'bob'}\n", "no allow rule matches", {}, 1),
    "administrators only": (f"c.{CLASS}.admin_users = {{'root'}}\n", "no allow rule matches", {}, 1),
    "groups": (
        f"{GROUPS}c.{CLASS}.allowed_groups = {{'staff'}}\n",
        "no allow rule matches",
        {"groups": ["students", 'tea "time"']},
        3,
    ),
    "groups that no option names": (
        f"{GROUPS}c.{CLASS}.allowed_users = {{'bob'}}\n",
        "no allow rule matches",
        {"groups": ["students"]},
        2,
    ),
    "administrators by group": (
        f"{GROUPS}c.{CLASS}.admin_groups = {{'admins'}}\n",
        "no allow rule matches",
        {"groups": ["students"]},
        2,
    ),
    "blocked": (f"c.{CLASS}.update(allow_all=True, blocked_users={{'bob', 'Alice'}})\n", "blocked_users", {}, 1),
    "blocked in a list": (f"c.{CLASS}.update(allow_all=True, blocked_users=['alice'])\n", "blocked_users", {}, 1),
    "blocked for all authenticators": (
        f"c.{CLASS}.allow_all = True\nc.Authenticator.blocked_users = {{'alice'}}\n",
        "blocked_users",
        {},
        1,
    ),
    "blocked, and not allowed": (f"c.{CLASS}.blocked_users = {{'alice'}}\n", "blocked_users", {}, 1),
    "an address that is not verified": (
        f"c.{CLASS}.update(allow_all=True, require_verified_email=True)\n",
        "require_verified_email",
        {"email": "alice@example.org", "email_verified": False},
        1,
    ),
    "an address of another domain": (
        f"c.{CLASS}.update(allow_all=True, allowed_email_domains={{'example.org'}})\n",
        "allowed_email_domains",
        {"email": "alice@Example.NET", "email_verified": True},
        1,
    ),
    "a required claim": (
        f"c.{CLASS}.update(allow_all=True, required_claims={{'department': ['it', 'hr']}})\n",
        "required_claims",
        {"department": "physics"},
        1,
    ),
    "two restrictions, and no rule": (
        f"c.{CLASS}.update(required_claims={{'department': 'it'}}, require_verified_email=True)\n",
        "require_verified_email",
        {"department": "physics", "email": "alice@example.org", "email_verified": False},
        1,
    ),
    "groups that are not known": (
        f"{GROUPS}c.{CLASS}.allowed_groups = {{'staff'}}\n",
        "",
        {"hasgroups": True},
        1,
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_each_proposal_lets_the_user_in(desk: Desk, case: str) -> None:
    """Also: the answer names the rule, and the command says afterwards that the user would be let in."""
    text, rule, person, number = CASES[case]
    desk.provider.users["alice"].pop("groups", None)
    desk.provider.users["alice"].update(person)
    desk.configure(text)
    page, reference = await desk.login()
    assert page.status in (403, 502)
    before = desk.file.read_text()
    answer = await desk.answer(reference)
    assert (answer["reference"], answer["provider"], answer["username"]) == (reference, "generic", "alice")
    found = proposals(answer)
    assert len(found) == number, answer
    words = await desk.ask("--reference", reference)
    assert rule in words
    if "groups" in person:
        assert answer["groups"] == sorted(person["groups"])
        assert "Groups that came: students" in words
    for lines in found:
        for line in lines:
            assert line in words
        desk.file.write_text(before)
        desk.add(lines)
        assert (await desk.login())[0].status == 200, lines
        after = await desk.ask("--reference", reference, status=0)
        assert "With the present configuration this user would be allowed" in after
        assert "What would let the user in" not in after
