"""`next` never leaves the origin, according to a WHATWG URL parser as in browsers."""

import json
import os
import random
import shutil
import subprocess

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
}

IGNORED = {
    "nothing": "",
    "tab": "/\t/evil.example",
    "newline": "/\n/evil.example",
    "NUL": "/\x00",
    "space": "/a b",
    "dot segment": "/.//evil.example",
    "encoded dot segment": "/%2E//evil.example",
    "up": "/hub/../../x",
    "javascript": "javascript:alert(1)",
    "data": "data:text/html,x",
    "broken IPv6": "//[::1",
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


@given(st.text(alphabet=st.sampled_from("/\\.:@?#%2eEfF[]\t\r\n \x00abж\u2028\uff0f"), max_size=60))
def test_the_result_is_stable_ascii_and_a_path(value):
    url = safe_next_url(value)
    assert url == "" or (url.startswith("/") and not url.startswith("//") and url.isascii())
    assert len(url) <= MAX_NEXT_URL_LENGTH
    assert safe_next_url(url) == url


CHECK = """
const urls = JSON.parse(require('fs').readFileSync(0, 'utf8'));
const base = 'https://hub.example/hub/oauth_callback?x';
console.log(JSON.stringify(urls.filter(u => new URL(u, base).origin !== 'https://hub.example')));
"""


@pytest.mark.long
def test_no_next_leaves_the_origin(examples):
    """H (CVE-2019-10255, CVE-2026-33709): many strings of a hostile grammar, parsed by Node's URL."""
    node = shutil.which("node")
    if node is None:
        assert not os.environ.get("CI"), "CI must have Node.js"
        pytest.skip("Node.js is not installed")
    pieces = [
        "/",
        "//",
        "\\",
        "\t",
        "\r\n",
        "@",
        ":",
        "#",
        "?",
        "%2f",
        "%5c",
        "%09",
        ".",
        "..",
        "%2e",
        ";",
        "\x00",
        " ",
    ]
    pieces += [
        "https:",
        "http:",
        "javascript:",
        "evil.example",
        "[::1]",
        "user",
        "hub",
        "\u2028",
        "\uff0f",
        "\u3002",
        "a",
    ]
    dice = random.Random(20260101)
    urls = {
        safe_next_url("".join(dice.choices(pieces, k=dice.randint(1, 9)))) for _ in range(examples(50_000, 1_000_000))
    } - {""}
    assert len(urls) > 5_000
    checked = subprocess.run(
        [node, "-e", CHECK], input=json.dumps(sorted(urls)), capture_output=True, text=True, check=True, timeout=300
    )
    assert json.loads(checked.stdout) == []
