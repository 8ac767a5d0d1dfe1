"""The certified `oidc-provider` as a process: installed by npm when it is missing, counted, and bent by knobs."""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from joserfc.jwk import RSAKey

from tests.ports import reserve_port

from .processes import ServerProcess

FOLDER = Path(__file__).parent / "oidc_provider"
PROXY = Path(__file__).parent / "hub_proxy"
CLIENT_ID = "hub"


def skip_or_fail(reason: str) -> None:
    """A system tool is missing: that fails in CI (``CI=true``) and skips elsewhere."""
    if os.environ.get("CI", "").lower() in ("1", "true"):
        pytest.fail(f"{reason}; in CI nothing may be skipped")
    pytest.skip(reason)


def require_node(folder: Path = FOLDER) -> str:
    """The path of `node`, with the packages installed that the `package-lock.json` in `folder` lists."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        skip_or_fail(f"{folder.name} needs Node.js (`node` and `npm`), version 20 or later")
    installed = folder / "node_modules" / ".package-lock.json"
    locked = folder / "package-lock.json"
    with (folder / "package.json").open() as package:
        fcntl.flock(package, fcntl.LOCK_EX)  # tests run in several processes
        if not installed.exists() or installed.stat().st_mtime < locked.stat().st_mtime:
            result = subprocess.run([npm, "ci"], cwd=folder, capture_output=True, text=True, timeout=300, check=False)
            if result.returncode:
                skip_or_fail(f"`npm ci` failed in {folder}: {result.stderr.strip()[-600:]}")
    return str(node)


def npm_proxy() -> list[str]:
    """The command of JupyterHub's proxy from npm."""
    return [require_node(PROXY), str(PROXY / "node_modules/configurable-http-proxy/bin/configurable-http-proxy")]


def signing_keys() -> dict[str, Any]:
    """A fresh private key set, with one RSA key that has a key id."""
    key = RSAKey.generate_key(2048, {"use": "sig", "alg": "RS256"})
    key.ensure_kid()
    return {"keys": [key.as_dict(private=True)]}


@dataclass(frozen=True)
class Counted:
    """What the provider has seen since the last reset."""

    requests: Mapping[str, int]
    grants: Mapping[str, int]
    refusals: Sequence[str]
    connections: int

    def of(self, endpoint: str) -> int:
        """Requests to one endpoint: discovery, jwks, authorization, token, userinfo, revocation or end_session."""
        return self.requests.get(endpoint, 0)


class CertifiedProvider:
    """One provider process. `stop()` and `start()` keep its address and keys, and lose its sessions and grants."""

    def __init__(
        self,
        folder: Path,
        *,
        hub_urls: Sequence[str],
        users: Mapping[str, Any],
        client_secret: str,
        auth_method: str = "client_secret_post",
        callback: str = "oauth_callback",
        logged_out: str = "oauth_logged_out",
    ) -> None:
        port = reserve_port(until_exit=True)
        self.issuer = f"http://127.0.0.1:{port}"
        self._client: dict[str, Any] = {
            "client_id": CLIENT_ID,
            "client_secret": client_secret,
            "redirect_uris": [f"{url}/hub/{callback}" for url in hub_urls],
            "post_logout_redirect_uris": [f"{url}/hub/{logged_out}" for url in hub_urls],
            "grant_types": ["authorization_code", "refresh_token"],
            "response_types": ["code"],
            "token_endpoint_auth_method": auth_method,
        }
        self.process = ServerProcess(
            "the certified provider",
            [require_node(), "provider.mjs"],
            ready_url=f"{self.issuer}/.well-known/openid-configuration",
            log_file=folder / f"certified-provider-{port}.log",
            directory=FOLDER,
            environment=os.environ
            | {
                "PROVIDER_PORT": str(port),
                "PROVIDER_CLIENTS": json.dumps([self._client]),
                "PROVIDER_USERS": json.dumps(users),
                "PROVIDER_JWKS": json.dumps(signing_keys()),
            },
        )

    def start(self) -> None:
        self.process.start()
        self.reset()

    def stop(self) -> None:
        self.process.stop()

    def end(self) -> None:
        self.process.end()

    def expect_secret(self, client_secret: str) -> None:
        """From the next start on, the Hub must give this secret."""
        self._client["client_secret"] = client_secret
        self.process.environment["PROVIDER_CLIENTS"] = json.dumps([self._client])

    def new_keys(self) -> None:
        """From the next start on, tokens are signed with another key."""
        self.process.environment["PROVIDER_JWKS"] = json.dumps(signing_keys())

    def reset(self) -> None:
        """Zero the counters and undo what `turn` has done."""
        self._test_path({"reset": True})

    def turn(self, **knobs: Any) -> None:
        """Turn knobs: users={name: claims}, delays={endpoint: milliseconds}, faults={endpoint: status},
        access_token_seconds=number.
        """
        self._test_path(knobs)

    def counted(self) -> Counted:
        return Counted(**self._test_path(None))

    def _test_path(self, knobs: Mapping[str, Any] | None) -> dict[str, Any]:
        method = "GET" if knobs is None else "POST"
        answer = requests.request(method, f"{self.issuer}/_test", json=knobs, timeout=10)
        answer.raise_for_status()
        result: dict[str, Any] = answer.json()
        return result
