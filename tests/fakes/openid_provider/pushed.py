"""The protected front channel: pushed authorization requests (RFC 9126), and the modes of the response."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

from . import rules
from .faults import Faults
from .keys import IDTokenDraft, SigningKeys
from .records import Call, Reply
from .rules import Refused, Registration

MODES = ("query", "form_post", "query.jwt", "form_post.jwt", "jwt")
CREDENTIALS = ("client_secret", "client_assertion", "client_assertion_type")
_URN = "urn:ietf:params:oauth:request_uri:"


@dataclass
class Pushed:
    """An authorization request that a client has pushed."""

    client_id: str
    fields: dict[str, str]
    expires_at: float


class FrontChannel:
    """The part of `FakeProvider` that takes authorization requests and sends responses."""

    issuer: str
    faults: Faults
    keys: SigningKeys
    clients: dict[str, Registration]
    clock: Callable[[], float]

    def __init__(self) -> None:
        super().__init__()
        self.offers_par = True
        self.requires_par = False
        self.response_modes: tuple[str, ...] | None = MODES  # None: the metadata do not say
        self.ignores_response_mode = False  # as a provider that answers in the query, whatever was asked
        self.request_uri_lifetime = 60.0
        self._pushed: dict[str, Pushed] = {}

    def take_resources(self, text: str) -> tuple[str, list[str]]:
        raise NotImplementedError

    async def authenticate(self, call: Call, fields: dict[str, str]) -> Registration:
        raise NotImplementedError

    def check_request(self, client: Registration, fields: dict[str, str]) -> list[str]:
        raise NotImplementedError

    def front_channel_metadata(self) -> dict[str, Any]:
        """The members of the metadata."""
        metadata: dict[str, Any] = {}
        if self.offers_par:
            metadata["pushed_authorization_request_endpoint"] = f"{self.issuer}/par"
        if self.requires_par:
            metadata["require_pushed_authorization_requests"] = True
        if self.response_modes is not None:
            metadata["response_modes_supported"] = list(self.response_modes)
        return metadata

    # -- requests

    async def _par(self, call: Call) -> Reply:
        """RFC 9126 §2: all the rules of an authorization request hold here already."""
        if not self.offers_par:
            raise Refused("not_found", "no pushed requests here", status=404)
        rules.check_form_request(call.method, call.query, call.headers)
        rules.check_accept(call.headers)
        body, resources = self.take_resources(call.body)
        fields = call.fields = rules.decode_fields(body, "the pushed request")
        if "client_id" not in fields:
            raise Refused("invalid_request", "client_id is missing (RFC 9126 §2.1)")
        credentials = dict(fields)
        if "authorization" in call.headers:
            credentials.pop("client_id")
        client = await self.authenticate(call, credentials)
        if fields["client_id"] != client.client_id:
            raise Refused("invalid_request", "client_id is not that of the authenticated client")
        if "request_uri" in fields:
            raise Refused("invalid_request", "request_uri in a pushed request (RFC 9126 §2.1)")
        fields = {name: value for name, value in fields.items() if name not in CREDENTIALS}
        self.check_redirect_uri(client, fields)
        self.check_request(client, fields)
        fields["resource"] = " ".join(resources)
        request_uri = _URN + token_urlsafe(24)
        self._pushed[request_uri] = Pushed(client.client_id, fields, self.clock() + self.request_uri_lifetime)
        return Reply(201, {"request_uri": request_uri, "expires_in": int(self.request_uri_lifetime)})

    def request_of(self, client: Registration, fields: dict[str, str]) -> dict[str, str]:
        """The parameters of an authorization request, which may be a reference to a pushed one."""
        if "request_uri" not in fields:
            if self.requires_par:
                raise Refused("invalid_request", "only pushed requests are accepted (RFC 9126 §5)")
            return fields
        if set(fields) != {"client_id", "request_uri"}:
            raise Refused("invalid_request", f"stray parameters beside request_uri: {sorted(fields)}")
        pushed = self._pushed.pop(fields["request_uri"], None)  # good for one use (RFC 9126 §4)
        if pushed is None or pushed.client_id != client.client_id or pushed.expires_at < self.clock():
            raise Refused("invalid_request_uri", "no pushed request of this client that is still good")
        return pushed.fields

    @staticmethod
    def check_redirect_uri(client: Registration, fields: dict[str, str]) -> str:
        redirect_uri = fields.get("redirect_uri", "")
        if redirect_uri not in client.redirect_uris:
            raise Refused("invalid_request", "redirect_uri is not registered")  # never redirected (RFC 6749 §4.1.2.1)
        return redirect_uri

    # -- responses

    def answer(
        self, client: Registration, fields: dict[str, str], redirect_uri: str, answer: list[tuple[str, str]]
    ) -> Reply:
        """The authorization response, in the mode that the request asks for."""
        mode = "query" if self.ignores_response_mode else fields.get("response_mode", "query")
        if mode not in (self.response_modes or MODES):
            raise Refused("invalid_request", "no such response_mode")
        if mode.endswith("jwt"):
            answer = [("response", self._response_object(client, answer))]
        reply = Reply.redirect(redirect_uri, answer)
        reply.as_form = mode.startswith("form_post")
        return reply

    def _response_object(self, client: Registration, answer: list[tuple[str, str]]) -> str:
        """JARM §2.1: the parameters, and iss, aud and exp."""
        header = {"alg": self.keys.algorithm}
        if self.keys.current.kid is not None:
            header["kid"] = self.keys.current.kid
        claims = {
            **dict(answer),
            "iss": self.issuer,
            "aud": client.client_id,
            "exp": int(self.clock()) + 600,
        }
        draft = IDTokenDraft(header, claims, self.keys.current)
        self.faults.apply("response_object", self, draft)  # type: ignore[arg-type]
        return draft.serialize()
