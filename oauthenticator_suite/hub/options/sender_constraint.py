"""Options that bind the tokens of a login to a key of this Hub, and to services."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, HasTraits, List, TraitError, Unicode

from ...protocol.resource_indicators import resource_problem
from ...protocol.urls import for_message


class Resources(List):
    """A list of resource indicators (RFC 8707 §2), each once."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(Unicode(), **kwargs)

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the URIs, in their order.

        Raises
        ------
        TraitError
            When one is not an absolute URI, or has a fragment.
        """
        if isinstance(value, str):
            value = [value]
        uris = super().validate(obj, value)
        for uri in uris:
            if problem := resource_problem(uri):
                raise TraitError(f"{type(obj).__name__}.{self.name}: {for_message(uri)!r} {problem}")
        return list(dict.fromkeys(uris))


class SenderConstraintOptions(HasTraits):
    """Options that bind tokens to a key of this Hub, and to the services that they are for."""

    enable_dpop = Bool(
        False,
        config=True,
        help="""
        Bind each login's tokens to a key of that login (DPoP, RFC 9449), so that stolen tokens are useless without the
        key. Default: False.

        For a provider that supports or demands it: its metadata must list ES256 in
        ``dpop_signing_alg_values_supported``. A login whose tokens are not bound is then refused. The key is stored in
        `auth_state`, encrypted. Sessions that began before the option was changed continue as they began.

        .. versionadded:: 0.1
        """,
    )

    resources = Resources(
        config=True,
        help="""
        The services for which access tokens are requested (resource indicators, RFC 8707): a list of absolute URIs
        without a fragment, such as ``["https://api.example.org/"]``.

        They are sent with the authorization request, the token request and each refresh. Default: none, so that the
        provider decides.

        .. versionadded:: 0.1
        """,
    )
