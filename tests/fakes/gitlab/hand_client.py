"""A client of the fake GitLab that sends exactly the requests of a test."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qsl, quote_plus, urlencode, urlsplit

import aiohttp
from yarl import URL

from tests.fakes.openid_provider.keys import base64url

from .server import FakeGitLab

CALLBACK = "http://127.0.0.1:9/callback"


@dataclass
class Seen:
    status: int
    headers: dict[str, str]  # names in lower case
    json: Any
    body: str

    @property
    def links(self) -> dict[str, str]:
        return {rel: url for url, rel in re.findall(r'<([^>]+)>; rel="(\w+)"', self.headers.get("link", ""))}

    def each(self, name: str) -> list[Any]:
        return [item[name] for item in self.json]


@dataclass
class HandClient:
    gitlab: FakeGitLab
    session: aiohttp.ClientSession
    verifier: str = field(default_factory=lambda: token_urlsafe(48))

    async def get(self, url: str, token: str = "", **headers: str) -> Seen:
        """The URL goes out as it is written."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return await self.request("GET", url, {"Accept": "application/json", **headers})

    async def api(self, path: str, token: str = "", **headers: str) -> Seen:
        return await self.get(self.gitlab.api_url + path, token, **headers)

    async def request(self, method: str, url: str, headers: dict[str, str], data: Any = None) -> Seen:
        async with self.session.request(
            method, URL(url, encoded=True), headers=headers, data=data, allow_redirects=False
        ) as response:
            names = {name.lower(): value for name, value in response.headers.items()}
            json = await response.json() if response.content_type == "application/json" else None
            return Seen(response.status, names, json, await response.text())

    async def authorize(self, **changes: str | None) -> dict[str, str]:
        """The parameters of the redirect to the callback."""
        fields = {
            "response_type": "code",
            "client_id": self.gitlab.client.client_id,
            "redirect_uri": CALLBACK,
            "scope": "openid email read_api",
            "state": "the-state",
            "nonce": "the-nonce",
            "code_challenge": base64url(sha256(self.verifier.encode()).digest()),
            "code_challenge_method": "S256",
            **changes,
        }
        query = urlencode({name: value for name, value in fields.items() if value is not None})
        seen = await self.get(f"{self.gitlab.issuer}/oauth/authorize?{query}")
        assert seen.headers["location"].startswith(CALLBACK + "?")
        return dict(parse_qsl(urlsplit(seen.headers["location"]).query))

    async def post(self, path: str, fields: dict[str, str]) -> Seen:
        client = self.gitlab.client
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"
        headers = {"Accept": "application/json", "Authorization": "Basic " + b64encode(pair.encode()).decode()}
        return await self.request("POST", self.gitlab.issuer + path, headers, fields)

    async def redeem(self, code: str) -> Seen:
        grant = {"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK}
        return await self.post("/oauth/token", {**grant, "code_verifier": self.verifier})

    async def refresh(self, refresh_token: str) -> Seen:
        return await self.post("/oauth/token", {"grant_type": "refresh_token", "refresh_token": refresh_token})

    async def log_in(self, **changes: str | None) -> dict[str, Any]:
        seen = await self.redeem((await self.authorize(**changes))["code"])
        assert seen.status == 200
        return seen.json
