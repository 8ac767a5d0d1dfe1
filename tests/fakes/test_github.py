"""The fake GitHub's OAuth is right and strict: checked by PyGithub, by Authlib, and by requests that break one rule each."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs

import github as pygithub
import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session

from tests.fakes.github import FakeGitHub
from tests.fakes.github.hand_client import CALLBACK, HandClient

# -- independent clients


def log_in_with_pygithub(github: FakeGitHub, code: str) -> tuple[Any, Any]:
    with pygithub.Github(base_url=github.api_url, retry=None) as hub:
        application = hub.get_oauth_application(github.client.client_id, github.client.client_secret)
        first = application.get_access_token(code)
        return first, application.refresh_access_token(first.refresh_token) if first.refresh_token else None


async def test_pygithub_exchanges_a_code_and_refreshes(github: FakeGitHub, github_client: HandClient) -> None:
    code = (await github_client.authorize(code_challenge=None, code_challenge_method=None))["code"]
    token, _ = await asyncio.to_thread(log_in_with_pygithub, github, code)
    assert (token.scope, token.type, token.refresh_token) == ("read:org,user:email", "bearer", None)
    github.github_app = True
    code = (await github_client.authorize(code_challenge=None, code_challenge_method=None))["code"]
    first, second = await asyncio.to_thread(log_in_with_pygithub, github, code)
    assert first.expires_in == second.expires_in == 28800
    assert first.refresh_token != second.refresh_token


def log_in_with_authlib(github: FakeGitHub, verifier: str) -> dict[str, Any]:
    with OAuth2Session(
        github.client.client_id,
        github.client.client_secret,
        token_endpoint_auth_method="client_secret_post",
        redirect_uri=CALLBACK,
        scope="read:user",
        code_challenge_method="S256",
    ) as authlib:
        url, state = authlib.create_authorization_url(
            f"{github.issuer}/login/oauth/authorize", code_verifier=verifier, as_user="bob"
        )
        answer = requests.get(url, allow_redirects=False, timeout=10).headers["Location"]
        authlib.fetch_token(
            f"{github.issuer}/login/oauth/access_token",
            authorization_response=answer,
            state=state,
            code_verifier=verifier,
        )
        return authlib.get(f"{github.api_url}/user").json()


async def test_authlib_logs_in(github: FakeGitHub) -> None:
    assert (await asyncio.to_thread(log_in_with_authlib, github, token_urlsafe(48)))["login"] == "bob"


# -- authorization


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"client_id": "nobody"}, {"status": "404", "error": "not_found"}),
        ({"as_user": "nobody"}, {"status": "401", "error": "login_required"}),
        ({"redirect_uri": "https://elsewhere.example/"}, {"error": "redirect_uri_mismatch", "state": "the-state"}),
        ({"redirect_uri": CALLBACK + "/more"}, {"error": "redirect_uri_mismatch", "state": "the-state"}),
        ({"code_challenge_method": "plain"}, {"error": "invalid_request", "state": "the-state"}),
        ({"code_challenge_method": None}, {"error": "invalid_request", "state": "the-state"}),
        ({"code_challenge": "short"}, {"error": "invalid_request", "state": "the-state"}),
        ({"response_type": "token"}, {"error": "unsupported_response_type", "state": "the-state"}),
    ],
)
async def test_authorization_requests_refused(
    github_client: HandClient, changes: dict[str, str | None], expected: dict[str, str]
) -> None:
    """A wrong redirect_uri gets its error at the registered one, never a code at its own."""
    answer = await github_client.authorize(**changes)
    assert {name: answer.get(name) for name in expected} == expected
    assert "code" not in answer


async def test_authorization_is_a_page_for_browsers(github: FakeGitHub, github_client: HandClient) -> None:
    url = f"{github.issuer}/login/oauth/authorize?client_id={github.client.client_id}"
    async with github_client.session.post(url, allow_redirects=False) as response:
        assert response.status == 404
    async with github_client.session.get(url, allow_redirects=False) as response:
        assert response.status == 303
    github.client.redirect_uris.clear()
    async with github_client.session.get(url, allow_redirects=False) as response:
        assert (response.status, (await response.json())["error"]) == (400, "redirect_uri_mismatch")


async def test_denied_by_the_user(github: FakeGitHub, github_client: HandClient) -> None:
    github.deny = "access_denied"
    assert (await github_client.authorize())["error"] == "access_denied"


async def test_state_comes_back_and_there_is_no_iss(github_client: HandClient) -> None:
    assert set(await github_client.authorize(state="odd & state")) == {"code", "state"}
    assert set(await github_client.authorize(state=None)) == {"code"}


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        ("read:org user:email", "read:org,user:email"),
        ("user user:email read:user", "user"),
        ("admin:org read:org gist", "admin:org,gist"),
        ("read:org everything", "read:org"),
        ("read:org,user:email", ""),
        (None, ""),
    ],
)
async def test_granted_scopes(github: FakeGitHub, github_client: HandClient, asked: str | None, granted: str) -> None:
    """Joined by commas in the reply. Unknown names are dropped (a comma does not separate), and included ones."""
    reply = await github_client.log_in(scope=asked)
    assert reply["scope"] == granted
    assert (await github_client.api("/user", reply["access_token"])).headers["x-oauth-scopes"] == granted.replace(
        ",", ", "
    )


async def test_users_may_grant_less(github: FakeGitHub, github_client: HandClient) -> None:
    github.scopes_withheld = {"read:org"}
    assert (await github_client.log_in())["scope"] == "user:email"


# -- the token endpoint


async def test_token_reply_is_form_encoded_unless_json_is_accepted(github_client: HandClient) -> None:
    code = (await github_client.authorize())["code"]
    seen = await github_client.post(github_client.code_fields(code), Accept="*/*")
    assert seen.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    reply = parse_qs(seen.body)
    assert reply["scope"] == ["read:org,user:email"]
    assert reply["access_token"][0].startswith("gho_")
    assert set(await github_client.log_in()) == {"access_token", "scope", "token_type"}


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"client_secret": "wrong"}, "incorrect_client_credentials"),
        ({"client_secret": "-"}, "incorrect_client_credentials"),
        ({"client_id": "nobody"}, "incorrect_client_credentials"),
        ({"code": "0000"}, "bad_verification_code"),
        ({"code_verifier": "v" * 43}, "bad_verification_code"),
        ({"code_verifier": "-"}, "bad_verification_code"),
        ({"redirect_uri": CALLBACK + "/"}, "redirect_uri_mismatch"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"code": "-"}, "invalid_request"),
        ({"scope": "read:org"}, "invalid_request"),
    ],
)
async def test_code_exchanges_refused_with_status_200(
    github_client: HandClient, changes: dict[str, str], error: str
) -> None:
    code = (await github_client.authorize())["code"]
    seen = await github_client.post({**github_client.code_fields(code), **changes})
    assert (seen.status, seen.json["error"]) == (200, error)
    assert set(seen.json) == {"error", "error_description", "error_uri"}
    plain = await github_client.post({**github_client.code_fields(code), **changes}, Accept="text/html")
    assert plain.status == 200
    assert "access_token" not in plain.body


async def test_client_authentication_is_in_the_form_alone(github: FakeGitHub, github_client: HandClient) -> None:
    fields = github_client.code_fields((await github_client.authorize())["code"])
    pair = f"{github.client.client_id}:{github.client.client_secret}"
    basic = "Basic " + b64encode(pair.encode()).decode()
    seen = await github_client.post({**fields, "client_id": "-", "client_secret": "-"}, Authorization=basic)
    assert seen.json["error"] == "incorrect_client_credentials"
    assert (await github_client.post(fields)).json["token_type"] == "bearer"


async def test_verifier_without_a_challenge_is_refused(github_client: HandClient) -> None:
    code = (await github_client.authorize(code_challenge=None, code_challenge_method=None))["code"]
    assert (await github_client.post(github_client.code_fields(code))).json["error"] == "bad_verification_code"


async def test_token_endpoint_takes_a_post_without_a_query(github: FakeGitHub, github_client: HandClient) -> None:
    fields = github_client.code_fields((await github_client.authorize())["code"])
    url = f"{github.issuer}/login/oauth/access_token"
    assert (await github_client.post(fields, query="?client_id=hub")).status == 404
    async with github_client.session.get(url) as response:
        assert response.status == 404
    for body in (b"code=x", b"[]", b'{"code": 1}', b"{"):
        headers = {"Content-Type": "text/plain" if body == b"code=x" else "application/json"}
        async with github_client.session.post(url, data=body, headers=headers) as response:
            assert response.status == 404
    assert "access_token" in (await github_client.post(fields)).json


async def test_code_works_once_and_for_ten_minutes(github: FakeGitHub, github_client: HandClient) -> None:
    fields = github_client.code_fields((await github_client.authorize())["code"])
    assert "access_token" in (await github_client.post(fields)).json
    assert (await github_client.post(fields)).json["error"] == "bad_verification_code"
    fields = github_client.code_fields((await github_client.authorize())["code"])
    now = github.clock()
    github.clock = lambda: now + 601
    assert (await github_client.post(fields)).json["error"] == "bad_verification_code"


async def test_a_code_belongs_to_the_application_that_asked(github: FakeGitHub, github_client: HandClient) -> None:
    github.register("other", "other-secret", redirect_uris={CALLBACK})
    fields = github_client.code_fields((await github_client.authorize())["code"])
    seen = await github_client.post({**fields, "client_id": "other", "client_secret": "other-secret"})
    assert seen.json["error"] == "bad_verification_code"


async def test_unverified_primary_address(github: FakeGitHub, github_client: HandClient) -> None:
    github.users["alice"].emails[0].verified = False
    assert "access_token" in await github_client.log_in()
    github.requires_verified_email = True
    assert (await github_client.log_in())["error"] == "unverified_user_email"


async def test_tokens_of_an_oauth_app_do_not_expire(github: FakeGitHub, github_client: HandClient) -> None:
    reply = await github_client.log_in()
    github.clock = lambda: 4e9
    assert (await github_client.api("/user", reply["access_token"])).status == 200


async def test_github_app_tokens_expire_and_rotate(github: FakeGitHub, github_client: HandClient) -> None:
    """After the use of a refresh token, neither it nor the old access token is valid."""
    github.github_app = True
    first = await github_client.log_in()
    assert (first["expires_in"], first["refresh_token_expires_in"], first["scope"]) == (28800, 15897600, "")
    assert (first["access_token"][:4], first["refresh_token"][:4]) == ("ghu_", "ghr_")
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = (await github_client.post(refresh)).json
    assert (await github_client.api("/user", first["access_token"])).status == 401
    assert (await github_client.api("/user", second["access_token"])).status == 200
    seen = await github_client.post(refresh)
    assert (seen.status, seen.json["error"]) == (200, "bad_refresh_token")
    now = github.clock()
    github.clock = lambda: now + 28801
    assert (await github_client.api("/user", second["access_token"])).status == 401
    github.clock = lambda: now + 15897601
    late = {"grant_type": "refresh_token", "refresh_token": second["refresh_token"]}
    assert (await github_client.post(late)).json["error"] == "bad_refresh_token"


async def test_github_app_without_expiring_tokens(github: FakeGitHub, github_client: HandClient) -> None:
    github.github_app, github.expiring_tokens = True, False
    assert set(await github_client.log_in()) == {"access_token", "scope", "token_type"}


async def test_everything_that_is_secret_is_known_as_such(github: FakeGitHub, github_client: HandClient) -> None:
    github.github_app = True
    code = (await github_client.authorize())["code"]
    reply = (await github_client.post(github_client.code_fields(code))).json
    assert {reply["access_token"], reply["refresh_token"], github_client.verifier} <= github.canaries()
    assert code in github.codes_issued
    github.revoke_everything()
    assert (await github_client.api("/user", reply["access_token"])).status == 401
