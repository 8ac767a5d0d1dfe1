"""The facts that are observed. Each is an immutable value, stated once, where it happens.

A fact contains no token, secret, password or e-mail address, and no claim but the ones named here. Observers may keep
usernames and addresses, or replace them by hashes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Ended = Literal[
    "logout", "provider_logout", "grant_ended", "outage", "no_login", "max_age", "idle", "asked", "other_browser",
    "denied", "other",
]  # fmt: skip
"""Why sessions have ended: the values of `hub.sessions.outcome.Reason`."""


BoundHow = Literal["first_login", "by_name", "renamed"]
"""How an account was bound to a user of the provider."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """The base of all facts.

    Attributes
    ----------
    provider:
        The name of the way to sign in, as in URLs and options: ``github``, or the name of an entry of `suite-multi`.
        Empty for a fact about the whole Hub.
    """

    provider: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginBegan(Fact):
    """A browser was sent to the provider, or a form was submitted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginSucceeded(Fact):
    """A user has signed in.

    Attributes
    ----------
    username:
        The username on the Hub.
    seconds:
        From the callback, or the submitted form, to the response.
    is_new:
        Whether the login has created the account.
    """

    username: str
    seconds: float
    is_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedLogin(Fact):
    """A login did not succeed: the user is refused, or something failed.

    Attributes
    ----------
    error:
        The name of the error's class, such as ``AccessDenied`` or ``ProviderTimeout``. ``HTTPError`` if a hook or an
        override has responded with its own page.
    status:
        The HTTP status of the page.
    reference:
        The reference on the page and in the log line; empty for a form that is shown again and for JupyterHub's page.
    username:
        The username on the Hub; empty if it is not known.
    rule:
        The option or rule that refused the user; empty for other errors.
    code:
        The reason within the class: an `AttemptError.reason`, an OAuth error code, the claim of an `InvalidToken`; may
        be empty.
    seconds:
        From the callback, or the submitted form, to the error.
    """

    error: str
    status: int
    reference: str = ""
    username: str = ""
    rule: str = ""
    code: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRefused(Fact):
    """A user is known and refused at a login. The `FailedLogin` of the same login follows, with the same reference.

    Attributes
    ----------
    reference:
        The reference on the page and in the log line.
    username:
        The username on the Hub; empty if it is not known yet.
    rule:
        The rule that decided, or the method or hook that did.
    rules:
        Each rule as its kind (``required``, ``blocked``, ``admin``, ``allowed``), its name and its result: True, False,
        or None when it cannot tell. Empty when the user was refused before the rules were applied.
    groups:
        The names of the Hub groups that followed from the provider's data, sorted; None when groups are not known.
    """

    reference: str
    username: str
    rule: str
    rules: tuple[tuple[str, str, bool | None], ...] = ()
    groups: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refreshed(Fact):
    """A refresh of a signed-in user has an outcome.

    A refresh that asks the provider is one fact, however many requests wait for it. Any other answer to a request for
    which a refresh was due is one as well.

    Attributes
    ----------
    username:
        The username on the Hub.
    outcome:
        ``valid``, ``unknown`` (the provider was not or could not be asked, and the user stays), ``sign_in_again`` or
        ``denied``.
    rule:
        The rule that denies the user; may be empty.
    reason:
        Why the user must sign in again; empty for other outcomes.
    asked:
        Whether the provider was asked.
    """

    username: str
    outcome: Literal["valid", "unknown", "sign_in_again", "denied"]
    rule: str = ""
    reason: str = ""
    asked: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOut(Fact):
    """A user has logged out.

    Attributes
    ----------
    by:
        Who began it: the ``user`` on the Hub, or the ``provider`` by front channel or back channel.
    everywhere:
        Whether the user's sessions in other browsers have ended too.
    """

    username: str
    by: Literal["user", "provider"]
    everywhere: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionsEnded(Fact):
    """The sessions of one user, or of all users, in all browsers have ended.

    Attributes
    ----------
    username:
        The user; empty for all users.
    reason:
        Why.
    by:
        The administrator or service that asked for it; empty for other reasons.
    """

    username: str
    reason: Ended
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RightsChanged(Fact):
    """A login, refresh or denial has changed the rights of a user.

    Attributes
    ----------
    admin:
        The new admin right; None when it has not changed.
    groups_gained, groups_lost, roles_gained, roles_lost:
        Names, sorted.
    """

    username: str
    admin: bool | None = None
    groups_gained: tuple[str, ...] = ()
    groups_lost: tuple[str, ...] = ()
    roles_gained: tuple[str, ...] = ()
    roles_lost: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountBound(Fact):
    """An account belongs to a user of the provider from this login on, or was found for a user with another name.

    Attributes
    ----------
    username:
        The name of the account.
    how:
        ``first_login``: nothing was recorded of the account. ``by_name``: it belonged to another user, and
        `rebind_accounts_by_name` is set. ``renamed``: `follow_renames` has found the account of a user who has another
        name at the provider than in the stored data. After a refresh that has stored the new name it is not stated.
    """

    username: str
    how: BoundHow


@dataclass(frozen=True, slots=True, kw_only=True)
class Throttled(Fact):
    """The password of a login with a form was not checked, because too many logins have failed.

    Attributes
    ----------
    scope:
        What has had too many failures: the ``pair`` of a username and an address or browser, the ``username`` from
        whatever address, or the ``address`` with whatever usernames.
    seconds:
        How long it has to wait.
    """

    scope: Literal["pair", "username", "address"]
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAnswered(Fact):
    """A request to the provider has ended.

    Attributes
    ----------
    request:
        The kind of the request: one of `metrics.labels.REQUEST_VALUES`, such as ``token`` or ``userinfo``. A label may
        have the name of an organization, or be an operator's own text, and is never a part of a fact.
    result:
        The HTTP status, such as ``200``, the name of the error's class, or ``cancelled``.
    seconds:
        From the call to the end of the response; waiting for a free connection counts.
    """

    request: str
    result: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderHealth(Fact):
    """The provider no longer answers, or answers again: the circuit breaker has opened or closed.

    Attributes
    ----------
    is_up:
        Whether it answers.
    reason:
        The name of the error's class, such as ``ProviderTimeout``; empty when it answers.
    """

    is_up: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured(Fact):
    """The Hub has started with this way to sign in.

    Attributes
    ----------
    authenticator_class:
        The name of its class.
    version:
        The version of this package.
    findings:
        How many findings of each severity the start-up checks have.
    settings:
        Options that change who can sign in and how long a session lasts, without secrets and names.
    """

    authenticator_class: str
    version: str
    findings: Mapping[str, int] = field(default_factory=dict)
    settings: Mapping[str, Any] = field(default_factory=dict)


FACTS: tuple[type[Fact], ...] = (
    LoginBegan,
    LoginSucceeded,
    FailedLogin,
    UserRefused,
    Refreshed,
    LoggedOut,
    SessionsEnded,
    RightsChanged,
    AccountBound,
    Throttled,
    ProviderAnswered,
    ProviderHealth,
    Configured,
)
"""All classes of facts."""
