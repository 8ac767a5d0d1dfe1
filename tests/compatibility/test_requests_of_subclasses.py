"""`httpfetch`, `fetch` and `http_client`, called by an override."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tornado.httpclient import HTTPClientError, HTTPRequest

from tests.compatibility.sides import ApiProvider, Sides

pytestmark = pytest.mark.hub_versions


def asking(ask: Any) -> Any:
    """A subclass that stores the result of ``await ask(authenticator, auth_state)`` in `auth_state`."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Asks(base):
            async def update_auth_model(self, auth_model: dict[str, Any]) -> dict[str, Any]:
                auth_model["auth_state"]["answer"] = await ask(self, auth_model["auth_state"])
                return auth_model

        return Asks

    return subclass


VALUES = [[{"id": 1}], {"a": 1}, [], "text", 7, True, None]


async def test_any_json_value(sides: Sides, provider: ApiProvider) -> None:
    async def ask(self: Any, state: dict[str, Any]) -> Any:
        answers = []
        for provider.json in VALUES:
            answers.append(await self.httpfetch(f"{provider.issuer}/api/json"))
        return answers

    seen = await sides.run_same(asking(ask))
    assert seen.auth_states["alice"]["answer"] == VALUES


async def test_an_empty_body_is_none(sides: Sides, provider: ApiProvider) -> None:
    seen = await sides.run_same(asking(lambda self, state: self.httpfetch(f"{provider.issuer}/api/empty", "nothing")))
    assert seen.auth_states["alice"]["answer"] is None


async def test_the_response_as_tornado_has_it(sides: Sides, provider: ApiProvider) -> None:
    async def ask(self: Any, state: dict[str, Any]) -> Any:
        response = await self.httpfetch(f"{provider.issuer}/api/text", parse_json=False)
        response.rethrow()
        return [
            response.code,
            response.reason,
            response.headers["X-Extra"],
            response.headers.get("content-type"),
            response.body.decode(),
            response.buffer.read().decode(),
            response.error,
            response.effective_url == response.request.url,
        ]

    seen = await sides.run_same(asking(ask))
    assert seen.auth_states["alice"]["answer"][:3] == [200, "OK", "1"]


REQUESTS: list[dict[str, Any]] = [
    {"method": "POST", "body": "a=1"},
    {"method": "POST", "body": b"\xe2\x82\xac", "headers": {"Content-Type": "text/plain"}},
    {"method": "PUT", "body": "{}", "headers": {"content-type": "application/json"}},
    {"headers": {"accept": "text/html", "X-Extra": "1"}},
    {"headers": {"Authorization": "Basic x"}, "request_timeout": 3, "connect_timeout": 2.0, "validate_cert": True},
    {"auth_username": "hub", "auth_password": "sécret: %"},
    {"user_agent": "Ours/1.0", "follow_redirects": False, "allow_nonstandard_methods": True},
]


async def test_options_of_a_request(sides: Sides, provider: ApiProvider) -> None:
    async def ask(self: Any, state: dict[str, Any]) -> Any:
        answers = []
        for options in REQUESTS:
            headers = {"Accept": "application/json", "User-Agent": "x", **options.get("headers", {})}
            url = f"{provider.issuer}/api/echo"
            answers.append(await self.httpfetch(url, "an echo", **{**options, "headers": headers}))
        return answers

    seen = await sides.run_same(asking(ask))
    answers = seen.auth_states["alice"]["answer"]
    assert [answer["method"] for answer in answers] == [options.get("method", "GET") for options in REQUESTS]
    assert answers[0]["headers"]["content-type"] == "application/x-www-form-urlencoded"


STATUSES = [400, 401, 403, 404, 429, 500, 503]


async def test_an_error_is_tornados(sides: Sides, provider: ApiProvider) -> None:
    async def ask(self: Any, state: dict[str, Any]) -> Any:
        answers = []
        for status in STATUSES:
            try:
                await self.httpfetch(f"{provider.issuer}/api/status/{status}", headers={"Authorization": "Bearer x"})
            except HTTPClientError as error:
                answers.append([error.code, error.response.code, json.loads(error.response.body)])
        return answers

    seen = await sides.run_same(asking(ask))
    assert seen.auth_states["alice"]["answer"] == [[status, status, {"message": "no"}] for status in STATUSES]


async def test_an_error_that_is_not_raised(sides: Sides, provider: ApiProvider) -> None:
    async def ask(self: Any, state: dict[str, Any]) -> Any:
        url = f"{provider.issuer}/api/status/404"
        response = await self.httpfetch(url, parse_json=False, raise_error=False)
        return [response.code, await self.httpfetch(url, raise_error=False)]

    seen = await sides.run_same(asking(ask))
    assert seen.auth_states["alice"]["answer"] == [404, {"message": "no"}]


async def test_bad_json_is_a_value_error(sides: Sides, provider: ApiProvider) -> None:
    async def ask(self: Any, state: dict[str, Any]) -> Any:
        try:
            await self.httpfetch(f"{provider.issuer}/api/text")
        except ValueError:
            return "a ValueError"

    seen = await sides.run_same(asking(ask))
    assert seen.auth_states["alice"]["answer"] == "a ValueError"


async def test_an_unknown_option(sides: Sides, provider: ApiProvider) -> None:
    async def ask(self: Any, state: dict[str, Any]) -> Any:
        try:
            await self.httpfetch(f"{provider.issuer}/api/json", "list", timeout=3)
        except TypeError as error:
            self.log.warning("TypeError: %s", error)
            return "a TypeError"

    seen = await sides.run_same(asking(ask))
    assert seen.auth_states["alice"]["answer"] == "a TypeError"
    (line,) = [line for line in seen.warnings if "TypeError" in line]
    assert all(name in line for name in ("timeout", "request_timeout", "validate_cert", "headers"))


async def test_the_http_client(sides: Sides, provider: ApiProvider) -> None:
    """As a subclass for Keycloak uses it."""

    async def ask(self: Any, state: dict[str, Any]) -> Any:
        url = f"{provider.issuer}/api/echo"
        first = await self.http_client.fetch(url, method="POST", body="a=1", headers={"Accept": "x", "User-Agent": "y"})
        second = await self.http_client.fetch(HTTPRequest(url, headers={"Accept": "x", "User-Agent": "y"}))
        try:
            await self.http_client.fetch(f"{provider.issuer}/api/status/403")
        except HTTPClientError as error:
            refused = error.code
        return [json.loads(first.body), json.loads(second.body), refused]

    seen = await sides.run_same(asking(ask))
    assert seen.auth_states["alice"]["answer"][2] == 403
    told = [line for line in seen.warnings if "http_client.fetch" in line]
    assert len(told) == 1
    assert "httpfetch" in told[0]


async def test_fetch(sides: Sides, provider: ApiProvider) -> None:
    async def ask(self: Any, state: dict[str, Any]) -> Any:
        request = HTTPRequest(f"{provider.issuer}/api/json")
        response = await self.fetch(request, parse_json=False)
        return [await self.fetch(request, "a list"), response.code]

    seen = await sides.run_same(asking(ask))
    assert seen.auth_states["alice"]["answer"] == [provider.json, 200]
    assert len([line for line in seen.warnings if ".fetch works as in oauthenticator" in line]) == 1
