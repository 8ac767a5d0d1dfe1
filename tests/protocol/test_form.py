"""form: duplicate fields and bytes that are not UTF-8 are refused."""

from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.protocol.form import FormError, decode_form

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@given(st.dictionaries(text.filter(bool), text.filter(bool), max_size=20))
def test_what_is_encoded_comes_back(fields: dict[str, str]) -> None:
    assert decode_form(urlencode(fields), max_fields=20) == fields


def test_empty_fields_count_as_omitted() -> None:
    """RFC 6749 §3.1: a parameter without a value is treated as omitted."""
    assert decode_form("&a=&b&=&c=1&&", max_fields=9) == {"c": "1"}
    assert decode_form("a=&b&c=1", max_fields=9, keep_empty=True) == {"a": "", "b": "", "c": "1"}


@pytest.mark.parametrize("query", ["a=1&a=1", "a=1&%61=2", "a=&a=1", "a&a", "x+y=1&x%20y=2"])
def test_f73_a_field_twice_is_refused_however_it_is_spelt(query: str) -> None:
    with pytest.raises(FormError, match="twice"):
        decode_form(query, max_fields=9)


@pytest.mark.parametrize("query", ["a=%ff", "%C0%AF=1", "a=%ed%a0%80", "a=\ud800"])
def test_what_is_not_utf8_is_refused(query: str) -> None:
    with pytest.raises(FormError, match="UTF-8"):
        decode_form(query, max_fields=9)


def test_the_number_of_fields_is_bounded_before_they_are_read() -> None:
    assert len(decode_form("&".join(f"a{i}=1" for i in range(9)), max_fields=9)) == 9
    with pytest.raises(FormError, match="more than 9 fields"):
        decode_form("&".join(f"a{i}=1" for i in range(10)), max_fields=9)
