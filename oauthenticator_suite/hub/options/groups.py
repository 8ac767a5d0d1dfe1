"""Options on the groups in a provider's claims."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import Any

from traitlets import Enum, HasTraits, TraitError, Unicode, validate

from ...policy.entitlements import Namespaces
from .names import Names


class GroupOptions(HasTraits):
    """Options on the form in which a provider sends groups. They take effect with `manage_groups`."""

    groups_format = Enum(
        ["names", "separated", "json", "objects", "keys"],
        "names",
        config=True,
        help="""
        The form of the groups at `auth_state_groups_key`.

        ``names``, the default: a list of names; a string is one name. ``separated``: a string with `groups_separator`
        between the names. ``json``: a string that holds a JSON list of names. ``objects``: a list of objects, which
        have their names at `groups_name_key`. ``keys``: an object whose keys are the names. With ``separated``,
        ``json`` and ``objects``, a list of names is accepted as well.

        With another form than the stated one, the groups are unknown: no user gets in by them or loses a right.

        .. versionadded:: 0.1
        """,
    )

    groups_separator = Unicode(
        ",",
        config=True,
        help="""
        What separates the names in a string, with ``groups_format = "separated"``. Default: a comma. White space around
        each name is removed.

        .. versionadded:: 0.1
        """,
    )

    groups_name_key = Unicode(
        "name",
        config=True,
        help="""
        The key of a group's name in its object, with ``groups_format = "objects"``; with dots for a nested one.

        .. versionadded:: 0.1
        """,
    )

    entitlement_namespaces = Names(
        "other",
        alone=True,
        config=True,
        help="""
        Take groups from the entitlements in these namespaces, as research communities send them (AARC-G002, AARC-G069):
        ``{"urn:geant:helmholtz.de"}``. Needs `manage_groups`.

        The Hub reads the claims ``entitlements`` and ``eduperson_entitlement``. From
        ``urn:geant:helmholtz.de:group:lab:staff:role=lead`` it makes the groups ``lab``, ``lab:staff`` and
        ``lab:staff:role=lead``. With several namespaces, each group has its namespace in its name:
        ``urn:geant:helmholtz.de:group:lab``. `allowed_groups`, `admin_groups` and `group_roles` take entitlements too,
        with and without ``#`` and an authority. Entitlements of other namespaces and of other kinds are ignored.

        ``urn:mace:egi.eu#aai.egi.eu`` accepts this authority only; write one entry for each that is accepted. An entry
        that ends in ``#`` accepts entitlements without an authority. Without ``#``, every authority is accepted.

        List only namespaces for which the provider is responsible: it may relay values of other organizations. When
        this option is set, the default of `auth_state_groups_key` is empty.

        .. versionadded:: 0.1
        """,
    )

    @validate("entitlement_namespaces")
    def _known_as_namespaces(self, proposal: Any) -> Any:
        try:
            Namespaces.of(proposal["value"])
        except ValueError as error:
            raise TraitError(f"{type(self).__name__}.entitlement_namespaces {error}") from None
        return proposal["value"]

    @validate("groups_separator", "groups_name_key")
    def _not_empty(self, proposal: Any) -> Any:
        if not proposal["value"]:
            raise TraitError(f"{type(self).__name__}.{proposal['trait'].name} must not be empty")
        return proposal["value"]

    @property
    def namespaces_of_entitlements(self) -> Namespaces:
        """`entitlement_namespaces`, parsed."""
        return _namespaces(frozenset(self.entitlement_namespaces))


@lru_cache(maxsize=64)
def _namespaces(entries: Collection[str]) -> Namespaces:
    return Namespaces.of(entries)
