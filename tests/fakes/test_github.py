"""The fake GitHub is right and strict: judged by GitHub's OpenAPI description, by PyGithub, by Authlib, and by requests
that break one rule each."""

from __future__ import annotations

import asyncio
import re
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import aiohttp
import github as pygithub
import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session

from tests.fakes.github import Email, FakeGitHub
from tests.fakes.openid_provider.keys import base64url
from tests.fakes.published import Published

CALLBACK = "http://127.0.0.1:9/callback"
DESCRIPTION = Published("github-openapi.json")
ALL = ("read:user", "user:email", "read:org")


@pytest.fixture
async def github() -> AsyncIterator[FakeGitHub]:
    async with FakeGitHub() as github:
        github.client.redirect_uris.add(CALLBACK)
        yield github


@dataclass
class Seen:
    status: int
    headers: dict[str, str]  # names in lower case
    json: Any = None
    body: str = ""

    @property
    def links(self) -> dict[str, str]:
        pairs = re.findall(r'<([^>]+)>; rel="(\w+)"', self.headers.get("link", ""))
        return {rel: url for url, rel in pairs}


@dataclass
class HandClient:
    """Does exactly what a test says. Whatever the REST API answers is held against the description."""

    github: FakeGitHub
    session: aiohttp.ClientSession
    verifier: str = field(default_factory=lambda: token_urlsafe(48))

    async def api(self, path: str, token: str = "", *, drop: tuple[str, ...] = (), **options: Any) -> Seen:
        headers = {"Accept": "application/vnd.github+json", **options.pop("headers", {})}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        url = path if path.startswith("http") else self.github.api_url + path
        method = options.pop("method", "GET")
        async with self.session.request(
            method, url, headers=headers, allow_redirects=False, skip_auto_headers=drop, **options
        ) as response:
            seen = Seen(response.status, {name.lower(): value for name, value in response.headers.items()})
            if response.content_type == "application/json" and response.status != 204:
                seen.json = await response.json()
        described = urlsplit(url).path.removeprefix("/api/v3")
        if seen.status != 302 and DESCRIPTION.template_of(described) is not None:
            assert DESCRIPTION.faults_of(described, seen.status, seen.json) == []
        return seen

    async def authorize(self, **changes: str | None) -> dict[str, str]:
        """The parameters of the redirect to the callback; of a refusal without one, `status` and `error`."""
        fields = {
            "client_id": self.github.client.client_id,
            "redirect_uri": CALLBACK,
            "scope": "read:org user:email",
            "state": "the-state",
            "code_challenge": base64url(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **changes,
        }
        query = urlencode({name: value for name, value in fields.items() if value is not None})
        url = f"{self.github.issuer}/login/oauth/authorize?{query}"
        async with self.session.get(url, allow_redirects=False) as response:
            if response.status != 303:
                return {"status": str(response.status), "error": (await response.json())["error"]}
            location = response.headers["Location"]
            assert location.startswith(CALLBACK + "?")
            return dict(parse_qsl(urlsplit(location).query))

    async def post(self, fields: dict[str, str], query: str = "", **headers: str) -> Seen:
        secret = {"client_id": self.github.client.client_id, "client_secret": self.github.client.client_secret}
        form = {name: value for name, value in {**secret, **fields}.items() if value != "-"}
        url = f"{self.github.issuer}/login/oauth/access_token{query}"
        async with self.session.post(url, data=form, headers={"Accept": "application/json", **headers}) as response:
            json = await response.json() if response.content_type == "application/json" else None
            return Seen(response.status, dict(response.headers), json, await response.text())

    def code_fields(self, code: str) -> dict[str, str]:
        return {"code": code, "redirect_uri": CALLBACK, "code_verifier": self.verifier}

    async def log_in(self, **changes: str | None) -> dict[str, Any]:
        seen = await self.post(self.code_fields((await self.authorize(**changes))["code"]))
        assert seen.status == 200
        return seen.json


@pytest.fixture
async def client(github: FakeGitHub) -> AsyncIterator[HandClient]:
    async with aiohttp.ClientSession() as session:
        yield HandClient(github, session)


# -- independent clients


def walk_with_pygithub(api_url: str, token: str) -> dict[str, Any]:
    with pygithub.Github(base_url=api_url, auth=pygithub.Auth.Token(token), retry=None, per_page=100) as hub:
        user = hub.get_user()
        teams = list(user.get_teams())
        ops = next(team for team in teams if team.slug == "ops")
        return {
            "user": (user.login, user.id, user.name, user.email),
            "emails": [(email.email, email.primary, email.verified, email.visibility) for email in user.get_emails()],
            "orgs": [org.login for org in user.get_orgs()],
            "teams": [team.slug for team in teams],
            "memberships": [(found.organization.login, found.state) for found in user.get_organization_memberships()],
            "lab": user.get_organization_membership("lab").role,
            "ops members": [member.login for member in ops.get_members()],
            "bob in ops": ops.get_team_membership("bob").state,
            "scopes": hub.oauth_scopes,
            "left": hub.rate_limiting[0],
        }


async def test_pygithub_walks_user_emails_organizations_teams_and_memberships(github: FakeGitHub) -> None:
    lab = github.orgs["lab"]
    for number in range(500):
        lab.add_team(f"team-{number}", github.users["alice"])
    seen = await asyncio.to_thread(walk_with_pygithub, github.api_url, github.token_for("alice", *ALL))
    assert seen["user"] == ("alice", 1001, "Alice Example", None)
    assert seen["emails"] == [("alice@example.org", True, True, "private")]
    assert seen["orgs"] == ["lab"]
    assert seen["teams"] == ["ops", *(f"team-{number}" for number in range(500))]
    assert seen["memberships"] == [("lab", "active")]
    assert seen["lab"] == "member"
    assert seen["ops members"] == ["alice", "bob"]
    assert seen["bob in ops"] == "active"
    assert seen["scopes"] == list(ALL)
    assert seen["left"] == 5000 - sum(github.count(name) for name in {call.endpoint for call in github.calls})
    assert github.count("teams") == 6
    assert github.refusals == []


def log_in_with_pygithub(github: FakeGitHub, code: str) -> tuple[Any, Any]:
    with pygithub.Github(base_url=github.api_url, retry=None) as hub:
        application = hub.get_oauth_application(github.client.client_id, github.client.client_secret)
        first = application.get_access_token(code)
        return first, application.refresh_access_token(first.refresh_token) if first.refresh_token else None


async def test_pygithub_exchanges_a_code_and_refreshes(github: FakeGitHub, client: HandClient) -> None:
    code = (await client.authorize(code_challenge=None, code_challenge_method=None))["code"]
    token, _ = await asyncio.to_thread(log_in_with_pygithub, github, code)
    assert (token.scope, token.type, token.refresh_token) == ("read:org,user:email", "bearer", None)
    github.github_app = True
    code = (await client.authorize(code_challenge=None, code_challenge_method=None))["code"]
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
    client: HandClient, changes: dict[str, str | None], expected: dict[str, str]
) -> None:
    """A wrong redirect_uri gets its error at the registered one, never a code at its own."""
    answer = await client.authorize(**changes)
    assert {name: answer.get(name) for name in expected} == expected
    assert "code" not in answer


async def test_authorization_is_a_page_for_browsers(github: FakeGitHub, client: HandClient) -> None:
    async with client.session.post(f"{github.issuer}/login/oauth/authorize") as response:
        assert response.status == 404


async def test_denied_by_the_user(github: FakeGitHub, client: HandClient) -> None:
    github.deny = "access_denied"
    assert (await client.authorize())["error"] == "access_denied"


async def test_state_comes_back_and_there_is_no_iss(client: HandClient) -> None:
    assert set(await client.authorize(state="odd & state")) == {"code", "state"}
    assert set(await client.authorize(state=None)) == {"code"}


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
async def test_granted_scopes(github: FakeGitHub, client: HandClient, asked: str | None, granted: str) -> None:
    """Joined by commas in the reply; unknown names are dropped (a comma is no separator), included ones too."""
    reply = await client.log_in(scope=asked)
    assert reply["scope"] == granted
    assert (await client.api("/user", reply["access_token"])).headers["x-oauth-scopes"] == granted.replace(",", ", ")


async def test_users_may_grant_less(github: FakeGitHub, client: HandClient) -> None:
    github.scopes_withheld = {"read:org"}
    assert (await client.log_in())["scope"] == "user:email"


# -- the token endpoint


async def test_token_reply_is_form_encoded_unless_json_is_accepted(client: HandClient) -> None:
    code = (await client.authorize())["code"]
    seen = await client.post(client.code_fields(code), Accept="*/*")
    assert seen.headers["Content-Type"].startswith("application/x-www-form-urlencoded")
    reply = parse_qs(seen.body)
    assert reply["scope"] == ["read:org,user:email"]
    assert reply["access_token"][0].startswith("gho_")
    assert set(await client.log_in()) == {"access_token", "scope", "token_type"}


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
async def test_code_exchanges_refused_with_status_200(client: HandClient, changes: dict[str, str], error: str) -> None:
    code = (await client.authorize())["code"]
    seen = await client.post({**client.code_fields(code), **changes})
    assert (seen.status, seen.json["error"]) == (200, error)
    assert set(seen.json) == {"error", "error_description", "error_uri"}
    plain = await client.post({**client.code_fields(code), **changes}, Accept="text/html")
    assert plain.status == 200
    assert "access_token" not in plain.body


async def test_client_authentication_is_in_the_form_alone(github: FakeGitHub, client: HandClient) -> None:
    fields = client.code_fields((await client.authorize())["code"])
    pair = f"{github.client.client_id}:{github.client.client_secret}"
    basic = "Basic " + b64encode(pair.encode()).decode()
    seen = await client.post({**fields, "client_id": "-", "client_secret": "-"}, Authorization=basic)
    assert seen.json["error"] == "incorrect_client_credentials"
    assert (await client.post(fields)).json["token_type"] == "bearer"


async def test_verifier_without_a_challenge_is_refused(client: HandClient) -> None:
    code = (await client.authorize(code_challenge=None, code_challenge_method=None))["code"]
    assert (await client.post(client.code_fields(code))).json["error"] == "bad_verification_code"


async def test_token_endpoint_takes_a_post_without_a_query(github: FakeGitHub, client: HandClient) -> None:
    fields = client.code_fields((await client.authorize())["code"])
    url = f"{github.issuer}/login/oauth/access_token"
    assert (await client.post(fields, query="?client_id=hub")).status == 404
    async with client.session.get(url) as response:
        assert response.status == 404
    for body in (b"code=x", b"[]", b'{"code": 1}', b"{"):
        headers = {"Content-Type": "text/plain" if body == b"code=x" else "application/json"}
        async with client.session.post(url, data=body, headers=headers) as response:
            assert response.status == 404
    assert "access_token" in (await client.post(fields)).json


async def test_code_works_once_and_for_ten_minutes(github: FakeGitHub, client: HandClient) -> None:
    fields = client.code_fields((await client.authorize())["code"])
    assert "access_token" in (await client.post(fields)).json
    assert (await client.post(fields)).json["error"] == "bad_verification_code"
    fields = client.code_fields((await client.authorize())["code"])
    now = github.clock()
    github.clock = lambda: now + 601
    assert (await client.post(fields)).json["error"] == "bad_verification_code"


async def test_a_code_belongs_to_the_application_that_asked(github: FakeGitHub, client: HandClient) -> None:
    github.register("other", "other-secret", redirect_uris={CALLBACK})
    fields = client.code_fields((await client.authorize())["code"])
    seen = await client.post({**fields, "client_id": "other", "client_secret": "other-secret"})
    assert seen.json["error"] == "bad_verification_code"


async def test_unverified_primary_address(github: FakeGitHub, client: HandClient) -> None:
    github.users["alice"].emails[0].verified = False
    assert "access_token" in await client.log_in()
    github.requires_verified_email = True
    assert (await client.log_in())["error"] == "unverified_user_email"


async def test_tokens_of_an_oauth_app_do_not_expire(github: FakeGitHub, client: HandClient) -> None:
    reply = await client.log_in()
    github.clock = lambda: 4e9
    assert (await client.api("/user", reply["access_token"])).status == 200


async def test_github_app_tokens_expire_and_rotate(github: FakeGitHub, client: HandClient) -> None:
    """Whoever has used a refresh token has neither it nor the old access token any more."""
    github.github_app = True
    first = await client.log_in()
    assert (first["expires_in"], first["refresh_token_expires_in"], first["scope"]) == (28800, 15897600, "")
    assert (first["access_token"][:4], first["refresh_token"][:4]) == ("ghu_", "ghr_")
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = (await client.post(refresh)).json
    assert (await client.api("/user", first["access_token"])).status == 401
    assert (await client.api("/user", second["access_token"])).status == 200
    seen = await client.post(refresh)
    assert (seen.status, seen.json["error"]) == (200, "bad_refresh_token")
    now = github.clock()
    github.clock = lambda: now + 28801
    assert (await client.api("/user", second["access_token"])).status == 401
    github.clock = lambda: now + 15897601
    late = {"grant_type": "refresh_token", "refresh_token": second["refresh_token"]}
    assert (await client.post(late)).json["error"] == "bad_refresh_token"


async def test_github_app_without_expiring_tokens(github: FakeGitHub, client: HandClient) -> None:
    github.github_app, github.expiring_tokens = True, False
    assert set(await client.log_in()) == {"access_token", "scope", "token_type"}


async def test_everything_that_is_secret_is_known_as_such(github: FakeGitHub, client: HandClient) -> None:
    github.github_app = True
    code = (await client.authorize())["code"]
    reply = (await client.post(client.code_fields(code))).json
    assert {reply["access_token"], reply["refresh_token"], client.verifier} <= github.canaries()
    assert code in github.codes_issued
    github.revoke_everything()
    assert (await client.api("/user", reply["access_token"])).status == 401


# -- what every API request needs


@pytest.mark.parametrize(
    ("options", "status"),
    [
        ({}, 200),
        ({"drop": ("User-Agent",)}, 403),
        ({"headers": {"Accept": "text/html"}}, 415),
        ({"headers": {"Accept": "application/vnd.github.v3+json, text/html"}}, 200),
        ({"headers": {"X-GitHub-Api-Version": "1999-01-01"}}, 400),
        ({"headers": {"X-GitHub-Api-Version": "2022-11-28"}}, 200),
        ({"method": "POST"}, 404),
        ({"params": {"access_token": "x"}}, 400),
        ({"params": "page=1&page=2"}, 400),
    ],
)
async def test_form_of_an_api_request(
    github: FakeGitHub, client: HandClient, options: dict[str, Any], status: int
) -> None:
    seen = await client.api("/user", github.token_for("alice"), **options)
    assert seen.status == status
    assert status == 200 or set(seen.json) == {"message", "documentation_url", "status"}


async def test_tokens_are_bearer_tokens_of_ours(github: FakeGitHub, client: HandClient) -> None:
    token = github.token_for("alice")
    for scheme, status in (("Bearer", 200), ("token", 200), ("Basic", 401)):
        assert (await client.api("/user", headers={"Authorization": f"{scheme} {token}"})).status == status
    assert (await client.api("/user")).json["message"] == "Requires authentication"
    assert (await client.api("/user", "gho_unknown")).json["message"] == "Bad credentials"
    assert (await client.api("/nothing/here", token)).status == 404
    assert github.count("unknown") == 1


async def test_user_shows_private_fields_with_read_user_alone(github: FakeGitHub, client: HandClient) -> None:
    """The public address, or null; the primary one is only at /user/emails."""
    private = await client.api("/user", github.token_for("alice", "read:user"))
    public = await client.api("/user", github.token_for("alice", "read:org"))
    assert (private.json["user_view_type"], public.json["user_view_type"]) == ("private", "public")
    assert "two_factor_authentication" not in public.json
    assert private.json["email"] is public.json["email"] is None
    github.users["alice"].email = "public@example.org"
    assert (await client.api("/user", github.token_for("alice"))).json["email"] == "public@example.org"


ORG = "admin:org, read:org, write:org"


@pytest.mark.parametrize(
    ("path", "without", "accepted", "enough"),
    [
        ("/user/emails", 404, "user, user:email", ("user:email", "user")),
        ("/user/orgs", 403, "admin:org, read:org, user, write:org", ("read:org", "user", "admin:org")),
        ("/user/teams", 403, "admin:org, read:org, repo, user, write:org", ("read:org", "repo", "user")),
        ("/user/memberships/orgs", 403, ORG, ("read:org", "write:org")),
        ("/user/memberships/orgs/lab", 403, ORG, ("read:org",)),
        ("/orgs/lab/memberships/bob", 403, ORG, ("read:org",)),
        ("/orgs/lab/teams/ops/memberships/bob", 404, ORG, ("read:org",)),
        ("/orgs/lab/teams/ops/members", 404, ORG, ("read:org",)),
    ],
)
async def test_scopes(
    github: FakeGitHub, client: HandClient, path: str, without: int, accepted: str, enough: tuple[str, ...]
) -> None:
    """The headers name what the token has and what would do."""
    refused = await client.api(path, github.token_for("alice", "gist", "read:user"))
    assert refused.status == without
    assert refused.headers["x-accepted-oauth-scopes"] == accepted
    assert refused.headers["x-oauth-scopes"] == "gist, read:user"
    for scope in enough:
        assert (await client.api(path, github.token_for("alice", scope))).status == 200


@pytest.mark.parametrize(
    ("path", "permission"),
    [
        ("/user/emails", "emails"),
        ("/user/orgs", "members"),
        ("/user/teams", "members"),
        ("/orgs/lab/teams/ops/members", "members"),
    ],
)
async def test_permissions_of_a_github_app(github: FakeGitHub, client: HandClient, path: str, permission: str) -> None:
    github.github_app = True
    token = github.token_for("alice")
    allowed = await client.api(path, token)
    assert allowed.status == 200
    assert "x-oauth-scopes" not in allowed.headers
    github.permissions = {"emails", "members"} - {permission}
    refused = await client.api(path, token)
    assert (refused.status, refused.json["message"]) == (403, "Resource not accessible by integration")
    assert refused.headers["x-accepted-github-permissions"] == f"{permission}=read"


# -- memberships


@pytest.mark.parametrize(
    ("asker", "path", "status"),
    [
        ("alice", "/orgs/lab/members/bob", 204),
        ("alice", "/orgs/LAB/members/BOB", 204),
        ("alice", "/orgs/lab/members/carol", 404),  # invited, and has not come
        ("alice", "/orgs/lab/members/nobody", 404),
        ("carol", "/orgs/lab/members/alice", 302),  # from outside: see the public list
        ("alice", "/orgs/nothing/members/bob", 404),
        ("carol", "/orgs/lab/public_members/bob", 204),
        ("carol", "/orgs/lab/public_members/alice", 404),
        ("alice", "/orgs/lab/memberships/bob", 200),
        ("alice", "/orgs/lab/memberships/nobody", 404),
        ("carol", "/orgs/lab/memberships/alice", 403),
        ("carol", "/orgs/lab/teams/ops/memberships/alice", 404),
        ("alice", "/orgs/lab/teams/ops/memberships/alice", 200),
        ("alice", "/orgs/lab/teams/ops/memberships/bob", 200),  # by the child team
        ("alice", "/orgs/lab/teams/ops-night/memberships/alice", 404),  # not the other way round
        ("alice", "/orgs/lab/teams/ops/memberships/carol", 404),
        ("alice", "/orgs/lab/teams/nothing/memberships/alice", 404),
        ("alice", "/orgs/students/teams/ops/memberships/alice", 404),  # a slug belongs to its organization
    ],
)
async def test_memberships_of_others(
    github: FakeGitHub, client: HandClient, asker: str, path: str, status: int
) -> None:
    seen = await client.api(path, github.token_for(asker, "read:org"))
    assert seen.status == status
    if status == 302:
        assert seen.headers["location"] == f"{github.api_url}/orgs/lab/public_members/alice"


async def test_without_read_org_even_a_member_is_sent_to_the_public_list(
    github: FakeGitHub, client: HandClient
) -> None:
    assert (await client.api("/orgs/lab/members/alice", github.token_for("alice", "user"))).status == 302


async def test_invited_is_not_a_member(github: FakeGitHub, client: HandClient) -> None:
    """A pending membership answers with status 200 and says so; lists of organizations do not have it."""
    token = github.token_for("carol", "read:org")
    pending = await client.api("/user/memberships/orgs/lab", token)
    assert (pending.status, pending.json["state"]) == (200, "pending")
    assert [org["login"] for org in (await client.api("/user/orgs", token)).json] == ["students"]
    for state, logins in (("active", ["students"]), ("pending", ["lab"])):
        seen = await client.api(f"/user/memberships/orgs?state={state}", token)
        assert [found["organization"]["login"] for found in seen.json] == logins
    assert (await client.api("/user/memberships/orgs?state=odd", token)).status == 422
    assert (await client.api("/user/memberships/orgs/nothing", token)).status == 404
    assert (await client.api("/user/memberships/orgs/lab", github.token_for("bob", "read:org"))).status == 200


async def test_pending_in_a_team(github: FakeGitHub, client: HandClient) -> None:
    """It answers 200 with the state; the list of one's teams, and that of a team's members, leave it out."""
    github.team("lab", "ops-night").add(github.users["alice"], state="pending")
    token = github.token_for("alice", "read:org")
    assert (await client.api("/orgs/lab/teams/ops-night/memberships/alice", token)).json["state"] == "pending"
    assert [team["slug"] for team in (await client.api("/user/teams", token)).json] == ["ops"]
    members = await client.api("/orgs/lab/teams/ops-night/members", token)
    assert [user["login"] for user in members.json] == ["bob"]


async def test_child_teams_at_any_depth(github: FakeGitHub, client: HandClient) -> None:
    """Members of a child team are members of its parents; one's own list has the direct team, with one parent."""
    dora = github.world.add_user("dora")
    github.orgs["lab"].add_team("ops-night-east", dora, parent="ops-night")
    token = github.token_for("dora", "read:org")
    for slug in ("ops", "ops-night", "ops-night-east"):
        assert (await client.api(f"/orgs/lab/teams/{slug}/memberships/dora", token)).json["state"] == "active"
    listed = (await client.api("/user/teams", token)).json
    assert [(team["slug"], team["parent"]["slug"]) for team in listed] == [("ops-night-east", "ops-night")]
    assert "parent" not in listed[0]["parent"]
    members = (await client.api("/orgs/lab/teams/ops/members", token)).json
    assert [user["login"] for user in members] == ["alice", "bob", "dora"]


async def test_roles_in_a_team(github: FakeGitHub, client: HandClient) -> None:
    """An organization's owner is called maintainer."""
    github.orgs["lab"].members[1002].role = "admin"
    github.team("lab", "ops").members[1001].role = "maintainer"
    github.team("lab", "ops").add(github.world.add_user("dora"))
    token = github.token_for("alice", "read:org")
    roles = {}
    for login in ("alice", "bob", "dora"):
        seen = await client.api(f"/orgs/lab/teams/ops/memberships/{login}", token)
        roles[login] = seen.json["role"]
    assert roles == {"alice": "maintainer", "bob": "maintainer", "dora": "member"}
    seen = await client.api("/orgs/lab/teams/ops/members?role=member", token)
    assert [user["login"] for user in seen.json] == ["dora"]
    assert (await client.api("/orgs/lab/teams/ops/members?role=boss", token)).status == 422


async def test_secret_teams_are_seen_from_inside(github: FakeGitHub, client: HandClient) -> None:
    github.orgs["lab"].add_team("board", github.users["bob"], privacy="secret")
    path = "/orgs/lab/teams/board/memberships/bob"
    assert (await client.api(path, github.token_for("bob", "read:org"))).status == 200
    assert (await client.api(path, github.token_for("alice", "read:org"))).status == 404
    github.orgs["lab"].members[1001].role = "admin"
    assert (await client.api(path, github.token_for("alice", "read:org"))).status == 200


async def test_teams_by_number(github: FakeGitHub, client: HandClient) -> None:
    ops, token = github.team("lab", "ops"), github.token_for("alice", "read:org")
    path = f"/organizations/{ops.org.id}/team/{ops.id}/memberships/bob"
    assert (await client.api(path, token)).json["state"] == "active"
    assert (await client.api(path.replace(str(ops.org.id), "1"), token)).status == 404


async def test_a_recycled_login_is_another_person(github: FakeGitHub, client: HandClient) -> None:
    """The token follows the account; the new owner of the name has another id and no memberships."""
    token = github.token_for("alice", "read:org")
    github.world.rename_user("alice", "alice-the-first")
    newcomer = github.world.add_user("alice")
    seen = (await client.api("/user", token)).json
    assert (seen["login"], seen["id"]) == ("alice-the-first", 1001)
    again = (await client.api("/user", github.token_for("alice", "read:org"))).json
    assert (again["login"], again["id"]) == ("alice", newcomer.id)
    assert newcomer.id != 1001
    assert (await client.api("/orgs/lab/members/alice", token)).status == 404
    assert (await client.api("/orgs/lab/members/alice-the-first", token)).status == 204


async def test_an_account_that_is_gone(github: FakeGitHub, client: HandClient) -> None:
    token = github.token_for("alice")
    del github.users["alice"]
    assert (await client.api("/user", token)).status == 401


async def test_organizations_that_shut_out_oauth_apps(github: FakeGitHub, client: HandClient) -> None:
    """Missing in lists without a word; asked for by name, a refusal that says why."""
    github.orgs["lab"].restricted = True
    token = github.token_for("alice", "read:org")
    for path in ("/user/orgs", "/user/teams", "/user/memberships/orgs"):
        seen = await client.api(path, token)
        assert (seen.status, seen.json) == (200, [])
        assert "x-github-sso" not in seen.headers
    for path in ("/user/memberships/orgs/lab", "/orgs/lab/memberships/alice", "/orgs/lab/teams/ops/memberships/alice"):
        seen = await client.api(path, token)
        assert seen.status == 403
        assert "OAuth App access restrictions" in seen.json["message"]
    ops = github.team("lab", "ops")
    assert (await client.api(f"/organizations/{ops.org.id}/team/{ops.id}/members", token)).status == 403
    github.github_app = True  # the restriction is about OAuth Apps alone
    assert (await client.api("/user/memberships/orgs/lab", github.token_for("alice"))).status == 200


async def test_organizations_with_single_sign_on(github: FakeGitHub, client: HandClient) -> None:
    lab = github.orgs["lab"]
    lab.saml = True
    token = github.token_for("alice", "read:org")
    listed = await client.api("/user/orgs", token)
    assert (listed.status, listed.json) == (200, [])
    assert listed.headers["x-github-sso"] == f"partial-results; organizations={lab.id}"
    asked = await client.api("/user/memberships/orgs/lab", token)
    assert asked.status == 403
    assert asked.headers["x-github-sso"].startswith("required; url=")
    assert "SAML" in asked.json["message"]


async def test_a_github_app_sees_where_it_is_installed(github: FakeGitHub, client: HandClient) -> None:
    github.github_app = True
    token = github.token_for("alice")
    assert [org["login"] for org in (await client.api("/user/orgs", token)).json] == ["lab"]
    github.orgs["lab"].installed = False
    assert (await client.api("/user/orgs", token)).json == []
    assert (await client.api("/user/memberships/orgs/lab", token)).status == 403


# -- pages


async def test_pages_lead_from_one_to_the_next(github: FakeGitHub, client: HandClient) -> None:
    for number in range(70):
        github.orgs["lab"].add_team(f"team-{number}", github.users["alice"])
    token = github.token_for("alice", "read:org")
    seen = await client.api("/user/teams", token)
    assert len(seen.json) == 30
    assert set(seen.links) == {"next", "last"}
    assert parse_qs(urlsplit(seen.links["last"]).query) == {"page": ["3"]}
    second = await client.api(seen.links["next"], token)
    assert set(second.links) == {"prev", "next", "first", "last"}
    third = await client.api(second.links["next"], token)
    assert set(third.links) == {"prev", "first"}
    slugs = [team["slug"] for page in (seen, second, third) for team in page.json]
    assert slugs == ["ops", *(f"team-{number}" for number in range(70))]
    assert (await client.api("/user/teams?page=4", token)).json == []


@pytest.mark.parametrize(
    ("query", "length"),
    [("per_page=100", 100), ("per_page=1000", 100), ("per_page=0", 30), ("per_page=x", 30), ("per_page=7&page=0", 7)],
)
async def test_size_of_a_page(github: FakeGitHub, client: HandClient, query: str, length: int) -> None:
    for number in range(120):
        github.orgs["lab"].add_team(f"team-{number}", github.users["alice"])
    seen = await client.api(f"/user/teams?{query}", github.token_for("alice", "read:org"))
    assert len(seen.json) == length
    kept = parse_qs(urlsplit(seen.links["next"]).query)
    assert kept == {**parse_qs(query), "page": ["2"]}


async def test_many_emails_come_in_pages_too(github: FakeGitHub, client: HandClient) -> None:
    github.users["alice"].emails += [Email(f"alias-{number}@example.org", verified=False) for number in range(40)]
    seen = await client.api("/user/emails", github.token_for("alice", "user:email"))
    assert len(seen.json) == 30
    assert [email["primary"] for email in seen.json[:2]] == [True, False]
    assert "next" in seen.links


async def test_faults_of_pages(github: FakeGitHub, client: HandClient) -> None:
    for number in range(40):
        github.orgs["lab"].add_team(f"team-{number}", github.users["alice"])
    token = github.token_for("alice", "read:org")
    github.faults.on("next-elsewhere", at="teams", times=1)
    assert (await client.api("/user/teams", token)).links["next"].startswith(github.elsewhere)
    github.faults.on("next-is-first", at="teams", times=1)
    assert parse_qs(urlsplit((await client.api("/user/teams", token)).links["next"]).query) == {"page": ["1"]}


# -- limits


@pytest.mark.parametrize("status", [403, 429])
async def test_primary_rate_limit(github: FakeGitHub, client: HandClient, status: int) -> None:
    github.requests_left, github.rate_limit_status = 2, status
    token = github.token_for("alice")
    left = [(await client.api("/user", token)) for _ in range(3)]
    assert [seen.status for seen in left] == [200, 200, status]
    assert [seen.headers["x-ratelimit-remaining"] for seen in left] == ["1", "0", "0"]
    assert 0 < int(left[2].headers["x-ratelimit-reset"]) - github.clock() <= 1800
    assert "retry-after" not in left[2].headers


@pytest.mark.parametrize(
    ("fault", "status", "header", "value"),
    [
        ("rate-limit", 403, "x-ratelimit-remaining", "0"),
        ("rate-limit-429", 429, "x-ratelimit-remaining", "0"),
        ("secondary-limit", 403, "retry-after", "60"),
        ("F17", 429, "retry-after", "7"),
    ],
)
async def test_limits_as_faults(
    github: FakeGitHub, client: HandClient, fault: str, status: int, header: str, value: str
) -> None:
    token = github.token_for("alice", "read:org")
    github.faults.on(fault, at="orgs", times=1)
    assert (await client.api("/user", token)).status == 200
    async with client.session.get(
        f"{github.api_url}/user/orgs", headers={"Authorization": f"Bearer {token}"}
    ) as response:
        assert (response.status, response.headers[header]) == (status, value)
    assert (await client.api("/user/orgs", token)).status == 200


async def test_too_many_requests_at_once(github: FakeGitHub, client: HandClient) -> None:
    """Five that hang are under way together; a sixth is told to come back later."""
    github.most_concurrent = 5
    token = github.token_for("alice", "read:org")
    github.faults.on("F1", at="user", times=5)
    waiting = [asyncio.ensure_future(client.api("/user", token)) for _ in range(5)]
    await github.until_asked("user", 5)
    sixth = await client.api("/user/orgs", token)
    assert (sixth.status, sixth.headers["retry-after"]) == (403, "60")
    github.released.set()
    assert [seen.status for seen in await asyncio.gather(*waiting)] == [200] * 5
    assert github.most_at_once == 6
    assert (await client.api("/user/orgs", token)).status == 200
    assert github.under_way == 0
