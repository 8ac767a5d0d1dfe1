"""The exceptions of this package: one tree of classes.

::

    SuiteError                         .status  .public_message  .detail  .reference  .retry
    ├── ConfigurationError       500   an option is wrong; the detail names it and the fix
    ├── AttemptError             400   the login attempt is missing, expired, used, or belongs to another provider
    ├── AuthorizationResponseError 400/403   the authorization response is an error or invalid
    ├── TokenResponseError       502   the token endpoint returned an error or an invalid response
    │   ├── InvalidGrant         400   the code or refresh token is expired, used, revoked or unknown
    │   └── ClientRefused        502   the provider refuses this Hub: an unknown or disabled client, or a wrong secret
    ├── InvalidToken             502   a signed token fails a check: .claim, .expected
    │   ├── ClockDifference      502   only the times in the token fail: the two clocks differ
    │   └── InsufficientAuthentication 403   the user has not signed in at the provider as demanded
    ├── IdentityError            403   the provider's data contain no acceptable account
    │   └── AccountConflict      409   the account of this name belongs to another subject
    ├── TransportError           502   a request to the provider failed
    │   ├── ProviderUnreachable  502   no connection, or a 5xx response
    │   ├── ProviderTimeout      504   no response in time
    │   ├── ProviderBusy         503   429 or 503: .retry_after, in seconds
    │   │   └── UserLimit        503   429 or a used-up quota, on one user's token
    │   └── InvalidResponse      502   a malformed or too large response
    │       └── IncompleteAnswer 502   the provider leaves out data that an access rule needs
    ├── LoginFailed              403   unknown username or wrong password
    ├── TooManyAttempts          429   too many failed logins; the password was not checked: .retry_after, in seconds
    ├── AccountUnusable          403   right password, but the account is expired or locked
    ├── AccessDenied             403   the user is known but not allowed: .rule
    ├── UnreadableRecord     409   the record of an account's login cannot be decrypted: .username
    ├── DatabaseFailed       503/500   the Hub's database could not be read or written
    └── HookError                500   an operator's hook or override raised an exception

`public_message` is safe to show to every user. In it, ``{provider}`` and ``{hub}`` stand for the names of the provider
and the Hub, and the page that shows it fills them in. `detail` is for the log only. Neither contains secrets: an error
describes received data by type, length or claim name, and never contains the value of a token.
"""

from __future__ import annotations


class SuiteError(Exception):
    """Base class of all exceptions of this package.

    Parameters
    ----------
    detail:
        Describes the failure in the operator's log. It must not contain secrets such as the value of a token.
    public_message:
        The sentence that the user sees, as plain text. Default: the class's sentence.
    status:
        The HTTP status. Default: the class's status.

    Attributes
    ----------
    reference:
        A short code that the error page and the log line share. It is set when the error is shown on a page.
    retry:
        Whether the error page offers to start the login again.
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
    """An option is wrong. The detail names the option, the problem and the fix."""

    public_message = (
        "There is a mistake in the configuration, and you cannot fix it yourself. "
        "Please tell the administrators of {hub}."
    )
    retry = False


class AttemptError(SuiteError):
    """The browser returned from the provider without a valid login attempt.

    Attributes
    ----------
    reason:
        ``missing``, ``expired``, ``used`` or ``mismatch``.
    next_url:
        The page of the Hub that the user wanted, if the attempt says so; else an empty string.
    """

    status = 400
    SENTENCES = {
        "missing": "This sign-in was started in another browser or tab, or it is already finished.",
        "expired": "This sign-in took too long, so it was stopped to keep your account safe.",
        "used": "This sign-in was already used. Each one works only once.",
        "mismatch": "Two sign-ins were under way at the same time and got mixed up.",
    }

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or f"login attempt {reason}", public_message=self.SENTENCES[reason])
        self.reason = reason
        self.next_url = ""


class AuthorizationResponseError(SuiteError):
    """The authorization response is an error or invalid (RFC 6749 §4.1.2.1, RFC 9207 §2.4).

    Attributes
    ----------
    error:
        The provider's error code, or a code of the failed check, such as ``invalid_state``.
    """

    status = 400
    public_message = "The answer from {provider} could not be accepted."

    def __init__(
        self, error: str, detail: str = "", *, public_message: str | None = None, status: int | None = None
    ) -> None:
        super().__init__(detail or error, public_message=public_message, status=status)
        self.error = error


class TokenResponseError(SuiteError):
    """The token endpoint returned an error (RFC 6749 §5.2) or an invalid token response (§5.1).

    Attributes
    ----------
    error:
        The provider's error code, or ``invalid_response``.
    """

    status = 502
    public_message = "This sign-in was not confirmed by {provider}."

    def __init__(self, error: str, detail: str = "") -> None:
        super().__init__(detail or error)
        self.error = error


class InvalidGrant(TokenResponseError):
    """``invalid_grant``: the code or refresh token is expired, revoked, used, or was issued to another client."""

    status = 400
    public_message = "The sign-in at {provider} has expired or was already used."


class ClientRefused(TokenResponseError):
    """The provider refuses this Hub, and so all users: the client is unknown or disabled, or its secret is wrong.

    Attributes
    ----------
    credentials:
        Whether the provider refuses the client's credentials. It has then not used the code or refresh token of the
        request (RFC 6749 §3.2.1 and §5.2), so that the same request may be sent with another secret.
    """

    credentials: bool = False
    public_message = ConfigurationError.public_message
    retry = False


class InvalidToken(SuiteError):
    """A signed token fails a check.

    Attributes
    ----------
    claim:
        The claim or check that failed.
    expected:
        The value that would have passed, if it may be logged; else an empty string.
    """

    status = 502
    public_message = "The proof of your identity from {provider} could not be verified."

    def __init__(self, claim: str, detail: str = "", *, expected: str = "") -> None:
        super().__init__(detail or f"{claim} is not valid")
        self.claim = claim
        self.expected = expected


class ClockDifference(InvalidToken):
    """A time in a signed token is outside of `clock_tolerance`: the clocks of the provider and the Hub differ.

    It says nothing about the user. At a refresh, the user stays signed in for the grace period.
    """

    public_message = (
        "The clocks of {provider} and {hub} differ too much to sign you in. Please tell the administrators of {hub}."
    )


class InsufficientAuthentication(InvalidToken):
    """The ID token does not show that the user has signed in at the provider as `extra_authorize_params` demand."""

    status = 403
    public_message = (
        "You did not sign in at {provider} the way that {hub} demands, such as just now, or with a second factor."
    )


class IdentityError(SuiteError):
    """The provider's data contain no acceptable account: no name, an unsafe name, or contradictory subjects."""

    status = 403
    public_message = "The answer from {provider} has no username that {hub} can use."
    retry = False


class AccountConflict(IdentityError):
    """The Hub has an account of this name, and it belongs to another subject at the provider.

    Attributes
    ----------
    username:
        The name of the account; empty if the page must not show it.
    owner:
        The provider that the account belongs to, by its name in URLs; empty if it is not known.
    """

    status = 409
    public_message = "On {hub}, this name belongs to another account. Please ask the administrators of {hub}."

    def __init__(
        self, detail: str = "", *, public_message: str | None = None, username: str = "", owner: str = ""
    ) -> None:
        super().__init__(detail, public_message=public_message)
        self.username = username
        self.owner = owner


class TransportError(SuiteError):
    """A request to the provider failed.

    Attributes
    ----------
    answered:
        Whether the provider had begun a response with status 2xx: it has then acted on the request.
    fault:
        Where the connection failed: ``dns``, ``connect``, ``proxy``, ``certificate``, ``tls`` (the handshake) or
        ``broken``; empty for anything else.
    """

    answered: bool = False
    fault: str = ""

    status = 502
    public_message = "It may be a short interruption there or on the way."


class ProviderUnreachable(TransportError):
    """The connection failed (DNS, TCP, TLS) or was lost, or the provider responded with a 5xx status."""


class ProviderTimeout(TransportError):
    """The provider did not send a complete response within the time limit."""

    status = 504
    public_message = "We waited, but no answer came in time."


class ProviderBusy(TransportError):
    """The provider limits requests (429) or is temporarily unavailable (503).

    Attributes
    ----------
    retry_after:
        How long the provider asks the client to wait, in seconds; None if it does not say.
    """

    status = 503
    public_message = "There are very many requests at the moment."

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class UserLimit(ProviderBusy):
    """The provider limits requests with one user's access token. This says nothing about other users."""


class InvalidResponse(TransportError):
    """The provider's response is too large, has the wrong media type, or is malformed."""

    public_message = "An answer came, but it could not be read or verified."


class IncompleteAnswer(InvalidResponse):
    """The provider leaves out data that an access rule needs, and would do so again."""

    public_message = (
        "From {provider}, {hub} does not get all that it needs to know about you, such as your groups. "
        "Please tell the administrators of {hub}."
    )
    retry = False


class LoginFailed(SuiteError):
    """The username is unknown or the password is wrong. Only the log states which.

    With `slowed`, the public message adds that responses are now delayed.
    """

    status = 403
    public_message = "This username and password do not match. Please check both and try again."
    _SLOWED = (
        "This username and password do not match. Please check both and try again. "
        "After several tries, each answer takes a little longer."
    )

    def __init__(self, detail: str = "", *, slowed: bool = False) -> None:
        super().__init__(detail, public_message=self._SLOWED if slowed else None)


class TooManyAttempts(SuiteError):
    """Too many logins have failed for this username or from this address. `retry_after` is in seconds.

    `scope` is what has had too many failures: ``pair``, ``username`` or ``address``.
    """

    status = 429
    public_message = "There were too many tries. Please take a short break."

    def __init__(self, detail: str = "", *, retry_after: float, scope: str = "pair") -> None:
        super().__init__(detail)
        self.retry_after = retry_after
        self.scope = scope


class AccountUnusable(SuiteError):
    """The password is right, but the account is expired or locked, or its password must be changed first."""

    status = 403
    public_message = "Your password is right, but the account has expired or needs a new password."
    retry = False


class AccessDenied(SuiteError):
    """The user is authenticated but not allowed to use the Hub.

    Attributes
    ----------
    rule:
        The option or rule that denied the user.
    username:
        The user's name on the Hub, or None if it is not known.
    barred:
        True when a blocked or required rule denied the user, which no other rule overrides.
    gone:
        True when the account no longer exists where the user signed in.
    """

    status = 403
    public_message = (
        "Only certain accounts can use {hub}, and this one is not among them yet. Please ask its administrators."
    )
    retry = False

    def __init__(
        self,
        rule: str,
        detail: str = "",
        *,
        public_message: str | None = None,
        username: str | None = None,
        gone: bool = False,
    ) -> None:
        super().__init__(detail or "refused", public_message=public_message)
        self.rule = rule
        self.username = username
        self.gone = gone
        self.barred = False


class UnreadableRecord(SuiteError):
    """The stored `auth_state` of an account cannot be decrypted: whose account it is, is unknown.

    Attributes
    ----------
    username:
        The name of the account on the Hub.
    """

    status = 409
    public_message = AccountConflict.public_message
    retry = False

    def __init__(self, username: str, reason: str) -> None:
        super().__init__(
            f"the auth_state of {username!r} cannot be decrypted ({reason}): it was encrypted with another key. Add "
            "that key to JUPYTERHUB_CRYPT_KEY, after the present one and a semicolon"
        )
        self.username = username


class DatabaseFailed(SuiteError):
    """The Hub's database could not be read or written. The session has been rolled back, so the next request works."""

    status = 503
    public_message = "The database of {hub} cannot be used, so nothing was changed. Please try again in a moment."


class HookError(SuiteError):
    """An operator's hook or override raised an exception, which is the `__cause__`."""

    public_message = "Your sign-in could not be finished. Please tell the administrators of {hub}."
