"""Reads what ``jupyterhub --help-all`` and ``--generate-config`` print, section by section."""

from __future__ import annotations

import re


def help_sections(text: str) -> dict[str, str]:
    """The text of each class's section of `--help-all`, by the class's name."""
    text = text.partition("\nExamples\n--------\n")[0]
    return _by_class(re.split(r"^(\w+\([\w, ]*\)) options\n-+\n", text, flags=re.MULTILINE))


def config_sections(text: str) -> dict[str, str]:
    """The same of `--generate-config`."""
    return _by_class(re.split(r"^#-+\n# (\w+\([\w, ]*\)) configuration\n#-+\n", text, flags=re.MULTILINE))


def _by_class(parts: list[str]) -> dict[str, str]:
    """By the class's name. The Hub's own PAMAuthenticator is left out: ours is the other class of that name."""
    titles = dict(zip(parts[1::2], parts[2::2], strict=True))
    titles.pop("PAMAuthenticator(LocalAuthenticator)", None)
    return {title.partition("(")[0]: section for title, section in titles.items()}


def options_found(sections: dict[str, str], name: str) -> set[str]:
    """The options that a reader finds for a class: in its section of the help, and in those that this names."""
    introduction, _, _ = sections[name].partition("\n--")
    words = " ".join(introduction.split())
    found = set(re.findall(rf"^--{name}\.(\w+)", sections[name], re.MULTILINE))
    if bases := re.search(r"The options of ([\w ]+?) can be set here too", words):
        for base in bases[1].split(" and "):
            found |= options_found(sections, base)
    if shared := re.search(r"which are described at (\w+): ([\w, ]+)\.", words):
        options = set(shared[2].split(", "))
        assert options <= options_found(sections, shared[1]), f"{shared[1]} lacks an option that {name} refers to"
        found |= options
    return found
