"""The facts about logins that have failed."""

from __future__ import annotations

from tornado import web

from ...errors import SuiteError
from ..observe.facts import FailedLogin

_CODES = ("reason", "error", "claim")
"""The attributes of errors that have the reason within a class of errors."""

_MAX_CODE = 64


def failed_login(error: SuiteError | web.HTTPError, provider: str, seconds: float, username: str = "") -> FailedLogin:
    """The fact about a login that has failed with `error`.

    Parameters
    ----------
    provider:
        The name of the way to sign in.
    seconds:
        How long the login took, from the callback or the submitted form.
    username:
        The name of the account that the user has named, if there is one; otherwise, the error may know it.
    """
    if isinstance(error, web.HTTPError):
        reference = str(getattr(error, "reference", ""))
        return FailedLogin(
            provider=provider,
            error="HTTPError",
            status=error.status_code,
            reference=reference,
            username=username,
            seconds=seconds,
        )
    return FailedLogin(
        provider=provider,
        error=type(error).__name__,
        status=error.status,
        reference=error.reference or "",
        username=str(getattr(error, "username", None) or username),
        rule=str(getattr(error, "rule", "")),
        code=_code(error),
        seconds=seconds,
    )


def _code(error: SuiteError) -> str:
    """The reason within the class; a provider's own code only if it is an ordinary word (RFC 6749 §4.1.2.1)."""
    value = next((str(getattr(error, name)) for name in _CODES if hasattr(error, name)), "")
    plain = value.isascii() and value.replace("_", "").replace("-", "").replace(" ", "").isalnum()
    return value if plain and len(value) <= _MAX_CODE else ""
