"""What a browser can send to the callback: queries and cookies."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote_from_bytes

from hypothesis import strategies as st

NAMES = (
    "code",
    "state",
    "iss",
    "error",
    "error_description",
    "error_uri",
    "response",
    "session_state",
    "scope",
    "next",
)
RAW = st.sampled_from(
    ["%", "%zz", "%ff", "%00", "%ed%a0%80", "%0d%0aSet-Cookie:a=b", "+", "&", "=", "&&", ";", "#", "<b>", "%3Cscript%3E",
     "\u2028", "[]", "{}", "${x}", "a" * 3000]
)  # fmt: skip
values = st.text(max_size=20).map(lambda text: quote_from_bytes(text.encode("utf-8", "surrogatepass"))) | RAW
"""Values as they are written in a URL, valid or not."""

fields = st.tuples(st.sampled_from(NAMES) | values, values)
"""Parameters."""

Params = list[tuple[str, str]]
Change = Callable[[Params], Params]


def _without(name: str) -> Change:
    return lambda params: [(key, value) for key, value in params if key != name]


def _with(name: str, value: str) -> Change:
    return lambda params: [(key, value if key == name else old) for key, old in params]


def _more(extra: Params) -> Change:
    return lambda params: [*params, *extra]


def _twice(name: str) -> Change:
    return lambda params: [*params, *((key, value) for key, value in params if key == name)]


SENT = st.sampled_from(["code", "state", "iss"])
query_changes: st.SearchStrategy[tuple[str, Change]] = st.one_of(
    SENT.map(lambda name: (f"no {name}", _without(name))),
    SENT.map(lambda name: (f"{name} twice", _twice(name))),
    SENT.map(lambda name: (f"empty {name}", _with(name, ""))),
    st.tuples(SENT, values).map(lambda one: (f"another {one[0]}", _with(*one))),
    st.tuples(st.just("error"), values).map(lambda one: ("an error", _more([one]))),
    st.lists(fields, min_size=1, max_size=6).map(lambda extra: ("more", _more(extra))),
)
"""Changes of a good callback's query, with what they do."""


def many(number: int) -> Change:
    """So many more parameters."""
    return _more([(f"p{index}", "") for index in range(number)])


def _flipped(position: float, bit: int) -> Callable[[str], str]:
    def change(value: str) -> str:
        at = int(position * (len(value) - 1))
        letter = chr((ord(value[at]) ^ (1 << bit)) & 0x7F)
        return value[:at] + letter + value[at + 1 :]

    return change


text_changes: st.SearchStrategy[Callable[[str], str]] = st.one_of(
    st.builds(_flipped, st.floats(0, 1), st.integers(0, 6)),
    st.sampled_from(
        [lambda value: value[:-1], lambda value: value[1:], lambda value: value + "A", lambda value: value + value,
         lambda value: value[::-1], lambda value: "", lambda value: value.swapcase(), lambda value: f'"{value}"',
         lambda value: value + "=", lambda value: "A" * len(value), lambda value: (value * 600)[:60_000]]
    ),
    st.integers(1, 40).map(lambda number: lambda value: value[:number]),
    st.text(st.characters(codec="ascii"), max_size=80).map(lambda text: lambda value: text),
)  # fmt: skip
"""Changes of a sealed cookie's value or of a state: bits flipped, cut, repeated (up to 60 kB), replaced."""
