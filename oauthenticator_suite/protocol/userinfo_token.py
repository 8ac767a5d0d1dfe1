"""Signed userinfo responses (OpenID Connect Core 1.0 §5.3.2): the checks of the token that need no key."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ..errors import InvalidResponse, InvalidToken
from .id_token import Expectations, IDToken, check_header, check_issued, check_type
from .messages import Response
from .token_times import LATEST_DATE

JWT = "application/jwt"
"""The media type of a signed or encrypted userinfo response."""

MAX_USERINFO_TOKEN_BYTES = 1_048_576
"""As a response that is not signed: a user may have thousands of groups."""

_LABEL = "userinfo request"


def userinfo_token(response: Response) -> str:
    """The token in the userinfo response: its whole body.

    Raises
    ------
    InvalidResponse
        When it is not ASCII text.
    """
    try:
        return response.body.decode("ascii").strip()
    except UnicodeDecodeError:
        pass
    raise InvalidResponse(f"{_LABEL}: the response is of type {JWT}, and not ASCII")


def check_userinfo_token(token: IDToken, expectations: Expectations, now: float) -> None:
    """Check header and claims of a signed userinfo response. Then its signature must be verified.

    The response must be from this issuer and for this client (``iss`` and ``aud``, which §5.3.2 asks providers for).
    It need not have times. Those that it has are checked.

    Raises
    ------
    InvalidToken
        `claim` names the first failed check.
    """
    check_header(token, expectations)
    check_type(token.header)
    check_issued({"iat": now, "exp": LATEST_DATE, **token.claims}, expectations, now)


@contextmanager
def about_userinfo() -> Iterator[None]:
    """Have errors of this block, which the checks of tokens raise, say that they are about a userinfo response."""
    try:
        yield
    except InvalidToken as error:
        error.detail = error.detail.replace("ID token: ", "userinfo: signed response: ", 1)
        raise
