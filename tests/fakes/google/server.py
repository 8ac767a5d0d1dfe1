"""Google's own table of endpoints, and what is Google's own way in OAuth."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from tests.fakes.openid_provider import Call, FakeProvider, IDTokenDraft, Refused, Registration, Reply, rules
from tests.fakes.openid_provider.keys import left_half_hash
from tests.fakes.openid_provider.records import Grant
from tests.fakes.traffic import Traffic

from .directory import Directory, DirectoryApi
from .people import default_people
from .service_accounts import JWT_BEARER, ServiceAccounts

USERINFO_SCOPE = "https://www.googleapis.com/auth/userinfo."
LONG_NAMES = {"email": f"{USERINFO_SCOPE}email", "profile": f"{USERINFO_SCOPE}profile"}
SCOPE_OF_CLAIM = {"sub": "openid", "hd": "openid", "email": "email", "email_verified": "email"}
PROMPTS = {"none", "consent", "select_account"}
SIGN_IN_PATHS = ("/.well-known/openid-configuration", "/o/oauth2/v2/auth")

Endpoints = dict[str, tuple[str, Callable[[Call], Awaitable[Reply]]]]


class FakeGoogle(Traffic, ServiceAccounts, DirectoryApi, FakeProvider):
    """See the package's docstring."""

    def __init__(self, *, several_hosts: bool = False) -> None:
        FakeProvider.__init__(self)
        ServiceAccounts.__init__(self)
        self.several_hosts = several_hosts
        self.users = default_people()
        self.client.auth_method = "client_secret_post"
        self.client.scopes = {"openid", *LONG_NAMES, *LONG_NAMES.values()}
        self.user_claims_in_id_token = True
        self.access_token_lifetime = 3599
        self.directory = Directory()
        self.api_url = ""  # where everything is that is not the sign-in page
        self._consented: set[tuple[str, str]] = set()
        self._refresh_token_due: set[str] = set()  # families of grants

    # -- starting

    def endpoints(self) -> Endpoints:
        table = self._all_endpoints()
        return {path: table[path] for path in table if not self.several_hosts or path in SIGN_IN_PATHS}

    def _all_endpoints(self) -> Endpoints:
        directory = "/admin/directory/v1/groups"
        return {
            "/.well-known/openid-configuration": ("metadata", self._metadata),
            "/o/oauth2/v2/auth": ("authorize", self._authorize),
            "/oauth2/v3/certs": ("jwks", self._jwks),
            "/token": ("token", self._token),
            "/v1/userinfo": ("userinfo", self._userinfo),
            "/revoke": ("revoke", self._revoke),
            directory: ("groups", self._api(self._groups)),
            f"{directory}/{{group}}": ("group", self._api(self._group)),
            f"{directory}/{{group}}/hasMember/{{member}}": ("has_member", self._api(self._has_member)),
        }

    async def __aenter__(self) -> FakeGoogle:
        await super().__aenter__()
        self.api_url, self.jwks_path = self.issuer, "/oauth2/v3/certs"
        if self.several_hosts:
            app = web.Application()
            for path, (name, handler) in self._all_endpoints().items():
                if path not in SIGN_IN_PATHS:
                    app.router.add_route("*", path, self._endpoint(name, handler))
            self.api_url = await self._listen(app, "127.0.0.3")
        return self

    @property
    def token_endpoint(self) -> str:  # type: ignore[override]
        return f"{self.api_url}/token"

    def count_grants(self, grant_type: str) -> int:
        """Token requests of one kind: `JWT_BEARER` for those of service accounts."""
        return sum(call.fields.get("grant_type") == grant_type for call in self.requests_to("token"))

    # -- endpoints

    async def _metadata(self, call: Call) -> Reply:
        rules.check_accept(call.headers)
        return Reply(
            json={
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/o/oauth2/v2/auth",
                "token_endpoint": self.token_endpoint,
                "userinfo_endpoint": f"{self.api_url}/v1/userinfo",
                "revocation_endpoint": f"{self.api_url}/revoke",
                "jwks_uri": self.api_url + self.jwks_path,
                "response_types_supported": ["code", "token", "id_token", "code token", "code id_token", "none"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "email", "profile"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "client_secret_basic"],
                "claims_supported": ["aud", "email", "email_verified", "exp", "iat", "iss", "name", "picture", "sub"],
                "code_challenge_methods_supported": ["plain", "S256"],
                "grant_types_supported": ["authorization_code", "refresh_token", JWT_BEARER],
            }
        )

    async def _authorize(self, call: Call) -> Reply:
        """`iss` is in the answer although the metadata do not announce it, and so are parameters that were not requested.

        `hd` in the request chooses what the account chooser shows first. It excludes no user.
        """
        reply = await super()._authorize(call)
        code = dict(reply.fields).get("code")
        if code is not None:
            grant = self._codes[code]
            reply.fields += [("scope", " ".join(_long(grant.scope))), ("authuser", "0")]
            if "hd" in self.users[grant.user]:
                reply.fields.append(("hd", self.users[grant.user]["hd"]))
            reply.fields.append(("prompt", call.fields.get("prompt", "none")))
        return reply

    def _issue_code(self, client: Registration, user: str | None, fields: dict[str, str]) -> str:
        access_type = fields.get("access_type", "online")
        prompts = fields["prompt"].split(" ") if "prompt" in fields else []
        if access_type not in ("online", "offline"):
            raise Refused("invalid_request", "access_type is online or offline")
        if not set(prompts) <= PROMPTS or ("none" in prompts and len(prompts) > 1):
            raise Refused("invalid_request", "prompt is none, consent, select_account or the latter two")
        code = super()._issue_code(client, user, fields)
        grant = self._codes[code]
        consent = (client.client_id, grant.user)
        if access_type == "offline" and ("consent" in prompts or consent not in self._consented):
            self._refresh_token_due.add(grant.family)
        self._consented.add(consent)
        return code

    async def _token(self, call: Call) -> Reply:
        rules.check_form_request(call.method, call.query, call.headers)
        fields = rules.decode_fields(call.body, "the token request")
        if fields.get("grant_type") != JWT_BEARER:
            return await super()._token(call)
        call.fields = fields
        return self._redeem_assertion(fields)

    def _redeem_refresh_token(self, client: Registration, fields: dict[str, str]) -> Grant:
        grant = super()._redeem_refresh_token(client, fields)
        self._refresh_tokens[fields["refresh_token"]].used = False  # no rotation here
        return grant

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        """A refresh token comes once: with the consent to offline access. Scopes come back under their long names."""
        reply = super()._issue_tokens(grant)
        reply["scope"] = " ".join(_long(grant.scope))
        if grant.family in self._refresh_token_due:
            self._refresh_token_due.discard(grant.family)
        elif "refresh_token" in reply:
            del self._refresh_tokens[reply.pop("refresh_token")]
        return reply

    def _id_token(self, grant: Grant, access_token: str) -> str:
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "azp": grant.client_id,
            "aud": grant.client_id,
            "iat": now,
            "exp": now + 3600,
            "at_hash": left_half_hash("RS256", access_token),
            **self._user_claims(grant),
        }
        if grant.nonce is not None:
            claims["nonce"] = grant.nonce
        header = {"alg": "RS256", "kid": self.keys.current.kid, "typ": "JWT"}
        draft = IDTokenDraft(header, claims, self.keys.current)
        self.faults.apply("id_token", self, draft)
        return draft.serialize()

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        granted = {scope.removeprefix(USERINFO_SCOPE) for scope in grant.scope}
        claims = self.users[grant.user]
        return {name: value for name, value in claims.items() if SCOPE_OF_CLAIM.get(name, "profile") in granted}

    async def _revoke(self, call: Call) -> Reply:
        """Not RFC 7009: no client authentication is needed, an unknown token is an error, and all of the grant goes."""
        if call.method != "POST":
            raise Refused("invalid_request", f"{call.method} is not POST", status=405)
        fields = call.fields = rules.decode_fields(call.query or call.body, "the revocation request")
        token = fields.get("token", "")
        grant = self._refresh_tokens.get(token) or self._access_tokens.get(token)
        if grant is None:
            raise Refused("invalid_token", "Token expired or revoked")
        for tokens in (self._access_tokens, self._refresh_tokens):
            for other in [t for t, g in tokens.items() if (g.client_id, g.user) == (grant.client_id, grant.user)]:
                del tokens[other]
        self._consented.discard((grant.client_id, grant.user))
        return Reply(json={})


def _long(scope: list[str]) -> list[str]:
    """Google answers with the long names of scopes, whichever were asked for."""
    return sorted(LONG_NAMES.get(one, one) for one in scope)
