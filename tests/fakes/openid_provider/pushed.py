"""The protected front channel: pushed requests (RFC 9126), signed requests (RFC 9101), modes of the response."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any

import aiohttp
from joserfc import jwt
from joserfc.errors import JoseError

from . import rules
from .encryption import Recipient
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
    allowed_resources: set[str]
    encrypted: Callable[[str, Recipient | None], str]

    def __init__(self) -> None:
        super().__init__()
        self.offers_par = True
        self.requires_par = False
        self.response_modes: tuple[str, ...] | None = MODES  # None: the metadata do not say
        self.ignores_response_mode = False  # as a provider that always answers in the query
        self.request_uri_lifetime = 60.0
        self.requires_signed_requests = False
        self.request_object_algorithms = ["PS256", "ES256", "RS256", "EdDSA", "Ed25519"]
        self.encrypt_responses_to: Recipient | None = None  # JARM §2.2
        self.fetched: list[str] = []  # the URLs of request objects that were fetched
        self._used_jti: set[str] = set()
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
        if self.requires_signed_requests:
            metadata["require_signed_request_object"] = True
        metadata["request_parameter_supported"] = metadata["request_uri_parameter_supported"] = True
        metadata["request_object_signing_alg_values_supported"] = self.request_object_algorithms
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
        if "request" in fields:
            if set(fields) - {"client_id", "request"}:
                raise Refused("invalid_request", "parameters next to a pushed request object (RFC 9126 §3)")
            fields = self._inside(client, fields["request"])
        elif self.requires_signed_requests:
            raise Refused("invalid_request", "only signed request objects are accepted (RFC 9101 §10.5)")
        self.check_redirect_uri(client, fields)
        self.check_request(client, fields)
        fields["resource"] = fields.get("resource") or " ".join(resources)
        request_uri = _URN + token_urlsafe(24)
        self._pushed[request_uri] = Pushed(client.client_id, fields, self.clock() + self.request_uri_lifetime)
        return Reply(201, {"request_uri": request_uri, "expires_in": int(self.request_uri_lifetime)})

    async def request_of(self, client: Registration, fields: dict[str, str]) -> dict[str, str]:
        """The parameters of an authorization request, which may be signed, or a reference."""
        is_pushed = fields.get("request_uri", "").startswith(_URN)
        if self.requires_par and not is_pushed:
            raise Refused("invalid_request", "only pushed requests are accepted (RFC 9126 §5)")
        if not is_pushed and ("request" in fields or "request_uri" in fields):
            return await self._signed_request(client, fields)
        if not is_pushed:
            if self.requires_signed_requests:
                raise Refused("invalid_request", "only signed request objects are accepted (RFC 9101 §10.5)")
            return fields
        if set(fields) != {"client_id", "request_uri"}:
            raise Refused("invalid_request", f"stray parameters next to request_uri: {sorted(fields)}")
        pushed = self._pushed.pop(fields["request_uri"], None)  # it can be used once (RFC 9126 §4)
        if pushed is None or pushed.client_id != client.client_id or pushed.expires_at < self.clock():
            raise Refused("invalid_request_uri", "no pushed request of this client that is still good")
        return pushed.fields

    async def _signed_request(self, client: Registration, fields: dict[str, str]) -> dict[str, str]:
        """RFC 9101 §6.3, OpenID Connect Core §6.1: what is outside too is checked, and the inside counts."""
        if "request" in fields and "request_uri" in fields:
            raise Refused("invalid_request", "request and request_uri (RFC 9101 §5)")
        outside = {name: value for name, value in fields.items() if name not in ("request", "request_uri")}
        raw = fields["request"] if "request" in fields else await self._fetch(fields["request_uri"])
        inside = self._inside(client, raw)
        if "openid" in inside.get("scope", "").split(" "):
            if outside.get("response_type") != inside.get("response_type"):
                raise Refused("invalid_request", "response_type is not outside of the object as well")
            if "openid" not in outside.get("scope", "").split(" "):
                raise Refused("invalid_request", "scope openid is not outside of the object as well")
        if set(outside) - {"client_id", "response_type", "scope"}:
            raise Refused("invalid_request", f"parameters outside of the object: {sorted(outside)}")
        return inside

    async def _fetch(self, url: str) -> str:
        """RFC 9101 §5.2.3."""
        if len(url) > 512:
            raise Refused("invalid_request_uri", "more than 512 characters")
        self.fetched.append(url)
        async with aiohttp.ClientSession() as session, session.get(url, allow_redirects=False) as response:
            if response.status != 200 or response.content_type != "application/oauth-authz-req+jwt":
                raise Refused("invalid_request_uri", f"{response.status} {response.content_type}")
            return await response.text()

    def _inside(self, client: Registration, raw: str) -> dict[str, str]:
        """The parameters in a request object (RFC 9101 §4, §6.2)."""
        if client.request_object_keys is None:
            raise Refused("request_not_supported", "this client may not send request objects")
        try:
            token = jwt.decode(raw, client.request_object_keys, algorithms=self.request_object_algorithms)
        except (JoseError, ValueError) as error:
            raise Refused("invalid_request_object", f"{type(error).__name__}: {error}") from error
        claims, now = dict(token.claims), self.clock()
        protection = {name: claims.pop(name, None) for name in ("iss", "aud", "iat", "nbf", "exp", "jti")}
        if token.header.get("typ") != "oauth-authz-req+jwt":
            raise Refused("invalid_request_object", "typ is not oauth-authz-req+jwt")
        if protection["iss"] != client.client_id or protection["aud"] != self.issuer:
            raise Refused("invalid_request_object", "iss is not the client, or aud is not this provider")
        if not all(isinstance(protection[name], int) for name in ("nbf", "exp", "iat")):
            raise Refused("invalid_request_object", "nbf, exp or iat is missing")
        if not protection["nbf"] <= now < protection["exp"] <= protection["nbf"] + 3600:
            raise Refused("invalid_request_object", "not valid now, or for more than an hour")
        if not protection["jti"] or protection["jti"] in self._used_jti:
            raise Refused("invalid_request_object", "jti is missing, or was used before")
        if claims.get("client_id") != client.client_id or {"request", "request_uri"} & set(claims):
            raise Refused("invalid_request_object", "client_id is another one, or an object in an object")
        self._used_jti.add(protection["jti"])
        resources = claims.pop("resource", [])
        resources = [resources] if isinstance(resources, str) else resources
        if not set(resources) <= self.allowed_resources:
            raise Refused("invalid_target", "resource is not one of mine")
        claims["resource"] = " ".join(resources)
        return {name: value if isinstance(value, str) else json.dumps(value) for name, value in claims.items()}

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
        self.faults.apply("response_object", self, draft)
        return self.encrypted(draft.serialize(), self.encrypt_responses_to)
