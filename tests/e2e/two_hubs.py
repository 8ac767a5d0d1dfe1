"""A hub that has the accounts, and a class hub where people sign in with them: set up as the documentation says."""

from __future__ import annotations

import re
import secrets
import sys
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.docs.pages import blocks
from tests.ports import reserve_port

from .hub_process import HubProcess
from .provider_sites import Account, ProviderSite, StopBefore
from .web_app import WebApplication
from .web_client import Page, WebClient
from .worlds import People, World

PAGE = "jupyterhub-as-provider.md"
UPSTREAM_HOST = "127.0.0.2"

UPSTREAM = """
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allow_all = True
c.Authenticator.admin_users = {"alice"}
c.JupyterHub.load_groups = {"physics-teachers": {"users": ["alice"]}, "physics": {"users": ["bob"]}}
"""

# The holder of this token sees and changes users and groups.
PROBE = """
c.JupyterHub.services.append({"name": "probe", "api_token": PROBE_TOKEN})
c.JupyterHub.load_roles.append(
    {"name": "probe", "services": ["probe"], "scopes": ["admin:users", "admin:groups", "admin:auth_state"]}
)
"""

REQUEST = re.compile(r"\] (\d{3}) (GET|POST) (/hub/api/(?:oauth2/token|user))\b")


class HubSite(ProviderSite):
    """The pages of a hub with the dummy authenticator: any password will do."""

    def answer(self, client: WebClient, page: Page, account: Account, stop_before: StopBefore | None) -> Page:
        form = page.form(having="username")
        return client.submit(
            page, form, {"username": account.name, "password": account.password}, stop_before=stop_before
        )


class WatchedHub(HubProcess):
    """A hub that can be asked and changed from outside."""

    def __init__(self, folder: Path, *parts: str, probe: str, **options: Any) -> None:
        folder.mkdir()
        configuration = folder / "configuration.py"
        text = "\n".join(["c = get_config()", *parts, PROBE.replace("PROBE_TOKEN", repr(probe))])
        configuration.write_text(text, encoding="utf-8")
        self._probe = probe
        super().__init__(folder, configuration=[configuration], **options)

    def ask(self, method: str, path: str, json: Any = None) -> Any:
        """A request to its REST API."""
        headers = {"Authorization": f"Bearer {self._probe}"}
        answer = requests.request(method, self.page(f"api/{path}"), json=json, headers=headers, timeout=20)
        answer.raise_for_status()
        return answer.json() if answer.content else None

    def asked_since(self, mark: int) -> Counter[tuple[str, int]]:
        """Requests for tokens and for users that it has logged: (path below the API, status)."""
        found = REQUEST.findall(self.own_log_since(mark))
        return Counter((path.removeprefix("/hub/api/"), int(status)) for status, _, path in found)


@dataclass(frozen=True)
class TwoHubs(World):
    """`hub` is the class hub, `upstream` the one with the accounts; `notes` logs in through `hub`."""

    upstream: WatchedHub
    notes: WebApplication


def documented(*sections: str) -> str:
    """The configuration in these sections of the page; of each the first block."""
    found = {block.section: block.code for block in reversed(list(blocks())) if block.page.name == PAGE}
    return "\n".join(found[section].replace("c = get_config()\n", "") for section in sections)


OTHER_WAY_ROUND = "The other way round: an application that logs in through this hub"


def replaced(text: str, values: dict[str, str]) -> str:
    """`text` with its example addresses and secrets as they are here; each of them must be there."""
    for example, value in values.items():
        assert example in text, example
        text = text.replace(example, value)
    return text


def notes_configuration(notes: WebApplication) -> str:
    """What a hub must know of the web application."""
    return replaced(
        documented(OTHER_WAY_ROUND),
        {"https://notes.example.org": notes.url, "the output of: openssl rand -hex 32": notes.token},
    )


def start_two_hubs(folder: Path, cleanup: ExitStack) -> TwoHubs:
    """Both run, and the web application too; `cleanup` ends them."""
    secret, probe, crypt_key = (secrets.token_hex(32) for _ in range(3))
    port = reserve_port(until_exit=True)
    class_url = f"http://127.0.0.1:{port}"
    secret_file = folder / "client_secret"
    secret_file.write_text(f"{secret}\n")
    notes = WebApplication()
    upstream = WatchedHub(
        folder / "upstream",
        replaced(
            documented("Register the Hub at the first Hub"),
            {"https://class.example.org": class_url, "the output of: openssl rand -hex 32": secret},
        ),
        UPSTREAM,
        probe=probe,
        host=UPSTREAM_HOST,
        environment={},
    )
    class_hub = WatchedHub(
        folder / "class",
        replaced(
            documented("Configure the Hub", "Groups", "Refresh and logout"),
            {
                "https://hub.example.org": upstream.url,
                "https://class.example.org": class_url,
                "/run/secrets/client_secret_at_the_first_hub": str(secret_file),
            },
        ),
        notes_configuration(notes),
        probe=probe,
        port=port,
        environment={"JUPYTERHUB_CRYPT_KEY": crypt_key},
        settings={
            "JupyterHubOAuthenticator": {"allow_all": False, "auth_refresh_age": 1, "user_data_max_age": 0},
            "JupyterHub": {"spawner_class": "simple"},
            "Spawner": {"cmd": [sys.executable, "-m", "oauthenticator_suite.cli.demo.singleuser"]},
        },
    )
    for process in (upstream, class_hub, notes.process(folder, class_hub)):
        cleanup.callback(process.end)
        process.start()
    people = People(admin=Account("alice"), allowed=Account("bob"), refused=Account("carol"))
    unseen = {"the client secret": secret, "the key of auth_state": crypt_key}
    return TwoHubs(class_hub, HubSite(upstream.url), people, unseen, upstream, notes)
