"""OAuth 2.0 and OpenID Connect: a login attempt, a response or a token that is not accepted."""

from __future__ import annotations

from collections.abc import Mapping

from .base import ConfigurationError, SuiteError


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


class StepUpRequired(TokenResponseError):
    """The provider demands another authentication of the user than that of the token (RFC 9470).

    `error` is ``invalid_token``.

    Attributes
    ----------
    demand:
        The parameters ``acr_values`` and ``max_age`` of a login that the provider would accept.
    """

    def __init__(self, demand: Mapping[str, str], detail: str) -> None:
        super().__init__("invalid_token", detail)
        self.demand = demand


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
