"""Everything that can go wrong, as one tree.

::

    SuiteError                         .status  .public_message  .detail  .reference  .retry
    ├── ConfigurationError       500   an option is wrong: names it, and how to mend it
    ├── AttemptError             400   the login attempt is missing, expired, used or another's
    ├── AuthorizationResponseError 400/403   the provider (or somebody) sent the browser back with a refusal or nonsense
    ├── TokenResponseError       502   the token endpoint refused or answered nonsense
    │   └── InvalidGrant         400   the code or refresh token is not good (any more)
    ├── InvalidToken             502   a signed token fails a check: .claim, .expected
    ├── IdentityError            403   the provider's data make no acceptable account
    │   └── AccountConflict      409   the account of this name belongs to another subject
    ├── TransportError           502   the provider could not be talked to
    │   ├── ProviderUnreachable  502   no connection, or a 5xx answer
    │   ├── ProviderTimeout      504   no answer in time
    │   ├── ProviderBusy         503   429 or 503: .retry_after, seconds
    │   └── InvalidResponse      502   an answer that cannot be read, or is too large
    ├── LoginFailed              403   what was typed into a form is no name with its password
    ├── TooManyAttempts          429   too many of those, so that this one is not looked at: .retry_after, seconds
    ├── AccountUnusable          403   the right password of an account that may not be used now
    ├── AccessDenied             403   known, but may not come in: .rule
    └── HookError                500   an operator's own hook or override raised

`public_message` is safe to show to anybody and `detail` is for the log alone. Neither may hold a secret: who raises
an error describes what was received (its type, its length, the name of a claim), never the value of a token.
"""

from __future__ import annotations


class SuiteError(Exception):
    """The root of the tree: a failure with a status, a safe sentence, and a detail for the log.

    Parameters
    ----------
    detail:
        What happened, for the operator's log. No secrets; no values of tokens.
    public_message:
        Replaces the class's sentence on the page that the user sees. Plain text.
    status:
        Replaces the class's HTTP status.

    `reference` is stamped by the hub floor when the error reaches a page; the log line bears the same.
    `retry` says whether the page should offer to start the login again.
    """

    status: int = 500
    public_message: str = "Something went wrong while signing you in."
    retry: bool = True

    def __init__(self, detail: str = "", *, public_message: str | None = None, status: int | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.reference: str | None = None
        if public_message is not None:
            self.public_message = public_message
        if status is not None:
            self.status = status

    def __str__(self) -> str:
        return self.detail or self.public_message


class ConfigurationError(SuiteError):
    """An option cannot be right. The detail names the option, what is wrong with it, and the mend."""

    public_message = "Signing in is not set up correctly on this hub. Please tell the hub's administrator."
    retry = False


class AttemptError(SuiteError):
    """The browser came back without a login attempt of ours that could be finished.

    `reason` is one of ``missing``, ``expired``, ``used``, ``mismatch``.
    """

    status = 400
    _SENTENCES = {
        "missing": "This sign-in was not started in this browser, was started too long ago, or is finished already.",
        "expired": "This sign-in took too long and has expired.",
        "used": "This sign-in has already been used.",
        "mismatch": "This sign-in belongs to another login service.",
    }

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or f"login attempt {reason}", public_message=self._SENTENCES[reason])
        self.reason = reason


class AuthorizationResponseError(SuiteError):
    """The authorization response is an error or is not valid (RFC 6749 §4.1.2.1, RFC 9207 §2.4).

    `error` is the error code that was received, or a short word of ours.
    """

    status = 400
    public_message = "The login service's answer was not one that this hub can accept."

    def __init__(
        self, error: str, detail: str = "", *, public_message: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(detail or error, public_message=public_message, status=status)
        self.error = error


class TokenResponseError(SuiteError):
    """The token endpoint answered with an error (RFC 6749 §5.2) or with something that is no token response (§5.1)."""

    status = 502
    public_message = "The login service did not confirm this sign-in."

    def __init__(self, error: str, detail: str = "") -> None:
        super().__init__(detail or error)
        self.error = error


class InvalidGrant(TokenResponseError):
    """``invalid_grant``: the code or refresh token is expired, revoked, used, or was issued to somebody else."""

    status = 400
    public_message = "The login service says that this sign-in has expired or was already used."


class InvalidToken(SuiteError):
    """A token that must be verified fails a check. `claim` names the check, `expected` what would have been right."""

    status = 502
    public_message = "The login service's proof of who you are could not be verified."

    def __init__(self, claim: str, detail: str = "", *, expected: str = "") -> None:
        super().__init__(detail or f"{claim} is not valid")
        self.claim = claim
        self.expected = expected


class IdentityError(SuiteError):
    """What the provider says about the user makes no account here: no name, a hostile name, two different subjects."""

    status = 403
    public_message = "The login service did not send a name for you that this hub can use."
    retry = False


class AccountConflict(IdentityError):
    """The Hub has an account of this name, and it is somebody else's at the provider."""

    status = 409
    public_message = (
        "This hub has an account of your name already, and it belongs to somebody else at the login service. "
        "Please ask the hub's administrator."
    )


class TransportError(SuiteError):
    """A request to the provider failed."""

    status = 502
    public_message = (
        "The login service could not be reached, or has a problem. "
        "Please try again; if it goes on like this, please tell the hub's administrator."
    )


class ProviderUnreachable(TransportError):
    """No connection (DNS, TCP, TLS), a connection that broke, or a 5xx answer."""


class ProviderTimeout(TransportError):
    """No complete answer within the time allowed."""

    status = 504
    public_message = "The login service did not answer in time."


class ProviderBusy(TransportError):
    """The provider asks to be left alone for a while (429, or 503). `retry_after` is in seconds, or None."""

    status = 503
    public_message = "The login service is busy at the moment. Please try again a little later."

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class InvalidResponse(TransportError):
    """An answer that is too large, of the wrong type, or not well-formed."""

    public_message = "The login service sent an answer that this hub cannot read."


class LoginFailed(SuiteError):
    """A name that is not known or a password that is not its own: which of them, only the log says.

    With `slowed` the sentence adds that answers take longer now.
    """

    status = 403
    public_message = "Invalid username or password."
    _SLOWED = "Invalid username or password. After several failures, an answer takes longer."

    def __init__(self, detail: str = "", *, slowed: bool = False) -> None:
        super().__init__(detail, public_message=self._SLOWED if slowed else None)


class TooManyAttempts(SuiteError):
    """Too many logins have failed for a name or from an address. `retry_after` is in seconds."""

    status = 429
    public_message = "Too many sign-ins have failed. Please wait a little, then try again."

    def __init__(self, detail: str = "", *, retry_after: float) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class AccountUnusable(SuiteError):
    """The password is right, and the account has expired, is locked, or must change its password first."""

    status = 403
    public_message = (
        "Your account on this machine cannot be used at the moment: it has expired, or its password must be changed. "
        "Please ask the hub's administrator."
    )
    retry = False


class AccessDenied(SuiteError):
    """The user is who they say, and may not come in. `rule` decided; `username` is the user, where known.

    `barred` is True when the rule is a block or a restriction, which no other rule overrides.
    """

    status = 403
    public_message = "You are not allowed to use this hub. If you think you should be, please ask its administrator."
    retry = False

    def __init__(
        self, rule: str, detail: str = "", *, public_message: str | None = None, username: str | None = None
    ) -> None:
        super().__init__(detail or "refused", public_message=public_message)
        self.rule = rule
        self.username = username
        self.barred = False


class HookError(SuiteError):
    """An operator's hook or overriding method raised. The original exception is the `__cause__`."""

    public_message = "This hub could not finish signing you in. Please tell the hub's administrator."
