"""The wiki behind its pages: accounts, consumers, what was granted, the knobs, and how it says no."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import unquote_plus

from tests.fakes.openid_provider import Faults, Refused
from tests.fakes.openid_provider.records import Call, Reply
from tests.fakes.openid_provider.wire import Handler, Wire

from .faults import WIKI_FAULTS
from .pages import page
from .records import AccessToken, Consumer, Grant, RequestToken, WikiUser, default_users

# The user agents of client libraries without a contact address.
NAMES_OF_NOBODY = ("python", "aiohttp/", "tornado/", "mozilla/5.0 (compatible; pycurl)")
NO_NAME = "no-user-agent"
DENIED = "The resource owner or authorization server denied the request."


class Wiki(Wire):
    """Everything that its two dialects of OAuth share."""

    def __init__(self) -> None:
        super().__init__(Faults(WIKI_FAULTS))
        self.consumer = Consumer()
        self.consumers = {self.consumer.key: self.consumer}
        self.secrets.add(self.consumer.secret)
        self.users = default_users()
        # Knobs: see the package's docstring.
        self.user: str | None = "Alice"
        self.deny = False
        self.denial_error = "unauthorized_client"
        self.dialog = False
        self.int_sub = False
        self.old_release = False
        self.block_disables_login = False
        self.demands_user_agent = False
        self.canonical_server = ""
        self.access_token_lifetime = 14_400
        # OAuth 1.0a
        self.request_tokens: dict[str, RequestToken] = {}
        self.access_tokens: dict[str, AccessToken] = {}
        self.nonces: set[tuple[str, str, str]] = set()  # consumer, token, nonce
        # OAuth 2.0
        self.approvals: set[tuple[int, str]] = set()  # user, consumer
        self.codes: dict[str, Grant] = {}
        self.bearer_tokens: dict[str, Grant] = {}
        self.refresh_tokens: dict[str, Grant] = {}

    @property
    def index_url(self) -> str:
        return f"{self.origin}/w/index.php"

    @property
    def rest_url(self) -> str:
        return f"{self.origin}/w/rest.php"

    # -- what tests do

    def register(self, **fields: Any) -> Consumer:
        """Another consumer."""
        consumer = Consumer(**fields)
        self.consumers[consumer.key] = consumer
        self.secrets.add(consumer.secret)
        return consumer

    def revoke(self, user: str) -> None:
        """The user disconnects every application."""
        user_id = self.users[user].id
        self.approvals = {approval for approval in self.approvals if approval[0] != user_id}
        for granted in (self.access_tokens, self.codes, self.bearer_tokens, self.refresh_tokens):
            for key in [key for key, grant in granted.items() if grant.user_id == user_id]:
                del granted[key]

    def block(self, user: str) -> None:
        self.users[user].blocked = True

    def hide(self, user: str) -> None:
        """Somebody with the right to do so hides the account's name, which goes with a block."""
        self.users[user].blocked = self.users[user].hidden = True

    def rename(self, user: str, new_name: str) -> WikiUser:
        """The same account under another name; the old name is free for another user."""
        account = self.users.pop(user)
        account.username = new_name
        self.users[new_name] = account
        return account

    def account(self, user_id: int) -> WikiUser:
        for user in self.users.values():
            if user.id == user_id:
                return user
        raise Refused("mwoauth-invalid-authorization-invalid-user", "This user is no more (E008)", status=403)

    # -- every request

    def _guarded(self, handler: Handler) -> Handler:
        """What holds for all pages."""

        async def guarded(call: Call) -> Reply:
            if any(secret in unquote_plus(call.query) for secret in self.secrets):
                raise Refused("invalid_request", "a secret is in the URL")
            name = call.headers.get("user-agent", "").lower()
            if self.demands_user_agent and (not name or name.startswith(NAMES_OF_NOBODY)):
                raise Refused(NO_NAME, "Please set a User-Agent that says who you are", status=403)
            return await handler(call)

        return guarded

    def _refusal_reply(self, call: Call, refusal: Refused) -> Reply:
        """In OAuth 1.0a with status 200: text, JSON or a page, by what the endpoint would have answered."""
        if refusal.error == NO_NAME:
            return Reply(403, body=refusal.why.encode(), headers={"Content-Type": "text/plain"})
        if call.endpoint in ("initiate", "token"):
            return Reply(body=f"Error: {refusal.why}".encode(), headers={"Content-Type": "text/plain"})
        if call.endpoint == "identify":
            return Reply(json={"error": refusal.error, "message": refusal.why})
        if call.endpoint in ("oauth2_token", "profile"):
            reply = Reply(refusal.status, {"error": refusal.error, "error_description": refusal.why})
            reply.json["message"] = refusal.why
            if " is not usable by user " in refusal.why:
                reply.json.update(error_description=DENIED, message=DENIED, hint=refusal.why)
            if refusal.error == "invalid_client":
                reply.headers["WWW-Authenticate"] = 'Basic realm="OAuth"'
            return reply
        status = refusal.status if call.endpoint == "oauth2_authorize" else 200
        return page("OAuth error", f"<p>{escape(refusal.error)}: {escape(refusal.why)}</p>", status)
