"""A strict CILogon: the OpenID provider of `tests.fakes.openid_provider`, with what is particular to CILogon.

::

    async with FakeCILogon() as cilogon:
        cilogon.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        cilogon.users["alice"]["idp"] = CAMPUS        # the identity provider that alice chooses
        cilogon.refresh_lifetime = 0                  # the client was registered without refresh tokens

Sources: CILogon's documentation "OpenID Connect/OAuth 2.0"; the documentation and source of OA4MP, the server that
CILogon runs. Often missed: a scope that the client has not registered is an error; the user may choose another
identity provider than the selected one; a claim without a value is left out; tokens are URLs with a query; the refusal
of a code has the status 401; the metadata announce PKCE under a name of their own; tokens are revoked with HTTP Basic
only; and refresh tokens depend on the registration, not on a scope.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from .openid_provider import Call, FakeProvider, Refused, Registration, Reply
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints
from .traffic import Traffic

CAMPUS = "urn:mace:incommon:campus.example"
COLLEGE = "https://idp.college.example/shibboleth"
GITHUB = "http://github.com/login/oauth/authorize"
GOOGLE = "http://google.com/accounts/o8/id"
MICROSOFT = "http://login.microsoftonline.com/common/oauth2/v2.0/authorize"

PARAMETERS = {
    *("client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "prompt", "code_challenge"),
    *("code_challenge_method", "selected_idp", "skin", "idphint", "initialidp"),
}
CLAIMS = {
    "email": {"email"},
    "profile": {"given_name", "family_name", "name"},
    "org.cilogon.userinfo": {
        *("idp", "idp_name", "eppn", "eptid", "affiliation", "ou", "oidc", "entitlement", "isMemberOf"),
        *("subject_id", "pairwise_id", "uid", "acr", "preferred_username"),
    },
}
"""The claims of each scope. Every token has ``sub``, ``iss`` and ``aud``."""


class FakeCILogon(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.client_id = "cilogon:/client_id/1f2e3d4c"
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"openid", "email", "profile", "org.cilogon.userinfo"}
        self.clients = {self.client.client_id: self.client}
        self.announce_iss = False
        self.idps = {CAMPUS, COLLEGE, GITHUB, GOOGLE, MICROSOFT}
        self.refresh_lifetime = 864_000
        self.access_token_lifetime = 900
        self.users = {
            "alice": _user(7, "alice", CAMPUS, "Campus", "alice@campus.example"),
            "bob": _user(8, "bob", CAMPUS, "Campus", "bob@med.campus.example"),
            "carol": _user(9, "carol", GOOGLE, "Google", "carol@gmail.example"),
            "dave": _user(10, "dave", GITHUB, "GitHub", "dave@campus.example", preferred_username="dave"),
        }
        self._issued = 0

    def endpoints(self) -> Endpoints:
        return {
            "/.well-known/openid-configuration": ("metadata", self._metadata),
            "/authorize": ("authorize", self._authorize),
            "/oauth2/token": ("token", self._token),
            "/oauth2/userinfo": ("userinfo", self._userinfo),
            "/oauth2/revoke": ("revoke", self._revoke),
            "/oauth2/certs": ("jwks", self._published_keys),
        }

    async def _metadata(self, call: Call) -> Reply:
        oauth2 = f"{self.issuer}/oauth2"
        return Reply(
            json={
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{oauth2}/token",
                "userinfo_endpoint": f"{oauth2}/userinfo",
                "revocation_endpoint": f"{oauth2}/revoke",
                "jwks_uri": f"{oauth2}/certs",
                "response_types_supported": ["code", "id_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256", "RS384", "RS512"],
                "scopes_supported": sorted(self.client.scopes),
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "code_challenge_method_supported": ["plain", "S256"],
            }
        )

    def _issue_code(self, client: Registration, user: str | None, fields: dict[str, str]) -> str:
        unknown = fields.keys() - PARAMETERS
        if unknown:
            raise Refused("invalid_request", f"no such parameters: {sorted(unknown)}")
        selected = filter(None, fields.get("selected_idp", "").split(","))
        if not self.idps.issuperset(selected):
            raise Refused("invalid_request", "selected_idp names an unknown identity provider")
        return super()._issue_code(client, user, fields)

    def _redeem_code(self, client: Registration, fields: dict[str, str]) -> Grant:
        try:
            return super()._redeem_code(client, fields)
        except Refused as refusal:
            raise Refused(refusal.error, refusal.why, status=401) from None

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        self.issue_refresh_tokens = self.refresh_lifetime > 0
        reply = super()._issue_tokens(grant)
        for name, issued in (("access_token", self._access_tokens), ("refresh_token", self._refresh_tokens)):
            if name in reply:
                self._issued += 1
                token = f"{self.issuer}/oauth2/{self._issued:x}?type={name}&ts={reply[name]}&version=v2.0"
                issued[token] = issued.pop(reply[name])
                reply[name] = token
                self.secrets.update({token, quote(token, safe="")})
        if "id_token" in reply:
            reply["id_token"] = self._id_token(grant, reply["access_token"])
            self.secrets.add(reply["id_token"])
        return reply

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        asked = {"sub"}.union(*(CLAIMS.get(scope, set()) for scope in grant.scope))
        return {name: value for name, value in self.users[grant.user].items() if name in asked and value}

    async def _revoke(self, call: Call) -> Reply:
        if not call.headers.get("authorization", "").startswith("Basic "):
            raise Refused("invalid_client", "this endpoint takes HTTP Basic authentication only", status=401)
        return await super()._revoke(call)


def _user(number: int, name: str, idp: str, idp_name: str, email: str, **more: str) -> dict[str, Any]:
    return {
        "sub": f"http://cilogon.org/serverA/users/{number}",
        "given_name": name.title(),
        "family_name": "Example",
        "name": f"{name.title()} Example",
        "email": email,
        "idp": idp,
        "idp_name": idp_name,
        "eppn": email if idp == CAMPUS else "",
        "affiliation": f"member@{email.partition('@')[2]};staff@{email.partition('@')[2]}" if idp == CAMPUS else "",
        "acr": "https://refeds.org/profile/mfa",
        **more,
    }
