"""What is registered: of an authenticator in a configuration, or of the options of the command line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import ConfigurationError
from ...hub.oauth.authenticator import OAuthenticator
from ...protocol.client import TLS_METHODS
from ..check.online.probe import redirect_uri_of
from ..configuration.creation import create
from ..configuration.sources import read
from .certificates import certificate_method

WITH_SECRET = ("client_secret_post", "client_secret_basic", "client_secret_jwt")
"""What a client with a secret can use: the provider issues one. The preferred one is first."""


class CannotRegister(Exception):
    """The configuration does not say what to register. The message says what is missing."""


@dataclass(frozen=True)
class Wanted:
    """What is registered, and where.

    Attributes
    ----------
    issuer:
        The provider's issuer identifier.
    callback_url:
        The redirect URI.
    section:
        The section of the configuration, for the lines that are printed.
    auth_methods:
        The methods of client authentication that the client can use, the preferred one first; the configured one alone.
    scope:
        The scopes; empty to leave them to the provider.
    members:
        Further client metadata.
    authenticator:
        The authenticator of the configuration; None without one.
    entry:
        The name of the provider in ``MultiAuthenticator.authenticators``; empty for the only authenticator.
    """

    issuer: str
    callback_url: str
    section: str = "GenericOAuthenticator"
    auth_methods: tuple[str, ...] = WITH_SECRET
    scope: tuple[str, ...] = ()
    members: Mapping[str, Any] = field(default_factory=dict)
    authenticator: OAuthenticator | None = None
    entry: str = ""


def wanted_by(paths: list[Path], provider: str) -> Wanted:
    """What an authenticator of a configuration needs.

    Parameters
    ----------
    paths:
        The configuration's files.
    provider:
        The name of the provider among several; empty for the only one.

    Raises
    ------
    CannotRegister
        If there is no such provider, or its issuer or callback URL is not known.
    CannotReadConfiguration
        If the configuration cannot be read.
    """
    top = create(read(paths)).authenticator
    children: Mapping[str, Any] = getattr(top, "children", None) or {}
    candidates = {name: child for name, child in children.items() if isinstance(child, OAuthenticator)}
    if provider:
        authenticator = candidates.get(provider)
        if authenticator is None:
            known = ", ".join(sorted(candidates)) or "none"
            raise CannotRegister(f"the configuration has no OAuth provider {provider!r}; it has: {known}")
    elif len(candidates) > 1:
        raise CannotRegister(f"the configuration has several providers: add --provider {' or '.join(candidates)}")
    else:
        authenticator = next(iter(candidates.values()), top)
    if not isinstance(authenticator, OAuthenticator):
        raise CannotRegister("the configuration has no OAuth provider that could be created; try check")
    name = type(authenticator).__name__
    if not authenticator.issuer:
        raise CannotRegister(f"set c.{name}.issuer: its metadata name the registration endpoint")
    callback_url = redirect_uri_of(authenticator)
    if not callback_url:
        raise CannotRegister(f"set c.{name}.oauth_callback_url or c.JupyterHub.public_url")
    return Wanted(
        authenticator.issuer,
        callback_url,
        name,
        _methods(authenticator),
        tuple(authenticator.scope),
        _members(authenticator, callback_url),
        authenticator,
        next((entry for entry, child in candidates.items() if child is authenticator), ""),
    )


def _methods(authenticator: Any) -> tuple[str, ...]:
    """The client authentication that the options demand, else what they allow.

    A Hub with a key or a certificate needs no secret. A key that only decrypts is published too.
    """
    authentication = authenticator.connection.authentication
    if authentication.chosen:
        return (authentication.chosen,)
    usable = tuple(method for method in authentication.usable if method not in TLS_METHODS)
    only_certificate = authentication.has_certificate and not usable
    is_strict = authenticator.connection.protections.fapi2 is not None
    if authentication.has_certificate and (only_certificate or is_strict):
        try:
            usable += (certificate_method(authenticator),)
        except ConfigurationError as error:
            raise CannotRegister(error.detail) from None
    if is_strict and usable:
        return usable
    if only_certificate:
        return (*usable, *WITH_SECRET)
    return ("private_key_jwt", *WITH_SECRET) if authenticator.client_key_file else WITH_SECRET


def _members(authenticator: Any, callback_url: str) -> dict[str, Any]:
    """What the options demand of the provider, and the URLs at which it finds other parts of the Hub."""
    paths = authenticator.paths
    members: dict[str, Any] = _demands(authenticator)
    has_keys = bool(authenticator.client_key_file or authenticator.client_decryption_key_file)
    if not callback_url.endswith(f"/{paths.callback}"):  # a custom one, from which the other URLs do not follow
        return {**members, "jwks": _keys(authenticator)} if has_keys else members
    base = callback_url.removesuffix(paths.callback)
    if authenticator.rp_initiated_logout:
        back = [f"{base}{paths.logged_out}", authenticator.logout_redirect_url]
        members["post_logout_redirect_uris"] = [url for url in back if "://" in url]
    if authenticator.backchannel_logout:
        members["backchannel_logout_uri"] = f"{base}{paths.backchannel_logout}"
    if authenticator.frontchannel_logout:
        members["frontchannel_logout_uri"] = f"{base}{paths.frontchannel_logout}"
        members["frontchannel_logout_session_required"] = True
    if has_keys:
        members["jwks_uri"] = f"{base}{paths.jwks}"
    if authenticator.initiate_login:
        members["initiate_login_uri"] = f"{base}{paths.initiate}"
    return members


def _keys(authenticator: Any) -> dict[str, Any]:
    """The public keys. `CannotRegister` if a file cannot be used."""
    try:
        keys: dict[str, Any] = authenticator.connection.public_keys()
    except ConfigurationError as error:
        raise CannotRegister(error.detail) from None
    return keys


def _demands(authenticator: Any) -> dict[str, Any]:
    """Members by which a client asks for protection: RFC 9126 §6, RFC 9449 §5.2, RFC 8705 §3.4."""
    members: dict[str, Any] = {}
    protections = authenticator.connection.protections
    if protections.pushes_requests:
        members["require_pushed_authorization_requests"] = True
    if protections.uses_dpop:
        members["dpop_bound_access_tokens"] = True
    elif protections.fapi2 is not None:  # by default a provider registers tokens that are not bound
        members["tls_client_certificate_bound_access_tokens"] = True
    return members
