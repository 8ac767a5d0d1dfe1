"""The world of a Hub at which each strict provider is one way to sign in."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from tests.ports import reserve_port

from .certified_provider import CLIENT_ID, npm_proxy
from .hub_process import HubProcess
from .provider_sites import Account
from .strict_keys import StrictKeys, make_keys
from .strict_providers import StrictProviders
from .web_client import Page, WebClient
from .worlds import People, World

CONFIGURATION = Path(__file__).with_name("strict_config.py")


@dataclass(frozen=True)
class StrictWay(World):
    """The same Hub, by one of the strict providers."""

    provider: str

    def login_url(self, next_url: str | None = None) -> str:
        target = self.hub.page(f"auth/{self.provider}/login")
        return target if next_url is None else f"{target}?next={quote(next_url, safe='')}"


@dataclass(frozen=True)
class StrictHub:
    """The Hub, and the providers that it trusts. At each provider, one user has the provider's name."""

    hub: HubProcess
    providers: StrictProviders
    secrets: Mapping[str, str]

    def way(self, name: str) -> StrictWay:
        """The world of one provider."""
        account = Account(name)
        people = People(admin=account, allowed=account, refused=account)
        return StrictWay(self.hub, self.providers.site(name), people, self.secrets, name)

    def log_in(self, browser: WebClient, name: str) -> Page:
        """A whole login; the page that it ends on."""
        return self.way(name).log_in(browser, Account(name))


def start_strict_hub(folder: Path, cleanup: ExitStack, entries: Mapping[str, Mapping[str, Any]]) -> StrictHub:
    """Start the providers and the Hub; `cleanup` ends them. `entries` are the options of the Hub, by provider.

    In the values, ``{keys}`` is the file of the client's keys, ``{certificate}`` and ``{self_signed}`` those of its
    certificates, and ``{tls_host}`` is where the providers take these.
    """
    keys = make_keys(folder)
    secret, crypt_key = secrets.token_urlsafe(32), secrets.token_hex(32)
    hub_port = reserve_port(until_exit=True)
    hub_url = f"https://127.0.0.1:{hub_port}"
    client = {
        "client_id": CLIENT_ID,
        "redirect_uris": [f"{hub_url}/hub/auth/{{name}}/authorize"],
        "post_logout_redirect_uris": [f"{hub_url}/hub/auth/{{name}}/logged_out"],
        "backchannel_logout_uri": f"{hub_url}/hub/auth/{{name}}/backchannel_logout",
        "backchannel_logout_session_required": True,
        "jwks_uri": f"{hub_url}/hub/auth/{{name}}/jwks",
    }
    users = {name: {} for name in entries}
    providers = StrictProviders(folder, keys, secret=secret, users=users, clients=[client])
    hub = HubProcess(
        folder,
        port=hub_port,
        configuration=[CONFIGURATION],
        certificate=keys.server,
        authority=keys.authority,
        environment={"JUPYTERHUB_CRYPT_KEY": crypt_key},
        settings={
            "ConfigurableHTTPProxy": {"command": npm_proxy()},  # the one from PyPI does not speak TLS
            "MultiAuthenticator": {
                "authenticators": [_entry(name, providers, keys, options) for name, options in entries.items()],
            },
        },
    )
    for process in (providers.process, hub):
        cleanup.callback(process.end)
        process.start(timeout=120)
    return StrictHub(hub, providers, {"the client secret": secret, "the key of auth_state": crypt_key})


def _entry(name: str, providers: StrictProviders, keys: StrictKeys, options: Mapping[str, Any]) -> dict[str, Any]:
    """One entry of ``MultiAuthenticator.authenticators``."""
    places = {
        "{keys}": str(keys.client_keys),
        "{certificate}": str(keys.client_certificate),
        "{self_signed}": str(keys.self_signed_certificate),
        "{tls_host}": providers.tls_host,
    }
    config = {
        "issuer": providers.issuer(name),
        "client_id": CLIENT_ID,
        "client_secret": providers.secret(name),
        "scope": ["openid", "profile", "offline_access"],
        "extra_authorize_params": {"prompt": "consent"},  # without it this provider gives no refresh token
        "http_request_kwargs": {"ca_certs": str(keys.authority)},
        "user_data_max_age": 0,
        "rp_initiated_logout": True,
        "revoke_tokens_on_logout": True,
        "backchannel_logout": True,
        **{option: _filled_in(value, places) for option, value in options.items()},
    }
    return {"authenticator_class": "suite-generic", "provider": name, "login_service": name, "config": config}


def _filled_in(value: Any, places: Mapping[str, str]) -> Any:
    if isinstance(value, list):
        return [_filled_in(one, places) for one in value]
    return places.get(value, value) if isinstance(value, str) else value
