"""A user who does not get in: no acceptable account, a wrong password, or no permission."""

from __future__ import annotations

from .base import SuiteError


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
