"""Runs a configuration twice: with `oauthenticator`, and with this package after ``oauthenticator-suite migrate``."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from unittest.mock import patch

from jupyterhub import orm
from oauthenticator.google import GoogleOAuthenticator as EarlierGoogle
from oauthenticator.oauth2 import OAuthenticator as Earlier
from traitlets.config import Config, PyFileConfigLoader

from oauthenticator_suite.cli import main
from tests.fakes.google import FakeGoogle
from tests.fakes.mediawiki import FakeMediaWiki
from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openid_provider.wire import Wire
from tests.support import Hub, HubState, start_hub
from tests.support.helm_values import load_values

from .case import Case, Outcome
from .worlds import CLIENT_ID, CLIENT_SECRET, CONSUMER_KEY, CONSUMER_SECRET, ENVIRONMENT, HUB, WORLDS, World

LEFT_OUT = {
    "JupyterHub": ("spawner_class", "bind_url", "hub_bind_url", "hub_ip", "ip", "port", "db_url", "cookie_secret_file"),
}
"""Options of the configurations that say where a Hub runs, and how it starts servers."""

SECRETS = "/srv/jupyterhub/secrets"
SIGNED_IN = re.compile(r'user: "([^"]*)"')


@asynccontextmanager
async def running_provider(case: Case) -> AsyncIterator[Wire]:
    """The case's provider, with the client that the configurations name."""
    async with WORLDS[case.world].fake() as fake:
        if isinstance(fake, FakeProvider):
            fake.client.client_id, fake.client.client_secret = CLIENT_ID, CLIENT_SECRET
            fake.clients = {CLIENT_ID: fake.client}
        elif isinstance(fake, FakeMediaWiki):
            fake.consumer.key, fake.consumer.secret = CONSUMER_KEY, CONSUMER_SECRET
            fake.consumers = {CONSUMER_KEY: fake.consumer}
        if case.prepare is not None:
            case.prepare(fake)
        yield fake


def load(path: Path, scratch: Path, addresses: Mapping[str, str]) -> Config:
    """The configuration in a file or folder, with other addresses.

    :param scratch: an empty folder for the text with those addresses.
    :param addresses: the address in the text → the address that the Hub uses.
    """
    files = sorted(path.glob("*.py")) if path.is_dir() else [path]
    assert files, f"nothing in {path}"
    config = Config()
    for file in files:
        text = with_addresses(file.read_text(), addresses)
        if file.suffix == ".py":
            copy = scratch / file.name
            copy.write_text(text)
            config.merge(PyFileConfigLoader(copy.name, str(copy.parent)).load_config())
        else:
            config.merge(load_values(text))
    for section, options in LEFT_OUT.items():
        for option in options:
            config[section].pop(option, None)
    return config


def with_addresses(text: str, addresses: Mapping[str, str]) -> str:
    for old, new in addresses.items():
        text = text.replace(old, new)
    return text


@contextmanager
def environment(case: Case, addresses: Mapping[str, str]) -> Iterator[None]:
    """The variables of the case, with other addresses; none of the machine's that an authenticator would read."""
    ours = re.compile(
        r"^(OAUTH|GITHUB_|GITLAB_|GOOGLE_|CILOGON_|AUTH0_|AAD_|MW_|OIDC_|LOGIN_SERVICE|IDENTITY_PROVIDER)"
    )
    kept = {name: value for name, value in os.environ.items() if not ours.match(name)}
    given = {name: with_addresses(value, addresses) for name, value in {**ENVIRONMENT, **case.environment}.items()}
    with patch.dict(os.environ, {**kept, **given}, clear=True):
        yield


async def create_accounts(names: Iterable[str], state: HubState) -> None:
    """Users in the database of a Hub that is not running yet."""
    config = Config()
    config.JupyterHub.authenticator_class = "dummy"
    config.DummyAuthenticator.allow_all = True
    async with start_hub(config, state) as hub:
        for name in names:
            hub.app.db.add(orm.User(name=name))
        hub.app.db.commit()


def addresses_of(world: World, fake: Wire, hub_url: str, secrets: Path) -> dict[str, str]:
    return {HUB: hub_url, SECRETS: str(secrets), **dict.fromkeys(world.addresses, fake.origin)}


def secret_files(scratch: Path, fake: Wire) -> Path:
    """The folder that the configurations call `SECRETS`, with the files that they name."""
    folder = scratch / "secrets"
    folder.mkdir(parents=True)
    if isinstance(fake, FakeGoogle):
        (folder / "google.json").write_text(json.dumps(fake.service_account_key()))
    return folder


def point_at(config: Config, classes: tuple[str, ...], options: Mapping[str, str], origin: str) -> None:
    """Addresses that have no name in the configuration. What it sets itself stays."""
    for name in classes:
        for option, value in options.items():
            config[name].setdefault(option, value.format(origin=origin))


def register(fake: Wire, *callback_urls: str) -> None:
    """Register the callback URLs at the provider, and no others."""
    if isinstance(fake, FakeMediaWiki):
        (fake.consumer.callback_url,) = callback_urls
    elif isinstance(fake, FakeProvider):
        fake.client.redirect_uris = set(callback_urls)


def callback_paths(entry: str) -> list[str]:
    """The usual one, or those of an entry of several with both packages."""
    return [f"{entry}/oauth_callback", f"auth/{entry}/authorize"] if entry else ["oauth_callback"]


@dataclass(frozen=True)
class Moved:
    """What ``oauthenticator-suite migrate --write`` made of a configuration: the new one, and the report as one line."""

    path: Path
    report: str


def move(original: Path, folder: Path, capture: Callable[[], str]) -> Moved:
    """Move a configuration by the command alone. It works on a copy, which must stay as it is.

    :param capture: returns what was printed since it was called last.
    """
    folder.mkdir()
    source, target = folder / original.name, folder / f"new-{original.name}"
    (shutil.copytree if original.is_dir() else shutil.copyfile)(original, source)
    capture()
    status = main(["migrate", "-f", str(source), "--write", "--output", str(target)])
    report = re.sub(r"\s+", " ", capture())
    assert status in (0, 1), report
    return Moved(target if target.exists() else source, report)


async def outcome_of(
    case: Case, path: Path, scratch: Path, fake: Wire, *, ours: bool, state: HubState | None = None
) -> Outcome:
    """Start a Hub with a configuration, sign everybody in, and see what there is.

    :param scratch: a folder that does not exist yet.
    :param ours: whether the configuration is for this package.
    :param state: the address, the secrets and the database of a Hub that ran before.
    """
    world, secrets = WORLDS[case.world], secret_files(scratch, fake)
    if state is None:
        state = HubState(directory=scratch if case.accounts else None)
        if case.accounts:
            await create_accounts(case.accounts, state)
    addresses = addresses_of(world, fake, state.url, secrets)
    with environment(case, addresses), earlier_package(addresses, fake):
        config = load(path, scratch, addresses)
        point_at(config, world.classes, world.ours if ours else world.theirs, fake.origin)
        register(fake, *(f"{state.url}/hub/{path}" for path in callback_paths(case.entry)))
        async with start_hub(config, state) as hub:
            packages = {cls.__module__.partition(".")[0] for cls in type(hub.authenticator).mro()}
            assert ("oauthenticator_suite" in packages) is ours, packages
            path = (
                "oauth_login" if not case.entry else f"auth/{case.entry}/login" if ours else f"{case.entry}/oauth_login"
            )
            names = {person: await signed_in_as(hub, person, path) for person in case.people}
            more = await hub.run(case.look(hub)) if case.look is not None else None
            return Outcome(names, *accounts(hub), more)


async def signed_in_as(hub: Hub, person: str, path: str = "oauth_login") -> str | None:
    """The name of the Hub user after a login at `path`, or None if the login is refused."""
    browser = hub.browser(person)
    page = await browser.open(f"/hub/{path}?next=%2Fhub%2Fhome")
    if not browser.logged_in:
        assert page.status >= 400, page.text[:300]
        print(f"{person} is refused:", page.status, page.text[:200], *hub.log.at_least(logging.ERROR)[-3:], sep="\n  ")
        return None
    assert (page.status, page.path) == (200, "/hub/home"), page.text[:300]
    found = SIGNED_IN.search(page.body)
    assert found is not None, page.body[:2000]
    return unescape(found[1].encode().decode("unicode_escape"))


def accounts(hub: Hub) -> tuple[frozenset[str], dict[str, frozenset[str]]]:
    """The administrators, and the groups of each account that is in any."""
    hub.app.db.expire_all()
    users = hub.app.db.query(orm.User).all()
    groups = {user.name: frozenset(group.name for group in user.groups) for user in users if user.groups}
    return frozenset(user.name for user in users if user.admin), groups


@contextmanager
def earlier_package(addresses: Mapping[str, str], fake: Any) -> Iterator[None]:
    """`oauthenticator` as it is, but for addresses inside of its code, and a request that would stop the event loop."""
    httpfetch = Earlier.httpfetch

    async def fetch_there(self: Earlier, url: str, *args: Any, **kwargs: Any) -> Any:
        return await httpfetch(self, with_addresses(url, addresses), *args, **kwargs)

    def service_account(self: EarlierGoogle, user_email_domain: str) -> Any:
        return type("Credentials", (), {"token": fake.service_account_token(), "valid": True})

    with (
        patch.object(Earlier, "httpfetch", fetch_there),
        patch.object(EarlierGoogle, "_setup_service_credentials", service_account),
        patch.object(EarlierGoogle, "_service_credentials", {}),  # all of its objects share one
    ):
        yield
