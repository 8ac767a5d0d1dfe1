"""Options under deprecated names: each takes effect with a warning, or stops the start-up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial
from typing import Any

from traitlets import TraitError
from traitlets.config import LoggingConfigurable

from ...errors import ConfigurationError
from ..options.trait_types import Renamed


class DeprecatedNames:
    """The deprecated option names of one authenticator.

    While traitlets constructs the authenticator, values under deprecated names are collected, because values under the
    current names may follow. `apply` then assigns them. Later values are assigned immediately.

    Parameters
    ----------
    owner:
        The authenticator whose options have `Renamed` traits.
    """

    def __init__(self, owner: LoggingConfigurable) -> None:
        self._owner = owner
        self._collected: dict[Renamed, Any] | None = {}
        self._given: dict[Renamed, tuple[Any, Any]] = {}  # the value, and what it became

    def apply(self, given: Collection[str]) -> None:
        """Assign the collected values. `given` names the options that the constructor was called with.

        Raises
        ------
        ConfigurationError
            When an option is set under both names, to different values.
        """
        collected, self._collected = self._collected or {}, None
        taken = {*given, *self._owner._find_my_config(self._owner.config)}
        for trait, value in collected.items():
            self._assign(trait, value, taken=trait.new_name in taken)
            taken.add(trait.new_name)

    def set(self, trait: Renamed, value: Any) -> None:
        """Handle a value that was set under a deprecated name."""
        if self._collected is None:
            self._assign(trait, value, taken=False)
        else:
            self._collected[trait] = value

    def get(self, trait: Renamed) -> Any:
        """The value of a deprecated name: as it was set, else that of the current name, once `apply` has run."""
        if self._collected and trait in self._collected:
            return self._collected[trait]
        value = getattr(self._owner, trait.new_name)
        given, became = self._given.get(trait, (None, None))
        if given is not None and became == value:
            return given
        return value if trait.revert is None else trait.revert(self._owner, value)

    def _assign(self, trait: Renamed, value: Any, *, taken: bool) -> None:
        owner, cls, old, new = self._owner, type(self._owner).__name__, trait.name, trait.new_name
        before = getattr(owner, new) if taken else None
        try:
            setattr(owner, new, value if trait.convert is None else trait.convert(owner, value))
        except TraitError as error:
            raise TraitError(f"{cls}.{old}, a deprecated name of {cls}.{new}: {error}") from None
        if trait.convert is not None:
            self._given[trait] = value, getattr(owner, new)
        if taken and getattr(owner, new) != before:
            raise ConfigurationError(_both_set(cls, old, new))
        _warn_of(owner, old, trait.since, new)


def observe_aliases(owner: LoggingConfigurable) -> None:
    """Pass values on from the old options that a subclass declares in `_deprecated_oauth_aliases`.

    Its entries are ``{"old": ("new", "version")}``, or ``{"old": ("new", "version", False)}`` for an option of another
    type, which stops the start-up when it is set. Call it before the options are loaded.
    """
    aliases = getattr(type(owner), "_deprecated_oauth_aliases", {})
    names = [name for name in aliases if owner.has_trait(name) and not isinstance(owner.traits()[name], Renamed)]
    if names:
        owner.observe(partial(_pass_on, aliases), names)


def _pass_on(aliases: Mapping[str, tuple[Any, ...]], change: Any) -> None:
    owner, cls, old = change.owner, type(change.owner).__name__, change.name
    new, since, same_type = (*aliases[old], True)[:3]
    if getattr(owner, new) == change.new:
        return
    if not same_type:
        raise ConfigurationError(
            f"c.{cls}.{old} is a deprecated name (since {since}) of c.{cls}.{new}, which takes other values: set "
            f"c.{cls}.{new} and remove c.{cls}.{old}"
        )
    if new in owner._find_my_config(owner.config):
        raise ConfigurationError(_both_set(cls, old, new))
    setattr(owner, new, change.new)
    _warn_of(owner, old, since, new)


def _both_set(cls: str, old: str, new: str) -> str:
    return (
        f"c.{cls}.{old} is a deprecated name of c.{cls}.{new}, and both are set to different values: "
        f"put the value you want into c.{cls}.{new} and remove c.{cls}.{old}"
    )


def _warn_of(owner: LoggingConfigurable, old: str, since: str, new: str) -> None:
    """Warn of a name that code has set. Those in the configuration are reported by the check `deprecated-option`."""
    if old in owner._find_my_config(owner.config):
        return
    cls = type(owner).__name__
    owner.log.warning(
        "%s.%s is a deprecated name (since %s) and takes effect as %s.%s. Use the new name, %s.",
        cls, old, since, cls, new, new,
    )  # fmt: skip
