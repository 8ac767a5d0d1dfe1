"""A client of the fake GitHub that sends the requests of a test, and compares each reply with the description."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import aiohttp

from tests.fakes.openid_provider.keys import base64url
from tests.fakes.published import Published

from .server import FakeGitHub

CALLBACK = "http://127.0.0.1:9/callback"
DESCRIPTION = Published("github-openapi.json")


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
    """Sends exactly the requests of a test. Each answer of the REST API is compared with the description."""

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
