"""text: text from a provider in the log is one short line without secrets and control characters."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.protocol.text import for_log, printable, quoted


@pytest.mark.parametrize(
    "sentence",
    [
        "The user denied access to your application.",
        "unsupported_response_type: see https://docs.example.com/errors/reference",
        "AADSTS7000215: Invalid client secret provided.",
        "Ungültige Anfrage",
    ],
)
def test_ordinary_sentences_stay(sentence: str) -> None:
    assert for_log(sentence) == sentence


def test_lines_and_controls_become_spaces() -> None:
    assert for_log("a\r\nb\x1b[31m\u202ec\u2028d\x00\ud800e") == "a b [31m c d e"


@pytest.mark.parametrize(
    "secret",
    [
        "4e5f6a7b8c9d0e1f2a3b",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIn0.",
        "SplxlOBeZQQYbYS6WxSbIAabc",
        "q" * 40,
        "ab/+=12345678901",
    ],
)
def test_what_looks_like_a_token_is_replaced_by_its_length(secret: str) -> None:
    assert for_log(f"code '{secret}' is wrong") == f"code '[{len(secret)} characters]' is wrong"


def test_a_run_of_32_letters_is_no_word() -> None:
    assert for_log("q" * 31) == "q" * 31
    assert for_log("q" * 32) == "[32 characters]"


def test_entities_of_html_are_decoded() -> None:
    assert for_log("the &quot;code&quot; isn&#39;t &lt;known&#x3e; &nosuch; & so on") == (
        'the "code" isn\'t <known> &nosuch; & so on'
    )


def test_the_limit_is_the_length_of_the_longest_line() -> None:
    assert for_log("a" * 8, 8) == "a" * 8
    assert for_log("a" * 9, 8) == "a" * 7 + "…"
    assert for_log("a b " * 50) == "a b " * 49 + "a b"
    assert for_log("a b " * 51) == "a b " * 49 + "a b…"


@given(st.text(max_size=5000), st.integers(8, 300))
def test_any_text_becomes_one_bounded_visible_line(text: str, limit: int) -> None:
    line = for_log(text, limit)
    assert len(line) <= limit
    assert all(c == " " or unicodedata.category(c)[0] not in "CZ" for c in line)
    assert line.encode("utf-8").decode("utf-8") == line


def test_a_token_at_the_cut_does_not_leak_its_beginning() -> None:
    assert for_log("word " + " " * 4080 + "4e5f6a7b8c9d0e1f2a3b4c5d6e7f") == "word"
    assert for_log("two words " + "x1" * 500_000) == "two words"
    assert for_log(" " * 4091 + "whole") == "whole"


@pytest.mark.parametrize(
    "text", ["x1" * 2500, " " * 4095 + "whole", "\n" * 4097, "\x00 " * 5000, "https://op.example/?" + "a,b&" * 2000]
)
def test_a_long_text_without_a_whole_word_is_replaced_by_its_length(text: str) -> None:
    """An empty text would say that the provider has sent nothing."""
    assert for_log(text) == f"[{len(text)} characters]"
    assert for_log(text, 8) == f"[{len(text)} characters]"[:7] + "…"


def test_a_short_text_of_spaces_is_empty() -> None:
    assert for_log(" \n" * 2048) == ""


def test_a_quoted_value_is_ascii_and_bounded() -> None:
    assert quoted("https://login.example.org/realms/1234567890abcdef1234567890") == (
        "'https://login.example.org/realms/1234567890abcdef1234567890'"
    )
    assert quoted("https://l\u043egin.example\r\n\u202e\ud800") == r"'https://l\u043egin.example\r\n\u202e\ud800'"
    assert quoted("") == "''"
    assert quoted("x" * 500) == f"'{'x' * 150}'… (500 characters)"
    assert quoted("abcdef", 3) == "'abc'… (6 characters)"
    assert quoted("abc", 3) == "'abc'"
    assert quoted("ab\n", 3) == "'ab\\'… (3 characters)", "an escape is longer than its character"
    assert quoted('it\'s "x"') == """'it\\'s "x"'"""


@given(st.text(max_size=500), st.integers(8, 300))
def test_any_quoted_text_is_one_bounded_line(text: str, limit: int) -> None:
    line = quoted(text, limit)
    assert len(line) <= limit + 30
    assert line.replace("…", "").isascii()
    assert line.isprintable()


@given(st.text(st.characters()))
def test_every_character_is_printed(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()
    assert text != shown or text.isprintable()


@pytest.mark.parametrize("text", ["", "Zoë Çelik", "李明", "a 'b' \\x1b", "🙂"])
def test_printable_text_stays(text: str) -> None:
    assert printable(text) == text


def test_names_of_the_wrong_kind_are_escaped() -> None:
    assert printable("a\x1b[31mb\nc") == "a\\x1b[31mb\\nc"
    assert printable("Zoë\n") == "Zoë\\n", "the other characters stay"
    assert printable("\u202eecila\ud800\U000e0001") == "\\u202eecila\\ud800\\U000e0001"
