"""The providers that the configurations name, as strict fakes that `oauthenticator` 17.4.0 can sign in to as well."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.auth0 import FakeAuth0
from tests.fakes.bitbucket import FakeBitbucket
from tests.fakes.cilogon import FakeCILogon
from tests.fakes.entra import CAMPUS, FakeEntra
from tests.fakes.github import FakeGitHub
from tests.fakes.github.gate import Needs, Question
from tests.fakes.gitlab import FakeGitLab
from tests.fakes.globus import FakeGlobus
from tests.fakes.google import GROUPS_SCOPE, FakeGoogle
from tests.fakes.google.people import ADMINISTRATOR
from tests.fakes.google.service_accounts import ServiceToken
from tests.fakes.keycloak import REALM, FakeKeycloak
from tests.fakes.mediawiki import FakeMediaWiki
from tests.fakes.openid_provider import Call, FakeProvider, Refused, Registration, Reply, rules
from tests.fakes.openid_provider.keys import IDTokenDraft
from tests.fakes.openid_provider.records import Grant
from tests.fakes.openid_provider.wire import Endpoints, Wire
from tests.fakes.openshift import FakeOpenShift

HUB = "https://hub.campus.example"
"""The Hub's address in the configurations."""

CLIENT_ID = "a-client-id"
CLIENT_SECRET = "a-client-secret"
CONSUMER_KEY, CONSUMER_SECRET = "0123456789abcdef" * 2, "89abcdef01" * 4
ENVIRONMENT = {
    "OAUTH_CALLBACK_URL": f"{HUB}/hub/oauth_callback",
    "OAUTH_CLIENT_ID": CLIENT_ID,
    "OAUTH_CLIENT_SECRET": CLIENT_SECRET,
    "JUPYTERHUB_CRYPT_KEY": "00" * 32,  # the Hub of a test sets another one before it starts
}


class Tolerant(FakeProvider):
    """Takes the requests of `oauthenticator` too: no nonce, a field ``data``, and either way of client authentication."""

    def _issue_code(self, client: Registration, user: str | None, fields: dict[str, str]) -> str:
        return super()._issue_code(client, user, {"nonce": "none", **fields})

    async def _token(self, call: Call) -> Reply:
        call.body = "&".join(pair for pair in call.body.split("&") if pair != "data=None")
        by_header = "authorization" in call.headers
        self.client.auth_method = "client_secret_basic" if by_header else "client_secret_post"
        return await super()._token(call)


class CILogon(Tolerant, FakeCILogon):
    """As it is."""


class GitHub(Tolerant, FakeGitHub):
    """With the older question for a member of a team, which `oauthenticator` asks."""

    def endpoints(self) -> Endpoints:
        path = "/api/v3/orgs/{org}/teams/{team}/members/{username}"
        return {path: ("team_member", self._gate(path, self._check_in_team, Needs())), **super().endpoints()}

    def _check_in_team(self, question: Question) -> Reply:
        found = self._get_in_team(question)
        return Reply(204 if found.json["state"] == "active" else 404)


class GitLab(Tolerant, FakeGitLab):
    """As it is."""


class Globus(Tolerant, FakeGlobus):
    """As it is."""


class Auth0(Tolerant, FakeAuth0):
    """With an API of the tenant's own, whose scopes are granted to some users alone."""

    granted: dict[str, set[str]] | None = None

    def _issue_code(self, client: Registration, user: str | None, fields: dict[str, str]) -> str:
        code = super()._issue_code(client, user, fields)
        if self.granted is not None:
            grant, own = self._codes[code], {"openid", "profile", "email", "offline_access"}
            grant.scope = [scope for scope in grant.scope if scope in own | self.granted.get(grant.user, set())]
        return code


class Bitbucket(Tolerant, FakeBitbucket):
    """As it is."""


class OpenShift(Tolerant, FakeOpenShift):
    """As it is."""


class Keycloak(Tolerant, FakeKeycloak):
    """With a mapper that puts roles into a claim, and the part of the admin REST API that lists a user's roles."""

    roles_claim: dict[str, list[str]] | None = None

    def endpoints(self) -> Endpoints:
        roles = f"/admin/realms/{REALM}/users/{{user}}/role-mappings/realm"
        return {**super().endpoints(), roles: ("admin", self._admin_roles)}

    async def _token(self, call: Call) -> Reply:
        if "grant_type=client_credentials" not in call.body:
            return await super()._token(call)
        fields = rules.decode_fields(call.body, "the token request")
        rules.authenticate_client(call.headers, fields, self.clients)
        return Reply(json={"access_token": "of-the-service-account", "token_type": "Bearer", "expires_in": 60})

    async def _userinfo(self, call: Call) -> Reply:
        if call.query == "state=state":  # an old example has it, and Keycloak ignores it
            call.query = ""
        return await super()._userinfo(call)

    async def _admin_roles(self, call: Call) -> Reply:
        if call.headers.get("authorization") != "Bearer of-the-service-account":
            raise Refused("unauthorized", "HTTP 401 Unauthorized", status=401)
        (user,) = (user for user in self.users.values() if user["sub"] == call.path.split("/")[5])
        return Reply(json=[{"id": f"id-of-{role}", "name": role} for role in user["realm_roles"]])

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        claims = super()._user_claims(grant)
        return claims if self.roles_claim is None else {**claims, "roles": self.roles_claim.get(grant.user, [])}


class Google(Tolerant, FakeGoogle):
    """With the older endpoints, which `oauthenticator` uses: their user has ``id`` and ``verified_email``."""

    def endpoints(self) -> Endpoints:
        return {
            **super().endpoints(),
            "/oauth2/v4/token": ("token", self._token),
            "/oauth2/v1/userinfo": ("userinfo", self._older_userinfo),
        }

    def service_account_token(self) -> str:
        """A token for the Directory API, as a service account gets it."""
        token = f"ya29.service-{len(self._service_tokens)}"
        self._service_tokens[token] = ServiceToken(ADMINISTRATOR, frozenset({GROUPS_SCOPE}), self.clock() + 3600)
        return token

    async def _older_userinfo(self, call: Call) -> Reply:
        reply = await self._userinfo(call)
        claims = dict(reply.json)
        claims["id"] = claims.pop("sub")
        if "email_verified" in claims:
            claims["verified_email"] = claims.pop("email_verified")
        return Reply(json=claims)


class Entra(Tolerant, FakeEntra):
    """With version 1.0 of the endpoints, whose tokens have ``unique_name`` and ``upn``."""

    def endpoints(self) -> Endpoints:
        return {
            **super().endpoints(),
            f"/{CAMPUS}/oauth2/authorize": ("authorize", self._authorize),
            f"/{CAMPUS}/oauth2/token": ("token", self._first_token),
        }

    async def _first_token(self, call: Call) -> Reply:
        reply = await self._token(call)
        grant = self._access_tokens[reply.json["access_token"]]
        user = self.users[grant.user]
        claims = {
            "iss": f"https://sts.windows.net/{user['tid']}/",
            "aud": grant.client_id,
            "exp": int(self.clock()) + 3900,
            "iat": int(self.clock()),
            "ver": "1.0",
            **{name: user[name] for name in ("tid", "oid", "name", "groups")},
            "unique_name": user["preferred_username"],
            "upn": user["preferred_username"],
        }
        header = {"alg": self.keys.algorithm, "typ": "JWT", "kid": self.keys.current.kid}
        return Reply(json={**reply.json, "id_token": IDTokenDraft(header, claims, self.keys.current).serialize()})


class Canvas(Tolerant, FakeProvider):
    """A learning management system with OAuth 2.0: the user's profile at its REST API, and a list of courses."""

    def __init__(self) -> None:
        super().__init__()
        self.client.scopes = {"url:GET|/api/v1/users/:user_id/profile", "url:GET|/api/v1/courses"}
        self.announce_iss = False
        self.users = {
            name: {
                "sub": str(number),
                "id": number,
                "name": f"{name.title()} Example",
                "login_id": f"{name}@campus.example",
            }
            | {"primary_email": f"{name}@campus.example", "courses": courses}
            for number, (name, courses) in enumerate({"alice": [101, 102], "bob": [103], "carol": []}.items(), 4001)
        }

    def endpoints(self) -> Endpoints:
        return {
            "/login/oauth2/auth": ("authorize", self._authorize),
            "/login/oauth2/token": ("token", self._token),
            "/api/v1/users/self/profile": ("user", self._profile),
            "/api/v1/courses": ("courses", self._courses),
        }

    def _user_of(self, call: Call) -> dict[str, Any]:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self._access_tokens.get(token)
        if call.method != "GET" or scheme != "Bearer" or grant is None:
            raise Refused("unauthenticated", "user authorization required", status=401)
        return self.users[grant.user]

    async def _profile(self, call: Call) -> Reply:
        return Reply(
            json={name: value for name, value in self._user_of(call).items() if name not in ("sub", "courses")}
        )

    async def _courses(self, call: Call) -> Reply:
        return Reply(json=[{"id": number, "name": f"Course {number}"} for number in self._user_of(call)["courses"]])


class Exchange(Canvas):
    """A Django application with `django-oauth-toolkit`: an OpenID provider whose user data are its own API's."""

    def __init__(self) -> None:
        super().__init__()
        self.client.scopes = {"openid"}
        for number, user in enumerate(self.users.values(), 70_001):
            user["email"] = user.pop("primary_email")
            user["organizations"] = [{"id": number, "name": "A study"}]

    def endpoints(self) -> Endpoints:
        return {
            "/o/authorize/": ("authorize", self._authorize),
            "/o/token/": ("token", self._token),
            "/api/v1/users/profile": ("user", self._profile),
            "/api/v1/users/organizations": ("organizations", self._organizations),
        }

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        return {"sub": self.users[grant.user]["sub"]}

    async def _organizations(self, call: Call) -> Reply:
        return Reply(json=copy.deepcopy(self._user_of(call)["organizations"]))


class MediaWiki(FakeMediaWiki):
    """As it is."""


@dataclass(frozen=True)
class World:
    """A kind of provider: its fake, the address that configurations give it, and options that have no address yet.

    `ours` and `theirs` are options of the sections of `classes` for the two packages, with ``{origin}`` for the fake's
    address.
    """

    fake: type[Wire]
    address: str = ""
    classes: tuple[str, ...] = ()
    theirs: dict[str, str] = field(default_factory=dict)
    ours: dict[str, str] = field(default_factory=dict)
    more_addresses: tuple[str, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        return (*([self.address] if self.address else []), *self.more_addresses)


def _urls(authorize: str, token: str, userdata: str, **more: str) -> dict[str, str]:
    paths = {"authorize_url": authorize, "token_url": token, "userdata_url": userdata, **more}
    return {option: f"{{origin}}{path}" for option, path in paths.items()}


CILOGON = _urls("/authorize", "/oauth2/token", "/oauth2/userinfo")
AUTH0 = _urls("/authorize", "/oauth/token", "/userinfo")
BITBUCKET = _urls("/site/oauth2/authorize", "/site/oauth2/access_token", "/2.0/user")
GLOBUS = _urls(
    *("/v2/oauth2/authorize", "/v2/oauth2/token", "/v2/oauth2/userinfo"),
    revocation_url="/v2/oauth2/token/revoke",
    globus_groups_url="/v2/groups/my_groups",
)

WORLDS = {
    "cilogon": World(
        CILogon,
        "https://cilogon.org",
        ("CILogonOAuthenticator",),
        CILOGON,
        {"issuer": "{origin}", **CILOGON},
    ),
    "github": World(
        GitHub,
        "https://github.com",
        ("GitHubOAuthenticator",),
        {"github_url": "{origin}"},
        {"github_url": "{origin}"},
        more_addresses=("https://github.campus.example",),
    ),
    "gitlab": World(GitLab, "https://gitlab.campus.example"),
    "google": World(
        Google,
        "https://www.googleapis.com",
        ("GoogleOAuthenticator",),
        _urls("/o/oauth2/v2/auth", "/oauth2/v4/token", "/oauth2/v1/userinfo"),
        {"issuer": "{origin}", "google_api_url": "{origin}"},
    ),
    "globus": World(
        Globus,
        "https://auth.globus.org",
        ("GlobusOAuthenticator",),
        GLOBUS,
        {"issuer": "{origin}", **GLOBUS},
    ),
    "auth0": World(
        Auth0,
        "https://campus.eu.auth0.com",
        ("Auth0OAuthenticator",),
        AUTH0,
        {"issuer": "{origin}/", **AUTH0},
    ),
    "bitbucket": World(
        Bitbucket,
        "https://api.bitbucket.org",
        ("BitbucketOAuthenticator",),
        BITBUCKET,
        BITBUCKET,
    ),
    "entra": World(
        Entra,
        "https://login.microsoftonline.com",
        ("AzureAdOAuthenticator", "EntraOAuthenticator"),
        {"graph_url": "{origin}"},
        {"authority_url": "{origin}", "graph_api_url": "{origin}"},
    ),
    "openshift": World(
        OpenShift,
        "https://api.cluster.example:6443",
        ("OpenShiftOAuthenticator",),
        # It would be looked up while the Hub starts, with a request that waits for this very event loop.
        {"openshift_auth_api_url": "{origin}"},
    ),
    "keycloak": World(Keycloak, "https://sso.campus.example"),
    "canvas": World(Canvas, "https://canvas.campus.example"),
    "exchange": World(Exchange, "https://exchange.campus.example"),
    "mediawiki": World(MediaWiki, "https://wiki.campus.example"),
}
