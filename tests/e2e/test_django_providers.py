"""The OpenID providers of django-oauth-toolkit and django-allauth: login by their pages, refresh and logout."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.ports import reserve_port

from .checks import fit_log
from .django_pages import DjangoSite
from .hub_process import REPOSITORY, HubProcess
from .processes import ServerProcess, wait_for
from .provider_sites import Account
from .strict_hub import StrictWay
from .web_client import WebClient
from .worlds import People

if sys.version_info < (3, 11):  # elsewhere it must be installed
    pytest.skip("django-allauth needs Python 3.11", allow_module_level=True)

CONFIGURATION = Path(__file__).with_name("strict_config.py")
USERS = {"toolkit": "tom", "allauth": "alva"}
"""Who signs in by which provider."""


@dataclass(frozen=True)
class DjangoWorld:
    """A Hub that trusts both."""

    hub: HubProcess
    site: ServerProcess
    ways: dict[str, StrictWay]


@pytest.fixture(scope="module")
def django_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DjangoWorld]:
    folder = tmp_path_factory.mktemp("django")
    hub_port, port = reserve_port(until_exit=True), reserve_port(until_exit=True)
    client_secrets = {name: secrets.token_urlsafe(32) for name in USERS}
    crypt_key = secrets.token_hex(32)
    issuers = {"toolkit": f"http://127.0.0.1:{port}/o", "allauth": f"http://127.0.0.1:{port}"}
    hidden = {
        "the key of auth_state": crypt_key,
        **{f"the secret of {name}": value for name, value in client_secrets.items()},
    }
    common = {
        "client_id": "hub",
        "scope": ["openid", "profile"],
        "user_data_max_age": 0,
        "rp_initiated_logout": True,
    }
    hub = HubProcess(
        folder,
        port=hub_port,
        configuration=[CONFIGURATION],
        environment={"JUPYTERHUB_CRYPT_KEY": crypt_key},
        settings={
            "MultiAuthenticator": {
                "authenticators": [
                    {
                        "authenticator_class": "suite-generic",
                        "provider": name,
                        "login_service": name,
                        "config": {
                            **common,
                            "issuer": issuer,
                            "client_secret": client_secrets[name],
                            "revoke_tokens_on_logout": name == "allauth",  # the metadata of the other name no endpoint
                        },
                    }
                    for name, issuer in issuers.items()
                ]
            }
        },
    )
    site = ServerProcess(
        "the Django site",
        [sys.executable, "-m", "tests.e2e.django_providers", str(port), hub.url, str(folder)],
        ready_url=f"{issuers['allauth']}/.well-known/openid-configuration",
        log_file=folder / "django.log",
        directory=REPOSITORY,
        environment={**hub.environment, **{f"{name.upper()}_SECRET": value for name, value in client_secrets.items()}},
    )
    with ExitStack() as cleanup:
        for process in (site, hub):
            cleanup.callback(process.end)
            process.start(timeout=120)
        ways = {}
        for name, user in USERS.items():
            account = Account(user, f"password-of-{user}")
            people = People(admin=account, allowed=account, refused=account)
            ways[name] = StrictWay(hub, DjangoSite(issuers["allauth"]), people, hidden, name)
        yield DjangoWorld(hub, site, ways)


@pytest.mark.parametrize("name", USERS)
def test_login_refresh_and_logout(django_world: DjangoWorld, client: WebClient, name: str) -> None:
    """The tokens are renewed twice, each time with a refresh token that is good once."""
    way, user = django_world.ways[name], USERS[name]
    token = {"toolkit": "/o/token/", "allauth": "/identity/o/api/token"}[name]

    with fit_log(way, client):
        page = way.log_in(client, way.people.allowed)
        assert (page.status, page.path) == (200, "/hub/home"), page
        mark = django_world.site.log_mark()

        def renewed() -> bool:
            assert way.signed_in_as(client) == user
            return django_world.site.log_since(mark).count(f'"POST {token} HTTP/1.1" 200') == 2

        wait_for("two renewals of the tokens", renewed)
        page = client.get(django_world.hub.page("logout"))
        assert page.url.startswith(way.site.issuer), page
        assert isinstance(way.site, DjangoSite)
        page = way.site.log_out(client, page)
        assert page.url.startswith(django_world.hub.url), page
        assert client.opened(f"/hub/auth/{name}/logged_out")
        assert way.signed_in_as(client) is None
        asked_again = client.get(way.login_url())
        assert asked_again.path == "/accounts/login/", "the session at the provider has ended as well"
    assert " 500 " not in django_world.site.log_text


@pytest.mark.parametrize("name", USERS)
def test_a_wrong_password_leads_nowhere(django_world: DjangoWorld, client: WebClient, name: str) -> None:
    way = django_world.ways[name]
    page = client.get(way.login_url())
    page = way.site.answer(client, page, Account(USERS[name], "another password"), None)
    assert page.path == "/accounts/login/", page
    assert way.signed_in_as(client) is None
