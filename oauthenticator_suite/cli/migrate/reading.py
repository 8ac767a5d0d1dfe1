"""What a reader finds in a configuration, whether it is written in Python or in YAML."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from inspect import Signature
from pathlib import Path
from typing import Any, Literal, NamedTuple

from .remarks import Say
from .text import Edit

Replace = Callable[[str], Edit]
"""Makes an edit that puts a text in the place of a name or a value."""

CommentOut = Callable[[str], tuple[Edit, ...]]
"""Makes the edits that turn a statement or an entry into a comment, with the reason as the line before it."""


@dataclass(frozen=True)
class Setting:
    """An option that a configuration sets, changes or reads.

    Attributes
    ----------
    section, option:
        Their names: ``GitHubOAuthenticator`` and ``client_id``.
    line:
        The line in the file.
    how:
        ``set``: the value is the option's. ``add``: the value is added, or changed in place. ``read``: only read.
    value:
        The value as far as it is a literal: see `literals.literal`.
    rename, set_value:
        Make edits of the name and of the value; None where that is not possible.
    comment_out:
        Edits that remove the option; None where that is not possible.
    add:
        Makes an edit that sets another option of the section to a text; None where that is not possible.
    node:
        The reader, and its node of the value.
    label:
        How the report names the option, where that is not its section and name.
    """

    section: str
    option: str
    line: int
    how: Literal["set", "add", "read"]
    value: Any
    rename: Replace | None = None
    set_value: Callable[[Any], Edit] | None = None
    comment_out: CommentOut | None = None
    add: Callable[[str, str], Edit | None] | None = None
    node: Any = None
    label: str = ""

    @property
    def place(self) -> str:
        """The option as an operator writes it."""
        return self.label or f"c.{self.section}.{self.option}"


class Mention(NamedTuple):
    """The name of an authenticator, or its class.

    Attributes
    ----------
    role:
        ``active``: it is the Hub's authenticator. ``compared``: a name that the code compares with. ``child``: an entry
        of `MultiAuthenticator`.
    name:
        The name of the entry point or import path, or the import path of the class; None when it is not readable.
    is_text:
        Whether it is a string, and not a class.
    replace:
        The edit of the string, without its quotes; None for a class, whose import is changed instead.
    """

    role: Literal["active", "compared", "child"]
    name: str | None
    line: int
    is_text: bool = True
    replace: Replace | None = None


@dataclass(frozen=True)
class Method:
    """A method of a class in the configuration; `signature` is None when it cannot be told."""

    line: int
    signature: Signature | None
    is_async: bool
    calls: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Subclass:
    """A class that the configuration defines.

    Attributes
    ----------
    bases:
        The import paths of its base classes, or their names if the file defines them; None for an unknown base.
    methods, attributes:
        What its body defines: methods, and the lines of other names.
    """

    name: str
    line: int
    bases: tuple[str | None, ...]
    methods: dict[str, Method] = field(default_factory=dict)
    attributes: dict[str, int] = field(default_factory=dict)


@dataclass
class Reading:
    """What was found in a file, or in a piece of code in it.

    Attributes
    ----------
    say:
        Adds remarks about the file.
    settings, mentions, subclasses:
        In the order of the file.
    """

    file: Path
    say: Say
    settings: list[Setting] = field(default_factory=list)
    mentions: list[Mention] = field(default_factory=list)
    subclasses: dict[str, Subclass] = field(default_factory=dict)
    unreadable_sections: set[str] = field(default_factory=set)
