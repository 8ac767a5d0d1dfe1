"""The language of a page: chosen by the browser or by the operator, and read from the catalogues in ``locales/``."""

from __future__ import annotations

import gettext
import re
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup, escape

from ..options.pages import LANGUAGES
from .sentences import SENTENCES

LOCALES = Path(__file__).parent / "locales"
"""The catalogues, in the layout of GNU gettext: ``LANGUAGE/LC_MESSAGES/pages.mo``."""

DOMAIN = "pages"

_RIGHT_TO_LEFT = frozenset({"ar"})
_MAX_HEADER = 500
_RANGE = re.compile(r"\s*([A-Za-z]{1,8})(?:-[A-Za-z0-9]{1,8})*\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?")


def language_of(accept_language: str, fixed: str = "") -> str:
    """The language of a page.

    Parameters
    ----------
    accept_language:
        The request's header ``Accept-Language`` (RFC 9110 §12.5.4); may be malformed.
    fixed:
        The operator's choice; empty to follow the browser.

    Returns
    -------
    One of `LANGUAGES`: English when no other one matches.
    """
    if fixed:
        return fixed
    best, best_weight = "en", 0.0
    for part in accept_language[:_MAX_HEADER].split(","):
        match = _RANGE.fullmatch(part)
        if match is None:
            continue
        language, weight = match[1].lower(), float(match[2] or 1)
        if language in LANGUAGES and weight > best_weight:
            best, best_weight = language, weight
    return best


def direction_of(language: str) -> str:
    """The reading direction of a language, as a value of the HTML attribute ``dir``."""
    return "rtl" if language in _RIGHT_TO_LEFT else "ltr"


class Texts:
    """The sentences of a page in one language: ``texts("signin.with", provider="GitHub")``.

    Parameters
    ----------
    language:
        One of `LANGUAGES`. English needs no catalogue.
    hub:
        The name of the Hub, for ``{hub}``.
    """

    def __init__(self, language: str, hub: str) -> None:
        self.language = language
        self._hub = hub
        self._translations = _catalogue(language)

    def __call__(self, key: str, **names: object) -> Markup:
        """The sentence with this key, as HTML. `names` fill its placeholders, and are escaped unless they are HTML."""
        return Markup(escape(self.translated(SENTENCES[key]))).format(**{"hub": self._hub, **names})  # noqa: S704 - escaped

    def of_error(self, sentence: str, *, provider: str) -> Markup:
        """The sentence of an error, as HTML.

        Parameters
        ----------
        sentence:
            `SuiteError.public_message`. A sentence of a plug-in or an operator is in no catalogue, and stays English.
        provider:
            The name of the provider, for ``{provider}``.
        """
        said = escape(self.translated(sentence))
        return said.replace("{provider}", escape(provider)).replace("{hub}", escape(self._hub))

    def translated(self, sentence: str) -> str:
        """An English sentence in this language; unchanged if it is in no catalogue."""
        return self._translations.gettext(sentence)


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> gettext.NullTranslations:
    return gettext.translation(DOMAIN, LOCALES, [language], fallback=language == "en")
