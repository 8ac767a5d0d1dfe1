"""The values that the provider keeps: users, requests, replies, grants."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any


def default_users() -> dict[str, dict[str, Any]]:
    return {
        name: {
            "sub": f"subject-of-{name}",
            "preferred_username": name,
            "name": f"{name.title()} Example",
            "email": f"{name}@example.org",
            "email_verified": True,
            "groups": groups,
        }
        for name, groups in {"alice": ["staff", "hub-admins"], "bob": ["students"], "carol": []}.items()
    }


@dataclass
class Call:
    """One request that the provider received, and the status of its answer (0: none was sent)."""

    endpoint: str
    method: str
    path: str
    headers: dict[str, str]  # names in lower case
    query: str
    body: str
    time: float
    fields: dict[str, str] = field(default_factory=dict)
    status: int = 0
    raw_path: str = ""  # as it was sent, percent signs and all
    certificate: bytes = b""  # of the client, in DER


@dataclass
class Reply:
    """An answer before it is sent; a fault may change any part.

    `body` replaces the JSON of `json`; `redirect_to` with `fields` makes a redirect, or with `as_form` a page with a
    form. `hang` holds the answer back
    until the provider is released, `reset` drops the connection, `missing_bytes` announces more body than is sent.
    """

    status: int = 200
    json: Any = None
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})
    redirect_to: str | None = None
    fields: list[tuple[str, str]] = field(default_factory=list)
    as_form: bool = False  # a page whose form the browser posts there, in place of a redirect
    hang: bool = False
    reset: bool = False
    missing_bytes: int = 0
    drip: bool = False  # the body comes one byte at a time
    hang_up: bool = False  # the connection is closed without an answer

    @classmethod
    def redirect(cls, url: str, fields: list[tuple[str, str]]) -> Reply:
        return cls(status=303, body=b"", headers={}, redirect_to=url, fields=fields)

    def text(self) -> str:
        if self.body is not None:
            return self.body.decode("utf-8", "replace")
        return "" if self.json is None else json.dumps(self.json)

    def encoded(self) -> bytes:
        return self.text().encode() if self.body is None else self.body


@dataclass
class Grant:
    """What one code or refresh token stands for. All tokens of one login share a `family`."""

    client_id: str
    user: str
    scope: list[str]
    family: str
    redirect_uri: str = ""
    nonce: str | None = None
    challenge: str = ""
    sid: str = ""
    auth_time: int | None = None
    acr: str | None = None
    certificate: str = ""  # the thumbprint of the one that the access token is bound to
    expires_at: float = float("inf")
    resources: list[str] = field(default_factory=list)
    announced_key: str = ""  # dpop_jkt of the authorization request
    key: str = ""  # the thumbprint of the key to which tokens are bound
    used: bool = False
    refreshed: bool = False  # its refresh token stays in use, and no new one is issued
