"""Start-up checks of the options on the authorization request and its response."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import ConfigurationError
from ...protocol.front_channel import takes_form_post, takes_jwt
from ...protocol.urls import is_plain_http
from ..findings.finding import ERROR, Check, Problem, check, section
from .callback_url import known_callback_url
from .request_objects import request_object_url


@check(
    "par-without-metadata",
    ERROR,
    "`enable_par` is set without `issuer`.",
    "Set `issuer`. Only the provider's metadata name the endpoint of pushed authorization requests.",
)
def par_without_metadata(authenticator: Any) -> Iterator[Problem]:
    """RFC 9126 §5."""
    if authenticator.enable_par and not authenticator.connection.issuer.has_discovery:
        yield Problem(
            "enable_par",
            "is on, and only the provider's metadata name the endpoint for it",
            f"Set {section(authenticator)}.issuer",
        )


@check(
    "response-mode-without-keys",
    ERROR,
    "`response_mode` is `jwt` or `form_post.jwt` without `issuer`.",
    "Set `issuer`. Without it the Hub can verify neither the signature nor the issuer of a response.",
)
def response_mode_without_keys(authenticator: Any) -> Iterator[Problem]:
    """JARM §2.4."""
    if takes_jwt(authenticator.response_mode) and not authenticator.issuer:
        yield Problem(
            "response_mode",
            f"is {authenticator.response_mode!r}, and the Hub cannot verify the provider's signature",
            f"Set {section(authenticator)}.issuer",
        )


@check(
    "form-post-http",
    ERROR,
    "`response_mode` is `form_post` or `form_post.jwt`, and the callback URL begins with `http:`.",
    "Serve the Hub with https. An address of the same machine may have http.",
)
def form_post_without_tls(authenticator: Any) -> Iterator[Problem]:
    """By `oauth_callback_url`, else `JupyterHub.public_url`."""
    if not takes_form_post(authenticator.response_mode):
        return
    if is_plain_http(known_callback_url(authenticator)):
        yield Problem(
            "response_mode",
            f"is {authenticator.response_mode!r}, and the callback URL begins with http: browsers warn users before "
            "they post the form there, and authorization codes cross the network unencrypted",
            "Serve the Hub with https",
        )


@check(
    "request-object-without-key",
    ERROR,
    "`request_object` is set without `client_key_file`, or without `issuer`.",
    "Set both: the key signs the request objects, and they are for this issuer only.",
)
def request_object_without_key(authenticator: Any) -> Iterator[Problem]:
    """RFC 9101 §4 and §10: an object that is not signed protects nothing."""
    if not authenticator.request_object:
        return
    for option in ("client_key_file", "issuer"):
        if not getattr(authenticator, option):
            yield Problem(
                "request_object", f"needs {section(authenticator)}.{option}", "Set it: see the page on strict providers"
            )


@check(
    "request-object-url",
    ERROR,
    "`request_object` is `reference`, and `oauth_callback_url` has another path than the Hub's callback, so the URL of "
    "request objects is not known.",
    "Set `request_object` to `value`.",
)
def request_object_url_unknown(authenticator: Any) -> Iterator[Problem]:
    """RFC 9101 §5.2: the provider fetches the object."""
    url = authenticator.oauth_callback_url
    if authenticator.request_object == "reference" and url:
        try:
            request_object_url(url, authenticator.all_paths, "")
        except ConfigurationError:
            yield Problem("request_object", "is 'reference', and oauth_callback_url has another path than the Hub's")


FRONT_CHANNEL_CHECKS: tuple[Check, ...] = (
    par_without_metadata,
    request_object_without_key,
    request_object_url_unknown,
    response_mode_without_keys,
    form_post_without_tls,
)
"""The checks of the front channel, for every OAuth login."""
