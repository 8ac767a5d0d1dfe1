"""The fact about the configuration with which the Hub has started."""

from __future__ import annotations

from collections import Counter
from typing import Any

from ..._version import __version__
from ..observe.facts import Configured
from .admitting import admitting_options, restricting_options

STATED_OPTIONS = (
    "allow_all",
    "allow_existing_users",
    "enable_auth_state",
    "manage_groups",
    "manage_roles",
    "auth_refresh_age",
    "refresh_pre_spawn",
    "refresh_outage_grace",
    "session_max_age",
    "session_idle_timeout",
    "revoke_tokens_on_denial",
    "stop_servers_on_denial",
    "rebind_accounts_by_name",
    "follow_renames",
)
"""Options that change who can sign in and how long a session lasts. Each is a number or True or False."""


def configured_foreign(provider: str, authenticator: Any) -> Configured:
    """The fact about a way to sign in whose class is of another package: the options that JupyterHub defines."""
    settings = _stated(authenticator)
    settings["blocked_users"] = len(authenticator.blocked_users)
    name = type(authenticator).__name__
    return Configured(provider=provider, authenticator_class=name, version=__version__, settings=settings)


def _stated(authenticator: Any) -> dict[str, Any]:
    return {name: getattr(authenticator, name) for name in STATED_OPTIONS if authenticator.has_trait(name)}


def configured(authenticator: Any) -> Configured:
    """The fact about this way to sign in. It names options, and no user, group or secret."""
    settings = _stated(authenticator)
    settings["admitting_options"] = tuple(admitting_options(authenticator))
    settings["restricting_options"] = tuple(restricting_options(authenticator))
    settings["blocked_users"] = len(authenticator.blocked_users)
    return Configured(
        provider=authenticator.observed_name,
        authenticator_class=type(authenticator).__name__,
        version=__version__,
        findings=Counter(str(finding.severity) for finding in authenticator.found_at_start),
        settings=settings,
    )
