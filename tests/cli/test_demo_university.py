"""The pages that the demo adds to its provider: the landing page, the switch, and which requests are answered."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import canaille
import pytest
from bs4 import BeautifulSoup

from oauthenticator_suite.cli.demo.provider import make_app
from oauthenticator_suite.cli.demo.university import CUSTOM_CONFIG, LOOK_FOLDER

HUB = "http://127.0.0.1:8003"
CALLBACK = f"{HUB}/hub/auth/university/authorize"
REQUEST = {
    "response_type": "code",
    "client_id": "demo",
    "redirect_uri": CALLBACK,
    "scope": "openid groups",
    "state": "s-1",
    "nonce": "n-1",
}


@pytest.fixture(scope="module")
def app() -> Iterator[Any]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")  # as `make_app` sets it, until the end of this module
        yield make_app(8080, HUB, "demo", "a-secret")


@pytest.fixture
def browser(app: Any) -> Iterator[Any]:
    """A browser. The provider is on again afterwards."""
    browser = app.test_client()
    yield browser
    turn(browser, "on")


def get(browser: Any, path: str, **query: str) -> Any:
    return browser.get(path, base_url="http://127.0.0.1:8080", query_string=query)


def turn(browser: Any, to: str, **fields: str) -> Any:
    page = BeautifulSoup(get(browser, "/").text, "html.parser")
    token = page.find("input", {"name": "csrf_token"})
    assert token is not None
    return browser.post(
        "/switch", base_url="http://127.0.0.1:8080", data={"csrf_token": token["value"], "turn": to, **fields}
    )


@pytest.mark.parametrize("path", ["/", "/login", "/nowhere", "/login?off"])
def test_pages_need_nothing_from_elsewhere_and_no_script_inside(browser: Any, path: str) -> None:
    if path.endswith("?off"):
        turn(browser, "off")
    answer = browser.get(path, base_url="http://127.0.0.1:8080", follow_redirects=True)
    assert re.findall(r"<script>|<style|\sstyle=|\son[a-z]+=|javascript:", answer.text) == []
    page = BeautifulSoup(answer.text, "html.parser")
    for element in page.find_all(["script", "link", "img"]):
        address = str(element.get("src") or element.get("href"))
        assert address.startswith("/look/"), element
        with get(browser, address) as file:
            assert file.status_code == 200
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'; style-src 'self'; script-src 'self'" in policy
    assert f"form-action 'self' {HUB} http://localhost:8003;" in policy
    assert "unsafe" not in policy


def test_the_switch_needs_the_token_of_the_page(browser: Any) -> None:
    """A page of another site cannot turn it."""
    for token in ("", "guessed"):
        assert turn(browser, "off", csrf_token=token).status_code == 400
        assert "Demo University is on" in get(browser, "/").text
    assert turn(browser, "off").status_code == 303
    assert "Demo University is off" in get(browser, "/").text


def test_while_it_is_off_the_hub_gets_503(browser: Any) -> None:
    turn(browser, "off")
    for path in ("/.well-known/openid-configuration", "/oauth/jwks.json", "/oauth/userinfo"):
        answer = get(browser, path)
        assert (answer.status_code, answer.json) == (503, {"error": "temporarily_unavailable"})
    assert browser.post("/oauth/token", base_url="http://127.0.0.1:8080").status_code == 503
    turn(browser, "on")
    assert get(browser, "/.well-known/openid-configuration").json["issuer"] == "http://127.0.0.1:8080"


def test_while_it_is_off_the_browser_goes_back_to_the_hub(browser: Any) -> None:
    turn(browser, "off")
    answer = get(browser, "/oauth/authorize", **REQUEST)
    target = urlsplit(answer.location)
    assert target._replace(query="").geturl() == CALLBACK
    assert parse_qs(target.query) == {
        "error": ["temporarily_unavailable"],
        "state": ["s-1"],
        "iss": ["http://127.0.0.1:8080"],
    }


@pytest.mark.parametrize(
    "changed",
    [{"client_id": "another"}, {"redirect_uri": "https://evil.example/"}, {"redirect_uri": CALLBACK + "/.."}],
    ids=str,
)
def test_while_it_is_off_the_browser_is_sent_to_no_other_address(browser: Any, changed: dict[str, str]) -> None:
    turn(browser, "off")
    answer = get(browser, "/oauth/authorize", **{**REQUEST, **changed})
    assert answer.status_code == 503
    assert "Demo University is turned off" in answer.text
    assert answer.location is None


@pytest.mark.parametrize("path", ["/profile/alice", "/users", "/about", "/consent", "/admin/client", "/register"])
def test_other_pages_of_the_provider_lead_to_the_landing_page(browser: Any, path: str) -> None:
    answer = get(browser, path)
    assert (answer.status_code, answer.location) == (302, "/")


@pytest.mark.parametrize("path", ["/look/hub/../../secret", "/look/demo/../landing.html", "/look/elsewhere/x.css"])
def test_no_other_file_is_served(browser: Any, path: str) -> None:
    assert get(browser, path).status_code == 404


def test_a_configuration_of_the_visitors_own_is_named(browser: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "your own configuration" not in get(browser, "/").text
    monkeypatch.setenv(CUSTOM_CONFIG, "/srv/<mine>.py")
    assert "your own configuration, <code>/srv/&lt;mine&gt;.py</code>" in get(browser, "/").text


def test_every_template_takes_the_place_of_one_of_canaille() -> None:
    """Under another name, it would never be shown."""
    ours = {"base.html", "parts.html", "landing.html", "off.html"}
    names = {str(path.relative_to(LOOK_FOLDER)) for path in LOOK_FOLDER.rglob("*.html")} - ours
    theirs = Path(canaille.__file__).parent / "templates"
    assert len(names) == 5
    assert [name for name in names if not (theirs / name).is_file()] == []
