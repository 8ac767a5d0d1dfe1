"""social-auth-core, the login of many Django sites, signs in at the fakes by its own knowledge of each provider.

It knows endpoints, scopes and the names of claims by heart, verifies ID tokens, and compares issuers.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from oauthenticator_suite.policy.claims import find_claim
from tests.fakes.auth0 import FakeAuth0
from tests.fakes.bitbucket import FakeBitbucket
from tests.fakes.cilogon import FakeCILogon
from tests.fakes.cognito import FakeCognito
from tests.fakes.entra import CAMPUS, FakeEntra
from tests.fakes.globus import FakeGlobus
from tests.fakes.independent_clients import CALLBACK, Routes, register, visit
from tests.fakes.keycloak import REALM, FakeKeycloak
from tests.fakes.okta import FakeOkta
from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openshift import USER_PATH, FakeOpenShift
from tests.fakes.orcid import FakeORCID

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)  # of its library for OpenID 2.0, which nothing here uses
    pytest.importorskip("social_core.strategy", reason="social-auth-core needs Python 3.11")

from social_core.storage import BaseStorage
from social_core.strategy import BaseStrategy
from social_core.utils import module_member

BACKENDS = "social_core.backends"


@dataclass
class Login:
    """A backend, the fake of its provider, the address of the real one, and the username that it must find out.

    `issuer` is the real provider's issuer, if the address is not; empty for a backend that does not compare issuers.
    `key` is the user's key at the provider, with dots. `moved` are URLs of a retired API, and the paths of the present one.
    """

    backend: str
    fake: Callable[[], FakeProvider]
    at: str
    username: str
    settings: dict[str, Any] = field(default_factory=dict)
    method: str = "client_secret_post"
    issuer: str | None = None
    key: str = "sub"
    moved: dict[str, str] = field(default_factory=dict)
    refreshes: bool = True


LOGINS = {
    "okta": Login(
        "okta_openidconnect.OktaOpenIdConnect",
        FakeOkta,
        "https://example.okta.com",
        "alice@example.org",
        {"API_URL": "https://example.okta.com/oauth2", "SCOPE": ["offline_access", "groups"], "USE_PKCE": True},
    ),
    "okta, a custom server": Login(
        "okta_openidconnect.OktaOpenIdConnect",
        lambda: FakeOkta("default"),
        "https://example.okta.com",
        "alice@example.org",
        {"API_URL": "https://example.okta.com/oauth2/default", "SCOPE": ["offline_access"], "USE_PKCE": True},
        issuer="https://example.okta.com/oauth2/default",
    ),
    "cognito": Login(
        "cognito.CognitoOAuth2",
        FakeCognito,
        "https://example.auth.eu-central-1.amazoncognito.com",
        "alice",
        {"POOL_DOMAIN": "https://example.auth.eu-central-1.amazoncognito.com"},
        issuer="",
    ),
    "cilogon": Login(
        "cilogon.CILogonOAuth2",
        FakeCILogon,
        "https://cilogon.org",
        "alice@campus.example",
    ),
    "auth0": Login(
        "auth0_openidconnect.Auth0OpenIdConnectAuth",
        FakeAuth0,
        "https://example.eu.auth0.com",
        "alice",
        {"DOMAIN": "example.eu.auth0.com", "SCOPE": ["offline_access"], "USE_PKCE": True},
        issuer="https://example.eu.auth0.com/",
    ),
    "globus": Login(
        "globus.GlobusOpenIdConnect",
        FakeGlobus,
        "https://auth.globus.org",
        "alice@campus.example",
        {"USE_PKCE": True},
        method="client_secret_basic",
        refreshes=False,
    ),
    "entra": Login(
        "azuread_tenant.AzureADV2TenantOAuth2",
        FakeEntra,
        "https://login.microsoftonline.com",
        "Alice Example",
        {"TENANT_ID": CAMPUS, "ID_KEY": "oid"},
        key="oid",
        issuer="",
    ),
    "keycloak": Login(
        "open_id_connect.OpenIdConnectAuth",
        FakeKeycloak,
        "https://sso.example.org",
        "alice",
        {"OIDC_ENDPOINT": f"https://sso.example.org/realms/{REALM}", "USE_PKCE": True},
        issuer=f"https://sso.example.org/realms/{REALM}",
    ),
    "bitbucket": Login(
        "bitbucket.BitbucketOAuth2",
        FakeBitbucket,
        "https://bitbucket.org",
        "alice",
        method="client_secret_basic",
        issuer="",
        key="uuid",
        moved={"https://api.bitbucket.org/2.0": "/2.0"},
        refreshes=False,
    ),
    "openshift": Login(
        "openshift.OpenshiftOAuth2",
        FakeOpenShift,
        "https://api.cluster.example",
        "alice",
        {"URL": "https://api.cluster.example", "SCOPE": ["user:info"]},
        issuer="",
        key="metadata.uid",
        moved={"https://api.cluster.example/oapi/v1/users/~": USER_PATH},
        refreshes=False,
    ),
    "orcid": Login(
        "open_id_connect.OpenIdConnectAuth",
        FakeORCID,
        "https://orcid.org",
        "Alice Example",
        {
            "OIDC_ENDPOINT": "https://orcid.org",
            "SCOPE": ["openid"],
            "IGNORE_DEFAULT_SCOPE": True,
            "USERNAME_KEY": "name",
            "USE_PKCE": True,
        },
    ),
}


class Strategy(BaseStrategy):
    """A site with one browser. Its pipeline returns the user's data."""

    def __init__(self, settings: dict[str, Any]) -> None:
        associations: dict[str, Any] = {}
        states: set[tuple[str, int, str]] = set()

        class Associations:
            @classmethod
            def store(cls, server_url: str, association: Any) -> None:
                association.id = association.handle
                association.is_expired = lambda: False
                associations[association.handle] = association

            @classmethod
            def get(cls, server_url: str, handle: str) -> list[Any]:
                return [associations[handle]] if handle in associations else []

            @classmethod
            def remove(cls, ids: list[str]) -> None:
                for each in ids:
                    del associations[each]

        class Nonces:
            """A state is good once."""

            @classmethod
            def use(cls, server_url: str, timestamp: int, salt: str) -> bool:
                states.add((server_url, timestamp, salt))
                return True

            @classmethod
            def consume(cls, server_url: str, timestamp: int, salt: str) -> bool:
                known = (server_url, timestamp, salt) in states
                states.discard((server_url, timestamp, salt))
                return known

        super().__init__(type("Storage", (BaseStorage,), {"association": Associations, "nonce": Nonces}))
        self.settings = settings
        self.session: dict[str, Any] = {}
        self.answer: dict[str, str] = {}

    def get_setting(self, name: str) -> Any:
        return self.settings[name]

    def session_get(self, name: str, default: Any = None) -> Any:
        return self.session.get(name, default)

    def session_set(self, name: str, value: Any) -> None:
        self.session[name] = value

    def session_pop(self, name: str) -> Any:
        return self.session.pop(name, None)

    def build_absolute_uri(self, path: str | None = None) -> str:
        return path or ""

    def request_data(self, merge: bool = True) -> dict[str, str]:
        return self.answer

    def authenticate(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        backend, response = kwargs["backend"], kwargs["response"]
        details = backend.get_user_details(response)
        return {"details": details, "subject": backend.get_user_id(details, response), "response": response}


def sign_in(login: Login, client: dict[str, str]) -> dict[str, Any]:
    settings = {"KEY": client["client_id"], "SECRET": client["client_secret"], **login.settings}
    strategy = Strategy({**settings, "TOKEN_ENDPOINT_AUTH_METHOD": login.method})
    backend = module_member(f"{BACKENDS}.{login.backend}")(strategy, redirect_uri=CALLBACK)
    backend.REDIRECT_STATE = False  # a redirect URI with the state in its query is none that is registered
    strategy.answer = visit(backend.auth_url())
    backend.data = strategy.answer
    found: dict[str, Any] = backend.auth_complete()
    if login.refreshes:
        found["fresh"] = backend.refresh_token(found["response"]["refresh_token"])
    return found


@pytest.mark.parametrize("name", LOGINS)
async def test_it_signs_in_and_reads_the_user(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    login, routes = LOGINS[name], Routes(monkeypatch)
    async with login.fake() as fake:
        client = register(fake, login.method)
        routes.update({url: fake.origin + path for url, path in login.moved.items()})
        routes[login.at] = fake.origin
        if login.issuer != "":
            fake.issuer = login.issuer or login.at
        found = await asyncio.to_thread(sign_in, login, client)
        assert fake.refusals == []
        assert found["details"]["username"] == login.username
        assert found["subject"].strip() == find_claim(fake.users["alice"], login.key)
        if login.refreshes:
            assert found["fresh"]["access_token"] != found["response"]["access_token"]
