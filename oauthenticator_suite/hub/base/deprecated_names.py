"""Options under their old names: each takes effect with a warning, or stops the start-up."""

from __future__ import annotations

from typing import Any

from traitlets import TraitError
from traitlets.config import LoggingConfigurable

from ...errors import ConfigurationError
from ..options.trait_types import Renamed


class OldNames(LoggingConfigurable):
    """A class whose options may be `Renamed` ones.

    While an object is being made, the values under old names are put aside, for the new names may still be to come;
    then they are passed on. Later ones are passed on at once.
    """

    def __init__(self, **kwargs: Any) -> None:
        """As of traitlets.

        Raises
        ------
        ConfigurationError
            When an option is set under two names, to different values.
        """
        self._old_values: dict[Renamed, Any] | None = {}
        super().__init__(**kwargs)
        put_aside, self._old_values = self._old_values, None
        taken = {*kwargs, *self._find_my_config(self.config)}
        for trait, value in put_aside.items():
            self._pass_on(trait, value, taken=trait.new_name in taken)
            taken.add(trait.new_name)

    def take_old_name(self, trait: Renamed, value: Any) -> None:
        """The value that somebody set under an old name."""
        if self._old_values is None:
            self._pass_on(trait, value, taken=False)
        else:
            self._old_values[trait] = value

    def value_of_old_name(self, trait: Renamed) -> Any:
        """What an old name stands for: the value under the new one, once that has been passed on."""
        waiting = self._old_values or {}
        return waiting[trait] if trait in waiting else getattr(self, trait.new_name)

    def _pass_on(self, trait: Renamed, value: Any, *, taken: bool) -> None:
        cls, old, new = type(self).__name__, trait.name, trait.new_name
        before = getattr(self, new) if taken else None
        try:
            setattr(self, new, value if trait.convert is None else trait.convert(self, value))
        except TraitError as error:
            raise TraitError(f"{cls}.{old}, which is an old name of {cls}.{new}: {error}") from None
        if taken and getattr(self, new) != before:
            raise ConfigurationError(
                f"c.{cls}.{old} is the old name of c.{cls}.{new}, and both are set, to different values: "
                f"put what you want into c.{cls}.{new} and remove {old}"
            )
        self.log.warning(
            "c.%s.%s is an old name (before %s) and takes effect as c.%s.%s: please use that name",
            cls, old, trait.since, cls, new,
        )  # fmt: skip
