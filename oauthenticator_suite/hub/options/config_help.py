"""The help of ``jupyterhub --help-all`` and ``jupyterhub --generate-config`` for the classes of this package.

JupyterHub passes every installed authenticator class to traitlets, which lists each class and each of its bases with
all options they have, inherited ones included. For a package of this size that is 26,000 lines, most of them
repetitions. `class_get_help` and `class_config_section` replace the class methods of `traitlets.config.Configurable` of
the same names, for `AccessOptions` and its subclasses, and for the other root (`MultiOptions`):

- Only public classes have a section. The sections of internal base classes are empty.
- A section has the options that the class adds, in full, and those whose default it changes, in one line each. It names
  the classes whose options apply as well.
- Texts are plain: directives and roles of reStructuredText are removed.

The sections of JupyterHub's own classes stay as JupyterHub writes them.
"""

from __future__ import annotations

import os
import re
import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from inspect import cleandoc
from itertools import groupby
from typing import Any, NamedTuple

from traitlets import Container, Dict, TraitType, Undefined
from traitlets import Set as SetTrait
from traitlets.config import Configurable, LoggingConfigurable, SingletonConfigurable

from .trait_types import Renamed

_PACKAGE = __name__.partition(".")[0]

SHARED_SECTIONS = frozenset({"FormAuthenticator", "LocalUsers"})
"""Bases of several public classes that have a section too: ``c.LocalUsers.minimum_uid`` sets it for all of them."""

HOME_OF_SHARED_OPTIONS = "OAuthenticator"
"""The class whose section describes the options of `hub.options`, for classes that have only some of them."""

HOMES = frozenset({HOME_OF_SHARED_OPTIONS, "SuiteAuthenticator"})

_NOT_LISTED = {Configurable, LoggingConfigurable, SingletonConfigurable}


class _Section(NamedTuple):
    """The content of one class's section."""

    title: str
    """The class, with the bases that have sections: ``LocalUsers(SuiteAuthenticator, LocalAuthenticator)``."""
    introduction: list[str]
    """Paragraphs about the purpose of the class and its other options."""
    entries: list[_Entry]


class _Entry(NamedTuple):
    """One option in a section."""

    name: str
    trait: TraitType[Any, Any]
    default: Any
    described_at: str
    """The class whose section has the help text; empty when that is this section."""


def class_get_help(cls: type[Any], inst: Any = None) -> str:
    """The section of ``--help-all`` for `cls`; empty for an internal class.

    Parameters
    ----------
    inst:
        Accepted because traitlets declares it, and not used: JupyterHub prints the help of classes only.
    """
    section = _section(cls)
    if section is None:
        return ""
    heading = f"{section.title} options"
    lines = [heading, len(heading) * "-"]
    lines.append(_indented(wrapped("\n\n".join(section.introduction), 76)))
    for entry in section.entries:
        lines += ["", _argument(cls, entry)]
        if entry.described_at:
            lines.append(_indented(f"Default: {_short(entry.default)}. See {entry.described_at}.{entry.name}"))
            continue
        lines.append(_indented(wrapped(_help(entry.trait), 76)))
        if "Enum" in type(entry.trait).__name__:
            lines.append(_indented(f"Choices: {entry.trait.info()}"))
        lines.append(_indented(f"Default: {_short(entry.default)}"))
    return "\n".join(lines)


def class_config_section(cls: type[Any], classes: Sequence[type[Any]] | None = None) -> str:
    """The section of ``--generate-config`` for `cls`; empty for an internal class.

    Parameters
    ----------
    classes:
        Accepted because traitlets declares it, and not used: a section has the same content in every file.
    """
    section = _section(cls)
    if section is None:
        return ""
    rule = "#" + "-" * 78
    lines = [rule, f"# {section.title} configuration", rule, _comment("\n\n".join(section.introduction)), ""]
    for entry in section.entries:
        if entry.described_at:
            lines.append(f"## See also: {entry.described_at}.{entry.name}")
        else:
            lines.append(_comment(_help(entry.trait)))
            if "Enum" in type(entry.trait).__name__:
                lines.append(f"#  Choices: {entry.trait.info()}")
        value = _literal(entry.default)
        lines += [f"#  Default: {value}", f"# c.{cls.__name__}.{entry.name} = {value}", ""]
    return "\n".join(lines)


def is_listed(cls: type[Any]) -> bool:
    """Whether `cls` has a section: public classes of this package, and configurable classes of other packages."""
    if cls in _NOT_LISTED or not issubclass(cls, Configurable):
        return False
    if cls.__module__.partition(".")[0] != _PACKAGE:
        return True
    return cls.__name__ in sys.modules[_PACKAGE].__all__ or cls.__name__ in SHARED_SECTIONS


def plain(text: str) -> str:
    """`text` without the markup of reStructuredText, for a terminal or a configuration file.

    The directives ``versionadded`` and ``versionchanged`` are removed. Others become ``Name:`` and their text.
    Literals and names in backquotes keep one pair of backquotes. Roles lose their prefix, and links show their URL.
    """
    text = cleandoc(text)
    text = re.sub(r"^\.\. version(added|changed)::.*\n?", "", text, flags=re.MULTILINE)
    text = re.sub(r"^\.\. (\w+)::[ \t]*(.*)((?:\n(?:[ \t].*)?)*)", _admonition, text, flags=re.MULTILINE)
    text = re.sub(r":[a-z:]+:`~?([^`]+)`", r"`\1`", text)
    text = re.sub(r"`([^`<>]+?)\s+<([^`<>]+)>`_{1,2}", r"\1 (\2)", text)
    text = re.sub(r"``(.+?)``", r"`\1`", text, flags=re.DOTALL)
    text = re.sub(r"::$", ":", text, flags=re.MULTILINE)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def wrapped(text: str, width: int) -> str:
    """`text` in lines of at most `width` characters. A block that is indented as a whole is code and stays as it is."""
    blocks = []
    for block in text.split("\n\n"):
        lines = []
        for margin, group in groupby(block.split("\n"), key=_margin):
            words = " ".join(line.strip() for line in group)
            lines += textwrap.wrap(
                words,
                width,
                initial_indent=margin,
                subsequent_indent=margin,
                break_long_words=False,
                break_on_hyphens=False,
            )
        blocks.append(block if _margin(block) else "\n".join(lines))
    return "\n\n".join(blocks)


def _indented(text: str) -> str:
    return textwrap.indent(text, "    ")


def _margin(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def _admonition(found: re.Match[str]) -> str:
    name, argument, body = found.groups()
    words = " ".join([argument if name != "deprecated" else "", *body.split()]).strip()
    return f"{name.capitalize()}: {words}\n\n"


def _section(cls: type[Any]) -> _Section | None:
    """The section of `cls`; None if it has none."""
    if not is_listed(cls):
        return None
    bases = [base for base in cls.__mro__[1:] if is_listed(base)]
    nearest = [base.__name__ for base in bases if not any(base in other.__mro__[1:] for other in bases)]
    names = " and ".join(nearest)
    introduction = [plain(cls.__dict__.get("__doc__") or "").partition("\n\n")[0]]
    if names:
        introduction.append(f"The options of {names} can be set here too, as c.{cls.__name__}.NAME.")
    entries, elsewhere = _entries(cls, bases)
    if elsewhere:
        introduction.append(
            f"So can these options, which are described at {HOME_OF_SHARED_OPTIONS}: {', '.join(elsewhere)}."
        )
    return _Section(f"{cls.__name__}({', '.join(nearest)})", [text for text in introduction if text], entries)


def _entries(cls: type[Any], bases: Sequence[type[Any]]) -> tuple[list[_Entry], list[str]]:
    """The options in the section of `cls`, and the names of its options that `OAuthenticator` describes.

    Parameters
    ----------
    bases:
        The bases of `cls` that have sections, in the order of method resolution.
    """
    entries: list[_Entry] = []
    elsewhere: list[str] = []
    ours = _defaults(cls)
    theirs = {base: _defaults(base) for base in bases}
    for name, trait in sorted(cls.class_traits(config=True).items()):
        having = [base for base in bases if base.class_traits(config=True).get(name) is trait]
        if having:
            if _literal(ours[name]) != _literal(theirs[having[0]][name]):
                entries.append(_Entry(name, trait, ours[name], having[-1].__name__))
        elif trait.this_class.__module__.startswith(f"{__package__}.") and cls.__name__ not in HOMES:
            elsewhere.append(name)
        else:
            entries.append(_Entry(name, trait, ours[name], ""))
    return entries, elsewhere


def _defaults(cls: type[Any]) -> dict[str, Any]:
    """The default of each option of `cls`, by name, independent of this process's environment variables.

    Many defaults depend on other options, so they are read from an instance that has no configuration. Its `__init__`
    does not run, because it may raise when a required option is missing.
    """
    with _no_environment():
        make: Any = cls.__new__
        instance = make(cls)
        return {name: _default(instance, trait) for name, trait in cls.class_traits(config=True).items()}


@contextmanager
def _no_environment() -> Iterator[None]:
    """Empty `os.environ` for the duration of the block, so that no help text shows a secret from a variable.

    This is safe because the processes that print help have one thread.
    """
    saved = dict(os.environ)
    os.environ.clear()
    try:
        yield
    finally:
        os.environ.update(saved)


def _default(instance: Any, trait: TraitType[Any, Any]) -> Any:
    name = trait.new_name if isinstance(trait, Renamed) else trait.name
    try:
        value = getattr(instance, name)
    except Exception:  # noqa: BLE001 - code of other packages; the declared default is correct for most options
        value = instance.traits()[name].default()
    # Under the old name the value has another meaning. Only the empty value means the same under both names.
    return type(value)() if isinstance(trait, Renamed) and trait.convert is not None else value


def _help(trait: TraitType[Any, Any]) -> str:
    """The help text of an option, as plain text."""
    if isinstance(trait, Renamed):
        return f"Old name of `{trait.new_name}`. It takes effect, with a warning when the Hub starts."
    return plain(trait.help)


def _argument(cls: type[Any], entry: _Entry) -> str:
    """The option as a command line argument, with the type of its value."""
    option = f"--{cls.__name__}.{entry.name}"
    if isinstance(entry.trait, Dict):
        return f"{option}=<key-1>=<value-1>..."
    if isinstance(entry.trait, Container):
        return f"{option}=<{'set' if isinstance(entry.trait, SetTrait) else 'list'}-item-1>..."
    if isinstance(entry.trait, Renamed):
        return f"{option}=<value>"
    kinds = (kind.__name__ for kind in type(entry.trait).__mro__ if kind.__module__.startswith("traitlets."))
    return f"{option}=<{'URL' if type(entry.trait).__name__ == 'URL' else next(kinds)}>"


def _comment(text: str) -> str:
    """`text` as a block of comments, in the form that traitlets gives to generated files."""
    return "## " + wrapped(text, 78).replace("\n", "\n#  ")


def _literal(value: Any) -> str:
    """`value` as a Python expression, with sorted sets; ``None`` for a value without such an expression."""
    if value is Undefined or callable(value):
        return "None"
    if isinstance(value, (set, frozenset)):
        return f"{{{', '.join(sorted(map(_literal, value)))}}}" if value else "set()"
    return repr(value)


def _short(value: Any) -> str:
    text = _literal(value)
    return text if len(text) <= 64 else f"{text[:61]}..."
