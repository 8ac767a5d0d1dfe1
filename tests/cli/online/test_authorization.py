"""What a response to an authorization request says: redirects and the pages of real providers."""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.cli.check.online.authorization import (
    ACCEPTS,
    NO_OBJECTION,
    REFUSES,
    SAYS_NOTHING,
    PageReading,
    follow,
    location_of,
    verdict_of_page,
    verdict_of_redirect,
)
from oauthenticator_suite.protocol.messages import Request, Response

CALLBACK = "https://hub.example.org/hub/oauth_callback"
AUTHORIZE = "https://login.example.org/authorize?client_id=hub"
LOGIN = "https://login.example.org/login"
HTML = {"content-type": "text/html; charset=utf-8"}


def page(status: int, text: str) -> Response:
    return Response(status, HTML, f"<html><head><script>invalid_client</script></head><p>{text}</p></html>".encode())


def to(url: str, status: int = 302) -> Response:
    return Response(status, {"location": url}, b"")


async def read(*responses: Response, redirects: int = 5) -> tuple[PageReading, list[str]]:
    """What is read when these responses come, and the URLs that were asked."""
    asked, waiting = [], list(responses)

    async def send(request: Request) -> Response:
        asked.append(request.url)
        assert not {name.lower() for name in request.headers} & {"authorization", "cookie"}
        return waiting.pop(0)

    return await follow(AUTHORIZE, CALLBACK, send, redirects), asked


PAGES = {
    # provider: the words of its page, and the option that they are about
    "Keycloak, redirect URI": ("Invalid parameter: redirect_uri", "oauth_callback_url"),
    "Keycloak, client": ("Client not found.", "client_id"),
    "Doorkeeper": ("The redirect URI included is not valid.", "oauth_callback_url"),
    "Doorkeeper, client": ("Client authentication failed due to unknown client, no client", "client_id"),
    "Auth0": ("Callback URL mismatch. The provided redirect_uri is not in the list", "oauth_callback_url"),
    "Google": ("Error 400: redirect_uri_mismatch", "oauth_callback_url"),
    "Okta": ("The 'redirect_uri' parameter must be a Login redirect URI in the client", "oauth_callback_url"),
    "oidc-provider": ("redirect_uri did not match any of the client's registered redirect_uris", "oauth_callback_url"),
    "oauthlib": ("(invalid_request) Mismatching redirect URI.", "oauth_callback_url"),
    "code of RFC 6749": ("error: invalid_scope", "scope"),
    "client code": ("unauthorized_client", "client_id"),
}


@pytest.mark.parametrize("name", PAGES)
def test_an_error_page_names_the_option(name: str) -> None:
    words, option = PAGES[name]
    for status in (400, 401, 403):
        reading = verdict_of_page(page(status, words))
        assert (reading.kind, reading.option) == (REFUSES, option)
        assert f"(HTTP {status})" in reading.detail
    assert verdict_of_page(page(500, words)).kind == SAYS_NOTHING


@pytest.mark.parametrize("status", [200, 201])
def test_a_login_page_is_no_objection_whatever_words_it_has(status: int) -> None:
    """Pages contain the texts of errors that did not happen."""
    for words, _ in PAGES.values():
        assert verdict_of_page(page(status, words)).kind == NO_OBJECTION


def test_words_in_scripts_do_not_count() -> None:
    assert verdict_of_page(page(400, "Something went wrong")).kind == SAYS_NOTHING
    assert verdict_of_page(page(400, "<STYLE a='b'>invalid_client</style >")).kind == SAYS_NOTHING
    assert verdict_of_page(page(400, "</script>Client not found<script>")).option == "client_id"


@pytest.mark.parametrize("part", ["<script ", "</script ", "<", "<style><"])
def test_a_hostile_page_is_read_in_linear_time(part: str) -> None:
    """In quadratic time, this takes longer than a test may."""
    assert verdict_of_page(page(400, part * (200_000 // len(part)))).kind == SAYS_NOTHING


@pytest.mark.parametrize(
    ("status", "code", "option"),
    [
        (200, "50011", "oauth_callback_url"),
        (400, "700016", "client_id"),
        (200, "90002", "tenant_id"),
        (200, "12345", ""),
    ],
)
def test_a_page_of_entra(status: int, code: str, option: str) -> None:
    text = f'"strServiceExceptionMessage":"AADSTS{code}: Something is wrong. Trace ID: 0a1b-2c3d","other"'
    reading = verdict_of_page(page(status, text))
    assert (reading.kind, reading.code, reading.option) == (REFUSES, f"AADSTS{code}", option)
    assert "0a1b" not in reading.detail


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("login_required", ACCEPTS),
        ("interaction_required", ACCEPTS),
        ("consent_required", ACCEPTS),
        ("invalid_scope", REFUSES),
        ("unauthorized_client", REFUSES),
        ("server_error", SAYS_NOTHING),
        ("temporarily_unavailable", SAYS_NOTHING),
        ("access_denied", SAYS_NOTHING),
    ],
)
def test_an_error_at_the_redirect_uri(error: str, kind: str) -> None:
    for joint in ("?", "#"):
        target = location_of(to(f"{CALLBACK}{joint}error={error}&state=s"), AUTHORIZE)
        reading = verdict_of_redirect(target, CALLBACK)
        assert reading is not None
        assert (reading.kind, reading.code) == (kind, error)


def test_a_code_is_an_acceptance_and_not_shown() -> None:
    reading = verdict_of_redirect(f"{CALLBACK}?code=secret-code-1234567&state=s", CALLBACK)
    assert reading is not None
    assert reading.kind == ACCEPTS
    assert "secret" not in reading.detail


def test_urls_and_values_that_cannot_be_read() -> None:
    reading = verdict_of_redirect("https://[::1", CALLBACK)
    assert reading is not None
    assert reading.kind == SAYS_NOTHING
    reading = verdict_of_redirect("https://login.example.org/error?authError=%C3%A9", CALLBACK)
    assert reading is not None
    assert reading.kind == REFUSES


def test_neither_a_code_nor_an_error() -> None:
    reading = verdict_of_redirect(f"{CALLBACK}?state=s", CALLBACK)
    assert reading is not None
    assert reading.kind == SAYS_NOTHING


def test_an_error_at_another_callback_url() -> None:
    """GitHub redirects to the registered URL."""
    reading = verdict_of_redirect("https://old.example.org/cb?error=redirect_uri_mismatch&state=s", CALLBACK)
    assert reading is not None
    assert (reading.kind, reading.option) == (REFUSES, "oauth_callback_url")
    assert "https://old.example.org/cb" in reading.detail
    assert verdict_of_redirect("https://idp.example.org/login?error=none", CALLBACK) is None


@pytest.mark.parametrize("text", ["\x0a\x15redirect_uri_mismatch\x12\x88\x01You can't sign in", "\x0aother_error"])
def test_an_error_page_of_google(text: str) -> None:
    value = urlsafe_b64encode(text.encode("latin-1")).decode().rstrip("=")
    reading = verdict_of_redirect(f"https://login.example.org/signin/oauth/error?authError={value}", CALLBACK)
    assert reading is not None
    assert reading.kind == REFUSES
    assert ("redirect_uri_mismatch" in reading.detail) == ("redirect" in text)


async def test_redirects_within_the_provider_are_followed() -> None:
    reading, asked = await read(to("/login?a=b"), to("https://login.example.org/form"), page(200, "password"))
    assert reading.kind == NO_OBJECTION
    assert asked == [AUTHORIZE, f"{LOGIN}?a=b", "https://login.example.org/form"]


async def test_a_redirect_to_another_host_is_not_followed() -> None:
    reading, asked = await read(to("https://idp.example.net/sso?SAMLRequest=abc"))
    assert reading == PageReading(NO_OBJECTION, "it redirects to https://idp.example.net/sso")
    assert len(asked) == 1


async def test_the_redirect_uri_is_never_requested() -> None:
    reading, asked = await read(to(f"{CALLBACK}?code=c&state=s"))
    assert reading.kind == ACCEPTS
    assert len(asked) == 1


async def test_redirects_have_an_end() -> None:
    reading, asked = await read(*[to(LOGIN)] * 9)
    assert reading == PageReading(NO_OBJECTION, f"it redirects to its own page {LOGIN}")
    assert len(asked) == 6


async def test_a_page_that_needs_a_cookie() -> None:
    reading, _ = await read(to(LOGIN), page(400, "Cookies are needed"))
    assert reading == PageReading(NO_OBJECTION, f"it redirects to its own page {LOGIN}")


async def test_an_error_page_after_a_redirect() -> None:
    reading, _ = await read(to("/error"), page(400, "invalid_client"))
    assert reading.kind == REFUSES


def test_a_refusal_in_json() -> None:
    body = json.dumps({"error": "invalid_request", "error_description": "Unknown client"}).encode()
    reading = verdict_of_page(Response(400, {"content-type": "application/json"}, body))
    assert (reading.kind, reading.code, reading.option) == (REFUSES, "invalid_request", "client_id")
    for text in (b"{}", b"[1]", b'{"error": 1}', b"{"):
        assert verdict_of_page(Response(400, {"content-type": "application/json"}, text)).kind == SAYS_NOTHING


def test_no_page() -> None:
    assert verdict_of_page(Response(200, {"content-type": "application/json"}, b"{}")).kind == SAYS_NOTHING
    assert "the URL may be wrong" in verdict_of_page(page(404, "not found")).detail


@given(
    status=st.sampled_from([200, 302, 400, 403, 500]),
    location=st.text(max_size=60) | st.sampled_from([f"{CALLBACK}?", "/error?", "//[", "https://[::1", "\r\nx: y"]),
    media_type=st.sampled_from(["text/html", "application/json", "", "a/b+json"]),
    body=st.binary(max_size=300),
)
async def test_whatever_comes_is_read(status: int, location: str, media_type: str, body: bytes) -> None:
    response = Response(status, {"location": location, "content-type": media_type}, body)
    reading, _ = await read(*[response] * 6)
    assert reading.kind in (ACCEPTS, NO_OBJECTION, REFUSES, SAYS_NOTHING)
    assert reading.detail.isprintable()
