"""What cannot be right between several ways to sign in, though each would be by itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from jupyterhub.auth import Authenticator, LocalAuthenticator
from traitlets import TraitError

from ...errors import ConfigurationError
from ...hub.oauth.authenticator import OAuthenticator
from .child_config import USERS
from .entries import Entry

if TYPE_CHECKING:
    from ..authenticator import MultiAuthenticator


@contextmanager
def told_of(which: str) -> Iterator[None]:
    """What is wrong with a child's configuration is said of `which`: several may be of one class."""
    try:
        yield
    except ConfigurationError as error:
        raise ConfigurationError(f"{which}: {error.detail}") from None
    except TraitError as error:
        raise ConfigurationError(f"{which}: {error}") from None


def check_children(multi: MultiAuthenticator, entries: Collection[Entry]) -> None:
    """Refuse to start with children that are in each other's way.

    Raises
    ------
    ConfigurationError
        Naming the option and the mend.
    """
    name = f"c.{type(multi).__name__}"
    if multi.unclaimed_accounts and multi.unclaimed_accounts not in multi.children:
        raise ConfigurationError(
            f"{name}.unclaimed_accounts is {multi.unclaimed_accounts!r}, which is none of {', '.join(multi.children)}"
        )
    if multi.unclaimed_accounts and multi.username_collision != "reject":
        raise ConfigurationError(f"{name}.unclaimed_accounts has a use with username_collision = 'reject' alone")
    first, *others = multi.children.values()
    if multi.auto_login and (others or multi.has_form(first)):
        raise ConfigurationError(f"{name}.auto_login would have to choose: remove it")
    for provider, child in multi.children.items():
        if child.enable_auth_state != multi.enable_auth_state:
            raise ConfigurationError(
                f"enable_auth_state of {provider} is {child.enable_auth_state}, but {name}.enable_auth_state is "
                f"{multi.enable_auth_state}: set it there alone, for all"
            )
        if child.auto_login:
            raise ConfigurationError(f"auto_login of {provider} has no use beside others: remove it")
        _check_own_names(provider, child)
    _check_prefixes(multi, entries)
    _check_names(multi, entries)
    _check_redirect_uris(multi.children)
    _check_secrets(multi.children)


def _check_own_names(provider: str, child: Authenticator) -> None:
    """A name with the provider in front would be nobody's here: a block would block nobody."""
    for option in USERS:
        for name in getattr(child, option):
            if name.startswith(f"{provider}:"):
                raise ConfigurationError(
                    f"{option} of {provider} has {name!r}: in its own options, names have nothing in front"
                )


def _check_prefixes(multi: MultiAuthenticator, entries: Iterable[Entry]) -> None:
    prefixing = multi.username_collision == "prefix"
    bare = []
    for entry in entries:
        if entry.prefix and entry.prefix != f"{entry.provider}:":
            raise ConfigurationError(f"{entry.where}: prefix may be empty, and else is '{entry.provider}:' by itself")
        if entry.prefix is not None and not prefixing:
            raise ConfigurationError(f"{entry.where}: prefix has a use with username_collision = 'prefix' alone")
        if entry.prefix == "":
            bare.append(entry)
        elif prefixing and issubclass(entry.authenticator_class, LocalAuthenticator):
            raise ConfigurationError(
                f"{entry.where}: its people are users of this system, where they have no prefix: set its prefix to ''"
            )
    if len(bare) > 1:
        raise ConfigurationError(f"{bare[0].where} and {bare[1].where} are both without a prefix: only one may be")


def _check_names(multi: MultiAuthenticator, entries: Iterable[Entry]) -> None:
    """Nobody can choose between two that are called the same."""
    shown: dict[str, Entry] = {}
    for entry in entries:
        name = multi.names[entry.provider]
        if name.casefold() in shown:
            other = shown[name.casefold()]
            called = f"called {name!r}" if name else "without a name"
            raise ConfigurationError(
                f"{other.where} and {entry.where} are both {called} on the sign-in page: give each a login_service of "
                "its own"
            )
        shown[name.casefold()] = entry


def _check_redirect_uris(children: dict[str, Authenticator]) -> None:
    """No two may share one (RFC 9700 §4.4.2.2), and each must lead to the child whose it is."""
    for provider, child in children.items():
        if not isinstance(child, OAuthenticator) or not child.oauth_callback_url:
            continue
        if not urlsplit(child.oauth_callback_url).path.endswith(f"/{child.paths.callback}"):
            raise ConfigurationError(
                f"oauth_callback_url of {provider} must end in /hub/{child.paths.callback}, as it is one of several: "
                "change it, and register it so at the provider"
            )


def _check_secrets(children: dict[str, Authenticator]) -> None:
    """No provider may be told another's secret, as happens when several take what is missing from the environment."""
    for (one, first), (two, second) in combinations(children.items(), 2):
        secret = getattr(first, "client_secret", "")
        if secret and secret == getattr(second, "client_secret", "") and _endpoints(first) != _endpoints(second):
            raise ConfigurationError(
                f"{one} and {two} have the same client_secret, but are two providers, and each would be told what the "
                "other is to keep secret: set client_id and client_secret in the config of each, and none of them in "
                "the environment"
            )


def _endpoints(child: Authenticator) -> tuple[str, ...]:
    return tuple(getattr(child, option, "") for option in ("issuer", "authorize_url", "token_url"))
