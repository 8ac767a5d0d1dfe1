"""Another issuer that states claims about users (OpenID Connect Core §5.6.2): aggregated and distributed claims."""

from __future__ import annotations

from typing import Any

from .bending import GONE, Change, both, member
from .keys import IDTokenDraft, SigningKeys
from .records import Call, Reply
from .rules import Refused
from .wire import Endpoints, Wire

ACCESS_TOKEN = "access-to-the-claims"


class FakeClaimsProvider(Wire):
    """Publishes keys, signs claims, and has them at an endpoint that demands `ACCESS_TOKEN`.

    Faults have the stage ``source_token`` (given an `IDTokenDraft`) or the name of an endpoint.
    """

    def __init__(self, **claims: Any) -> None:
        super().__init__()
        self.claims = claims
        self.keys = SigningKeys("ES256")
        self.secrets.add(ACCESS_TOKEN)

    def endpoints(self) -> Endpoints:
        return {"/jwks": ("source_keys", self._jwks), "/claims": ("claims", self._claims)}

    def token(self) -> str:
        header = {"alg": self.keys.algorithm, "typ": "JWT", "kid": self.keys.current.kid}
        draft = IDTokenDraft(header, {"iss": self.origin, **self.claims}, self.keys.current)
        self.faults.apply("source_token", self, draft)
        return draft.serialize()

    async def _jwks(self, call: Call) -> Reply:
        return Reply(json=self.keys.jwks())

    async def _claims(self, call: Call) -> Reply:
        if call.method != "GET" or call.query or call.headers.get("authorization") != f"Bearer {ACCESS_TOKEN}":
            raise Refused("invalid_token", "a GET with the access token of the answer", status=401)
        if "application/jwt" not in call.headers.get("accept", ""):
            raise Refused("invalid_request", "Accept does not name application/jwt", status=406)
        return Reply(body=self.token().encode(), headers={"Content-Type": "application/jwt"})

    def aggregated(self, *names: str) -> Change:
        """What the OpenID provider says: these claims are in a token inside the answer."""
        return self._referred(names, lambda provider: {"s1": {"JWT": self.token()}})

    def distributed(self, *names: str, endpoint: str = "") -> Change:
        """What the OpenID provider says: these claims are at the endpoint."""
        at = endpoint or f"{self.origin}/claims"
        return self._referred(names, {"s1": {"endpoint": at, "access_token": ACCESS_TOKEN}})

    @staticmethod
    def _referred(names: tuple[str, ...], sources: Any) -> Change:
        removed = [member(name, GONE) for name in names]
        return both(*removed, member("_claim_names", dict.fromkeys(names, "s1")), member("_claim_sources", sources))
