"""What the page of a failed login says: an error as a page's kind and its sentence."""

from __future__ import annotations

from dataclasses import dataclass

from ...errors import (
    AccessDenied,
    AccountConflict,
    AccountUnusable,
    AttemptError,
    AuthorizationResponseError,
    ClientRefused,
    ClockDifference,
    DatabaseFailed,
    IdentityError,
    IncompleteAnswer,
    InvalidToken,
    SuiteError,
    TokenResponseError,
    TransportError,
    UnreadableRecord,
)

DENIED, AGAIN, DOWN, SETUP, TAKEN = "denied", "again", "down", "setup", "taken"
"""The kinds of pages. Each has a title and a heading in `sentences.SENTENCES`, and `message` adds what to do next."""

_PAGES: dict[type[SuiteError], str] = {
    AccessDenied: DENIED,
    AccountConflict: TAKEN,
    AccountUnusable: DENIED,
    AttemptError: AGAIN,
    AuthorizationResponseError: AGAIN,
    ClientRefused: SETUP,
    ClockDifference: SETUP,
    DatabaseFailed: AGAIN,
    IdentityError: DENIED,
    IncompleteAnswer: SETUP,
    InvalidToken: AGAIN,
    SuiteError: SETUP,
    TokenResponseError: AGAIN,
    TransportError: DOWN,
    UnreadableRecord: TAKEN,
}
"""The page of each class of errors, for itself and for subclasses that are not in the table."""

REFUSALS = {
    "allowed_organizations": "Only accounts of certain organisations can use {hub}, and this is not one of them.",
    "create_system_users": "There is no account for you on this computer yet.",
    "hosted_domain": "Only accounts of certain organisations can use {hub}, and this is not one of them.",
    "require_verified_email": (
        "Your email address is not confirmed at {provider}. Please confirm it there, then sign in again."
    ),
    "Unix user": "There is no account for you on this computer yet.",
}
"""The sentence for a rule that refused the user, in place of that of `AccessDenied`.

No sentence contains the value of a rule, such as a group's name.
"""


UNAVAILABLE = "temporarily_unavailable"
"""The error of an authorization response that takes the place of the status 503 (RFC 6749 §4.1.2.1)."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the page says. It is kept by the browser, so it is small.

    Attributes
    ----------
    page:
        The kind of the page, such as `DENIED`.
    status:
        Its HTTP status.
    sentence:
        Its sentence: `SuiteError.public_message`, in English and with placeholders.
    username:
        The name of the user, or of the account that exists already.
    owner:
        The provider of the account that exists already; may be empty.
    retry:
        Whether starting the login again can help.
    retry_after:
        How long the user should wait, in seconds; None if that is not known.
    """

    page: str
    status: int
    sentence: str = ""
    username: str = ""
    owner: str = ""
    retry: bool = True
    retry_after: int | None = None

    @classmethod
    def of(cls, error: SuiteError) -> Failure:
        """What the page says of `error`."""
        sentence = error.public_message
        if isinstance(error, AccessDenied) and sentence == AccessDenied.public_message:
            sentence = REFUSALS.get(error.rule, sentence)
        retry_after = getattr(error, "retry_after", None)
        page = next(_PAGES[known] for known in type(error).__mro__ if known in _PAGES)
        if isinstance(error, AuthorizationResponseError) and error.error == UNAVAILABLE:
            page = DOWN
        return cls(
            page,
            error.status,
            sentence,
            username=getattr(error, "username", None) or "",
            owner=getattr(error, "owner", ""),
            retry=error.retry,
            retry_after=None if retry_after is None else int(retry_after),
        )
