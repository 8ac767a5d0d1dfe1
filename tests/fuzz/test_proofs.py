"""Target: DPoP nonces. A server sends any bytes as nonces, several of them, others each time, and demands them again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from oauthenticator_suite.hub.oauth.dpop import Binding, Nonces
from oauthenticator_suite.protocol.dpop import ProofKey, wants_nonce
from oauthenticator_suite.protocol.messages import Request, Response
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.proofs import ProofRefused, Proofs
from tests.fakes.openid_provider.records import Call, Reply
from tests.support import Hub

from .accounts import account_after_login
from .strategies.nonces import ServerAnswer, header_texts, response, server_answers, wire_texts
from .verdicts import THROUGH_A_HUB, UnhandledError, WrongAccept, one_input, target

TARGET = target("DPoP nonces")

KEY, TOKEN = ProofKey.from_seed("a seed of the fuzz target, of 256 bits or more"), "a-bound-access-token"
URL = "https://op.example/token"
PROOF = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
NONCE = re.compile(r"[!#-\[\]-~]{1,1024}")  # RFC 9449 §8.1, and our limit


def nonce_of(request: Request) -> str | None:
    """The nonce in a request's proof, as PyJWT reads it. The request has nothing that ends a header."""
    if not all(value.isascii() and value.isprintable() for value in request.headers.values()):
        raise WrongAccept(f"a header of {request.headers}")
    if not PROOF.fullmatch(request.headers["DPoP"]):
        raise WrongAccept(request.headers["DPoP"])
    claims = jwt.decode(request.headers["DPoP"], options={"verify_signature": False})
    nonce = claims.get("nonce")
    if nonce is not None and not NONCE.fullmatch(nonce):
        raise WrongAccept(f"the nonce {nonce!r}")
    return nonce


@given(st.lists(server_answers(header_texts), min_size=1, max_size=5), st.booleans())
@example([ServerAnswer(["n"], "demand"), ServerAnswer(["n\r\nX: y"], "demand")], True)
async def test_at_most_one_retry_with_the_nonce_of_the_server(answers: list[ServerAnswer], has_token: bool) -> None:
    """Several requests of one login, one after the other: each is sent once or twice."""
    nonces, sent, given_out = Nonces(), [], []
    script = [response(answer, to_resource=has_token) for answer in answers]

    async def send(request: Request) -> Response:
        sent.append(nonce_of(request))
        received = script[(len(given_out)) % len(script)]
        given_out.append(received)
        return received

    binding = Binding(KEY, nonces)
    for _ in range(3):
        before = len(sent)
        with TARGET.only_our_errors(TOKEN, KEY.as_jwk()["d"]):
            received = await binding.send(
                send, lambda: Request("POST", URL, "the request", {}, b"code=c"), TOKEN if has_token else None
            )
            if wants_nonce(received):
                raise WrongAccept("a demand for a nonce as an answer")
        tries = len(sent) - before
        if tries > 2:
            raise WrongAccept(f"{tries} requests")
        if tries == 2 and not wants_nonce(given_out[before]):
            raise WrongAccept("a request was sent twice that the server may have used")
    for number, nonce in enumerate(sent):
        valid = [text for text in _texts(given_out[:number]) if NONCE.fullmatch(text)]
        if nonce != (valid[-1] if valid else None):
            raise WrongAccept(f"the nonce {nonce!r} is not the server's latest one")


def _texts(responses: list[Response]) -> Iterator[str]:
    return (received.headers["dpop-nonce"] for received in responses if "dpop-nonce" in received.headers)


# --- through a Hub ---------------------------------------------------------------------------------------------------


@dataclass
class Scripted:
    """What the servers of a provider answer, in this order; at the end as in the last answer."""

    answers: list[ServerAnswer]
    asked: int = 0

    @property
    def now(self) -> ServerAnswer:
        return self.answers[min(self.asked, len(self.answers)) - 1]


class HostileProofs(Proofs):
    """Good proofs are accepted or refused as the script says."""

    def __init__(self, clock: Callable[[], float]) -> None:
        super().__init__(clock)
        self.mode, self.takes_any_nonce = "required", True
        self.scripts = {"authorization": Scripted([ServerAnswer([], "accept")])}
        self.scripts["resource"] = self.scripts["authorization"]

    def check(self, call: Call, url: str, server: str, access_token: str | None = None) -> str:
        key = super().check(call, url, server, access_token)
        script = self.scripts[server]
        script.asked += 1
        if script.now.how == "demand":
            raise ProofRefused("a nonce", error="use_dpop_nonce")
        return key

    def sends(self, server: str) -> Callable[[Any, Reply], None]:
        """Puts the nonces into an answer, each in a separate header."""

        def change(provider: Any, reply: Any) -> None:
            for name, nonce in zip(("DPoP-Nonce", "dpop-nonce", "DPOP-NONCE"), self.scripts[server].now.nonces):  # noqa: B905
                reply.headers[name] = nonce

        return change


@pytest.fixture
async def bound_hub(provider: FakeProvider, hub_at_provider: Any) -> Hub:
    """A Hub whose logins have keys."""
    provider.proofs = proofs = HostileProofs(lambda: provider.clock())
    for server, endpoint in (("authorization", "token"), ("resource", "userinfo")):
        provider.faults.on(Fault(f"nonces of the {server} server", endpoint, "hostile nonces", proofs.sends(server)))
    return await hub_at_provider(enable_dpop=True, enable_auth_state=True)


@THROUGH_A_HUB
@given(*[st.lists(server_answers(wire_texts), min_size=1, max_size=3) for _ in range(2)])
async def test_logins_at_a_server_with_hostile_nonces(
    bound_hub: Hub, provider: Any, of_token: list[ServerAnswer], of_userinfo: list[ServerAnswer]
) -> None:
    """A login ends after at most two requests at each endpoint, and only in an account that both have accepted."""
    TARGET.tries()
    scripts = {"authorization": Scripted(of_token), "resource": Scripted(of_userinfo)}
    provider.proofs.scripts = scripts
    async with one_input(bound_hub, provider, accounts=True):
        account = await account_after_login(bound_hub, "alice")
        for endpoint in ("token", "userinfo"):
            calls = provider.requests_to(endpoint)
            if len(calls) > 2:
                raise WrongAccept(f"{len(calls)} requests to {endpoint}")
            for call in calls:
                if not PROOF.fullmatch(call.headers.get("dpop", "")):
                    raise UnhandledError(f"a proof of {endpoint}: {call.headers.get('dpop')!r}")
        if account is not None and any(script.now.how == "demand" for script in scripts.values()):
            raise WrongAccept("signed in without an accepted proof")
        if account is None and all(script.answers[0].how == "accept" for script in scripts.values()):
            raise UnhandledError("a nonce without a demand has ended a login")
