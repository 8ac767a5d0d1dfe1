"""Logins through a real JupyterHub, at a provider that has only what a login needs."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests
from oauthenticator_suite.extend import ConfigurationError

from {{ cookiecutter.__package }} import {{ cookiecutter.__class }}

CLIENT_ID = "the-hub"
CLIENT_SECRET = "a secret of the Hub and the provider"

PEOPLE = {
    "ada": {"id": 1, "login": "ada", "name": "Ada Lovelace"},
    "eve": {"id": 2, "login": "eve", "name": "Eve"},
}

StartHub = Callable[[str], str]


class Provider(ThreadingHTTPServer):
    """The provider. `person` is signed in there and consents to everything; with None, the user refuses consent."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self.person: str | None = "ada"
        self.codes: dict[str, tuple[str, dict[str, str]]] = {}
        self.tokens: dict[str, str] = {}


class Answers(BaseHTTPRequestHandler):
    """The provider's responses. It makes the checks of a real provider."""

    server: Provider

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == "/oauth/authorize":
            self.authorize(dict(parse_qsl(url.query)))
        else:
            scheme, _, token = self.headers.get("Authorization", "").partition(" ")
            person = self.server.tokens.get(token) if scheme.lower() == "bearer" else None
            self.answer(200, PEOPLE[person]) if person else self.answer(401, {"message": "no such token"})

    def do_POST(self) -> None:
        fields = dict(parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode()))
        person, asked = self.server.codes.pop(fields.get("code", ""), (None, {}))
        digest = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        fits = (challenge, fields.get("redirect_uri")) == (asked.get("code_challenge"), asked.get("redirect_uri"))
        if (fields.get("client_id"), fields.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            self.answer(401, {"error": "invalid_client"})
        elif person is None or not fits:
            self.answer(400, {"error": "invalid_grant"})
        else:
            token = secrets.token_urlsafe()
            self.server.tokens[token] = person
            self.answer(200, {"access_token": token, "token_type": "bearer", "expires_in": 3600})

    def authorize(self, asked: dict[str, str]) -> None:
        assert (asked["client_id"], asked["response_type"]) == (CLIENT_ID, "code")
        assert asked["code_challenge_method"] == "S256"
        answer = {"error": "access_denied", "state": asked["state"]}
        if self.server.person is not None:
            answer = {"code": secrets.token_urlsafe(), "state": asked["state"]}
            self.server.codes[answer["code"]] = (self.server.person, asked)
        self.send_response(302)
        self.send_header("Location", f"{asked['redirect_uri']}?{urlencode(answer)}")
        self.end_headers()

    def answer(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Log nothing: the URLs contain codes."""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        thread = Thread(target=provider.serve_forever)
        thread.start()
        yield provider
        provider.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def hub(start_hub: StartHub, provider: Provider) -> str:
    """The URL of a Hub that allows ada, and not eve."""
    return start_hub(
        f"""
c.{{ cookiecutter.__class }}.server_url = {provider.url!r}
c.{{ cookiecutter.__class }}.client_id = {CLIENT_ID!r}
c.{{ cookiecutter.__class }}.client_secret = {CLIENT_SECRET!r}
c.{{ cookiecutter.__class }}.allowed_users = {{ '{{"ada"}}' }}
"""
    )


def sign_in(hub: str) -> requests.Response:
    """Sign in with a new browser; returns the last page."""
    with requests.Session() as browser:
        return browser.get(f"{hub}/hub/oauth_login?next=/hub/home")


def test_the_login_page_leads_to_the_provider(hub: str) -> None:
    page = requests.get(f"{hub}/hub/login")
    assert "Sign in with {{ cookiecutter.__title }}" in page.text
    assert "/hub/oauth_login" in page.text


def test_an_allowed_user_signs_in(hub: str, provider: Provider) -> None:
    provider.person = "ada"
    page = sign_in(hub)
    assert (page.status_code, page.url) == (200, f"{hub}/hub/home")
    assert 'user: "ada"' in page.text


def test_a_user_who_is_not_allowed_is_refused(hub: str, provider: Provider) -> None:
    provider.person = "eve"
    assert sign_in(hub).status_code == 403


def test_a_user_who_refuses_consent_is_refused(hub: str, provider: Provider) -> None:
    provider.person = None
    assert sign_in(hub).status_code == 403


def test_a_guessed_code_is_refused(hub: str) -> None:
    page = requests.get(f"{hub}/hub/oauth_callback", params={"code": "guessed", "state": "guessed"})
    assert page.status_code == 400


def test_a_hub_does_not_start_without_the_url() -> None:
    with pytest.raises(ConfigurationError, match=r"set c\.\w+\.server_url"):
        {{ cookiecutter.__class }}().check_configuration()
