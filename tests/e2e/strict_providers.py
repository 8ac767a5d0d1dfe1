"""Certified providers that each demand something, in one process, and an independent client of them."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import requests
from bs4 import Tag

from tests.ports import reserve_port

from .certified_provider import FOLDER, require_node
from .processes import ServerProcess
from .provider_sites import Account, CertifiedSite, StopBefore
from .strict_keys import StrictKeys
from .web_client import Page, WebClient
from .worlds import query

INDEPENDENT = "independent"
"""The client id of the independent client."""

INDEPENDENT_REDIRECT = "https://client.example.test/callback"


@dataclass(frozen=True)
class Seen:
    """What one provider has seen since it was last asked to forget."""

    requests: Mapping[str, int]
    """By the endpoint's name in `oidc-provider`: token, userinfo, pushed_authorization_request, …"""
    grants: Mapping[str, int]
    """Successful grants, by type."""
    refusals: Sequence[str]
    """``kind of request: error``"""
    backchannel: Sequence[str]
    """Clients that were told of a logout: ``told ID`` or ``failed ID``."""
    userinfo: str | None
    """The media type of the last answer about a user."""


class StrictSite(CertifiedSite):
    """The same pages, of a provider that may send the browser back with a form (``response_mode=form_post``)."""

    def shows(self, page: Page) -> bool:
        return super().shows(page) and self._way_back(page) is None

    def sign_in(
        self, client: WebClient, page: Page, account: Account, *, stop_before: StopBefore | None = None
    ) -> Page:
        page = super().sign_in(client, page, account, stop_before=stop_before)
        form = self._way_back(page)
        if form is None or (stop_before is not None and stop_before(str(form["action"]))):
            return page
        return client.submit(page, form, {}, stop_before=stop_before)

    def _way_back(self, page: Page) -> Tag | None:
        """The form that posts itself to the client; the browser would send it by a script."""
        for form in page.soup.find_all("form", action=True):
            if page.url.startswith(self.issuer) and not urljoin(page.url, str(form["action"])).startswith(self.issuer):
                return form
        return None


class StrictProviders:
    """One process. ``demands.mjs`` has the names of the providers and what each of them demands."""

    def __init__(
        self,
        folder: Path,
        keys: StrictKeys,
        *,
        secret: str,
        users: Mapping[str, Any],
        clients: Sequence[dict[str, Any]],
    ) -> None:
        self.keys = keys
        self.initial_access_token = secrets.token_urlsafe(32)
        self._secret = secret
        self._port, tls_port = reserve_port(until_exit=True), reserve_port(until_exit=True)
        self.tls_host = f"127.0.0.1:{tls_port}"
        independent = {"client_id": INDEPENDENT, "redirect_uris": [INDEPENDENT_REDIRECT]}
        registered = [
            {
                "client_secret": f"{secret}-{{name}}",
                "grant_types": ["authorization_code", "refresh_token"],
                "response_types": ["code"],
                "jwks": {"keys": keys.public},
                **client,
            }
            for client in (independent, *clients)
        ]
        self.process = ServerProcess(
            "the strict providers",
            [require_node(), "strict.mjs"],
            ready_url=f"https://127.0.0.1:{self._port}/",
            log_file=folder / "strict-providers.log",
            directory=FOLDER,
            authority=keys.authority,
            environment=os.environ
            | {
                "NODE_EXTRA_CA_CERTS": str(keys.authority),
                "STRICT_PORT": str(self._port),
                "STRICT_TLS_PORT": str(tls_port),
                "STRICT_INITIAL_ACCESS_TOKEN": self.initial_access_token,
                "STRICT_CERTIFICATE": str(keys.server),
                "STRICT_CA": str(keys.authority),
                "STRICT_CLIENTS": json.dumps(registered),
                "STRICT_USERS": json.dumps(users),
                "STRICT_KEYS": json.dumps(keys.provider_keys),
            },
        )

    def issuer(self, name: str) -> str:
        """The issuer of the provider `name`."""
        return f"https://127.0.0.1:{self._port}/{name}"

    def secret(self, name: str) -> str:
        """The secret that every client has at the provider `name`: each has another."""
        return f"{self._secret}-{name}"

    def site(self, name: str) -> StrictSite:
        """The pages of the provider `name`."""
        return StrictSite(self.issuer(name))

    def browser(self) -> WebClient:
        """A new browser that trusts the authority."""
        return WebClient(self.keys.authority)

    def seen(self, name: str) -> Seen:
        """What the provider `name` has seen."""
        return Seen(**self._test_path("GET", name))

    def forget(self, name: str) -> None:
        """From here on, the provider `name` counts from zero."""
        self._test_path("POST", name)

    def _test_path(self, method: str, name: str) -> dict[str, Any]:
        answer = requests.request(method, f"{self.issuer(name)}/_test", timeout=10, verify=str(self.keys.authority))
        answer.raise_for_status()
        found: dict[str, Any] = answer.json()
        return found


class Failed(Exception):
    """A step of a login by the independent client has failed; the message is what it or the provider says."""


class IndependentClient:
    """`openid-client` in a separate process, and a browser that walks through the provider's pages for it."""

    def __init__(self, providers: StrictProviders) -> None:
        self._providers = providers
        self._process = subprocess.Popen(
            [require_node(), "independent.mjs"],
            cwd=FOLDER,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ
            | {
                "NODE_EXTRA_CA_CERTS": str(providers.keys.authority),
                "STRICT_CLIENT_ID": INDEPENDENT,
                "STRICT_CLIENT_KEYS": json.dumps(providers.keys.private),
                "STRICT_REDIRECT_URI": INDEPENDENT_REDIRECT,
            },
        )

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()

    def log_in(self, provider: str, account: Account, **abilities: Any) -> dict[str, Any]:
        """A login, a request for the user, a refresh and the same request again. Returns the client's report.

        `abilities` are those of ``begin`` in ``independent.mjs``. `Failed` when a step fails.
        """
        begun = self._ask(
            {
                "begin": {
                    "issuer": self._providers.issuer(provider),
                    "secret": self._providers.secret(provider),
                    **abilities,
                }
            }
        )
        with self._providers.browser() as browser:
            page = browser.get(begun["url"], stop_before=_is_back)
            page = self._providers.site(provider).sign_in(browser, page, account, stop_before=_is_back)
        return self._ask({"finish": _what_came_back(page)})

    def _ask(self, message: Mapping[str, Any]) -> dict[str, Any]:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps(message), file=self._process.stdin, flush=True)
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise Failed(f"{answer['error']}: {answer['where']}")
        return answer


def _is_back(url: str) -> bool:
    return url.startswith(INDEPENDENT_REDIRECT)


def _what_came_back(page: Page) -> dict[str, str]:
    """The fields with which the provider sends the browser back: a redirect, or a form that posts itself."""
    if _is_back(page.headers.get("Location", "")):
        return query(page.headers["Location"])
    (form,) = [form for form in page.soup.find_all("form") if _is_back(str(form.get("action")))] or [None]
    if form is None:
        raise Failed(f"the provider does not send the browser back: {page}")
    return {str(field["name"]): str(field["value"]) for field in form.find_all("input", attrs={"name": True})}
