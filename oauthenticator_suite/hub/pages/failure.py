"""What the page of a failed login says: an error as a page's kind and the key of its sentence."""

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
    ConfigurationError,
    DatabaseFailed,
    HookError,
    IdentityError,
    IncompleteAnswer,
    InsufficientAuthentication,
    InvalidGrant,
    InvalidResponse,
    InvalidToken,
    ProviderBusy,
    ProviderTimeout,
    SuiteError,
    TokenResponseError,
    TransportError,
    UnreadableRecord,
)

DENIED, AGAIN, DOWN, SETUP, TAKEN = "denied", "again", "down", "setup", "taken"
"""The kinds of pages. Each has a title and a heading in `sentences.SENTENCES`, and `message` adds what to do next."""

_PAGES: dict[type[SuiteError], tuple[str, str]] = {
    AccessDenied: (DENIED, "denied.nobody"),
    AccountConflict: (TAKEN, "taken.unknown"),
    AccountUnusable: (DENIED, "denied.unusable"),
    AuthorizationResponseError: (AGAIN, "again.answer"),
    ClientRefused: (SETUP, "setup.text"),
    ClockDifference: (SETUP, "setup.clock"),
    ConfigurationError: (SETUP, "setup.text"),
    DatabaseFailed: (AGAIN, "again.database"),
    HookError: (SETUP, "setup.text"),
    IdentityError: (DENIED, "denied.username"),
    IncompleteAnswer: (SETUP, "setup.incomplete"),
    InsufficientAuthentication: (AGAIN, "again.demands"),
    InvalidGrant: (AGAIN, "again.grant"),
    InvalidResponse: (DOWN, "down.answer"),
    InvalidToken: (AGAIN, "again.answer"),
    ProviderBusy: (DOWN, "down.busy"),
    ProviderTimeout: (DOWN, "down.timeout"),
    SuiteError: (SETUP, "setup.text"),
    TokenResponseError: (AGAIN, "again.answer"),
    TransportError: (DOWN, "down.unreachable"),
    UnreadableRecord: (TAKEN, "taken.unknown"),
}
"""The page and the sentence of each class of errors, for itself and for subclasses that are not in the table."""

_DENIED_BY = {
    "allowed_organizations": "denied.organisation",
    "create_system_users": "denied.machine",
    "hosted_domain": "denied.organisation",
    "require_verified_email": "denied.email",
    "Unix user": "denied.machine",
}
"""The sentence for a rule that refused the user. No sentence contains the value of a rule, such as a group's name."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What the page says. It is kept by the browser, so it is small.

    Attributes
    ----------
    page:
        The kind of the page, such as `DENIED`.
    status:
        Its HTTP status.
    key:
        The key of its sentence.
    text:
        A sentence that takes the place of that: the operator's `custom_403_message`, or that of an error of a plug-in.
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
    key: str = ""
    text: str = ""
    username: str = ""
    owner: str = ""
    retry: bool = True
    retry_after: int | None = None

    @classmethod
    def of(cls, error: SuiteError, *, usual_refusal: str) -> Failure:
        """What the page says of `error`.

        Parameters
        ----------
        error:
            The error that ended the login.
        usual_refusal:
            The default of `custom_403_message`. An error with this sentence gets the one for its rule.
        """
        kind = next(known for known in type(error).__mro__ if known in _PAGES)
        page, key = _PAGES[kind]
        text = error.public_message if error.public_message != kind.public_message else ""
        if isinstance(error, AccessDenied):
            key = _DENIED_BY.get(error.rule, key)
            text = "" if text == usual_refusal else text
        elif isinstance(error, AttemptError):
            page, key, text = AGAIN, f"again.{error.reason}", ""
        elif isinstance(error, AuthorizationResponseError) and error.error == "access_denied":
            key, text = "again.cancelled", ""
        retry_after = getattr(error, "retry_after", None)
        return cls(
            page,
            error.status,
            key,
            text,
            username=getattr(error, "username", None) or "",
            owner=getattr(error, "owner", ""),
            retry=error.retry,
            retry_after=None if retry_after is None else int(retry_after),
        )
