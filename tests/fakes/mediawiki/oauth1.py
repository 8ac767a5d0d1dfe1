"""OAuth 1.0a at Special:OAuth: initiate, the dialog, token, identify."""

from __future__ import annotations

from html import escape
from secrets import token_hex
from typing import NoReturn
from urllib.parse import parse_qsl, unquote, urlencode

from oauthlib.oauth1 import AccessTokenEndpoint, RequestTokenEndpoint, ResourceEndpoint

from tests.fakes.openid_provider import IDTokenDraft, Refused
from tests.fakes.openid_provider.records import Call, Reply
from tests.fakes.openid_provider.server import AS_USER

from .pages import dialog, page
from .records import AccessToken, Consumer, RequestToken, WikiUser
from .signatures import REQUEST_TOKEN_LIFETIME, Signatures
from .wiki import Wiki

IDENTITY_LIFETIME = 100
SIGNED = {
    "oauth_consumer_key",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_version",
    "oauth_signature",
}


class OAuth1(Wiki):
    """The part of `FakeMediaWiki` that speaks OAuth 1.0a."""

    # -- signed requests

    async def _initiate(self, call: Call) -> Reply:
        judge = self._judge(call, {"oauth_callback"})
        endpoint = RequestTokenEndpoint(judge, lambda: token_hex(16))
        endpoint.create_request_token_response(*self._as_sent(call))
        if judge.made is None:
            self._refuse(judge)
        self.secrets.add(judge.made.secret)
        return _credentials(judge.made)

    async def _token(self, call: Call) -> Reply:
        judge = self._judge(call, {"oauth_token", "oauth_verifier"})
        endpoint = AccessTokenEndpoint(judge, lambda: token_hex(16))
        endpoint.create_access_token_response(*self._as_sent(call))
        if judge.spent is None:
            self._refuse(judge)
        pair = self._pair_of(judge.spent.user_id, judge.spent.consumer_key)
        if pair is None:
            raise Refused("mwoauthdatastore-access-token-not-found", "The user has revoked it since")
        return _credentials(pair)

    async def _identify(self, call: Call) -> Reply:
        judge = self._judge(call, {"oauth_token"})
        valid, request = ResourceEndpoint(judge).validate_protected_resource_request(*self._as_sent(call))
        if not valid:
            self._refuse(judge)
        consumer = self.consumers[request.client_key]
        user = self.account(self.access_tokens[request.resource_owner_key].user_id)
        if self.block_disables_login and user.blocked:
            raise Refused("mwoauth-invalid-authorization-blocked-user", "This user is blocked")
        if consumer.disabled:
            why = f"The app that you are trying to connect seems to be set up incorrectly. Contact &quot;{consumer.name}&quot;"
            raise Refused("mwoauth-invalid-authorization-not-approved", why)
        now = int(self.clock())
        claims = {
            "iss": self.canonical_server or self.origin,
            "aud": consumer.key,
            "exp": now + IDENTITY_LIFETIME,
            "iat": now,
            **user.statement(consumer.grants, int_sub=self.int_sub),
            "nonce": request.nonce,
        }
        draft = IDTokenDraft({"typ": "JWT", "alg": "HS256"}, claims, consumer.secret.encode())
        self.faults.apply("identity", self, draft)
        token = draft.serialize()
        self.secrets.add(token)
        return Reply(body=token.encode())

    def _judge(self, call: Call, wanted: set[str]) -> Signatures:
        """The shape of a signed request: a POST without a body, and OAuth's parameters in the header alone."""
        if call.method != "POST" or call.body:
            raise Refused("mwoauth-oauth-exception", "Not a POST without a body")
        if [name for name, _ in parse_qsl(call.query, keep_blank_values=True)] != ["title"]:
            raise Refused("mwoauth-oauth-exception", "The query has more than the title")
        authorization = call.headers.get("authorization", "")
        if not authorization.startswith("OAuth "):
            raise Refused("mwoauth-oauth-exception", "No Authorization header of the scheme OAuth")
        parameters = []
        for part in authorization.removeprefix("OAuth ").split(","):
            name, _, quoted = part.strip().partition("=")
            parameters.append((name, unquote(quoted.strip('"'))))
        call.fields = dict(parameters)
        missing, stray = (SIGNED | wanted) - set(call.fields), set(call.fields) - SIGNED - wanted
        if missing - {"oauth_version"} or stray or len(parameters) != len(call.fields):
            raise Refused("mwoauth-oauth-exception", f"missing {sorted(missing)}, stray {sorted(stray)}, or one twice")
        return Signatures(self)

    def _as_sent(self, call: Call) -> tuple[str, str, None, dict[str, str]]:
        """The URL is the wiki's own name for itself, whatever the Host header says."""
        return (
            f"{self.origin}{call.path}?{call.query}",
            call.method,
            None,
            {"Authorization": call.headers["authorization"]},
        )

    def _refuse(self, judge: Signatures) -> NoReturn:
        error, why = judge.why or ("mwoauth-oauth-exception", "Invalid signature")
        raise Refused(error, why)

    # -- the dialog

    async def _authenticate(self, call: Call) -> Reply:
        """GET: the dialog, or straight back to the consumer. POST: what the user said in the dialog."""
        fields = call.fields = dict(parse_qsl(call.query)) | dict(parse_qsl(call.body, True))
        request_token, consumer = self._asked_for(fields)
        user = self.users.get(fields.get(AS_USER, self.user or ""))
        if user is None:
            return page("Log in", "<p>Whoever you are, you are not logged in.</p>")
        if consumer.disabled:
            raise Refused("mwoauthserver-bad-consumer", "The consumer is not approved (E005)")
        if self.block_disables_login and user.blocked:
            raise Refused("mwoauthserver-insufficient-rights", "This user may not use applications (E007)")
        if self.deny or "cancel" in fields:
            return page("Cancelled", f"<p>You said no to {escape(consumer.name)}.</p>")
        known = self._pair_of(user.id, consumer.key) is not None
        no_question = known and consumer.only_authenticates and fields["title"].endswith("/authenticate")
        if self.dialog and not no_question and "accept" not in fields:
            return dialog(f"{call.path}?{call.query}", consumer)
        return self._send_back(request_token, consumer, user)

    def _asked_for(self, fields: dict[str, str]) -> tuple[RequestToken, Consumer]:
        known = self.request_tokens.get(fields.get("oauth_token", ""))
        if known is None or known.expires_at < self.clock():
            raise Refused("mwoauthdatastore-request-token-not-found", "No such request token (E004)")
        if known.used:
            raise Refused("mwoauthdatastore-request-token-already-used", "This request token was used (E009)")
        if fields.get("oauth_consumer_key", known.consumer_key) != known.consumer_key:
            raise Refused("mwoauthserver-bad-consumer-key", "No such consumer (E006)")
        return known, self.consumers[known.consumer_key]

    def _send_back(self, request_token: RequestToken, consumer: Consumer, user: WikiUser) -> Reply:
        if request_token.verifier:
            raise Refused("mwoauthdatastore-callback-not-found", "The browser was sent back before")
        request_token.verifier = token_hex(16)
        request_token.user_id = user.id
        request_token.expires_at = self.clock() + REQUEST_TOKEN_LIFETIME  # ten minutes more
        self.codes_issued.add(request_token.verifier)
        if self._pair_of(user.id, consumer.key) is None:
            pair = AccessToken(token_hex(16), token_hex(16), consumer.key, user.id)
            self.access_tokens[pair.key] = pair
            self.secrets |= {pair.key, pair.secret}
        target = consumer.callback_url if request_token.callback == "oob" else request_token.callback
        fields = [("oauth_verifier", request_token.verifier), ("oauth_token", request_token.key)]
        return Reply(status=302, body=b"", headers={}, redirect_to=target, fields=fields)

    def _pair_of(self, user_id: int, consumer_key: str) -> AccessToken | None:
        """One pair for a user and a consumer: the same at every login, until the user revokes it."""
        pairs = self.access_tokens.values()
        return next((pair for pair in pairs if (pair.user_id, pair.consumer_key) == (user_id, consumer_key)), None)


def _credentials(pair: RequestToken | AccessToken) -> Reply:
    fields = {"oauth_token": pair.key, "oauth_token_secret": pair.secret, "oauth_callback_confirmed": "true"}
    return Reply(body=urlencode(fields).encode(), headers={"Content-Type": "text/plain"})
