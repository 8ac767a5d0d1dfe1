"""The option that sets up all protections of a security profile."""

from __future__ import annotations

from traitlets import Enum, HasTraits

from ...protocol.fapi2 import SECURITY_PROFILES


class SecurityProfileOptions(HasTraits):
    """The option of every OAuth login on its security profile."""

    security_profile = Enum(
        list(SECURITY_PROFILES),
        "",
        config=True,
        help="""
        Set up all protections of a security profile, and refuse at the start what it forbids. Empty, the default: each
        protection has its own option.

        ``fapi2``: the FAPI 2.0 Security Profile. The Hub pushes authorization requests, uses PKCE, demands the issuer
        in the response, binds tokens to a key (DPoP), or to `client_certificate_file` if there is one and `enable_dpop`
        is not set, and accepts and makes signatures by PS256, ES256 and EdDSA only. Needs `issuer`, and
        `client_key_file` or `client_certificate_file`.

        .. versionadded:: 0.1
        """,
    )
