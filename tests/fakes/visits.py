"""Requests to a fake without any client: what tests of fakes ask."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import aiohttp

CALLBACK = "http://hub.example/callback"


async def json_of(url: str, token: str = "") -> tuple[int, Any]:
    """The status and the JSON of a response, to a request with an access token if there is one."""
    headers = {"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
    async with aiohttp.ClientSession() as session, session.get(url, headers=headers) as response:
        return response.status, await response.json()


async def answer_to(url: str, client_id: str, scope: str, **more: str) -> dict[str, str]:
    """The fields with which the authorization endpoint at `url` sends the browser back to `CALLBACK`."""
    fields = {
        "client_id": client_id,
        "redirect_uri": CALLBACK,
        "response_type": "code",
        "state": "a state",
        "nonce": "a nonce",
        "scope": scope,
        "code_challenge": "c" * 43,
        "code_challenge_method": "S256",
        **more,
    }
    async with aiohttp.ClientSession() as session, session.get(url, params=fields, allow_redirects=False) as response:
        assert response.status == 303, await response.text()
        return dict(parse_qsl(urlsplit(response.headers["Location"]).query))
