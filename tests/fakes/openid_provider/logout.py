"""Logout at the provider: its logout page, and the notification of clients (back-channel and front-channel)."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlencode

import aiohttp

from . import rules
from .encryption import Encryption
from .faults import BACKCHANNEL, Faults
from .keys import IDTokenDraft, SigningKeys
from .records import Call, Reply
from .rules import Refused, Registration


@dataclass(frozen=True)
class LogoutAnswer:
    """A client's response to a logout token."""

    status: int
    headers: dict[str, str]  # names in lower case
    body: str


class Logout(Encryption):
    """The part of `FakeProvider` that ends sessions."""

    issuer: str
    client: Registration
    clients: dict[str, Registration]
    users: dict[str, dict[str, Any]]
    keys: SigningKeys
    faults: Faults
    secrets: set[str]
    clock: Callable[[], float]
    logout_answers: list[LogoutAnswer]

    # -- what tests do

    def logout_token(self, user: str, sid: str = "") -> str:
        """A logout token for the Hub, as good as the faults let it be (Back-Channel Logout §2.4)."""
        now = int(self.clock())
        claims = {
            "iss": self.issuer,
            "sub": self.users[user]["sub"],
            "aud": self.client.client_id,
            "iat": now,
            "exp": now + 120,
            "jti": token_urlsafe(16),
            "events": {BACKCHANNEL: {}},
            "sid": sid or f"sid-{token_urlsafe(12)}",
        }
        header = {"alg": self.keys.algorithm, "typ": "logout+jwt", "kid": self.keys.current.kid}
        draft = IDTokenDraft(header, claims, self.keys.current)
        self.faults.apply("logout_token", self, draft)
        token = self.encrypted(draft.serialize(), self.encrypt_to)
        self.secrets.add(token)
        return token

    async def log_out(self, user: str, sid: str = "") -> LogoutAnswer:
        """End the user's session here, and notify the Hub over the back channel."""
        return await self.send_logout_token(self.logout_token(user, sid))

    async def send_logout_token(self, token: str) -> LogoutAnswer:
        async with (
            aiohttp.ClientSession() as session,
            session.post(self.client.backchannel_logout_uri, data={"logout_token": token}) as response,
        ):
            headers = {name.lower(): value for name, value in response.headers.items()}
            answer = LogoutAnswer(response.status, headers, await response.text())
        self.logout_answers.append(answer)
        return answer

    def frontchannel_url(self, sid: str, issuer: str | None = None) -> str:
        """The URL in the frame of this provider's logout page."""
        return f"{self.client.frontchannel_logout_uri}?{urlencode({'iss': issuer or self.issuer, 'sid': sid})}"

    # -- the logout page

    async def _end_session(self, call: Call) -> Reply:
        """RP-Initiated Logout §2, then clients that are registered for it are told; then back to the client."""
        fields = call.fields = rules.decode_fields(call.query or call.body, "the logout request")
        claims = self._claims_of_hint(fields["id_token_hint"]) if "id_token_hint" in fields else {}
        client = self.clients.get(fields.get("client_id") or claims.get("aud", ""))
        if client is None or claims.get("aud", client.client_id) != client.client_id:
            raise Refused("invalid_request", "client_id is missing, or not that of the ID token")
        target = fields.get("post_logout_redirect_uri")
        if target is not None and target not in client.post_logout_redirect_uris:
            raise Refused("invalid_request", "post_logout_redirect_uri is not registered")
        user = next((name for name, known in self.users.items() if known["sub"] == claims.get("sub")), None)
        if user is not None and client.backchannel_logout_uri:
            await self.log_out(user, claims["sid"])
        if claims and client.frontchannel_logout_uri:
            page = f'<iframe src="{self.frontchannel_url(claims["sid"])}"></iframe><a href="{target}">go on</a>'
            return Reply(body=page.encode(), headers={"Content-Type": "text/html"})
        if target is None:
            return Reply(body=b"You are logged out.", headers={"Content-Type": "text/plain"})
        return Reply.redirect(target, [("state", fields["state"])] if "state" in fields else [])

    def _claims_of_hint(self, hint: str) -> dict[str, Any]:
        if hint not in self.secrets or hint.count(".") != 2:  # the signed token, also if it was encrypted
            raise Refused("invalid_request", "id_token_hint is no ID token of mine")
        payload = hint.split(".")[1]
        return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
