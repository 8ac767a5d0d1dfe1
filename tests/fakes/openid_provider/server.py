"""The provider: its endpoints, the tokens that it issued, and its record of requests."""

from __future__ import annotations

import copy
from dataclasses import replace
from secrets import token_urlsafe
from typing import Any

from . import rules
from .assertions import Assertions
from .keys import IDTokenDraft, SigningKeys, left_half_hash
from .logout import Logout, LogoutAnswer
from .mutual_tls import MutualTLS, thumbprint
from .proofs import BindsTokens, ProofRefused, Proofs
from .pushed import FrontChannel
from .records import Call, Grant, Reply, default_users
from .rules import Refused, Registration
from .wire import Endpoints, Wire

# OpenID Connect Core §5.4; every other claim comes with the scope profile.
SCOPE_OF_CLAIM = {
    "email": "email",
    "email_verified": "email",
    "phone_number": "phone",
    "phone_number_verified": "phone",
    "address": "address",
    "groups": "groups",
}
AS_USER = "as_user"  # the parameter by which a test's browser says who sits in front of it


class FakeProvider(Assertions, MutualTLS, BindsTokens, FrontChannel, Logout, Wire):
    """See the package's docstring. Knobs are plain attributes; change them at any time."""

    def __init__(self, *, algorithm: str = "RS256") -> None:
        super().__init__()
        self.issuer = ""
        # A secret that only survives when it is form-encoded before it goes into Basic or a body.
        self.client = Registration("hub", f"s3cret:with /odd%+&chars-{token_urlsafe(18)}")
        self.clients = {self.client.client_id: self.client}
        self.users = default_users()
        self.user: str | None = "alice"  # who is logged in here; None: the browser must say, or is refused
        self.deny: str | None = None  # an error code: every authorization request is refused with it
        self.keys = SigningKeys(algorithm)
        self.jwks_path = "/jwks"  # or anything below it
        self.announce_iss = True  # RFC 9207
        self.auth_methods: list[str] = ["client_secret_basic", "client_secret_post", "none"]
        self.is_lenient = False  # as real providers: PKCE and nonce are optional, and other fields are ignored
        self.issue_refresh_tokens = True
        self.rotate_refresh_tokens = True  # else one refresh token is good for the whole grant
        self.user_claims_in_id_token = False
        self.access_token_lifetime = 3600
        self.signed_in_at: float | None = None  # when the user signed in here; None: just now
        self.ignores_demands = False  # of max_age, prompt and acr_values, as if the browser had removed them
        self.acr: str | None = None  # how the user signs in here; None: as demanded
        self.proofs = Proofs(lambda: self.clock())
        self.allowed_resources: set[str] = set()  # RFC 8707; without any, the parameter is refused
        self.has_userinfo = True  # else the data of users are in the ID token alone
        self.userinfo_in_body = False  # takes the access token in the body of a POST only (RFC 6750 §2.2)
        self.introspects = False  # RFC 7662
        self.introspection_extras: dict[str, Any] = {}  # members of the answer about an active token; None: left out
        self.secrets.add(self.client.client_secret)
        self.logout_answers: list[LogoutAnswer] = []  # what clients answered to logout tokens
        self._codes: dict[str, Grant] = {}
        self._refresh_tokens: dict[str, Grant] = {}
        self._access_tokens: dict[str, Grant] = {}

    async def __aenter__(self) -> FakeProvider:
        await super().__aenter__()
        self.issuer = self.origin
        return self

    # -- starting and stopping

    def endpoints(self) -> Endpoints:
        """The endpoints. A fake of another provider replaces this table, and reuses the handlers that are the same."""
        return {
            "/.well-known/openid-configuration": ("metadata", self._metadata),
            "/jwks": ("jwks", self._jwks),
            "/jwks/{run}": ("jwks", self._jwks),
            "/authorize": ("authorize", self._authorize),
            "/par": ("par", self._par),
            "/token": ("token", self._token),
            "/userinfo": ("userinfo", self._userinfo),
            "/revoke": ("revoke", self._revoke),
            "/introspect": ("introspect", self._introspect),
            "/end_session": ("end_session", self._end_session),
        }

    # -- what tests do

    def register(self, client_id: str, client_secret: str, **fields: Any) -> Registration:
        registration = Registration(client_id, client_secret, **fields)
        self.clients[client_id] = registration
        self.secrets.add(client_secret)
        return registration

    def revoke_everything(self) -> None:
        """The user or an administrator withdraws all grants."""
        self._codes.clear()
        self._refresh_tokens.clear()
        self._access_tokens.clear()

    # -- endpoints

    async def _metadata(self, call: Call) -> Reply:
        rules.check_accept(call.headers)
        optional: dict[str, Any] = {}
        if self.has_userinfo:
            optional["userinfo_endpoint"] = f"{self.issuer}/userinfo"
        if self.introspects:
            optional["introspection_endpoint"] = f"{self.issuer}/introspect"
        if self.proofs.mode:
            optional["dpop_signing_alg_values_supported"] = self.proofs.algorithms
        algs = self.assertion_algorithms
        return Reply(
            json={
                **optional,
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": self.issuer + self.jwks_path,
                "revocation_endpoint": f"{self.issuer}/revoke",
                "end_session_endpoint": f"{self.issuer}/end_session",
                "backchannel_logout_supported": True,
                "backchannel_logout_session_supported": True,
                "frontchannel_logout_supported": True,
                "frontchannel_logout_session_supported": True,
                "response_types_supported": ["code"],
                **self.front_channel_metadata(),
                "grant_types_supported": ["authorization_code", "refresh_token"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": [self.keys.algorithm],
                "scopes_supported": sorted(self.client.scopes),
                "code_challenge_methods_supported": ["S256"],
                "token_endpoint_auth_methods_supported": list(self.auth_methods),
                **({"token_endpoint_auth_signing_alg_values_supported": algs} if algs else {}),
                **self.mutual_tls_metadata(),
                "authorization_response_iss_parameter_supported": self.announce_iss,
                **self.encryption_metadata(),
            }
        )

    async def _jwks(self, call: Call) -> Reply:
        if call.path != self.jwks_path:
            raise Refused("not_found", "the keys are not here", status=404)
        return await self._published_keys(call)

    async def _published_keys(self, call: Call) -> Reply:
        """The keys, at whatever path a subclass has them."""
        return Reply(json=self.keys.jwks())

    async def _authorize(self, call: Call) -> Reply:
        query, resources = self.take_resources(call.query)
        fields = call.fields = rules.decode_fields(query, "the authorization request")
        user = fields.pop(AS_USER, self.user)
        client = self.clients.get(fields.get("client_id", ""))
        if client is None:
            raise Refused("invalid_request", "no such client")
        fields = call.fields = await self.request_of(client, fields)
        redirect_uri = self.check_redirect_uri(client, fields)
        answer = [("state", fields["state"])] if fields.get("state") else []
        if self.announce_iss:
            answer.append(("iss", self.issuer))
        try:
            code = self._issue_code(client, user, fields)
            self._codes[code].resources = resources or fields.get("resource", "").split()
            self._codes[code].announced_key = fields.get("dpop_jkt", "")
        except Refused as refusal:
            self.refusals.append(f"authorize: {refusal}")
            error = [("error", refusal.error), ("error_description", refusal.why)]
            return self.answer(client, fields, redirect_uri, [*error, *answer])
        return self.answer(client, fields, redirect_uri, [("code", code), *answer])

    def check_request(self, client: Registration, fields: dict[str, str]) -> list[str]:
        """The rules for the parameters of an authorization request; returns the scopes."""
        if not fields.get("state"):
            raise Refused("invalid_request", "state is missing")
        if fields.get("response_type") != "code":
            raise Refused("unsupported_response_type", "response_type is not code")
        scope = rules.check_scope(fields.get("scope", ""), client.scopes)
        if not self.is_lenient or "code_challenge" in fields:
            rules.check_challenge(fields)
        if "openid" in scope and not fields.get("nonce") and not self.is_lenient:
            raise Refused("invalid_request", "nonce is missing")
        return scope

    def _issue_code(self, client: Registration, user: str | None, fields: dict[str, str]) -> str:
        scope = self.check_request(client, fields)
        if self.deny is not None:
            raise Refused(self.deny, "<b>the provider</b> was told to refuse")
        if user not in self.users:
            raise Refused("login_required", "nobody is logged in")
        code = f"code-{token_urlsafe(24)}"
        self.codes_issued.add(code)
        self._codes[code] = Grant(
            client_id=client.client_id,
            user=user,
            scope=scope,
            family=token_urlsafe(12),
            redirect_uri=fields["redirect_uri"],
            nonce=fields.get("nonce"),
            challenge=fields.get("code_challenge", ""),
            sid=f"sid-{token_urlsafe(12)}",  # each login is as if from another browser
            auth_time=self._auth_time(fields),
            acr=self.acr or fields.get("acr_values", "").partition(" ")[0] or None,
            expires_at=self.clock() + 60,
        )
        return code

    def _auth_time(self, fields: dict[str, str]) -> int | None:
        """OpenID Connect Core §2: required when max_age was sent, else left out."""
        now = self.clock()
        signed_in_at = now if self.signed_in_at is None else self.signed_in_at
        max_age = fields.get("max_age")
        if max_age is not None and not max_age.isdigit():
            raise Refused("invalid_request", "max_age is not a number")
        too_old = max_age is not None and now - signed_in_at > int(max_age)
        if not self.ignores_demands and (too_old or "login" in fields.get("prompt", "").split()):
            signed_in_at = now
        return None if max_age is None and "prompt" not in fields else int(signed_in_at)

    async def _token(self, call: Call) -> Reply:
        rules.check_form_request(call.method, call.query, call.headers)
        rules.check_accept(call.headers)
        body, resources = self.take_resources(call.body)
        fields = call.fields = rules.decode_fields(body, "the token request")
        self.secrets.update(fields[name] for name in ("code_verifier",) if name in fields)
        if self.is_lenient and "authorization" in call.headers:  # many clients say twice who they are
            fields = {name: value for name, value in fields.items() if name not in ("client_id", "client_secret")}
        client = await self.authenticate(call, fields)
        grant_type = fields.get("grant_type", "")
        if grant_type not in rules.TOKEN_FIELDS:
            raise Refused("unsupported_grant_type", "grant_type is not one of mine")
        required, optional = rules.TOKEN_FIELDS[grant_type]
        if self.is_lenient:
            required, optional = required - {"code_verifier"}, set(fields)
        rules.check_fields(fields, required | rules.CLIENT_FIELDS[client.auth_method], optional)
        key = self.key_of_token_request(call, grant_type)
        redeem = self._redeem_code if grant_type == "authorization_code" else self._redeem_refresh_token
        grant = redeem(client, fields)
        self.check_key(grant, key, client)
        if not set(resources) <= set(grant.resources):
            raise Refused("invalid_target", "a resource that was not granted")
        grant.key = "" if self.proofs.issues_bearer else key
        if self.binds_tokens and call.certificate:
            grant.certificate = thumbprint(call.certificate)
        return Reply(json=self._issue_tokens(grant))

    async def authenticate(self, call: Call, fields: dict[str, str]) -> Registration:
        """The client of a request, by exactly the method for which it is registered."""
        client = rules.claimed_client(fields, self.clients)
        if client is None:
            return rules.authenticate_client(call.headers, fields, self.clients)
        if "authorization" in call.headers or "client_secret" in fields:
            raise Refused("invalid_client", f"registered for {client.auth_method}, used a secret", status=401)
        if client.auth_method in ("private_key_jwt", "client_secret_jwt"):
            self.secrets.add(fields.get("client_assertion", ""))
            await self.check_assertion(fields, client)
        else:
            self.check_certificate(call, client)
        return client

    def _redeem_code(self, client: Registration, fields: dict[str, str]) -> Grant:
        grant = self._codes.get(fields["code"])
        if grant is None or grant.client_id != client.client_id:
            raise Refused("invalid_grant", "no such code of this client")
        if grant.used:
            self._revoke_family(grant.family)  # RFC 6749 §4.1.2
            raise Refused("invalid_grant", "this code was used before")
        grant.used = True
        if grant.expires_at < self.clock():
            raise Refused("invalid_grant", "this code has expired")
        if fields["redirect_uri"] != grant.redirect_uri:
            raise Refused("invalid_grant", "redirect_uri is not that of the authorization request")
        if grant.challenge or "code_verifier" in fields:
            rules.check_verifier(fields.get("code_verifier", ""), grant.challenge)
        return grant

    def _redeem_refresh_token(self, client: Registration, fields: dict[str, str]) -> Grant:
        grant = self._refresh_tokens.get(fields["refresh_token"])
        if grant is None or grant.client_id != client.client_id:
            raise Refused("invalid_grant", "no such refresh token of this client")
        if grant.used:
            self._revoke_family(grant.family)  # RFC 9700 §4.14.2
            raise Refused("invalid_grant", "this refresh token was rotated before: the grant is revoked")
        narrowed = rules.check_scope(fields.get("scope") or " ".join(grant.scope), grant.scope)
        grant.used = self.rotate_refresh_tokens
        again = Grant(grant.client_id, grant.user, narrowed, grant.family, sid=grant.sid, refreshed=not grant.used)
        again.key, again.resources = grant.key, grant.resources
        return again

    def _revoke_family(self, family: str) -> None:
        for tokens in (self._access_tokens, self._refresh_tokens):
            for token in [token for token, grant in tokens.items() if grant.family == family]:
                del tokens[token]

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        access_token = f"access-{token_urlsafe(24)}"
        lasting = Grant(grant.client_id, grant.user, grant.scope, grant.family, sid=grant.sid)
        lasting.key, lasting.resources = grant.key, grant.resources
        self._access_tokens[access_token] = replace(
            lasting, expires_at=self.clock() + self.access_token_lifetime, certificate=grant.certificate
        )
        reply: dict[str, Any] = {
            "access_token": access_token,
            "token_type": self.proofs.token_type if grant.key else "Bearer",
            "expires_in": self.access_token_lifetime,
            "scope": " ".join(grant.scope),
        }
        if self.issue_refresh_tokens and not grant.refreshed:
            reply["refresh_token"] = f"refresh-{token_urlsafe(24)}"
            self._refresh_tokens[reply["refresh_token"]] = lasting
        if "openid" in grant.scope:
            reply["id_token"] = self.encrypted(self._id_token(grant, access_token), self.encrypt_to)
        self.secrets.update(reply[name] for name in ("access_token", "refresh_token", "id_token") if name in reply)
        return reply

    def _id_token(self, grant: Grant, access_token: str) -> str:
        header = {"alg": self.keys.algorithm, "typ": "JWT"}
        if self.keys.current.kid is not None:
            header["kid"] = self.keys.current.kid
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "sub": self.users[grant.user]["sub"],
            "aud": grant.client_id,
            "iat": now,
            "exp": now + 600,
            "sid": grant.sid,
            "at_hash": left_half_hash(self.keys.algorithm, access_token),
        }
        for name, value in (("nonce", grant.nonce), ("auth_time", grant.auth_time), ("acr", grant.acr)):
            if value is not None:
                claims[name] = value
        if self.user_claims_in_id_token:
            claims.update(self._user_claims(grant))
        draft = IDTokenDraft(header, claims, self.keys.current)
        self.faults.apply("id_token", self, draft)
        return draft.serialize()

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        claims = self.users[grant.user]
        return {k: v for k, v in claims.items() if k == "sub" or SCOPE_OF_CLAIM.get(k, "profile") in grant.scope}

    async def _userinfo(self, call: Call) -> Reply:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        takes_body = self.is_lenient or self.userinfo_in_body
        if takes_body and call.method == "POST" and not scheme:  # OpenID Connect Core §5.3.1, RFC 6750 §2.2
            scheme, token = "Bearer", rules.decode_fields(call.body, "the request").get("access_token", "")
        elif call.method != "GET" or call.query:
            raise Refused("invalid_request", "userinfo is a GET without a query (RFC 9700 §4.3.2)")
        rules.check_accept(call.headers)
        grant = self.bound_grant_of(call, scheme, token)
        is_where_it_belongs = (call.method == "POST") or not self.userinfo_in_body
        if (
            scheme not in ("Bearer", "DPoP")
            or grant is None
            or grant.expires_at < self.clock()
            or not is_where_it_belongs
        ):
            raise Refused("invalid_token", "no access token of mine that is still good", status=401)
        self.check_bound(call, grant.certificate)
        return self.userinfo_reply(grant, copy.deepcopy(self._user_claims(grant)))

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        if isinstance(refusal, ProofRefused):
            return self.refusal_of_proof(call, refusal)
        return super()._refusal_reply(call, refusal)

    async def _revoke(self, call: Call) -> Reply:
        """RFC 7009: a token that is unknown counts as revoked."""
        rules.check_form_request(call.method, call.query, call.headers)
        fields = call.fields = rules.decode_fields(call.body, "the revocation request")
        client = await self.authenticate(call, fields)
        rules.check_fields(fields, {"token"} | rules.CLIENT_FIELDS[client.auth_method], {"token_type_hint"})
        grant = self._refresh_tokens.get(fields["token"]) or self._access_tokens.get(fields["token"])
        if grant is not None and grant.client_id == client.client_id:
            self._revoke_family(grant.family)
        return Reply(body=b"", headers={})
