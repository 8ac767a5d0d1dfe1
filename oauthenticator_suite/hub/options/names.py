"""Trait types of options that take names, for example of users, groups and domains.

A configuration often comes from YAML, JSON or an environment variable. There ``bob,eve`` is one string, ``0123`` is the
number 83, and ``on`` is True. Taken as they are, such values match no user: a block would block no user. So they are
errors, and `faults` says how to write them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from traitlets import Dict, HasTraits, List, Set, TraitError, TraitType, Unicode

NameKind = Literal["user", "group", "domain", "other"]
"""What is named. A comma is an error in the names of users and domains; other names may have one."""

FaultCode = Literal["names-as-text", "name-as-value", "empty-name", "domain-form", "comma-in-name", "comma-in-group"]
"""The codes of the checks on names: see `hub.findings.names`."""

_STOPS = ("names-as-text", "name-as-value", "empty-name", "domain-form")
"""The faults that an option refuses whenever it is set. The Hub itself may add a username that contains a comma."""


class NameFault(NamedTuple):
    """What is wrong with the value of an option that takes names: see `hub.findings.finding.Problem`."""

    code: FaultCode
    reason: str
    fix: str


class TakesNames:
    """The part that all trait types for names have."""

    kinds: tuple[NameKind, ...] = ("other",)

    def faults(self, value: Any) -> Iterator[NameFault]:
        """What is wrong with a value."""
        raise NotImplementedError

    def clean(self, value: Any) -> Any:
        """The value without white space around names.

        Raises
        ------
        TraitError
            When the value cannot be one of names. The error begins with the reason.
        """
        raise NotImplementedError

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the clean value.

        Raises
        ------
        TraitError
            When the value cannot be one of names.
        """
        try:
            clean = self.clean(value)
        except TraitError as error:
            raise TraitError(f"{type(obj).__name__}.{self.name} {error}") from None  # type: ignore[attr-defined]
        return super().validate(obj, clean)  # type: ignore[misc]


def faults_in(value: Any, kind: NameKind, *, numbers: bool = False) -> Iterator[NameFault]:
    """What is wrong with a list of names.

    Parameters
    ----------
    numbers:
        Whether whole numbers are names too, because the named things have no other name.
    """
    if isinstance(value, Mapping) or not isinstance(value, (list, tuple, set, frozenset)):
        yield NameFault("names-as-text", *_not_a_list(value, kind))
        return
    for name in sorted(value, key=str) if isinstance(value, (set, frozenset)) else value:
        if numbers and isinstance(name, int) and not isinstance(name, bool):
            continue
        yield from fault_in_name(name, kind)


def fault_in_name(name: Any, kind: NameKind) -> Iterator[NameFault]:
    """What is wrong with one name."""
    if not isinstance(name, str):
        yield NameFault("name-as-value", f"contains {name!r}, which is {_article(name)}", _in_quotes(name))
    elif not name.strip():
        yield NameFault("empty-name", "contains an empty name", "Remove it")
    elif "," in name and kind in ("user", "domain"):
        yield NameFault(
            "comma-in-name",
            f"contains {name!r}, one {kind} name with a comma in it",
            f"Write {_as_list(name)}" + (", or give such a user another name with username_map" * (kind == "user")),
        )
    elif "," in name:
        yield NameFault(
            "comma-in-group",
            f"contains {name!r}, one name with a comma in it",
            f"If several are meant, write {_as_list(name)}",
        )
    elif kind == "domain" and (wrong := _not_a_domain(name.strip())):
        yield NameFault(
            "domain-form", f"contains {name!r}, which {wrong}, so no user would match", f"Write {_domain_in(name)!r}"
        )


def cleaned(value: Any, kind: NameKind, *, numbers: bool = False) -> Any:
    """The names without outer white space, in a container of the same type.

    Raises
    ------
    TraitError
        When the value is not a list of names.
    """
    for fault in faults_in(value, kind, numbers=numbers):
        if fault.code in _STOPS or kind == "domain":
            raise TraitError(f"{fault.reason}. {fault.fix}")
    return type(value)(_text(name) for name in value)


class _NamesOption(TakesNames):
    """What `Names` and `NameList` have in common."""

    def __init__(self, kind: NameKind = "other", *, numbers: bool = False, alone: bool = False, **kwargs: Any) -> None:
        super().__init__(Unicode(), **kwargs)  # type: ignore[call-arg]
        self.kinds = (kind,)
        self.numbers = numbers
        self.alone = alone

    def faults(self, value: Any) -> Iterator[NameFault]:
        """What is wrong with a value."""
        return faults_in(self._listed(value), self.kinds[0], numbers=self.numbers)

    def _listed(self, value: Any) -> Any:
        return [value] if self.alone and isinstance(value, str) else value

    def set(self, obj: Any, value: Any) -> None:
        """Set the value. The containers of traitlets take one string for one item; a list of names is meant here."""
        TraitType.set(self, obj, value)

    def from_string(self, s: str) -> Any:
        """One name from the command line, for a class that was not known when the line was read."""
        return self.from_string_list([s])  # type: ignore[attr-defined]

    def clean(self, value: Any) -> Any:
        """The names without outer white space."""
        return cleaned(self._listed(value), self.kinds[0], numbers=self.numbers)


class Names(_NamesOption, Set):
    """A set of names: ``Names("group", config=True, help=…)``.

    Parameters
    ----------
    kind:
        What is named: ``user``, ``group``, ``domain`` or ``other``.
    numbers:
        Whether whole numbers are accepted, and become their digits.
    alone:
        Whether one string is accepted too, as the only name.
    """


class NameList(_NamesOption, List):
    """A list of names, in the operator's order: arguments as for `Names`."""


class NameMap(TakesNames, Dict):
    """A dict of names: for each name another one, or a list of them.

    Parameters
    ----------
    keys, values:
        What keys and values name.
    many:
        Whether each value is a list.
    """

    def __init__(self, keys: NameKind, values: NameKind, *, many: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.kinds = (keys, values)
        self.many = many

    def faults(self, value: Any) -> Iterator[NameFault]:
        """What is wrong with a value."""
        return faults_in_map(value, *self.kinds, many=self.many)

    def clean(self, value: Any) -> Any:
        """The dict with all names without outer white space."""
        for fault in self.faults(value):
            if fault.code in _STOPS:
                raise TraitError(f"{fault.reason}. {fault.fix}")
        return {
            _text(key): type(named)(map(_text, named)) if self.many else _text(named) for key, named in value.items()
        }


def faults_in_map(value: Any, keys: NameKind, values: NameKind, *, many: bool) -> Iterator[NameFault]:
    """What is wrong with a dict of names. A username to be mapped is the provider's, and may contain a comma."""
    if not isinstance(value, Mapping):
        yield NameFault("names-as-text", f"is {value!r}, and not a dict", "Write a dict of names")
        return
    for key, named in value.items():
        yield from fault_in_name(key, "other" if keys == "user" and isinstance(key, str) and "," in key else keys)
        within = faults_in(named, values) if many else fault_in_name(named, values)
        for fault in within:
            yield fault._replace(reason=f"[{key!r}] {fault.reason}")


def kind_is_list(names: TakesNames) -> bool:
    """Whether an option takes a list or set of names, and not a dict."""
    return not isinstance(names, NameMap)


OF_JUPYTERHUB: dict[str, TakesNames] = {
    **{name: Names("user") for name in ("allowed_users", "admin_users", "blocked_users")},
    "username_map": NameMap("user", "user"),
}
"""JupyterHub's own options that take names. Their values are validated as those of an option of this type."""


def clean_names(owner: HasTraits, proposal: Any) -> Any:
    """Validate one of the options in `OF_JUPYTERHUB`: a class with these options uses it with traitlets' ``validate``.

    Raises
    ------
    TraitError
        When the value is not a list of names.
    """
    name = proposal["trait"].name
    try:
        return OF_JUPYTERHUB[name].clean(proposal["value"])
    except TraitError as error:
        raise TraitError(f"{type(owner).__name__}.{name} {error}") from None


def _text(name: Any) -> str:
    if not isinstance(name, str):
        return str(name)
    bare = name.strip()
    return name if bare == name else bare  # a subclass of str stays one


def _not_a_list(value: Any, kind: NameKind) -> tuple[str, str]:
    if isinstance(value, str):
        return f"is {value!r}, one string, and a list of names is meant", f"Write {_as_list(value)}"
    if isinstance(value, Mapping):
        return "is a dict, and a list of names is meant", f"Write {sorted(map(str, value))!r}"
    return f"is {value!r}, which is {_article(value)}, and a list of names is meant", _in_quotes(value)


def _as_list(text: str) -> str:
    """How to write the names in a string: ``["bob", "eve"]``."""
    names = [part.strip().strip("[]{}()'\"") for part in re.split(r"[,;\n]", text)]
    return "[" + ", ".join(f'"{name}"' for name in names if name) + "]"


def _article(value: Any) -> str:
    if isinstance(value, bool):
        return "a truth value (YAML reads yes, no, on and off as such)"
    if isinstance(value, (int, float)):
        return "a number (YAML reads 0123 as 83)"
    return "no value" if value is None else f"of the type {type(value).__name__}"


def _in_quotes(value: Any) -> str:
    if isinstance(value, (bool, int, float)):
        return f'Put each name in quotes, as in ["{value}"]'
    return "Write a list of names in quotes"


def _not_a_domain(name: str) -> str:
    if "://" in name or "/" in name:
        return "is a URL"
    if "@" in name:
        return "contains an @"
    if any(character.isspace() for character in name):
        return "contains white space"
    return "contains a wildcard" if "*" in name else ""


def _domain_in(name: str) -> str:
    """The domain that was probably meant."""
    return name.strip().partition("://")[2].partition("/")[0] or re.split(r"[\s@]", name.strip())[-1].lstrip("*.")
