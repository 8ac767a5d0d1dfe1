"""How the client sends authorization requests and gets the responses, compared with what the provider's metadata say.

RFC 9126 §5 (pushed requests), RFC 9101 §9 (request objects), RFC 8414 §2 (response modes), OpenID Connect Discovery 1.0
§3, and JWT Secured Authorization Response Mode for OAuth 2.0 (JARM) §3.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ..errors import ConfigurationError
from .metadata_values import flag, listed, names

_FORM_POST = "form_post"
_JWT = "jwt"
_FORM_POST_JWT = "form_post.jwt"
RESPONSE_MODES = ("", _FORM_POST, _JWT, _FORM_POST_JWT)
"""The values of the option `response_mode`. Empty stands for the provider's default, the query."""

_QUERY_JWT = "query.jwt"
_FLAGS = (
    "require_pushed_authorization_requests",
    "require_signed_request_object",
    "request_parameter_supported",
    "request_uri_parameter_supported",
    "require_request_uri_registration",
)


@dataclass(frozen=True, slots=True)
class FrontChannel:
    """What the options say about the front channel.

    Attributes
    ----------
    enable_par, request_object, response_mode:
        The options of the same names.
    signing_algorithms:
        The algorithms with which the client can sign request objects, the preferred one first; empty without a key.
    """

    enable_par: bool = False
    request_object: str = ""
    response_mode: str = ""
    signing_algorithms: tuple[str, ...] = ()


def takes_form_post(response_mode: str) -> bool:
    """Whether the provider sends the response as a form, in a POST request of the browser."""
    return response_mode in (_FORM_POST, _FORM_POST_JWT)


def takes_jwt(response_mode: str) -> bool:
    """Whether the provider sends the response as a signed JWT (JARM)."""
    return response_mode in (_JWT, _FORM_POST_JWT)


def check_front_channel(document: Mapping[str, Any], label: str, wanted: FrontChannel) -> None:
    """Refuse metadata of a provider that demands what the client cannot do, or does not offer what the options demand.

    A member that the provider leaves out says nothing.

    Parameters
    ----------
    document:
        The provider's metadata.
    label:
        Begins the error's detail.
    wanted:
        What the options say.

    Raises
    ------
    ConfigurationError
        Names the option and what to do.
    InvalidResponse
        If a member has the wrong type.
    """
    flags = {name: flag(document, name, label) for name in _FLAGS}
    has_par = document.get("pushed_authorization_request_endpoint") is not None
    must_push = flags["require_pushed_authorization_requests"] is True
    pushes = wanted.enable_par or must_push
    if pushes and not has_par:
        raise ConfigurationError(
            f"{label}: the provider accepts only pushed authorization requests (PAR), and its metadata have no "
            "pushed_authorization_request_endpoint"
            if must_push
            else f"{label}: enable_par is on, and the provider's metadata have no "
            "pushed_authorization_request_endpoint: switch it on at the provider, or remove enable_par"
        )
    if flags["require_signed_request_object"] and not wanted.signing_algorithms:
        raise ConfigurationError(
            f"{label}: the provider accepts only signed request objects (JAR): set client_key_file to the key that "
            "signs them, and register its public part at the provider"
        )
    if not pushes:
        _check_passing(flags, label, wanted)
    if wanted.request_object or flags["require_signed_request_object"]:
        _check_algorithm(document, label, wanted)
    _check_mode(document, label, wanted.response_mode)


def offered_response_mode(response_mode: str, offered: tuple[str, ...] | None) -> str:
    """The value of the parameter ``response_mode``: by its longer name, if the provider's metadata have only that one.

    JARM §2.3.4: for the authorization code grant, ``jwt`` stands for ``query.jwt``.
    """
    is_longer = response_mode == _JWT and offered is not None and _JWT not in offered and _QUERY_JWT in offered
    return _QUERY_JWT if is_longer else response_mode


def request_object_algorithm(own: Sequence[str], offered: Collection[str] | None) -> str:
    """The preferred one of the client's algorithms that the provider accepts for request objects; empty without one.

    Parameters
    ----------
    offered:
        The member ``request_object_signing_alg_values_supported`` of the metadata; None if the provider has none.
    """
    return next((alg for alg in own if offered is None or alg in offered), "")


def _check_passing(flags: Mapping[str, bool | None], label: str, wanted: FrontChannel) -> None:
    """Whether the provider takes a request object that the browser brings."""
    if wanted.request_object == "value" and flags["request_parameter_supported"] is False:
        raise ConfigurationError(
            f'{label}: request_object is "value", and the provider does not accept request objects in the parameter '
            "request (request_parameter_supported): remove it, or set enable_par if the provider has PAR"
        )
    if wanted.request_object == "reference":
        if flags["request_uri_parameter_supported"] is False:
            problem = "does not accept the parameter request_uri (request_uri_parameter_supported)"
        elif flags["require_request_uri_registration"]:
            problem = "accepts only registered values of request_uri (require_request_uri_registration)"
        else:
            return
        raise ConfigurationError(
            f'{label}: request_object is "reference", and the provider {problem}: set it to "value", or set '
            "enable_par if the provider has PAR"
        )


def _check_algorithm(document: Mapping[str, Any], label: str, wanted: FrontChannel) -> None:
    offered = names(document, "request_object_signing_alg_values_supported", label)
    if wanted.signing_algorithms and not request_object_algorithm(wanted.signing_algorithms, offered):
        raise ConfigurationError(
            f"{label}: the provider accepts request objects signed with {listed(offered or ())}, and the key of "
            f"client_key_file signs with {listed(wanted.signing_algorithms)}: use another key"
        )


def _check_mode(document: Mapping[str, Any], label: str, response_mode: str) -> None:
    offered = names(document, "response_modes_supported", label)
    if not response_mode or offered is None:
        return
    if not {response_mode, offered_response_mode(response_mode, offered)} & set(offered):
        raise ConfigurationError(
            f"{label}: response_mode is {response_mode!r}, and the provider offers {listed(offered)}: allow it at the "
            "provider, or set response_mode to one that it offers"
        )
