#!/usr/bin/env python3
"""Brings the catalogues of the pages up to date with `hub.pages.sentences`, and compiles them.

The ``.po`` files are for translators: a sentence without a translation is empty there. The package reads the ``.mo``
files. Both are in the repository, and tests compare them with the sentences.
"""

from __future__ import annotations

import io
from datetime import datetime, timezone
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from oauthenticator_suite.hub.options.pages import LANGUAGES
from oauthenticator_suite.hub.pages.language import DOMAIN, LOCALES
from oauthenticator_suite.hub.pages.sentences import SENTENCES, sentences_of_errors

_NO_DATE = datetime(2000, 1, 1, tzinfo=timezone.utc)  # the same sentences give the same files


def files_of(language: str) -> dict[Path, bytes]:
    """The catalogue of a language as it should be: the content of its two files."""
    folder = LOCALES / language / "LC_MESSAGES"
    po, mo = folder / f"{DOMAIN}.po", folder / f"{DOMAIN}.mo"
    known = {}
    if po.exists():
        with po.open("rb") as file:
            known = {message.id: message.string for message in read_po(file, locale=language)}
    catalogue = Catalog(
        language, DOMAIN, fuzzy=False, project="oauthenticator_suite", creation_date=_NO_DATE, revision_date=_NO_DATE
    )
    catalogue.header_comment = f"# The sentences of the pages in the language {language}."
    for sentence in (*SENTENCES.values(), *sentences_of_errors()):
        catalogue.add(sentence, known.get(sentence, ""))
    text, compiled = io.BytesIO(), io.BytesIO()
    write_po(text, catalogue, width=110)
    write_mo(compiled, catalogue)
    return {po: text.getvalue(), mo: compiled.getvalue()}


def main() -> None:
    """Write the files that are not up to date."""
    for language in LANGUAGES:
        for file, content in files_of(language).items() if language != "en" else ():
            if not file.exists() or file.read_bytes() != content:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content)
                print(f"{file.name} of {language} written")


if __name__ == "__main__":
    main()
