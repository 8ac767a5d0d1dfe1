"""The fake Google is right and strict: checked by Google's own libraries and API descriptions, and by broken requests."""

from __future__ import annotations

import asyncio
import json
from base64 import urlsafe_b64decode
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from hashlib import sha256
from importlib import resources
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp
import pytest
import requests
from google.auth.transport.requests import Request as GoogleRequest
from google.oauth2 import id_token as google_id_token
from google.oauth2 import service_account
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from joserfc import jwt
from joserfc.jwk import RSAKey

from tests.fakes.google import GROUPS_SCOPE, JWT_BEARER, ApiError, FakeGoogle
from tests.fakes.openid_provider.keys import base64url

CALLBACK = "http://127.0.0.1:9/callback"
JSON = {"Accept": "application/json"}
ADMIN = "admin@example.org"
LONG_EMAIL = "https://www.googleapis.com/auth/userinfo.email"


@pytest.fixture
async def google() -> AsyncIterator[FakeGoogle]:
    async with FakeGoogle() as google:
        google.client.redirect_uris.add(CALLBACK)
        yield google


class Person:
    """Somebody's browser and the application that they sign in to, without any cleverness."""

    def __init__(self, google: FakeGoogle, session: aiohttp.ClientSession) -> None:
        self.google = google
        self.session = session
        self.verifier = token_urlsafe(48)

    async def authorize(self, user: str = "alice", **more: str) -> dict[str, str]:
        """The parameters of the answer."""
        question = {
            "response_type": "code",
            "client_id": self.google.client.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid email profile",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": base64url(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            "as_user": user,
            **more,
        }
        url = f"{self.google.issuer}/o/oauth2/v2/auth?{urlencode(question)}"
        async with self.session.get(url, allow_redirects=False) as response:
            return dict(parse_qsl(urlsplit(response.headers["Location"]).query))

    async def tokens(self, **fields: str) -> tuple[int, dict[str, Any]]:
        client = self.google.client
        body = {"client_id": client.client_id, "client_secret": client.client_secret, **fields}
        headers = {"Accept": "application/json"}
        async with self.session.post(f"{self.google.api_url}/token", data=body, headers=headers) as response:
            return response.status, await response.json()

    async def sign_in(self, user: str = "alice", **more: str) -> dict[str, Any]:
        code = (await self.authorize(user, **more))["code"]
        status, reply = await self.tokens(
            grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=self.verifier
        )
        assert status == 200, reply
        return reply

    async def get(self, path: str, token: str) -> tuple[int, dict[str, Any]]:
        headers = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        async with self.session.get(self.google.api_url + path, headers=headers) as response:
            return response.status, await response.json()


@pytest.fixture
async def person(google: FakeGoogle) -> AsyncIterator[Person]:
    async with aiohttp.ClientSession() as session:
        yield Person(google, session)


def claims_of(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    return json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))


# -- signing in


async def test_the_id_token_is_good_for_googles_own_library(google: FakeGoogle, person: Person) -> None:
    reply = await person.sign_in()

    def verified() -> Any:
        with requests.Session() as session:
            return google_id_token.verify_token(
                reply["id_token"],
                GoogleRequest(session),
                google.client.client_id,
                f"{google.api_url}/oauth2/v3/certs",
            )

    claims = await asyncio.to_thread(verified)
    assert claims["iss"] == google.issuer
    assert claims["nonce"] == "the-nonce"
    assert len(claims["sub"]) == 21
    assert claims["sub"].isdigit()
    assert (claims["email"], claims["email_verified"], claims["hd"]) == ("alice@example.org", True, "example.org")
    assert reply["expires_in"] == 3599
    assert "refresh_token" not in reply, "nobody asked for offline access"
    assert set(reply["scope"].split(" ")) >= {"openid", LONG_EMAIL}
    status, info = await person.get("/v1/userinfo", reply["access_token"])
    assert status == 200
    assert info == {name: claims[name] for name in google.users["alice"]}


async def test_claims_come_with_their_scopes(person: Person) -> None:
    bare = claims_of((await person.sign_in(scope="openid"))["id_token"])
    assert bare["hd"] == "example.org"
    assert not {"email", "email_verified", "name", "picture"} & set(bare)
    long = claims_of((await person.sign_in(scope=f"openid {LONG_EMAIL}"))["id_token"])
    assert long["email"] == "alice@example.org"
    assert "name" not in long


@pytest.mark.parametrize(
    ("user", "email", "hd", "verified"),
    [
        ("alice-at-gmail", "alice@gmail.com", None, True),
        ("mallory", "alice@attacker.example", "attacker.example", True),
        ("lookalike", "alice.archer@example.org", None, True),
        ("unverified", "carol@example.org", None, False),
    ],
)
async def test_the_domain_in_the_request_keeps_nobody_out(
    person: Person, user: str, email: str, hd: str | None, verified: bool
) -> None:
    claims = claims_of((await person.sign_in(user, hd="example.org"))["id_token"])
    assert (claims["email"], claims.get("hd"), claims["email_verified"]) == (email, hd, verified)


async def test_the_answer_has_an_issuer_that_the_metadata_do_not_announce(google: FakeGoogle, person: Person) -> None:
    _, metadata = await person.get("/.well-known/openid-configuration", "")
    assert "authorization_response_iss_parameter_supported" not in metadata
    answer = await person.authorize(prompt="select_account")
    assert answer["iss"] == google.issuer == metadata["issuer"]
    assert answer["hd"] == "example.org"
    assert answer["prompt"] == "select_account"
    assert {"scope", "authuser"} <= set(answer)
    assert google.requests_to("authorize")[0].fields["prompt"] == "select_account"


async def test_a_refresh_token_comes_with_the_consent_to_offline_access(person: Person) -> None:
    first = await person.sign_in(access_type="offline")
    second = await person.sign_in(access_type="offline")
    third = await person.sign_in(access_type="offline", prompt="consent select_account")
    assert ["refresh_token" in reply for reply in (first, second, third)] == [True, False, True]

    for _ in range(2):  # it is not rotated
        status, fresh = await person.tokens(grant_type="refresh_token", refresh_token=first["refresh_token"])
        assert status == 200, fresh
        assert "refresh_token" not in fresh
        assert "nonce" not in claims_of(fresh["id_token"])


@pytest.mark.parametrize("more", [{"access_type": "always"}, {"prompt": "login"}, {"prompt": "none consent"}])
async def test_what_google_does_not_know_is_refused(person: Person, more: dict[str, str]) -> None:
    assert (await person.authorize(**more))["error"] == "invalid_request"
    assert (await person.authorize(scope="openid offline_access"))["error"] == "invalid_scope"


async def test_a_wrong_verifier_is_refused(person: Person) -> None:
    answer = await person.authorize()
    status, reply = await person.tokens(
        grant_type="authorization_code", code=answer["code"], redirect_uri=CALLBACK, code_verifier="w" * 43
    )
    assert (status, reply["error"]) == (400, "invalid_grant")


async def test_revoking_takes_the_whole_grant_and_is_no_rfc_7009(google: FakeGoogle, person: Person) -> None:
    reply = await person.sign_in(access_type="offline")
    url = f"{google.api_url}/revoke"
    async with person.session.post(url, data={"token": reply["access_token"]}) as response:
        assert response.status == 200
    async with person.session.post(url, data={"token": reply["refresh_token"]}) as response:
        assert (response.status, (await response.json())["error"]) == (400, "invalid_token")
    assert (await person.get("/v1/userinfo", reply["access_token"]))[0] == 401
    assert "refresh_token" in await person.sign_in(access_type="offline"), "consent is asked for again"


async def test_all_but_the_sign_in_page_may_be_on_another_host() -> None:
    async with FakeGoogle(several_hosts=True) as google, aiohttp.ClientSession() as session:
        google.client.redirect_uris.add(CALLBACK)
        person = Person(google, session)
        assert urlsplit(google.api_url).hostname != urlsplit(google.issuer).hostname
        async with session.get(f"{google.issuer}/.well-known/openid-configuration", headers=JSON) as response:
            metadata = await response.json()
        for name in ("token_endpoint", "userinfo_endpoint", "jwks_uri", "revocation_endpoint"):
            assert metadata[name].startswith(f"{google.api_url}/"), name
        async with session.post(f"{google.issuer}/token") as response:
            assert response.status == 404
        reply = await person.sign_in()
        assert claims_of(reply["id_token"])["iss"] == google.issuer
        assert (await person.get("/v1/userinfo", reply["access_token"]))[0] == 200


# -- service accounts


def assertion(google: FakeGoogle, key: dict[str, Any], header: dict[str, Any], claims: dict[str, Any]) -> str:
    """A right assertion, but for what is given; None leaves a member out."""
    now = int(google.clock())
    right_header = {"alg": "RS256", "typ": "JWT", "kid": key["private_key_id"]}
    right = {
        "iss": key["client_email"],
        "sub": ADMIN,
        "scope": GROUPS_SCOPE,
        "aud": key["token_uri"],
        "iat": now,
        "exp": now + 3600,
    }
    members = {name: value for name, value in {**right, **claims}.items() if value is not None}
    head = {name: value for name, value in {**right_header, **header}.items() if value is not None}
    if head["alg"] != "RS256":
        return jwt.encode(head, members, RSAKey.import_key(key["private_key"]), algorithms=[head["alg"]])
    return jwt.encode(head, members, RSAKey.import_key(key["private_key"]))


async def service_token(google: FakeGoogle, session: aiohttp.ClientSession, made: str) -> tuple[int, dict[str, Any]]:
    fields = {"grant_type": JWT_BEARER, "assertion": made}
    async with session.post(f"{google.api_url}/token", data=fields) as response:
        return response.status, await response.json()


async def test_a_right_assertion_gives_a_token_for_an_hour(google: FakeGoogle, person: Person) -> None:
    key = google.service_account_key()
    status, reply = await service_token(google, person.session, assertion(google, key, {}, {}))
    assert status == 200, reply
    assert (reply["expires_in"], reply["token_type"]) == (3599, "Bearer")
    assert google.count_grants(JWT_BEARER) == 1
    assert google.count_grants("authorization_code") == 0
    path = "/admin/directory/v1/groups?userKey=alice@example.org"
    assert (await person.get(path, reply["access_token"]))[0] == 200
    now = google.clock()
    google.clock = lambda: now + 3600
    assert (await person.get(path, reply["access_token"]))[0] == 401


@pytest.mark.parametrize(
    ("header", "claims", "error"),
    [
        pytest.param({"alg": "PS256"}, {}, "invalid_grant", id="another algorithm"),
        pytest.param({"kid": "0" * 40}, {}, "invalid_grant", id="unknown key"),
        pytest.param({"kid": None}, {}, "invalid_grant", id="no key id"),
        pytest.param({"typ": "at+jwt"}, {}, "invalid_grant", id="another type"),
        pytest.param({}, {"iss": "other@my-project.iam.gserviceaccount.com"}, "invalid_grant", id="another account"),
        pytest.param({}, {"sub": "nobody@example.org"}, "invalid_grant", id="nobody's address"),
        pytest.param({}, {"sub": "alice@gmail.com"}, "invalid_grant", id="an address outside"),
        pytest.param({}, {"aud": "https://accounts.google.com/token"}, "invalid_grant", id="another audience"),
        pytest.param({}, {"aud": None}, "invalid_grant", id="no audience"),
        pytest.param({}, {"scope": None}, "invalid_scope", id="no scope"),
        pytest.param({}, {"scope": f"{GROUPS_SCOPE},openid"}, "unauthorized_client", id="scopes by commas"),
        pytest.param({}, {"scope": f"{GROUPS_SCOPE} openid"}, "unauthorized_client", id="more than is delegated"),
        pytest.param({}, {"exp": 2**33}, "invalid_grant", id="longer than an hour"),
        pytest.param({}, {"iat": 1, "exp": 3601}, "invalid_grant", id="long past"),
        pytest.param({}, {"iat": None}, "invalid_grant", id="no iat"),
        pytest.param({}, {"jti": "x"}, "invalid_grant", id="a claim of no use"),
    ],
)
async def test_a_wrong_assertion_is_refused(
    google: FakeGoogle, person: Person, header: dict[str, Any], claims: dict[str, Any], error: str
) -> None:
    key = google.service_account_key()
    status, reply = await service_token(google, person.session, assertion(google, key, header, claims))
    assert (status, reply["error"]) == (401 if error == "unauthorized_client" else 400, error), reply
    assert not google.assertions


async def test_an_assertion_by_somebody_elses_key_is_refused(google: FakeGoogle, person: Person) -> None:
    key, other = google.service_account_key(), google.service_account_key("other@my-project.iam.gserviceaccount.com")
    forged = assertion(google, other, {"kid": key["private_key_id"]}, {"iss": key["client_email"]})
    assert (await service_token(google, person.session, forged))[0] == 400
    assert (await service_token(google, person.session, "x.y.z"))[0] == 400


async def test_refusals_of_service_accounts(google: FakeGoogle, person: Person) -> None:
    key = google.service_account_key()
    google.refuse_service_accounts = "unauthorized_client"
    status, reply = await service_token(google, person.session, assertion(google, key, {}, {}))
    assert (status, reply["error"]) == (401, "unauthorized_client")
    google.refuse_service_accounts = ""
    del google.delegations[key["client_email"]]
    status, reply = await service_token(google, person.session, assertion(google, key, {}, {}))
    assert (status, reply["error"]) == (401, "unauthorized_client")


# -- the Directory, through Google's library


def with_directory(google: FakeGoogle, work: Callable[[Any], Any], *, subject: str = ADMIN, **options: Any) -> Any:
    """`work(service)` in a thread, by Google's own client with a service account's key."""
    key = google.service_account_key()

    def run() -> Any:
        credentials = service_account.Credentials.from_service_account_info(
            key, scopes=options.get("scopes", [GROUPS_SCOPE]), subject=subject
        )
        with requests.Session() as session:
            credentials.refresh(GoogleRequest(session))
        service = build(
            "admin",
            "directory_v1",
            credentials=credentials,
            static_discovery=True,
            client_options={"api_endpoint": google.api_url},
        )
        with closing(service):
            return work(service)

    return asyncio.to_thread(run)


def emails(service: Any, **question: Any) -> list[str]:
    """All pages."""
    found: list[str] = []
    request = service.groups().list(**question)
    while request is not None:
        page = request.execute()
        found += [group["email"] for group in page.get("groups", [])]
        request = service.groups().list_next(request, page)
    return found


async def test_googles_client_lists_groups(google: FakeGoogle) -> None:
    def work(service: Any) -> list[list[str]]:
        return [
            emails(service, userKey=key)
            for key in ("alice@example.org", google.users["alice"]["sub"], "physics@example.org", "admin@example.org")
        ]

    by_email, by_id, of_group, of_nobody = await with_directory(google, work)
    assert by_email == by_id == ["physics@example.org", "staff@example.org"]
    assert of_group == ["science@example.org"]
    assert of_nobody == []
    assert google.count("groups") == 4
    assert google.assertions[0]["sub"] == ADMIN


async def test_many_groups_come_in_pages(google: FakeGoogle) -> None:
    google.directory.members = {f"g{n:03}@example.org": {"alice@example.org"} for n in range(450)}
    everything = sorted(google.directory.members)
    assert await with_directory(google, lambda service: emails(service, userKey="alice@example.org")) == everything
    assert google.count("groups") == 3
    small = await with_directory(google, lambda service: emails(service, domain="example.org", maxResults=150))
    assert small == everything
    assert google.count("groups") == 6


async def test_a_reply_is_what_the_published_description_says(google: FakeGoogle) -> None:
    document = resources.files("googleapiclient") / "discovery_cache/documents/admin.directory_v1.json"
    schemas = json.loads(document.read_text())["schemas"]
    google.directory.members["staff@example.org"] |= {f"p{n}@example.org" for n in range(3)}
    page = await with_directory(
        google, lambda service: service.groups().list(userKey="alice@example.org", maxResults=1).execute()
    )
    assert {"groups", "nextPageToken", "kind"} <= set(page)
    check_schema(page, "Groups", schemas)
    member = await with_directory(
        google,
        lambda service: (
            service.members().hasMember(groupKey="staff@example.org", memberKey="bob@example.org").execute()
        ),
    )
    check_schema(member, "MembersHasMember", schemas)


def check_schema(value: Any, name: str, schemas: dict[str, Any]) -> None:
    """Every member is described, and of the type that it is described with."""
    types = {"string": str, "boolean": bool, "integer": int, "array": list, "object": dict}
    properties = schemas[name]["properties"]
    for member, inner in value.items():
        described = properties[member]
        if "$ref" in described:
            check_schema(inner, described["$ref"], schemas)
            continue
        assert isinstance(inner, types[described["type"]]), f"{name}.{member}"
        for item in inner if described["type"] == "array" else ():
            if "$ref" in described["items"]:
                check_schema(item, described["items"]["$ref"], schemas)
            else:
                assert isinstance(item, types[described["items"]["type"]]), f"{name}.{member}"


async def test_a_member_of_a_member_is_a_member(google: FakeGoogle) -> None:
    """Two groups are members of each other: that ends, too."""

    def work(service: Any) -> dict[str, bool]:
        ask = service.members().hasMember
        return {
            group: ask(groupKey=f"{group}@example.org", memberKey="bob@example.org").execute()["isMember"]
            for group in ("staff", "everybody", "ring-a", "ring-b", "physics", "science")
        }

    assert await with_directory(google, work) == {
        "staff": True,
        "everybody": True,
        "ring-a": True,
        "ring-b": True,
        "physics": False,
        "science": False,
    }
    assert google.count("has_member") == 6


async def test_groups_in_a_ring_are_in_each_other(google: FakeGoogle) -> None:
    def work(service: Any) -> list[list[str]]:
        return [emails(service, userKey=f"{name}@example.org") for name in ("bob", "ring-a", "ring-b")]

    assert await with_directory(google, work) == [
        ["ring-a@example.org", "staff@example.org"],
        ["ring-b@example.org"],
        ["ring-a@example.org"],
    ]


def refused(question: dict[str, Any]) -> Callable[[Any], tuple[int, str]]:
    def work(service: Any) -> tuple[int, str]:
        with pytest.raises(HttpError) as caught:
            service.groups().list(**question).execute()
        details = json.loads(caught.value.content)["error"]
        assert details["code"] == caught.value.status_code
        assert details["message"]
        return caught.value.status_code, details["errors"][0]["reason"]

    return work


@pytest.mark.parametrize(
    ("question", "status", "reason"),
    [
        ({"userKey": "stranger@example.org"}, 404, "notFound"),
        ({"userKey": "alice@gmail.com"}, 404, "notFound"),
        ({"userKey": "alice.archer@example.org"}, 404, "notFound"),
        ({"domain": "attacker.example"}, 404, "notFound"),
        ({}, 400, "badRequest"),
        ({"userKey": "alice@example.org", "customer": "my_customer"}, 400, "badRequest"),
        ({"userKey": "alice@example.org", "maxResults": 201}, 400, "invalid"),
        ({"userKey": "alice@example.org", "pageToken": "!"}, 400, "invalid"),
        ({"userKey": "alice@example.org", "query": "name:x"}, 400, "invalid"),
    ],
)
async def test_wrong_questions(google: FakeGoogle, question: dict[str, Any], status: int, reason: str) -> None:
    assert await with_directory(google, refused(question)) == (status, reason)


async def test_who_may_ask(google: FakeGoogle, person: Person) -> None:
    question = {"userKey": "alice@example.org"}
    assert await with_directory(google, refused(question), subject="alice@example.org") == (403, "forbidden")
    google.delegations["hub@my-project.iam.gserviceaccount.com"].add("openid")
    assert await with_directory(google, refused(question), scopes=["openid"]) == (403, "insufficientPermissions")
    path = f"/admin/directory/v1/groups?{urlencode(question)}"
    user = await person.sign_in("admin")
    for token, status in ((user["access_token"], 403), ("nonsense", 401)):
        assert (await person.get(path, token))[0] == status


@pytest.mark.parametrize(
    ("error", "status", "reason"),
    [
        (ApiError.quota_exceeded(), 403, "quotaExceeded"),
        (ApiError.user_rate_limited(), 403, "userRateLimitExceeded"),
        (ApiError.rate_limited(), 429, "rateLimitExceeded"),
        (ApiError.backend_error(), 503, "backendError"),
    ],
    ids=lambda value: value.reason if isinstance(value, ApiError) else str(value),
)
async def test_an_error_comes_once_for_each_time_that_it_was_ordered(
    google: FakeGoogle, error: ApiError, status: int, reason: str
) -> None:
    google.directory.errors.append(error)
    assert await with_directory(google, refused({"userKey": "alice@example.org"})) == (status, reason)
    assert await with_directory(google, lambda service: emails(service, userKey="bob@example.org"))


async def test_requests_can_be_held_and_are_counted_while_they_last(google: FakeGoogle, person: Person) -> None:
    key = google.service_account_key()
    _, reply = await service_token(google, person.session, assertion(google, key, {}, {}))
    path = "/admin/directory/v1/groups?userKey=alice@example.org"
    with google.directory.holding():
        waiting = [asyncio.ensure_future(person.get(path, reply["access_token"])) for _ in range(5)]
        await google.until_asked("groups", 5)
        assert not any(task.done() for task in waiting)
    assert {status for status, _ in await asyncio.gather(*waiting)} == {200}
    assert (await person.get(path, reply["access_token"]))[0] == 200
    assert google.most_at_once == 5


async def test_faults_bend_its_answers_too(google: FakeGoogle, person: Person) -> None:
    google.faults.on("F48-wrong")
    assert claims_of((await person.sign_in())["id_token"])["iss"] == "https://honest.example"
    google.faults.on("F15", at="groups")
    async with person.session.get(f"{google.api_url}/admin/directory/v1/groups") as response:
        assert response.status == 500


async def test_its_secrets_are_known(google: FakeGoogle, person: Person) -> None:
    key = google.service_account_key()
    _, service = await service_token(google, person.session, assertion(google, key, {}, {}))
    reply = await person.sign_in(access_type="offline")
    assert {service["access_token"], reply["access_token"], reply["refresh_token"], reply["id_token"]} <= google.secrets
    assert key["private_key"] in google.canaries()
