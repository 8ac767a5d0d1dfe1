"""strict_json: unambiguous documents are parsed and others refused, in bounded time."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import InvalidResponse
from oauthenticator_suite.protocol.strict_json import loads, loads_object

LABEL = "test document"


def refusal(data: bytes | str, **limits: int) -> str:
    with pytest.raises(InvalidResponse) as caught:
        loads_object(data, label=LABEL, **limits)
    assert caught.value.detail.startswith(LABEL + ": ")
    assert caught.value.status == 502
    # The parser's own exception holds the document: it must hang nowhere on ours.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    return caught.value.detail


def test_objects_are_read_from_bytes_and_text() -> None:
    expected = {"a": [1, 2.5, None, True], "b": {"ü": "\U0001f600"}}
    for text in (json.dumps(expected), json.dumps(expected, ensure_ascii=False), f"\r\n\t {json.dumps(expected)} "):
        assert loads_object(text, label=LABEL) == expected
        assert loads_object(text.encode(), label=LABEL) == expected


@pytest.mark.parametrize(
    "text", ["{", "{'a': 1}", '{"a": 1,}', '{"a": 01}', '{"a": "\n"}', '{"a": 1} x', "<html>", "\x00"]
)
def test_f26_what_is_not_json_is_refused(text: str) -> None:
    assert "not JSON" in refusal(text)


@pytest.mark.parametrize(
    ("text", "kind"), [("[]", "list"), ("null", "NoneType"), ('"a"', "str"), ("1", "int"), ("true", "bool")]
)
def test_f27_other_values_are_no_object(text: str, kind: str) -> None:
    assert kind in refusal(text)
    assert loads(text, label=LABEL) == json.loads(text)


@pytest.mark.parametrize(
    "text", ['{"sub": "a", "sub": "b"}', '{"a": [{"sub": 1, "sub": 1}]}', '{"sub": 1, "s\\u0075b": 2}']
)
def test_f28_f57_a_member_name_twice_is_refused(text: str) -> None:
    assert "duplicate member" in refusal(text)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity"])
def test_f29_nan_and_infinity_are_refused(number: str) -> None:
    assert "NaN or Infinity" in refusal(f'{{"exp": {number}}}')


@pytest.mark.parametrize("number", ["1e400", "-1e400", "9" * 41, "-" + "9" * 40, "0." + "1" * 2000, "9" * 500_000])
def test_absurd_numbers_are_refused(number: str) -> None:
    assert "JSON" in refusal(f'{{"exp": {number}}}')


def test_the_longest_numbers() -> None:
    assert loads("9" * 40, label=LABEL) == 10**40 - 1
    longest = "0." + "1" * 1098
    assert loads_object(f'{{"n": {longest}}}', label=LABEL) == {"n": float(longest)}
    assert "too large or too long" in refusal(f'{{"n": {longest}1}}')


def test_numbers_that_people_use_are_read_exactly() -> None:
    text = '{"id": 115792089237316195423570985008687907853, "exp": 1.7e9, "small": -0.0, "tiny": 1e-400}'
    assert loads_object(text, label=LABEL) == {
        "id": 115792089237316195423570985008687907853,
        "exp": 1.7e9,
        "small": 0.0,
        "tiny": 0.0,
    }


@pytest.mark.parametrize("opening", ["[", '{"a":', '{"a":[', '{"\\\\":', '{"\\"":['])
@pytest.mark.parametrize("closed", [False, True])
def test_f30_depth_200k_is_refused_at_once_and_without_recursion(opening: str, closed: bool) -> None:
    text = opening * 200_000
    if closed:
        text += "1" + "".join({"[": "]", "{": "}"}.get(c, "") for c in reversed(text))
    assert "nested deeper than 40" in refusal(text, max_bytes=10_000_000)


def test_the_depth_limit_is_exact() -> None:
    def nested(depth: int) -> str:
        return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)

    assert loads_object(nested(40), label=LABEL)
    assert "deeper than 40" in refusal(nested(41))
    assert loads_object(nested(41), label=LABEL, max_depth=41)
    assert "deeper than 2" in refusal('{"a": [[], []]}', max_depth=2)


def test_brackets_within_strings_are_no_nesting() -> None:
    text = json.dumps({'\\"[{': ["[" * 5000, '"{' * 5000, "\\" * 5001 + '"' + "[" * 100]})
    assert loads_object(text, label=LABEL) == json.loads(text)


def test_brackets_behind_a_string_do_count() -> None:
    assert "deeper than" in refusal('{"\\\\": ' + "[" * 50 + "]" * 50 + "}")
    assert "deeper than" in refusal('{"\\\\\\"": ' + "[" * 50 + "]" * 50 + "}")


@pytest.mark.parametrize(
    "data",
    [b'{"a": "\xff"}', b'{"a": "\xc0\xaf"}', b'{"a": "\xed\xa0\x80"}', '{"a": 1}'.encode("utf-16"), '{"a": "\ud800"}'],
)
def test_f31_what_is_not_utf8_is_refused(data: bytes | str) -> None:
    assert "UTF-8" in refusal(data)


@pytest.mark.parametrize("data", [b'\xef\xbb\xbf{"a": 1}', '\ufeff{"a": 1}'])
def test_f32_a_byte_order_mark_is_refused(data: bytes | str) -> None:
    assert "byte order mark" in refusal(data)


def test_the_limits_without_others() -> None:
    """A megabyte, and depth 40."""
    for read, largest in ((loads, "[" * 40 + "]" * 40), (loads_object, '{"a":' * 40 + "1" + "}" * 40)):
        read(largest.ljust(1_048_576), label=LABEL)
        with pytest.raises(InvalidResponse, match="larger than 1048576 bytes"):
            read(largest.ljust(1_048_577), label=LABEL)
        with pytest.raises(InvalidResponse, match="nested deeper than 40"):
            read(f"[{largest}]", label=LABEL)


def test_unclosed_brackets_up_to_the_limit_are_not_json() -> None:
    assert "not JSON" in refusal("[[]," + "[" * 4, max_depth=5)
    assert "nested deeper than 5" in refusal("[[]," + "[" * 5, max_depth=5)


@pytest.mark.parametrize("data", [b"", "", b" \r\n\t "])
def test_f33_an_empty_body_is_refused(data: bytes | str) -> None:
    assert "empty" in refusal(data)


@pytest.mark.parametrize(
    "text", ['{"a": "\\ud800"}', '{"\\udfff": 1}', '{"a": ["\\ude00\\ud83d"]}', '{"a": "\\\\\\ud800"}']
)
def test_lone_surrogates_are_refused(text: str) -> None:
    assert "lone surrogate" in refusal(text)


def test_surrogate_pairs_and_escaped_backslashes_are_fine() -> None:
    assert loads_object('{"a": "\\ud83d\\ude00", "b": "\\\\ud800"}', label=LABEL) == {"a": "\U0001f600", "b": "\\ud800"}


def test_f23_size_is_counted_in_bytes() -> None:
    text = '{"a": "ü"}'
    assert loads_object(text, label=LABEL, max_bytes=11)
    assert "larger than 10" in refusal(text, max_bytes=10)
    assert "larger than 10" in refusal(text.encode(), max_bytes=10)
    assert "larger than 1048576" in refusal("x" * 50_000_000)


def test_no_refusal_quotes_the_document() -> None:
    for text in (
        '{"canary": canary}',
        '{"canary": 1, "canary": 2}',
        '"canary"',
        '{"a": "canary\\ud800"}',
        "canary" * 2,
    ):
        assert "canary" not in refusal(text)


@given(st.binary(max_size=300) | st.text(max_size=300) | st.text(alphabet='{}[]",:\\u0deE19-N \ud800', max_size=200))
def test_only_typed_errors_ever_come_out(data: bytes | str) -> None:
    """F26-F33: any input gives an object that encodes again, or InvalidResponse."""
    try:
        value = loads_object(data, label=LABEL, max_depth=5)
    except InvalidResponse:
        return
    assert json.loads(json.dumps(value, allow_nan=False).encode()) == value


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(), json_values, max_size=5), st.booleans())
def test_every_ordinary_object_comes_through(value: dict[str, object], ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    assert loads_object(text, label=LABEL) == value


def depth_of(value: object) -> int:
    if isinstance(value, dict):
        return 1 + max(map(depth_of, value.values()), default=0)
    return 1 + max(map(depth_of, value), default=0) if isinstance(value, list) else 0


@given(st.dictionaries(st.text(), json_values, max_size=5), st.integers(1, 6))
def test_depth_is_what_a_recursive_count_says(value: dict[str, object], limit: int) -> None:
    text = json.dumps(value)
    if depth_of(value) <= limit:
        assert loads_object(text, label=LABEL, max_depth=limit) == value
    else:
        assert "nested deeper" in refusal(text, max_depth=limit)


def test_a_large_flat_document_is_read() -> None:
    for body in ("[]," * 300_000 + "[]", '"\\"",' * 150_000 + "1", "1," * 400_000 + "1", "{}," * 300_000 + "{}"):
        assert loads_object('{"a": [' + body + "]}", label=LABEL)["a"]


def test_floats_are_finite() -> None:
    assert all(
        math.isfinite(v) for v in loads_object('{"a": 1.7976931348623157e308, "b": -5e-324}', label=LABEL).values()
    )
