"""`Walk`: one login or refresh on its way from the token response to the authentication model.

An operator's subclass may wrap `OAuthenticator._token_to_auth_model`, so the walk goes through that method. What was
verified before it travels in a context variable, because an override must not be able to replace it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from jupyterhub.handlers import BaseHandler

from ...errors import ClockDifference
from ...protocol.authentication import authentication_time
from ...protocol.dpop import ProofKey
from ...protocol.logout import session_id
from ..accounts.record import SessionRecord, access_token_expiry
from ..accounts.sign_in import SignIn
from ..base.admission import Admission, current_admission
from .dpop import current_binding
from .encrypted_tokens import EncryptedTokens
from .flow import Flow
from .stages import Stages


class Provider(Protocol):
    """What the pipeline needs of the provider, besides the stages."""

    encrypted: EncryptedTokens

    def bound_to(self, key: ProofKey | None) -> AbstractContextManager[None]:
        """Within the block, requests with a token of a login have proofs with this key."""

    async def verify_id_token(
        self, token_info: Mapping[str, Any], nonce: str | None, requested_at: float | None = None
    ) -> dict[str, Any] | None:
        """The claims of the verified ID token in a token response; None when none is expected."""

    async def with_referenced_claims(self, claims: dict[str, Any]) -> dict[str, Any]:
        """The user's claims, with those that the provider sends as a reference and a trusted issuer has signed."""

    def stored_id_token_claims(self, id_token: str) -> dict[str, Any]:
        """The claims of an ID token that was verified when it was received."""


@dataclass(slots=True)
class Walk:
    """One login or refresh.

    Attributes
    ----------
    sign_in:
        What is known so far. Its token response is checked, and its ID token is verified.
    account:
        At a refresh, the user's name on the Hub; None for a login.
    nonce, requested_at:
        At a login, what its ID token was verified with.
    handler:
        The request of a login; None for a refresh, and where an operator's code has got the tokens.
    username, own_name:
        The username on the Hub, once it is known, and as the stages see it.
    groups_unknown:
        Why the user's groups are not known; else an empty string.
    admission:
        What the access decision needs; None where there is none, such as in an operator's own code.
    """

    sign_in: SignIn
    account: str | None = None
    nonce: str | None = None
    requested_at: float | None = None
    handler: BaseHandler | None = None
    username: str = ""
    own_name: str = ""
    groups_unknown: str = ""
    admission: Admission | None = field(default_factory=current_admission)


_current: ContextVar[Walk | None] = ContextVar("the walk of this login or refresh", default=None)


def current_walk() -> Walk | None:
    """The walk that this code runs for; None outside of one."""
    return _current.get()


@contextmanager
def walking(walk: Walk) -> Iterator[None]:
    """Make `walk` the current one for the duration of the block."""
    token = _current.set(walk)
    try:
        yield
    finally:
        _current.reset(token)


async def sign_in_with(token_info: dict[str, Any], stages: Stages, provider: Provider, flow: Flow) -> SignIn:
    """What a token response amounts to that an operator's code has got by itself.

    At a sign-in, an ID token is required where one is expected. In a refresh hook, one is checked if it is there, and
    may have expired: it may be the one of the login.

    Raises
    ------
    TokenResponseError, InvalidToken, TransportError
        As for a login.
    """
    flow.check_token_info(token_info)
    token_info = provider.encrypted.with_signed_id_token(token_info, received=False)
    admission = current_admission()
    claims = None
    if (admission is not None and admission.signing_in) or token_info.get("id_token"):
        try:
            claims = await provider.verify_id_token(token_info, None)
        except ClockDifference:
            if admission is not None and admission.signing_in:
                raise
            claims = provider.stored_id_token_claims(token_info["id_token"])
    return SignIn(record_of(token_info, claims, stages), token_info, claims)


def record_of(token_info: Mapping[str, Any], claims: Mapping[str, Any] | None, stages: Stages) -> SessionRecord:
    """The record of a login that has just received this token response, with the claims of its ID token."""
    binding = current_binding.get()
    return SessionRecord(
        stages.account_issuer,
        expires_at=access_token_expiry(token_info),
        sid=session_id(claims),
        auth_time=authentication_time(claims),
        dpop_key=None if binding is None else binding.key.as_jwk(),
    )


async def with_changed_tokens(walk: Walk, token_info: dict[str, Any], provider: Provider, flow: Flow) -> SignIn:
    """The sign-in of a walk with the token response that an override has passed on in place of the received one.

    Raises
    ------
    TokenResponseError, InvalidToken, TransportError
        When it does not pass the checks of the received one.
    """
    flow.check_token_info(token_info)
    token_info = provider.encrypted.with_signed_id_token(token_info, received=False)
    before = walk.sign_in
    claims = before.id_token_claims
    id_token = token_info.get("id_token")
    if walk.account is None or (id_token and id_token != before.token_info.get("id_token")):
        claims = await provider.verify_id_token(token_info, walk.nonce, walk.requested_at) or claims
    return replace(before, token_info=token_info, id_token_claims=claims)
