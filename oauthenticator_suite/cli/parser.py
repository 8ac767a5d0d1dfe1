"""The parser of the command line: argparse, with suggestions for misspelled words and completion for shells."""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

SHELLS = ("bash", "zsh", "tcsh")

_INVALID_CHOICE = re.compile(r"invalid choice: '?(?P<word>[^' ]+)'? \(choose from (?P<choices>.*)\)")


class Parser(argparse.ArgumentParser):
    """An `argparse.ArgumentParser` whose errors suggest the subcommand, option or value that was probably meant."""

    def __init__(self, **kwargs: Any) -> None:
        self.declared: list[argparse.Action] = []
        self.subcommands: Mapping[str, Parser] = {}
        super().__init__(**kwargs)

    def add_argument(self, *args: Any, **kwargs: Any) -> argparse.Action:
        """Declare an argument, and remember it for suggestions and completion."""
        action = super().add_argument(*args, **kwargs)
        self.declared.append(action)
        return action

    def error(self, message: str) -> NoReturn:
        """Print the usage and `message`, with a suggestion when it is about an unknown value; exit with status 2."""
        found = _INVALID_CHOICE.search(message)
        if found:
            choices = re.split(r", ?", found["choices"].replace("'", ""))
            message += suggestion(found["word"], choices)
        super().error(message)

    def refuse_unknown(self, words: Sequence[str]) -> NoReturn:
        """Exit with status 2 because of arguments that this parser does not know.

        Parameters
        ----------
        words:
            The unknown arguments, as `parse_known_args` returns them.
        """
        options = [option for action in self.declared for option in action.option_strings]
        unknown = [word for word in words if word.startswith("-")] or list(words)
        hints = "".join(suggestion(word.partition("=")[0], options) for word in unknown[:1])
        self.error(f"unrecognized arguments: {' '.join(words)}{hints}")


def suggestion(word: str, known: Iterable[str]) -> str:
    """A question to append to an error message: the known word that is most similar to `word`; empty without one."""
    similar = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {similar[0]}?" if similar else ""


class PrintCompletion(argparse.Action):
    """``--print-completion SHELL``: print the completion script for a shell, and exit."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        """Print the script. Exits with status 1 and an explanation when `shtab` is not installed."""
        try:
            import shtab
        except ImportError:
            parser.exit(1, 'Completion needs the package shtab: pip install "oauthenticator_suite[completion]"\n')
        subparsers: Mapping[str, Parser] = getattr(parser, "subcommands", {})
        for subparser in subparsers.values():
            for action in subparser.declared:
                if action.type is Path:
                    kind = shtab.DIRECTORY if action.dest == "directory" else shtab.FILE
                    action.complete = kind  # type: ignore[attr-defined]  # where shtab looks for it
        print(shtab.complete(parser, values))
        parser.exit(0)
