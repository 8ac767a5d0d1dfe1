"""`next`: what is kept, what becomes a path, and what is ignored. `tests/fuzz/test_next.py` has the hostile ones."""

import re
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.hub.web.next_url import MAX_NEXT_URL_LENGTH, safe_next_url

KEPT = [
    "/hub/home",
    "/hub/user-redirect/lab?x=1&y=a%20b#cell-3",
    "/user/ada/lab/tree/Hello%20World.ipynb",
    "/hub/api/oauth2/authorize?client_id=a&redirect_uri=%2Fuser%2Fada%2Foauth_callback&state=x%3D%3D",
    "/hub/spawn/ada?profile=large",
]

CHANGED = {
    "https://hub.example/hub/home?x=1": "/hub/home?x=1",
    "https://evil.example/hub/home": "/hub/home",
    "//evil.example/x": "/x",
    "///evil.example/x": "/evil.example/x",
    "hub/home": "/hub/home",
    "\\\\evil.example\\x": "/%5C%5Cevil.example%5Cx",
    "/\\evil.example": "/%5Cevil.example",
    "/héllo": "/h%C3%A9llo",
    "?x=1": "/?x=1",
    "/a b": "/a%20b",
    " /leading": "/leading",
    "/tree/My Notebook [1].ipynb": "/tree/My%20Notebook%20%5B1%5D.ipynb",
    "/tree/a+b.ipynb": "/tree/a+b.ipynb",
    "/tree/100%.ipynb?share=5%&x=%zz": "/tree/100%25.ipynb?share=5%25&x=%25zz",
    '/tree/"<{|}>`^.ipynb?q="<{|}>`^#"<{|}>`^': "/tree/%22%3C%7B%7C%7D%3E%60%5E.ipynb"
    "?q=%22%3C%7B%7C%7D%3E%60%5E#%22%3C%7B%7C%7D%3E%60%5E",
    "/tree/ж\u2028\uff0f": "/tree/%D0%B6%E2%80%A8%EF%BC%8F",
    b"/tree/caf\xe9 \xc3\xa9 %41": "/tree/caf%E9%20%C3%A9%20%41",
    "//evil.example/a b": "/a%20b",
}

IGNORED = {
    "nothing": "",
    "tab": "/\t/evil.example",
    "newline": "/\n/evil.example",
    "NUL": "/\x00",
    "dot segment": "/.//evil.example",
    "encoded dot segment": "/%2E//evil.example",
    "up": "/hub/../../x",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html,x",
    "broken IPv6": "//[::1",
    "broken host": "http://[",
    "too long": "/" + "x" * MAX_NEXT_URL_LENGTH,
    "too long once encoded": "/" + "é" * (MAX_NEXT_URL_LENGTH // 2),
    "lone surrogate": "/\ud800",
}


@pytest.mark.parametrize("url", KEPT)
def test_paths_of_the_hub_are_kept(url):
    assert safe_next_url(url) == url


@pytest.mark.parametrize(("given_url", "result"), CHANGED.items())
def test_other_forms_become_paths(given_url, result):
    assert safe_next_url(given_url) == result


@pytest.mark.parametrize("url", IGNORED.values(), ids=IGNORED.keys())
def test_hostile_values_are_ignored(url):
    assert safe_next_url(url) == ""


RAW_IN_A_PATH = st.sampled_from("aZ0!$&'()*+,-.;=@_~:[]|^%") | st.sampled_from(
    ["%20", "%2F", "%25", "%5B", "%C3%A9", "%E9", "%3F"]
)
RAW_IN_A_QUERY = RAW_IN_A_PATH | st.sampled_from("/?{}`\\")


def is_dots(segment):
    return unquote_to_bytes(segment) in (b".", b"..")


@given(
    st.lists(st.lists(RAW_IN_A_PATH, max_size=12).map("".join), min_size=1, max_size=5),
    st.none() | st.lists(RAW_IN_A_QUERY, max_size=20).map("".join),
    st.booleans(),
)
def test_each_path_that_a_browser_can_request_stays_the_same(segments, query, as_bytes):
    """The Hub sends a browser that asks for a page to the sign-in page, with that path and query as `next`."""
    requested = "/hub/" + "/".join(segments) + ("" if query is None else f"?{query}")
    if any(is_dots(segment) for segment in segments):
        return  # browsers resolve these themselves
    url = safe_next_url(requested.encode() if as_bytes else requested)
    assert unquote_to_bytes(url.partition("?")[0]) == unquote_to_bytes(requested.partition("?")[0])
    assert unquote_to_bytes(url.partition("?")[2]) == unquote_to_bytes(requested.partition("?")[2])
    assert not re.search(r"%(?![0-9A-F]{2})", url, re.IGNORECASE)
