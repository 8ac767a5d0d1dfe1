"""Start-up checks across the children of `MultiAuthenticator`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.auth import Authenticator, LocalAuthenticator
from traitlets import TraitError

from ...errors import ConfigurationError
from ...hub.findings.finding import ERROR, WARNING, Check, Problem, check, section
from ...hub.oauth.authenticator import OAuthenticator
from ..child.base import has_form
from .child_config import refuse_ambiguous_names


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


@check(
    "several-owners-not-stored",
    ERROR,
    "`username_collision` is `reject` or `share`, and `enable_auth_state` is off.",
    "Set `enable_auth_state` to True, or `username_collision` to `prefix`.",
    stage="options",
)
def owners_not_stored(multi: Any) -> Iterator[Problem]:
    """The owner of an account is recorded in `auth_state`."""
    if multi.username_collision != "prefix" and not multi.enable_auth_state:
        yield Problem(
            "username_collision",
            f"= {multi.username_collision!r} needs {section(multi)}.enable_auth_state = True, because the owner of an "
            "account is recorded in auth_state",
            "Set that, or set it to 'prefix'",
        )


@check(
    "several-ambiguous-names",
    ERROR,
    "An option that grants rights by name is in a section that several children read.",
    "Set it in the `config` of one provider.",
    stage="children",
)
def ambiguous_names(multi: Any) -> Iterator[Problem]:
    """``alice`` of one provider is not ``alice`` of another."""
    if multi.username_collision != "share":
        refuse_ambiguous_names(multi, [entry.authenticator_class for entry in multi.entries])
    yield from ()


@check(
    "several-unclaimed-accounts",
    ERROR,
    "`unclaimed_accounts` is not the name of a provider, or `username_collision` is not `reject`.",
    "Correct the name, or remove the option.",
    stage="children",
)
def unclaimed_accounts(multi: Any) -> Iterator[Problem]:
    """Accounts without a recorded owner would stay without one."""
    if multi.unclaimed_accounts and multi.unclaimed_accounts not in multi.children:
        yield Problem(
            "unclaimed_accounts", f"is {multi.unclaimed_accounts!r}, which is not one of {', '.join(multi.children)}"
        )
    elif multi.unclaimed_accounts and multi.username_collision != "reject":
        yield Problem("unclaimed_accounts", "has an effect only with username_collision = 'reject'", "Remove it")


@check(
    "several-auto-login",
    ERROR,
    "`auto_login` is set with several providers, or with a form.",
    "Remove it.",
    stage="children",
)
def auto_login(multi: Any) -> Iterator[Problem]:
    """There is a choice to make."""
    first, *others = multi.children.values()
    if multi.auto_login and (others or has_form(first)):
        yield Problem("auto_login", "works only with one provider and without a form")
    for provider, child in multi.children.items():
        if child.auto_login:
            yield Problem("", f"auto_login of {provider} has no effect with several providers")


@check(
    "several-auth-state",
    ERROR,
    "`enable_auth_state` differs between a child and `MultiAuthenticator`.",
    "Set only `c.MultiAuthenticator.enable_auth_state`.",
    stage="children",
)
def different_auth_state(multi: Any) -> Iterator[Problem]:
    """The Hub has one setting."""
    name = section(multi)
    for provider, child in multi.children.items():
        if child.enable_auth_state != multi.enable_auth_state:
            yield Problem(
                "",
                f"enable_auth_state of {provider} is {child.enable_auth_state}, but {name}.enable_auth_state is "
                f"{multi.enable_auth_state}",
                f"Set only {name}.enable_auth_state, which applies to all children",
            )


@check(
    "several-prefixed-names",
    ERROR,
    "A child's own options contain names with a prefix, which match no user: a block would have no effect.",
    "Write names without a prefix in a child's own options.",
    stage="children",
)
def prefixed_names(multi: Any) -> Iterator[Problem]:
    """The prefix is added to the names of a child's users."""
    for (provider, option), names in multi.given_names.items():
        for name in sorted(names):
            if provider and name.startswith(f"{provider}:"):
                yield Problem(
                    "",
                    f"{option} of {provider} contains {name!r}",
                    "In a child's own options, write names without a prefix",
                )


@check(
    "several-invalid-names",
    ERROR,
    "`allowed_users` or `admin_users`, of the parent or of a child, has a name that no user of the Hub can have: it "
    "contains a slash, or does not match the child's `username_pattern`. JupyterHub may not start with such a user.",
    "Correct the name, or the pattern.",
    stage="children",
)
def invalid_names(multi: Any) -> Iterator[Problem]:
    """JupyterHub adds these users to its database when it starts, and refuses such a name without naming the option."""
    for (provider, option), names in multi.given_names.items():
        if option == "blocked_users":
            continue
        child = multi.children.get(provider)
        bad = sorted(name for name in names if "/" in name or (child is not None and not _can_be_user(child, name)))
        if bad:
            where = f"{option} of {provider}" if provider else f"c.{type(multi).__name__}.{option}"
            listed = ", ".join(map(repr, bad[:5])) + (f" and {len(bad) - 5} more" if len(bad) > 5 else "")
            yield Problem("", f"{where} has names that no user can have: {listed}", "Correct the names")


def _can_be_user(child: Authenticator, name: str) -> bool:
    return bool(child.validate_username(child.normalize_username(name)))


@check(
    "several-prefix",
    ERROR,
    "`prefix` of a child is not possible.",
    "Remove it, or set it as the message says.",
    stage="children",
)
def prefixes(multi: Any) -> Iterator[Problem]:
    """At most one child may have none."""
    prefixing = multi.username_collision == "prefix"
    bare = []
    for entry in multi.entries:
        if entry.prefix and entry.prefix != f"{entry.provider}:":
            yield Problem("", f"{entry.where}: prefix must be empty or '{entry.provider}:'")
        if entry.prefix is not None and not prefixing:
            yield Problem("", f"{entry.where}: prefix has an effect only with username_collision = 'prefix'")
        if entry.prefix == "":
            bare.append(entry)
        elif prefixing and issubclass(entry.authenticator_class, LocalAuthenticator):
            yield Problem(
                "",
                f"{entry.where}: its users are users of this system, whose names have no prefix",
                "Set its prefix to ''",
            )
    if len(bare) > 1:
        yield Problem(
            "", f"{bare[0].where} and {bare[1].where} are both without a prefix: at most one child may have none"
        )


@check(
    "several-button-names",
    ERROR,
    "Two children have the same name on the sign-in page.",
    "Give each a different `login_service`.",
    stage="children",
)
def button_names(multi: Any) -> Iterator[Problem]:
    """Users could not tell the providers apart."""
    shown: dict[str, Any] = {}
    for entry in multi.entries:
        name = multi.names[entry.provider]
        if name.casefold() in shown:
            other = shown[name.casefold()]
            called = f"called {name!r}" if name else "without a name"
            yield Problem(
                "",
                f"{other.where} and {entry.where} are both {called} on the sign-in page",
                "Give each a different login_service",
            )
        shown[name.casefold()] = entry


@check(
    "several-redirect-uri",
    ERROR,
    "`oauth_callback_url` of a child is not the URL of that child.",
    "Set it as the message says, and register it at the provider.",
    stage="children",
)
def redirect_uris(multi: Any) -> Iterator[Problem]:
    """No two children share a redirect URI (RFC 9700 §4.4.2.2)."""
    for provider, child in multi.children.items():
        if not isinstance(child, OAuthenticator) or not child.oauth_callback_url:
            continue
        if not urlsplit(child.oauth_callback_url).path.endswith(f"/{child.paths.callback}"):
            yield Problem(
                "",
                f"oauth_callback_url of {provider} must end in /hub/{child.paths.callback}, because it is a child of "
                "MultiAuthenticator",
                "Change it, and register it at the provider",
            )


@check(
    "several-secrets",
    ERROR,
    "Two different providers have the same client secret.",
    "Set `client_id` and `client_secret` in the `config` of each, and not in the environment.",
    stage="children",
)
def equal_secrets(multi: Any) -> Iterator[Problem]:
    """It happens when several children read it from the environment."""
    for (one, first), (two, second) in combinations(multi.children.items(), 2):
        secret = getattr(first, "client_secret", "")
        if secret and secret == getattr(second, "client_secret", "") and _endpoints(first) != _endpoints(second):
            yield Problem(
                "",
                f"{one} and {two} are different providers with the same client_secret, so each would receive the "
                "other's secret",
                "Set client_id and client_secret in the config of each, and not in the environment",
            )


def _endpoints(child: Authenticator) -> tuple[str, ...]:
    return tuple(getattr(child, option, "") for option in ("issuer", "authorize_url", "token_url"))


MULTI_CHECKS: tuple[Check, ...] = (
    owners_not_stored,
    nothing_stored,
    ambiguous_names,
    unclaimed_accounts,
    auto_login,
    different_auth_state,
    prefixed_names,
    invalid_names,
    prefixes,
    button_names,
    redirect_uris,
    equal_secrets,
)
"""The checks of several children on one Hub."""
