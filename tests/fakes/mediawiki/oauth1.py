"""OAuth 1.0a at Special:OAuth: initiate, the dialog, token, identify."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from secrets import token_hex
from urllib.parse import parse_qsl, unquote, unquote_plus, urlencode

from oauthlib.oauth1 import AccessTokenEndpoint, RequestTokenEndpoint, ResourceEndpoint
from oauthlib.oauth1.rfc5849.utils import parse_authorization_header

from tests.fakes.openid_provider import Faults, IDTokenDraft, Refused
from tests.fakes.openid_provider.records import Call, Reply
from tests.fakes.openid_provider.server import AS_USER

from .records import AccessToken, Consumer, RequestToken, WikiUser
from .signatures import REQUEST_TOKEN_LIFETIME, Books, Signatures

IDENTITY_LIFETIME = 100
SIGNED = {
    "oauth_consumer_key",
    "oauth_signature_method",
    "oauth_timestamp",
    "oauth_nonce",
    "oauth_version",
    "oauth_signature",
}


class OAuth1:
    """The part of `FakeMediaWiki` that speaks OAuth 1.0a."""

    origin: str
    canonical_server: str
    user: str | None
    users: dict[str, WikiUser]
    deny: bool
    dialog: bool
    int_sub: bool
    block_disables_login: bool
    clock: Callable[[], float]
    faults: Faults
    secrets: set[str]
    codes_issued: set[str]
    books: Books

    # -- signed requests

    async def _initiate(self, call: Call) -> Reply:
        judge = self._judge(call, {"oauth_callback"})
        endpoint = RequestTokenEndpoint(judge, lambda: token_hex(16))
        _, _, status = endpoint.create_request_token_response(*self._as_sent(call))
        if status != 200 or judge.made is None:
            self._refuse(judge)
        self.secrets.add(judge.made.secret)
        return _credentials(judge.made)

    async def _token(self, call: Call) -> Reply:
        judge = self._judge(call, {"oauth_token", "oauth_verifier"})
        endpoint = AccessTokenEndpoint(judge, lambda: token_hex(16))
        _, _, status = endpoint.create_access_token_response(*self._as_sent(call))
        if status != 200 or judge.spent is None:
            self._refuse(judge)
        return _credentials(self._pair_of(judge.spent.user_id, judge.spent.consumer_key))

    async def _identify(self, call: Call) -> Reply:
        judge = self._judge(call, {"oauth_token"})
        valid, request = ResourceEndpoint(judge).validate_protected_resource_request(*self._as_sent(call))
        if not valid:
            self._refuse(judge)
        consumer = self.books.consumers[request.client_key]
        user = self._account(self.books.access_tokens[request.resource_owner_key].user_id)
        if self.block_disables_login and user.blocked:
            raise Refused("mwoauth-invalid-authorization-blocked-user", "This user is blocked")
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
        try:
            parameters = [(name, unquote(value)) for name, value in parse_authorization_header(authorization)]
        except ValueError as error:
            raise Refused("mwoauth-oauth-exception", "The Authorization header has no parameters") from error
        call.fields = dict(parameters)
        missing, stray = (SIGNED | wanted) - set(call.fields), set(call.fields) - SIGNED - wanted
        if missing - {"oauth_version"} or stray or len(parameters) != len(call.fields):
            raise Refused("mwoauth-oauth-exception", f"missing {sorted(missing)}, stray {sorted(stray)}, or one twice")
        return Signatures(self.books, self.clock)

    def _as_sent(self, call: Call) -> tuple[str, str, None, dict[str, str]]:
        """The URL is the wiki's own name for itself, whatever the Host header says."""
        return (
            f"{self.origin}{call.path}?{call.query}",
            call.method,
            None,
            {"Authorization": call.headers["authorization"]},
        )

    def _refuse(self, judge: Signatures) -> None:
        error, why = judge.why or ("mwoauth-oauth-exception", "Invalid signature")
        raise Refused(error, why)

    # -- the dialog

    async def _authenticate(self, call: Call) -> Reply:
        """GET: the dialog, or straight back to the consumer. POST: what the user said in the dialog."""
        if any(secret in unquote_plus(call.query) for secret in self.secrets):
            raise Refused("mwoauth-error", "A secret is in the URL")
        fields = call.fields = dict(parse_qsl(call.query)) | dict(parse_qsl(call.body))
        request_token, consumer = self._asked_for(fields)
        user = self.users.get(fields.get(AS_USER, self.user or ""))
        if user is None:
            return page("Log in", "<form>Whoever you are, you are not logged in.</form>")
        if self.block_disables_login and user.blocked:
            raise Refused("mwoauthserver-insufficient-rights", "This user may not use applications (E007)")
        if self.deny or "cancel" in fields:
            return page("Cancelled", f"You said no to {escape(consumer.name)}.")
        known = (user.id, consumer.key) in {(t.user_id, t.consumer_key) for t in self.books.access_tokens.values()}
        no_question = known and consumer.only_authenticates and fields["title"].endswith("/authenticate")
        if self.dialog and not no_question and "accept" not in fields:
            return dialog(call.path, consumer, {**fields, AS_USER: user.username})
        return self._send_back(request_token, consumer, user)

    def _asked_for(self, fields: dict[str, str]) -> tuple[RequestToken, Consumer]:
        known = self.books.request_tokens.get(fields.get("oauth_token", ""))
        if known is None or known.expires_at < self.clock():
            raise Refused("mwoauthdatastore-request-token-not-found", "No such request token (E004)")
        if known.used:
            raise Refused("mwoauthdatastore-request-token-already-used", "This request token was used (E009)")
        if fields.get("oauth_consumer_key", known.consumer_key) != known.consumer_key:
            raise Refused("mwoauthserver-bad-consumer-key", "No such consumer (E006)")
        return known, self.books.consumers[known.consumer_key]

    def _send_back(self, request_token: RequestToken, consumer: Consumer, user: WikiUser) -> Reply:
        if request_token.verifier:
            raise Refused("mwoauthdatastore-callback-not-found", "The browser was sent back before")
        request_token.verifier = token_hex(16)
        request_token.user_id = user.id
        request_token.expires_at = self.clock() + REQUEST_TOKEN_LIFETIME  # ten minutes more
        self.codes_issued.add(request_token.verifier)
        self._pair_of(user.id, consumer.key)
        target = consumer.callback_url if request_token.callback == "oob" else request_token.callback
        fields = [("oauth_verifier", request_token.verifier), ("oauth_token", request_token.key)]
        return Reply(status=302, body=b"", headers={}, redirect_to=target, fields=fields)

    # -- accounts and what they granted

    def _account(self, user_id: int) -> WikiUser:
        for user in self.users.values():
            if user.id == user_id:
                return user
        raise Refused("mwoauth-invalid-authorization-invalid-user", "This user is no more (E008)")

    def _pair_of(self, user_id: int, consumer_key: str) -> AccessToken:
        """The same pair at every login, until the user revokes it."""
        for token in self.books.access_tokens.values():
            if (token.user_id, token.consumer_key) == (user_id, consumer_key):
                return token
        made = AccessToken(token_hex(16), token_hex(16), consumer_key, user_id)
        self.books.access_tokens[made.key] = made
        self.secrets |= {made.key, made.secret}
        return made


def _credentials(pair: RequestToken | AccessToken) -> Reply:
    fields = {"oauth_token": pair.key, "oauth_token_secret": pair.secret, "oauth_callback_confirmed": "true"}
    return Reply(body=urlencode(fields).encode(), headers={"Content-Type": "text/plain"})


def page(title: str, content: str, status: int = 200) -> Reply:
    text = (
        f"<!DOCTYPE html><html><head><title>{title} - Wiki</title></head><body><h1>{title}</h1>{content}</body></html>"
    )
    return Reply(status=status, body=text.encode(), headers={"Content-Type": "text/html; charset=UTF-8"})


def dialog(path: str, consumer: Consumer, fields: dict[str, str]) -> Reply:
    """A form with two buttons; `accept` and `cancel` are what they send."""
    hidden = "".join(f'<input type="hidden" name="{escape(k)}" value="{escape(v)}">' for k, v in fields.items())
    buttons = '<button name="accept">Allow</button><button name="cancel">Cancel</button>'
    action = escape(f"{path}?{urlencode({'title': fields['title']})}" if "title" in fields else path)
    form = f'<form method="post" action="{action}">{hidden}{buttons}</form>'
    return page("Connect", f"<p>{escape(consumer.name)} asks who you are.</p>{form}")
