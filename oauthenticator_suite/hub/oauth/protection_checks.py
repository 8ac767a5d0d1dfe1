"""Start-up checks of options that leave out a protection. None of them stops the start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...protocol.urls import is_plain_http
from ..findings.finding import INFO, WARNING, Check, Problem, check


@check(
    "insecure-http",
    WARNING,
    "`allow_insecure_http` is on.",
    "Use https.",
)
def insecure_http(authenticator: Any) -> Iterator[Problem]:
    """For a provider in the same machine or network."""
    if authenticator.allow_insecure_http:
        yield Problem("allow_insecure_http", "is on: secrets and tokens may cross the network unencrypted", "")


@check(
    "pkce-off",
    WARNING,
    "`enable_pkce` is off.",
    "Remove the option. Providers without PKCE ignore it.",
)
def pkce_off(authenticator: Any) -> Iterator[Problem]:
    """RFC 9700 §2.1.1."""
    if not authenticator.enable_pkce:
        yield Problem("enable_pkce", "is off: a stolen authorization code can be used by another browser", "")


@check(
    "token-in-url",
    WARNING,
    "`userdata_token_method` is `url`.",
    "Use `header`, unless the provider accepts nothing else.",
)
def token_in_url(authenticator: Any) -> Iterator[Problem]:
    """RFC 9700 §4.3.2."""
    if authenticator.userdata_token_method == "url":
        yield Problem("userdata_token_method", "is 'url': access tokens appear in the logs of proxies on the way", "")


@check(
    "callback-http",
    WARNING,
    "`oauth_callback_url` begins with `http:`.",
    "Serve the Hub with https.",
)
def callback_without_tls(authenticator: Any) -> Iterator[Problem]:
    """Loopback addresses are left out."""
    if is_plain_http(authenticator.oauth_callback_url):
        yield Problem("oauth_callback_url", "begins with http: authorization codes cross the network unencrypted", "")


@check(
    "id-token-not-verified",
    WARNING,
    "ID tokens are requested, and their signatures are not verified.",
    "Set `issuer` to the provider's issuer identifier.",
)
def id_token_not_verified(authenticator: Any) -> Iterator[Problem]:
    """Without keys, only the TLS connection to the token endpoint protects them (OpenID Connect Core §3.1.3.7)."""
    if "openid" in authenticator.scope and not authenticator.connection.issuer.can_verify:
        yield Problem(
            "issuer",
            "is not set, so the signatures of ID tokens are not verified; only the TLS connection protects them",
            "Set it to the provider's issuer identifier to have them verified",
        )


@check(
    "auth-state-off",
    INFO,
    "`enable_auth_state` is off, so the provider is not asked again about signed-in users.",
    "Set `enable_auth_state` to True.",
)
def auth_state_off(authenticator: Any) -> Iterator[Problem]:
    """A consequence of JupyterHub's default."""
    if not authenticator.enable_auth_state:
        yield Problem(
            "enable_auth_state",
            "is off: the provider is not asked again about signed-in users (groups, blocks at the provider), and any "
            "user who signs in under an account's name gets that account",
            "",
        )


PROTECTION_CHECKS: tuple[Check, ...] = (
    insecure_http,
    pkce_off,
    token_in_url,
    callback_without_tls,
    id_token_not_verified,
    auth_state_off,
)
