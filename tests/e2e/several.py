"""The world of a Hub with four ways to sign in, each with its users (tests/e2e/several_config.py)."""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import requests

from oauthenticator_suite.cli.demo.people import PEOPLE
from tests.ports import reserve_port
from tests.support.system_tools import require_library

from .certified_provider import CLIENT_ID, CertifiedProvider
from .hub_process import REPOSITORY, HubProcess
from .processes import ServerProcess
from .provider_sites import Account, CanailleSite, CertifiedSite
from .web_client import Page, WebClient
from .worlds import People, World

CONFIGURATION = Path(__file__).with_name("several_config.py")

AT_CAMPUS = {person.username: Account(person.username, person.password) for person in PEOPLE}
"""alice (an administrator), bob, and carol, a user that the Hub refuses."""

AT_LAB = {
    "lee": {"groups": ["leads", "guests"]},
    "ravi": {"groups": ["hub-admins", "wheels"]},  # groups that mean something elsewhere
    "bob": {"groups": []},  # another person than the one at the campus
    "mallory": {"groups": []},
}

ON_SERVER = {"uma": ("wheels",), "sven": ("physicists",), "otto": ()}
"""Users of the system, and their Unix groups."""

GUESTS = {"gina": ["visitors"], "chief": [], "mallory": [], "gone": ["visitors"]}
"""Names in the dictionary, and their groups."""


def password_of(name: str) -> str:
    """What the users of the system and the guests type."""
    return f"password-of-{name}"


@dataclass(frozen=True)
class Way(World):
    """The same Hub, by one of its two providers."""

    provider: str

    def login_url(self, next_url: str | None = None) -> str:
        """Where the button of this provider leads."""
        target = self.hub.page(f"auth/{self.provider}/login")
        return target if next_url is None else f"{target}?next={quote(next_url, safe='')}"


class SystemUsers:
    """Users of a system and their passwords, in files of the tests' own that libc and PAM are made to read."""

    def __init__(self, folder: Path) -> None:
        nss = require_library("**/libnss_wrapper.so", "libnss-wrapper")
        matrix = require_library("**/pam_wrapper/pam_matrix.so", "libpam-wrapper")
        self._folder = folder
        self.services = folder / "pam.d"
        self.services.mkdir()
        module = f"required {matrix} passdb={folder}/passdb\n"
        (self.services / "hub").write_text(f"auth {module}account {module}", encoding="utf-8")
        (self.services / "other").write_text("auth required pam_deny.so\n", encoding="utf-8")
        self.environment = {
            "LD_PRELOAD": str(nss),
            "NSS_WRAPPER_PASSWD": str(folder / "passwd"),
            "NSS_WRAPPER_GROUP": str(folder / "group"),
        }
        self.write(ON_SERVER)

    def write(self, users: Mapping[str, Sequence[str]]) -> None:
        """These are the users, with their groups, from now on."""
        real = Path("/etc/passwd").read_text(encoding="utf-8")
        groups = Path("/etc/group").read_text(encoding="utf-8")
        passwords = ""
        for number, name in enumerate(ON_SERVER, 61001):
            if name in users:
                real += f"{name}:x:{number}:{number}::/home/{name}:/bin/bash\n"
                passwords += f"{name}:{password_of(name)}:hub\n"
        for number, group in enumerate(("wheels", "physicists"), 61101):
            groups += f"{group}:x:{number}:{','.join(name for name in users if group in users[name])}\n"
        for file, text in (("passwd", real), ("group", groups), ("passdb", passwords)):
            (self._folder / file).write_text(text, encoding="utf-8")


@dataclass(frozen=True)
class Several:
    """The Hub, and what it trusts."""

    hub: HubProcess
    campus: Way
    lab: Way
    lab_provider: CertifiedProvider
    system: SystemUsers
    guests: Path
    watch_token: str

    def fill_in(self, client: WebClient, provider: str, name: str, password: str | None = None) -> Page:
        """Sign in on the Hub's own page, by the form of `provider`; the last page."""
        return self.fill_in_on(client.get(self.hub.page("login?next=%2Fhub%2Fhome")), client, provider, name, password)

    def fill_in_on(self, page: Page, client: WebClient, provider: str, name: str, password: str | None = None) -> Page:
        """The same, on a `page` that offers all ways."""
        (form,) = page.soup.find_all("form", action=lambda url: f"/auth/{provider}/login" in url)
        return client.submit(page, form, {"username": name, "password": password or password_of(name)})

    def log_in(self, client: WebClient, provider: str, name: str) -> Page:
        """A whole login by any of the four; the last page."""
        if provider == "campus":
            return self.campus.log_in(client, AT_CAMPUS[name])
        if provider == "lab":
            return self.lab.log_in(client, Account(name))
        return self.fill_in(client, provider, name)

    def signed_in_as(self, client: WebClient) -> str | None:
        """Whom the Hub's home page greets; that page also has the Hub ask whether they may stay."""
        return self.campus.signed_in_as(client)

    def user(self, name: str) -> dict[str, Any] | None:
        """What the Hub knows of a user; None when there is none."""
        answer = requests.get(
            f"{self.hub.url}/hub/api/users/{name}", headers={"Authorization": f"token {self.watch_token}"}, timeout=10
        )
        if answer.status_code == 404:
            return None
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found

    def set_campus_groups(self, **members: Sequence[str]) -> None:
        """Who is in a group of the campus, with ``_`` for ``-`` in its name."""
        named = {group.replace("_", "-"): users for group, users in members.items()}
        requests.post(f"{self.campus.site.issuer}/_test", json=named, timeout=10).raise_for_status()

    def write_guests(self, guests: Mapping[str, Sequence[str]]) -> None:
        """Who is in the dictionary when the Hub starts the next time."""
        groups: dict[str, list[str]] = {}
        for name, theirs in guests.items():
            for group in theirs:
                groups.setdefault(group, []).append(name)
        passwords = {name: password_of(name) for name in guests}
        self.guests.write_text(json.dumps({"passwords": passwords, "groups": groups}), encoding="utf-8")


def start_several(folder: Path, cleanup: ExitStack) -> Several:
    """Start the providers and the Hub; `cleanup` ends them."""
    campus_secret, lab_secret, watch_token = (secrets.token_urlsafe(32) for _ in range(3))
    hub_port, campus_port = reserve_port(until_exit=True), reserve_port(until_exit=True)
    hub_url, campus_issuer = f"http://127.0.0.1:{hub_port}", f"http://127.0.0.1:{campus_port}"
    system, guests = SystemUsers(folder), folder / "guests.json"
    lab_provider = CertifiedProvider(
        folder,
        hub_urls=[hub_url],
        users=AT_LAB,
        client_secret=lab_secret,
        callback="auth/lab/authorize",
        logged_out="auth/lab/logged_out",
    )
    hub = HubProcess(
        folder,
        port=hub_port,
        configuration=[CONFIGURATION],
        environment={
            **system.environment,
            "JUPYTERHUB_CRYPT_KEY": secrets.token_hex(32),
            "SEVERAL_HUB_URL": hub_url,
            "SEVERAL_CAMPUS": campus_issuer,
            "SEVERAL_CAMPUS_SECRET": campus_secret,
            "SEVERAL_LAB": lab_provider.issuer,
            "SEVERAL_LAB_SECRET": lab_secret,
            "SEVERAL_PAM_SERVICES": str(system.services),
            "SEVERAL_GUESTS": str(guests),
            "SEVERAL_API_TOKEN": watch_token,
        },
    )
    campus_process = ServerProcess(
        "the campus",
        [sys.executable, "-m", "tests.e2e.canaille_several", str(campus_port), hub_url, "campus"],
        ready_url=f"{campus_issuer}/.well-known/openid-configuration",
        log_file=folder / "campus.log",
        directory=REPOSITORY,
        environment={
            **{name: value for name, value in hub.environment.items() if name != "LD_PRELOAD"},
            "OAUTH_CLIENT_ID": CLIENT_ID,
            "OAUTH_CLIENT_SECRET": campus_secret,
        },
    )
    hidden = {
        "the secret of the campus": campus_secret,
        "the secret of the lab": lab_secret,
        "the key of auth_state": hub.environment["JUPYTERHUB_CRYPT_KEY"],
    }
    people = People(admin=AT_CAMPUS["alice"], allowed=AT_CAMPUS["bob"], refused=AT_CAMPUS["carol"])
    campus = Way(hub, CanailleSite(campus_issuer), people, hidden, "campus")
    people = People(admin=Account("lee"), allowed=Account("ravi"), refused=Account("mallory"))
    lab = Way(hub, CertifiedSite(lab_provider.issuer), people, hidden, "lab")
    several = Several(hub, campus, lab, lab_provider, system, guests, watch_token)
    several.write_guests(GUESTS)
    for process in (campus_process, lab_provider, hub):
        cleanup.callback(process.end)
        process.start()
    return several
