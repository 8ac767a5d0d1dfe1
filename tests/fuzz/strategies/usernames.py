"""Names of users that look alike, or that some system takes for the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from urllib.parse import quote

from hypothesis import strategies as st

CONFUSABLE = str.maketrans("aceopxysijAEKMTBHOPC", "асеорхуѕіјАЕКМТВНОРС")
"""Latin letters → Cyrillic letters of the same shape."""

INVISIBLE = (
    "\u200b",
    "\u200c",
    "\u200d",
    "\u2060",
    "\ufeff",
    "\u00ad",
    "\u034f",
    "\u180e",
    "\u202e",
    "\u200f",
    "\u0000",
)

SPELLINGS: tuple[Callable[[str], str], ...] = (
    str.upper,
    str.lower,
    str.title,
    str.swapcase,
    str.casefold,
    *(lambda name, form=form: unicodedata.normalize(form, name) for form in ("NFC", "NFD", "NFKC", "NFKD")),
    lambda name: name.translate(CONFUSABLE),
    lambda name: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in name),  # full width
    lambda name: name.replace("k", "\u212a").replace("K", "\u212a"),  # the Kelvin sign
    lambda name: name.replace("s", "\u017f"),  # the long s
    lambda name: name.replace("i", "\u0131").replace("I", "\u0130"),  # Turkish
    lambda name: name.replace("ss", "ß").replace("SS", "ẞ"),
    lambda name: name.replace("ffi", "\ufb03").replace("fi", "\ufb01"),
    lambda name: name.replace("σ", "ς"),
    *(lambda name, mark=mark: name[:1] + mark + name[1:] for mark in INVISIBLE),
    lambda name: name + "\u0301",
    lambda name: f" {name}",
    lambda name: f"{name} ",
    lambda name: f"{name}\u00a0",
    lambda name: name.replace(" ", "\u00a0").replace("-", "\u2010"),
    lambda name: quote(name, safe=""),
    lambda name: "".join(f"%{byte:02x}" for byte in name.encode("utf-8", "surrogatepass")),
    lambda name: f"{name}/../{name}",
    lambda name: f"{name}%2f",
    lambda name: f"{name}@example.org",
    lambda name: name + "\x00",
    lambda name: name + "." * 260,
)
"""Other spellings of a name."""

names = st.one_of(
    st.sampled_from(
        ["alice", "kelvin", "straße", "ffion", "İpek", "σίσυφος", "a b", "o'hara", "Ǆ", "…", "admin", "a.b-c_d"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12),
    st.text(st.characters(categories=["Mn", "Cf", "Zs", "Lm", "Lt", "Nl", "Co", "Cc", "Ll"]), min_size=1, max_size=4),
)
"""Names in all scripts, of all Unicode categories that JSON can carry."""

pairs = st.tuples(names, st.lists(st.sampled_from(SPELLINGS), min_size=0, max_size=3)).map(
    lambda one: (one[0], _spelled(*one))
) | st.tuples(names, names)
"""Two names; most of them are two spellings of one."""


def _spelled(name: str, changes: list[Callable[[str], str]]) -> str:
    for change in changes:
        name = change(name)
    return name
