"""An operator's desk: a configuration file, a Hub that runs with it, and the command that explains."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.crypto import KEY_ENV

from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.configuration.sources import read
from tests.support import Hop, HubState, reference_on, start_hub

CLASS = "GenericOAuthenticator"


class Desk:
    """An operator with a configuration file, a Hub, and the reference that a user reads out."""

    def __init__(
        self, provider: Any, directory: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.provider = provider
        self.state = HubState(directory=directory)
        provider.client.redirect_uris.add(f"{self.state.url}/hub/oauth_callback")
        self.file = directory / "jupyterhub_config.py"
        self.database = [f"--db=sqlite:///{directory}/hub.sqlite"]
        self._capsys = capsys
        monkeypatch.setenv(KEY_ENV, self.state.crypt_key)
        monkeypatch.chdir(directory)

    def write(self, cls: str, options: dict[str, Any], text: str = "") -> None:
        """Write a configuration with one authenticator."""
        section = cls.rpartition(".")[2]
        self.file.write_text(
            f"c = get_config()\nc.JupyterHub.authenticator_class = {cls!r}\nc.{section}.update({options!r})\n{text}"
        )

    def configure(self, text: str) -> None:
        """Write a configuration with the provider of the tests."""
        client = self.provider.client
        self.file.write_text(
            "c = get_config()\n"
            f"c.JupyterHub.authenticator_class = 'oauthenticator_suite.providers.generic.{CLASS}'\n"
            f"c.{CLASS}.update(dict(issuer={self.provider.issuer!r}, client_id={client.client_id!r}, "
            f"client_secret={client.client_secret!r}, client_auth_method={client.auth_method!r}, "
            "scope=['openid', 'profile', 'email', 'groups'], auth_state_groups_key='oauth_user.groups'))\n" + text
        )

    def add(self, lines: list[str]) -> None:
        """Add lines at the end of the configuration."""
        self.file.write_text(self.file.read_text() + "\n" + "\n".join(lines) + "\n")

    async def login(self, user: str = "alice", at: str | None = None) -> tuple[Hop, str]:
        """The last page of a login, and the reference on it."""
        async with start_hub(read([self.file]).config, self.state) as hub:
            page = await hub.browser().login(user, at=at)
            return page, "" if page.status == 200 else reference_on(page, hub)

    async def ask(self, *arguments: str, status: int = 1) -> str:
        """What the command prints."""
        self._capsys.readouterr()
        assert await asyncio.to_thread(main, ["explain", *self.database, *arguments]) == status
        printed = self._capsys.readouterr()
        assert "Traceback" not in printed.err
        for secret in (self.provider.client.client_secret, self.state.crypt_key):
            assert secret not in printed.out + printed.err
        return printed.out if status != 2 else printed.err

    async def answer(self, reference: str, status: int = 1) -> dict[str, Any]:
        (answer,) = json.loads(await self.ask("--reference", reference, "--json", status=status))
        return answer


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
