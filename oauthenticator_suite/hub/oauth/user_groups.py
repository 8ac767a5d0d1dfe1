"""The groups of a user, from `auth_state`: by `auth_state_groups_key`, and from entitlements."""

from __future__ import annotations

from collections.abc import Mapping
from logging import Logger, LoggerAdapter
from typing import Any, Protocol

from ...errors import InvalidResponse
from ...policy.claims import find_claim
from ...policy.entitlements import ENTITLEMENT_CLAIMS, Namespaces, entitled_groups
from ...policy.group_names import GroupsFormat, names_by_format, unreadable_json
from ...policy.unknown import refuse_cut_off, refuse_reference
from ...protocol.strict_json import loads
from .claim_sources import HasSources, found_elsewhere
from .group_functions import groups_by_function


class HasGroupOptions(HasSources, Protocol):
    """The options that say where a user's groups are."""

    auth_state_groups_key: Any
    groups_format: GroupsFormat
    groups_separator: str
    groups_name_key: str
    user_auth_state_key: str
    entitlement_namespaces: set[str]
    log: Logger | LoggerAdapter[Any]

    @property
    def namespaces_of_entitlements(self) -> Namespaces:
        """The namespaces whose entitlements are groups."""


class UserGroups:
    """Finds the groups of one authenticator's users."""

    def __init__(self, options: HasGroupOptions) -> None:
        self._options = options
        self._reported: set[str] = set()

    async def find(self, auth_state: Any) -> Any:
        """The groups in `auth_state`: a list of names, or the value that the provider sent in its place.

        Raises
        ------
        Unknown
            When there are groups that cannot be read.
        """
        options = self._options
        user_info = auth_state.get(options.user_auth_state_key) if isinstance(auth_state, Mapping) else None
        claims: Mapping[str, Any] = user_info if isinstance(user_info, Mapping) else {}
        found = await self._by_key(auth_state, claims)
        if not options.entitlement_namespaces:
            return found
        listed = found if isinstance(found, (list, tuple, set, frozenset)) else [] if found is None else [found]
        return [*listed, *self._by_entitlements(claims)]

    async def _by_key(self, auth_state: Any, claims: Mapping[str, Any]) -> Any:
        options, key = self._options, self._options.auth_state_groups_key
        if callable(key):
            return await groups_by_function(key, auth_state, claims)
        value = find_claim(auth_state, key) if key else None
        claim = key.removeprefix(f"{options.user_auth_state_key}.")
        refuse_cut_off(claims, claim)
        if value is None and key:
            refuse_reference(claims, claim)
            self._report_missing(key, claim, auth_state)
        if options.groups_format == "json" and isinstance(value, str):
            value = _parsed(value)
        if options.groups_format == "names" and value:
            self._suggest_format(value)
        form, separator, name_key = options.groups_format, options.groups_separator, options.groups_name_key
        return names_by_format(value, form, separator=separator, name_key=name_key)

    def _by_entitlements(self, claims: Mapping[str, Any]) -> tuple[str, ...]:
        found = entitled_groups(claims, self._options.namespaces_of_entitlements)
        if found.other_authorities:
            self._once(
                "authority", _NAMESPACES, "does not list the authority of some entitlements, which are left out."
            )
        if found.too_long:
            self._once("length", _NAMESPACES, "some entitlements have names that are too long for the Hub's database.")
        if not any(claim in claims for claim in ENTITLEMENT_CLAIMS):
            hints = [hint for claim in ENTITLEMENT_CLAIMS if (hint := found_elsewhere(self._options, claim))]
            named = " nor ".join(map(repr, ENTITLEMENT_CLAIMS))
            self._once("missing", _NAMESPACES, f"there is neither {named}. {hints[0] if hints else _SCOPES}")
        return found.names

    def _report_missing(self, key: str, claim: str, auth_state: Mapping[str, Any]) -> None:
        parent = key.rpartition(".")[0]
        siblings = find_claim(auth_state, parent) if parent else auth_state
        keys = ", ".join(sorted(map(str, siblings)))[:500] if isinstance(siblings, Mapping) else "nothing"
        hint = found_elsewhere(self._options, claim)
        self._once("key", "auth_state_groups_key", f"there is no {key!r}; next to it there are: {keys}. {hint}")

    def _suggest_format(self, value: Any) -> None:
        """Say which `groups_format` fits a value that is not a list of names."""
        form = ""
        if isinstance(value, Mapping):
            form = "keys"
        elif isinstance(value, list) and all(isinstance(item, Mapping) for item in value):
            form = "objects"
        elif isinstance(value, str) and value.lstrip().startswith("["):
            form = "json"
        if form:
            self._once("form", "groups_format", f"the value of the groups looks like the form {form!r}, not 'names'.")

    def _once(self, what: str, option: str, text: str) -> None:
        if what not in self._reported:
            self._reported.add(what)
            self._options.log.warning("c.%s.%s: %s (Logged once.)", type(self._options).__name__, option, text.rstrip())


_NAMESPACES = "entitlement_namespaces"
_SCOPES = "The provider may need another scope for them."


def _parsed(text: str) -> Any:
    try:
        return loads(text, label="groups")
    except InvalidResponse as error:
        raise unreadable_json(error.detail) from None
