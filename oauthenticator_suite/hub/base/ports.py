"""What every refresh needs of an authenticator to decide again about a signed-in user."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from ...policy.access import Decision
from ...policy.identity import Identity
from .hooks import ReconcileHook
from .managed_roles import ManagedRoles
from .option_rules import OptionRules


class DecidesAgain(Protocol):
    """The part of `SuiteAuthenticator` that a refresh uses. The options' help is in `hub.options`."""

    enable_auth_state: bool
    refresh_user_hook: Any
    group_roles: dict[str, list[str]]
    managed_roles: ManagedRoles
    reconcile: ReconcileHook
    log: Logger | LoggerAdapter[Any]

    def hub_groups(self, names: Collection[str]) -> list[str]:
        """The names as the Hub's groups have them."""

    def groups_named(self, names: Collection[str]) -> frozenset[str]:
        """The Hub groups that names in options mean."""

    @property
    def option_rules(self) -> OptionRules:
        """The access rules that options define."""

    async def facts_about(self, username: str) -> Mapping[str, Any]:
        """Data for access rules that the login does not have."""

    async def readmit(
        self,
        username: str,
        auth_model: dict[str, Any],
        identity: Identity | None = None,
        facts: Mapping[str, Any] | None = None,
    ) -> Decision:
        """Decide again about a signed-in user; raises `AccessDenied`."""

    def decide(self, username: str, auth_model: Mapping[str, Any] | None) -> Decision:
        """The decision of the rules alone, without overrides."""
