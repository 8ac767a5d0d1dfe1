"""`SuiteError`, the base class of all errors, and the failures of the Hub itself."""

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


class DatabaseFailed(SuiteError):
    """The Hub's database could not be read or written. The session has been rolled back, so the next request works."""

    status = 503
    public_message = "The database of {hub} cannot be used, so nothing was changed. Please try again in a moment."


class HookError(SuiteError):
    """An operator's hook or override raised an exception, which is the `__cause__`."""

    public_message = "Your sign-in could not be finished. Please tell the administrators of {hub}."
