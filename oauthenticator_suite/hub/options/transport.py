"""The options on talking to the provider: limits, TLS, a proxy."""

from __future__ import annotations

from traitlets import Bool, Dict, Float, Integer, Unicode

from .session import ProviderSessionOptions
from .trait_types import EnvBool


class TransportOptions(ProviderSessionOptions):
    """How every request to a provider is made."""

    provider_timeout = Float(
        10.0,
        min=0.1,
        config=True,
        help="""
        Seconds that one request to the provider may take in all, from connecting to the last byte.

        A provider that keeps silent for 45 % of this time is given up then.

        .. versionadded:: 0.1
        """,
    )

    max_provider_connections = Integer(
        100,
        min=1,
        config=True,
        help="""
        How many connections to the provider may be open at once; further requests wait for one.

        .. versionadded:: 0.1
        """,
    )

    user_agent = Unicode(
        config=True,
        help="""
        The User-Agent of requests to the provider. Some providers want a contact in it.
        Default: ``oauthenticator_suite/`` and the version.

        .. versionadded:: 0.1
        """,
    )

    http_request_kwargs = Dict(
        config=True,
        help="""
        How requests to the provider are made, under the option names of tornado's HTTPRequest: ``proxy_host``,
        ``proxy_port``, ``proxy_username``, ``proxy_password``, ``ca_certs``, ``client_cert``, ``client_key``,
        ``connect_timeout``, ``request_timeout``, ``user_agent``, ``validate_cert``. Another name stops the start-up.

        .. versionadded:: 0.1
        """,
    )

    validate_server_cert = EnvBool(
        True,
        config=True,
        env="OAUTH_TLS_VERIFY",
        help="""
        Verify the provider's TLS certificate. Environment: ``OAUTH_TLS_VERIFY``.

        Off, whoever sits on the network between can sign in as anybody. For a private certificate authority, set
        ``http_request_kwargs = {"ca_certs": "/path/to/ca.pem"}`` instead.

        .. versionadded:: 0.1
        """,
    )

    allow_insecure_http = Bool(
        False,
        config=True,
        help="""
        Accept provider URLs that begin with ``http:``. On loopback addresses they always are accepted.

        With it, client secret and tokens cross the network for everybody on it to read.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=False)
