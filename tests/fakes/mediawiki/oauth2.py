"""OAuth 2.0 at rest.php/oauth2: authorize, access_token, resource/profile. No ID token, no discovery, no keys."""

from __future__ import annotations

import json
from secrets import token_hex, token_urlsafe
from typing import Any

from tests.fakes.openid_provider import Refused, Registration, rules
from tests.fakes.openid_provider.keys import base64url
from tests.fakes.openid_provider.records import Call, Reply
from tests.fakes.openid_provider.server import AS_USER

from .pages import dialog, page
from .records import KNOWN_GRANTS, Consumer, Grant
from .wiki import Wiki

CODE_LIFETIME = 600
NOT_USABLE = "Client {} is not usable by user with ID {}"
REFRESH_TOKEN_LIFETIME = 365 * 86_400


class OAuth2(Wiki):
    """The part of `FakeMediaWiki` that speaks OAuth 2.0."""

    # -- authorize

    async def _oauth2_authorize(self, call: Call) -> Reply:
        """GET: the dialog, or straight back to the client. POST: what the user said in the dialog."""
        fields = rules.decode_fields(call.query, "the authorization request")
        said = rules.decode_fields(call.body, "the dialog") if call.method == "POST" else {}
        call.fields = dict(fields)
        user = self.users.get(fields.pop(AS_USER, self.user or ""))
        consumer = self._oauth2_consumer(fields.get("client_id", ""))
        if fields.get("redirect_uri") != consumer.callback_url:
            raise Refused("invalid_client", "redirect_uri is not exactly the registered one", status=401)
        self._check_question(consumer, fields)
        asked = [scope for scope in fields.get("scope", "").split(" ") if scope]
        if not set(asked) <= KNOWN_GRANTS:
            return self._back_with_error(consumer, "invalid_scope", "no such scope in this wiki")
        if user is None:
            return page("Log in", "<p>Whoever you are, you are not logged in.</p>")
        if self.deny or "cancel" in said:
            return self._back_with_error(consumer, self.denial_error, "the user said no")
        known = (user.id, consumer.key) in self.approvals and consumer.only_authenticates
        if self.dialog and not known and "accept" not in said:
            return dialog(f"{call.path}?{call.query}", consumer)
        self.approvals.add((user.id, consumer.key))
        code = f"def502{token_hex(250)}"
        self.codes_issued.add(code)
        self.codes[code] = Grant(
            client_id=consumer.key,
            user_id=user.id,
            # a scope that the client lacks is dropped without a word
            scope=[scope for scope in asked if scope in consumer.grants] if asked else list(consumer.grants),
            expires_at=self.clock() + CODE_LIFETIME,
            redirect_uri=consumer.callback_url,
            challenge=fields.get("code_challenge", ""),
        )
        return _back(consumer, [("code", code), ("state", fields["state"])])

    def _check_question(self, consumer: Consumer, fields: dict[str, str]) -> None:
        if fields.get("response_type") != "code":
            raise Refused("unsupported_response_type", "response_type is not code")
        if not fields.get("state"):
            raise Refused("invalid_request", "state is missing")
        if {"code_challenge", "code_challenge_method"} & set(fields) or not consumer.confidential:
            rules.check_challenge(fields)

    def _back_with_error(self, consumer: Consumer, error: str, why: str) -> Reply:
        """Without state: the wiki forgets it when it says no."""
        self.refusals.append(f"oauth2_authorize: {error}: {why}")
        return _back(consumer, [("error", error), ("error_description", why), ("message", why)])

    def _oauth2_consumer(self, client_id: str) -> Consumer:
        consumer = self.consumers.get(client_id)
        if consumer is None or consumer.oauth_version != "2.0":
            raise Refused("invalid_client", "no such client of OAuth 2.0", status=401)
        return consumer

    # -- access_token

    async def _oauth2_token(self, call: Call) -> Reply:
        rules.check_form_request(call.method, call.query, call.headers)
        fields = call.fields = rules.decode_fields(call.body, "the token request")
        if fields.get("code_verifier"):
            self.secrets.add(fields["code_verifier"])
        consumer, ways = self._client(call.headers, fields)
        grant_type = fields.get("grant_type", "")
        if grant_type == "authorization_code":
            grant = self._redeem_code(consumer, fields, ways)
        elif grant_type == "refresh_token":
            rules.check_fields(fields, {"grant_type", "refresh_token", *ways}, {"scope"})
            grant = self._redeem_refresh_token(consumer, fields)
            if consumer.disabled:  # the wiki finds out when it makes the new access token
                raise Refused("access_denied", NOT_USABLE.format(consumer.key, grant.user_id), status=401)
        else:
            raise Refused("unsupported_grant_type", "grant_type is not one of mine")
        return Reply(json=self._tokens(grant))

    def _client(self, headers: dict[str, str], fields: dict[str, str]) -> tuple[Consumer, set[str]]:
        """A confidential client may choose between Basic and the body. Also: the fields that its way takes."""
        if "authorization" in headers:
            way = "client_secret_basic"
        else:
            way = "client_secret_post" if "client_secret" in fields else "none"
        clients = {c.key: Registration(c.key, c.secret, auth_method=way) for c in self.consumers.values()}
        consumer = self._oauth2_consumer(rules.authenticate_client(headers, fields, clients).client_id)
        if consumer.confidential == (way == "none"):
            raise Refused("invalid_client", "a confidential client has a secret, and a public one has none", status=401)
        return consumer, rules.CLIENT_FIELDS[way]

    def _redeem_code(self, consumer: Consumer, fields: dict[str, str], ways: set[str]) -> Grant:
        rules.check_fields(fields, {"grant_type", "code", "redirect_uri", *ways}, {"code_verifier"})
        grant = self.codes.get(fields["code"])
        if grant is None or grant.client_id != consumer.key or grant.expires_at < self.clock():
            raise Refused("invalid_request" if self.old_release else "invalid_grant", "no such code of this client")
        if fields["redirect_uri"] != grant.redirect_uri:
            raise Refused("invalid_request", "redirect_uri is not that of the authorization request")
        if bool(grant.challenge) != bool(fields.get("code_verifier")):
            raise Refused("invalid_request", "a code_verifier belongs to a code_challenge, and the other way round")
        if grant.challenge:
            rules.check_verifier(fields["code_verifier"], grant.challenge)
        del self.codes[fields["code"]]
        return grant

    def _redeem_refresh_token(self, consumer: Consumer, fields: dict[str, str]) -> Grant:
        """Both tokens of the old pair are dead from here on."""
        grant = self.refresh_tokens.get(fields["refresh_token"])
        if grant is None or grant.client_id != consumer.key or grant.expires_at < self.clock():
            if self.old_release:
                raise Refused("invalid_request", "the refresh token is not good", status=401)
            raise Refused("invalid_grant", "the refresh token is not good")
        grant.scope = rules.check_scope(fields.get("scope", " ".join(grant.scope)), grant.scope)
        del self.refresh_tokens[fields["refresh_token"]]
        self.bearer_tokens.pop(grant.access_token, None)
        return grant

    def _tokens(self, grant: Grant) -> dict[str, Any]:
        now = int(self.clock())
        claims = {"aud": grant.client_id, "jti": token_hex(40), "iat": now, "sub": str(grant.user_id)}
        header = base64url(json.dumps({"typ": "JWT", "alg": "RS256"}))
        access_token = f"{header}.{base64url(json.dumps(claims))}.{token_urlsafe(256)}"  # opaque to clients
        refresh_token = f"def502{token_hex(300)}"
        self.secrets |= {access_token, refresh_token}
        who = (grant.client_id, grant.user_id, grant.scope)
        self.bearer_tokens[access_token] = Grant(*who, now + self.access_token_lifetime)
        self.refresh_tokens[refresh_token] = Grant(*who, now + REFRESH_TOKEN_LIFETIME, access_token=access_token)
        return {
            "token_type": "Bearer",
            "expires_in": self.access_token_lifetime,
            "access_token": access_token,
            "refresh_token": refresh_token,
        }

    # -- resource/profile

    async def _profile(self, call: Call) -> Reply:
        if call.method != "GET" or call.query:
            raise Refused("invalid_request", "the profile is a GET without a query", status=405)
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self.bearer_tokens.get(token)
        if scheme != "Bearer" or grant is None or grant.expires_at < self.clock():
            raise Refused("access_denied", "no access token of mine that is still good", status=401)
        if not grant.scope:
            return Reply(500, {"message": "Error: exception of type TypeError", "httpCode": 500})
        kind = "text/html; charset=UTF-8" if self.old_release else "application/json"
        statement = self.account(grant.user_id).statement(grant.scope, int_sub=self.int_sub)
        return Reply(json=statement, headers={"Content-Type": kind})


def _back(consumer: Consumer, fields: list[tuple[str, str]]) -> Reply:
    return Reply(status=302, body=b"", headers={}, redirect_to=consumer.callback_url, fields=fields)
