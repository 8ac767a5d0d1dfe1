"""Start-up checks across the children of `MultiAuthenticator`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Any, Protocol
from urllib.parse import urlsplit

from jupyterhub.auth import Authenticator, LocalAuthenticator
from traitlets import TraitError

from ...errors import ConfigurationError
from ...hub.findings.finding import WARNING, Problem, check
from ...hub.oauth.authenticator import OAuthenticator
from ..child.base import has_form
from .child_config import USERS
from .entries import Entry


class CheckedParent(Protocol):
    """The members of `MultiAuthenticator` that the checks read."""

    username_collision: str
    unclaimed_accounts: str
    auto_login: bool
    enable_auth_state: bool

    @property
    def children(self) -> dict[str, Authenticator]:
        """The child authenticators, by provider."""

    @property
    def names(self) -> dict[str, str]:
        """The names of the providers on the sign-in page, by provider."""


@check(
    "several-without-auth-state",
    WARNING,
    "`username_collision` is `prefix`, and `enable_auth_state` is not set.",
    "Set `c.MultiAuthenticator.enable_auth_state = True`. To go without, set it to False.",
    stage="options",
)
def nothing_stored(multi: Any) -> Iterator[Problem]:
    """The default is off with prefixes, which tell the owners of accounts without a record."""
    is_set = any("enable_auth_state" in multi.config[name] for name in multi.section_names() if name in multi.config)
    if not multi.enable_auth_state and not is_set:
        yield Problem(
            "enable_auth_state",
            "is not set, and is off with username_collision = 'prefix': no provider is asked about signed-in users. "
            "The Hub does not notice that a provider has blocked a user, has taken away a group or a right, or has "
            "revoked the tokens, nor that the name has another owner there",
        )


@contextmanager
def naming_child(child: str) -> Iterator[None]:
    """Add the name of the child to configuration errors, because several children may have the same class.

    Raises
    ------
    ConfigurationError
        For a `ConfigurationError` or `TraitError` in the ``with`` block.
    """
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{child}: {error.detail}") from None
    except TraitError as error:
        raise ConfigurationError(f"{child}: {error}") from None


def check_children(multi: CheckedParent, entries: Collection[Entry]) -> None:
    """Check that the children can be used together.

    Parameters
    ----------
    multi:
        The `MultiAuthenticator`.
    entries:
        The entries of all children.

    Raises
    ------
    ConfigurationError
        The detail names the option and the fix.
    """
    name = f"c.{type(multi).__name__}"
    if multi.unclaimed_accounts and multi.unclaimed_accounts not in multi.children:
        raise ConfigurationError(
            f"{name}.unclaimed_accounts is {multi.unclaimed_accounts!r}, which is not one of "
            f"{', '.join(multi.children)}"
        )
    if multi.unclaimed_accounts and multi.username_collision != "reject":
        raise ConfigurationError(f"{name}.unclaimed_accounts has an effect only with username_collision = 'reject'")
    first, *others = multi.children.values()
    if multi.auto_login and (others or has_form(first)):
        raise ConfigurationError(f"{name}.auto_login works only with one provider and without a form: remove it")
    for provider, child in multi.children.items():
        if child.enable_auth_state != multi.enable_auth_state:
            raise ConfigurationError(
                f"enable_auth_state of {provider} is {child.enable_auth_state}, but {name}.enable_auth_state is "
                f"{multi.enable_auth_state}: set only {name}.enable_auth_state, which applies to all children"
            )
        if child.auto_login:
            raise ConfigurationError(f"auto_login of {provider} has no effect with several providers: remove it")
        _check_own_names(provider, child)
    _check_prefixes(multi, entries)
    _check_names(multi, entries)
    _check_redirect_uris(multi.children)
    _check_secrets(multi.children)


def _check_own_names(provider: str, child: Authenticator) -> None:
    """Refuse prefixed names in a child's own options: they match no user, so a block would have no effect."""
    for option in USERS:
        for name in getattr(child, option):
            if name.startswith(f"{provider}:"):
                raise ConfigurationError(
                    f"{option} of {provider} contains {name!r}: in a child's own options, write names without a prefix"
                )


def _check_prefixes(multi: CheckedParent, entries: Iterable[Entry]) -> None:
    prefixing = multi.username_collision == "prefix"
    bare = []
    for entry in entries:
        if entry.prefix and entry.prefix != f"{entry.provider}:":
            raise ConfigurationError(f"{entry.where}: prefix must be empty or '{entry.provider}:'")
        if entry.prefix is not None and not prefixing:
            raise ConfigurationError(f"{entry.where}: prefix has an effect only with username_collision = 'prefix'")
        if entry.prefix == "":
            bare.append(entry)
        elif prefixing and issubclass(entry.authenticator_class, LocalAuthenticator):
            raise ConfigurationError(
                f"{entry.where}: its users are users of this system, whose names have no prefix: set its prefix to ''"
            )
    if len(bare) > 1:
        raise ConfigurationError(
            f"{bare[0].where} and {bare[1].where} are both without a prefix: at most one child may have none"
        )


def _check_names(multi: CheckedParent, entries: Iterable[Entry]) -> None:
    """Refuse equal names on the sign-in page, because users could not tell the providers apart."""
    shown: dict[str, Entry] = {}
    for entry in entries:
        name = multi.names[entry.provider]
        if name.casefold() in shown:
            other = shown[name.casefold()]
            called = f"called {name!r}" if name else "without a name"
            raise ConfigurationError(
                f"{other.where} and {entry.where} are both {called} on the sign-in page: give each a different "
                "login_service"
            )
        shown[name.casefold()] = entry


def _check_redirect_uris(children: dict[str, Authenticator]) -> None:
    """Check that each redirect URI leads to its child, so that no two children share one (RFC 9700 §4.4.2.2)."""
    for provider, child in children.items():
        if not isinstance(child, OAuthenticator) or not child.oauth_callback_url:
            continue
        if not urlsplit(child.oauth_callback_url).path.endswith(f"/{child.paths.callback}"):
            raise ConfigurationError(
                f"oauth_callback_url of {provider} must end in /hub/{child.paths.callback}, because it is a child of "
                "MultiAuthenticator: change it, and register it at the provider"
            )


def _check_secrets(children: dict[str, Authenticator]) -> None:
    """Refuse one client secret for two providers, which happens when several children read it from the environment."""
    for (one, first), (two, second) in combinations(children.items(), 2):
        secret = getattr(first, "client_secret", "")
        if secret and secret == getattr(second, "client_secret", "") and _endpoints(first) != _endpoints(second):
            raise ConfigurationError(
                f"{one} and {two} are different providers with the same client_secret, so each would receive the "
                "other's secret: set client_id and client_secret in the config of each, and not in the environment"
            )


def _endpoints(child: Authenticator) -> tuple[str, ...]:
    return tuple(getattr(child, option, "") for option in ("issuer", "authorize_url", "token_url"))
