"""Options under deprecated names: each takes effect with a warning, or stops the start-up."""

from __future__ import annotations

from collections.abc import Collection
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
        """The value of a deprecated name: that of the current name, once `apply` has run."""
        collected = self._collected or {}
        return collected[trait] if trait in collected else getattr(self._owner, trait.new_name)

    def _assign(self, trait: Renamed, value: Any, *, taken: bool) -> None:
        owner, cls, old, new = self._owner, type(self._owner).__name__, trait.name, trait.new_name
        before = getattr(owner, new) if taken else None
        try:
            setattr(owner, new, value if trait.convert is None else trait.convert(owner, value))
        except TraitError as error:
            raise TraitError(f"{cls}.{old}, a deprecated name of {cls}.{new}: {error}") from None
        if taken and getattr(owner, new) != before:
            raise ConfigurationError(
                f"c.{cls}.{old} is a deprecated name of c.{cls}.{new}, and both are set to different values: "
                f"put the value you want into c.{cls}.{new} and remove c.{cls}.{old}"
            )
        owner.log.warning(
            "c.%s.%s is a deprecated name (since %s) and takes effect as c.%s.%s: please use the new name",
            cls, old, trait.since, cls, new,
        )  # fmt: skip
