"""One catalogue of sentences: nothing outside of it, nothing in it that is not used, and complete translations."""

from __future__ import annotations

import gettext
import re
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment, nodes

import oauthenticator_suite
from oauthenticator_suite.hub.options.pages import LANGUAGES
from oauthenticator_suite.hub.pages.failure import AGAIN, DENIED, DOWN, SETUP, TAKEN
from oauthenticator_suite.hub.pages.language import DOMAIN, LOCALES, Texts, direction_of, language_of
from oauthenticator_suite.hub.pages.sentences import SENTENCES, sentences_of_errors
from oauthenticator_suite.hub.sessions.outcome import Reason

PACKAGE = Path(oauthenticator_suite.__file__).parent
TEMPLATES = sorted((PACKAGE / "hub/pages/templates").glob("*.html"))
TRANSLATED = [language for language in LANGUAGES if language != "en"]
_KEY = re.compile(r"""\bt\(\s*f?["']([a-z_.{}]+)["']""")
_WORD = re.compile(r"[^\W\d_]{2,}")


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name is not None}


def keys_used() -> set[str]:
    """The keys in templates and in code, and the keys that are built from the names of pages and reasons."""
    sources = [*TEMPLATES, *PACKAGE.rglob("*.py")]
    named = {key for file in sources for key in _KEY.findall(file.read_text(encoding="utf-8")) if "{" not in key}
    by_page = {f"{page}.{part}" for page in (AGAIN, DENIED, DOWN, SETUP, TAKEN) for part in ("title", "heading")}
    by_reason = {f"ended.{reason.value}" for reason in Reason}
    return named | by_page | by_reason


def test_every_sentence_is_used_and_every_key_has_one() -> None:
    assert keys_used() == set(SENTENCES)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_templates_have_no_words_of_their_own(template: Path) -> None:
    """Text, and the attributes that people read or hear, come from the catalogue."""
    tree = Environment(autoescape=True).parse(template.read_text(encoding="utf-8"))
    html = "{}".join(piece.data for piece in tree.find_all(nodes.TemplateData))
    text = re.sub(r"""(?s)<[^<>]*>|<[^<>]*$|^[^<>]*>|[\w-]+="[^"]*["]""", "\n", html)
    assert [line for line in text.splitlines() if _WORD.search(line)] == []
    assert re.findall(r"""(?:aria-label|alt|title|placeholder)=["'][^"']*[A-Za-z]""", html) == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_is_complete(language: str) -> None:
    """The translators' file and the compiled one hold each sentence once, with the same placeholders."""
    folder = LOCALES / language / "LC_MESSAGES"
    with (folder / f"{DOMAIN}.po").open("rb") as file:
        translators = {message.id: message.string for message in read_po(file) if message.id}
    with (folder / f"{DOMAIN}.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert set(translators) == {*SENTENCES.values(), *sentences_of_errors()}, "run scripts/translations.py"
    for sentence, translation in translators.items():
        assert translation, f"{sentence!r} has no translation"
        assert placeholders(translation) == placeholders(sentence), sentence
        assert compiled.gettext(sentence) == translation, "run scripts/translations.py"


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_are_escaped_in_every_sentence(language: str) -> None:
    hostile = "<b>&\"'{x}"
    t = Texts(language, hostile)
    for key, sentence in SENTENCES.items():
        said = t(key, **dict.fromkeys(placeholders(sentence) - {"hub"}, hostile))
        assert "<b>" not in said
        assert said.count("&lt;b&gt;") == sum(1 for _, name, _, _ in Formatter().parse(t.translated(sentence)) if name)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_error_names_the_provider_and_the_hub(language: str) -> None:
    """Whatever else is in braces stays: a plug-in's sentence is not a format string."""
    t = Texts(language, "<Hub>")
    for sentence in sentences_of_errors():
        assert placeholders(sentence) <= {"provider", "hub"}
        said = t.of_error(sentence, provider="<b>{hub}")
        assert "{provider}" not in said
        assert "<" not in said
        assert "&lt;Hub&gt;" in said or "{hub}" not in sentence
    assert t.of_error("Ask {0} at {desk.__class__} 100 %s", provider="x") == "Ask {0} at {desk.__class__} 100 %s"


def test_no_sentence_begins_with_a_name_that_may_be_in_lower_case() -> None:
    """As "the university" would."""
    everything = [sentence for key, sentence in SENTENCES.items() if key not in ("page.title", "taken.heading")]
    assert [
        one for one in (*everything, *sentences_of_errors()) if re.search(r"(?:^|[.?!] )\{(?:provider|owner)\}", one)
    ] == []


def test_a_missing_name_is_an_error() -> None:
    with pytest.raises(KeyError):
        Texts("en", "Hub")("signin.with")


@pytest.mark.parametrize(
    ("header", "language"),
    [
        ("", "en"),
        ("de", "de"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("pt-BR, pt;q=0.9", "en"),
        ("pt-BR, pt;q=0.9, fr;q=0.1", "fr"),
        ("fr;q=0.2, es;q=0.9", "es"),
        ("en-GB, de;q=0.9", "en"),
        ("zh-Hans-CN", "zh"),
        ("AR", "ar"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("de;q=x, fr", "fr"),
        ("de;q=1.0000, fr;q=0.5", "fr"),
        ("\x00é, de", "de"),
    ],
)
def test_the_browser_chooses_the_language(header: str, language: str) -> None:
    """RFC 9110 §12.5.4: the highest weight wins, and of equal ones the first. A malformed part is ignored."""
    assert language_of(header) == language


@given(st.text(max_size=600), st.sampled_from(["", *LANGUAGES]))
def test_any_header_gives_a_language(header: str, fixed: str) -> None:
    language = language_of(header, fixed)
    assert language in LANGUAGES
    assert not fixed or language == fixed


def test_arabic_is_written_from_right_to_left() -> None:
    assert {language: direction_of(language) for language in LANGUAGES} == {
        **dict.fromkeys(LANGUAGES, "ltr"),
        "ar": "rtl",
    }
