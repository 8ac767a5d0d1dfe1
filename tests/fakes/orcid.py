"""A strict ORCID: the OpenID provider of `tests.fakes.openid_provider`, with what is particular to ORCID.

::

    async with FakeORCID() as orcid:
        orcid.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        orcid.users["alice"].update(name=None, given_name=None, family_name=None)    # a record whose name is hidden
        orcid.member_api = True                                    # ID tokens say how the user signed in

Sources: ORCID-Source, ``orcid-web/ORCID_AUTH_WITH_OPENID_CONNECT.md`` and its ``OpenIDController``; ORCID's "Revoke an
access token". Often missed: ``openid`` is the only scope of OpenID Connect, and there is no e-mail address;
``amr`` is a string; a token lasts for twenty years; its reply has the iD and the name as well; PKCE is not announced; a
bad access token gives 403; the secret is taken from the body alone.
"""

from __future__ import annotations

from typing import Any

from .openid_provider import Call, FakeProvider, Refused, Reply
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints
from .traffic import Traffic

ALICE, BOB, CAROL = "0000-0002-1694-233X", "0000-0002-1825-0097", "0000-0001-5109-3700"
TWENTY_YEARS = 631138518


class FakeORCID(Traffic, FakeProvider):
    """See the module's docstring."""

    def __init__(self) -> None:
        super().__init__()
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"openid"}
        self.announce_iss = False
        self.access_token_lifetime = TWENTY_YEARS
        self.user_claims_in_id_token = True
        self.member_api = False
        self.amr = "pwd"
        self.users = {"alice": _record(ALICE, "Alice"), "bob": _record(BOB, "Bob"), "carol": _record(CAROL, "Carol")}

    def endpoints(self) -> Endpoints:
        return {
            "/.well-known/openid-configuration": ("metadata", self._metadata),
            "/oauth/jwks": ("jwks", self._published_keys),
            "/oauth/authorize": ("authorize", self._authorize),
            "/oauth/token": ("token", self._token),
            "/oauth/userinfo": ("userinfo", self._userinfo),
            "/oauth/revoke": ("revoke", self._revoke),
        }

    async def _metadata(self, call: Call) -> Reply:
        return Reply(
            json={
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/oauth/authorize",
                "token_endpoint": f"{self.issuer}/oauth/token",
                "userinfo_endpoint": f"{self.issuer}/oauth/userinfo",
                "jwks_uri": f"{self.issuer}/oauth/jwks",
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
                "response_types_supported": ["code", "id_token", "id_token token"],
                "grant_types_supported": ["authorization_code", "implicit", "refresh_token"],
                "subject_types_supported": ["public"],
                "scopes_supported": ["openid"],
                "claims_supported": ["family_name", "given_name", "name", "auth_time", "iss", "sub"],
            }
        )

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        user = self.users[grant.user]
        return {**super()._issue_tokens(grant), "token_type": "bearer", "name": user["name"], "orcid": user["sub"]}

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        return {**self.users[grant.user], **({"amr": self.amr} if self.member_api else {})}

    async def _userinfo(self, call: Call) -> Reply:
        try:
            reply = await super()._userinfo(call)
        except Refused as refused:
            if refused.status != 401:
                raise
            raise Refused("access_denied", "access_token is invalid", status=403) from None
        reply.json.pop("amr", None)  # in ID tokens alone
        return reply


def _record(orcid_id: str, name: str) -> dict[str, Any]:
    return {"sub": orcid_id, "name": f"{name} Example", "given_name": name, "family_name": "Example"}
