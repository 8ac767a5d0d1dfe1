"""Options on requests to the provider: limits, TLS, proxy."""

from __future__ import annotations

from traitlets import Bool, Dict, Float, Integer, Unicode

from .session import ProviderSessionOptions
from .trait_types import EnvBool


class TransportOptions(ProviderSessionOptions):
    """Options for every request to a provider."""

    provider_timeout = Float(
        10.0,
        min=0.1,
        config=True,
        help="""
        The time limit for one request to the provider, in seconds, from connecting to the last byte. Default: 10.

        A request also ends when the provider sends nothing for 45 % of this time.

        .. versionadded:: 0.1
        """,
    )

    max_provider_connections = Integer(
        100,
        min=1,
        config=True,
        help="""
        The maximum number of open connections to the provider. Further requests wait. Default: 100.

        .. versionadded:: 0.1
        """,
    )

    user_agent = Unicode(
        config=True,
        help="""
        The User-Agent header of requests to the provider. Some providers require a contact address in it. Default:
        ``oauthenticator_suite/`` and the version.

        .. versionadded:: 0.1
        """,
    )

    http_request_kwargs = Dict(
        config=True,
        help="""
        Settings for requests to the provider, with the names of tornado's HTTPRequest: ``proxy_host``,
        ``proxy_port``, ``proxy_username``, ``proxy_password``, ``ca_certs``, ``client_cert``, ``client_key``,
        ``connect_timeout``, ``request_timeout``, ``user_agent``, ``validate_cert``. The Hub does not start with
        another name. Times are in seconds.

        ``proxy_host`` and ``proxy_port`` take precedence over ``https_proxy``, ``http_proxy``, ``all_proxy`` and
        ``no_proxy`` in the environment, which the Hub reads once at start-up.

        .. versionadded:: 0.1
        """,
    )

    validate_server_cert = EnvBool(
        True,
        config=True,
        env="OAUTH_TLS_VERIFY",
        help="""
        Verify the provider's TLS certificate. Default: True. Environment: ``OAUTH_TLS_VERIFY``.

        Danger: when it is off, an attacker on the network can sign in as any user. For a private certificate
        authority, set ``http_request_kwargs = {"ca_certs": "/path/to/ca.pem"}`` instead.

        .. versionadded:: 0.1
        """,
    )

    allow_private_provider_addresses = Bool(
        False,
        config=True,
        help="""
        Accept private and loopback addresses for URLs that the provider's metadata, or other documents of the
        provider, name. Default: False.

        URLs in the configuration may lead anywhere, and a provider whose metadata come from a private address may name
        private addresses. This option is needed only when the Hub reaches the metadata at a public address, and other
        endpoints at private ones.

        Danger: the provider can have the Hub send requests into your private network. Addresses of a cloud's metadata
        service are never accepted.

        .. versionadded:: 0.1
        """,
    )

    allow_insecure_http = Bool(
        False,
        config=True,
        help="""
        Accept provider URLs that begin with ``http:``. Default: False. URLs with a loopback address are always
        accepted.

        Danger: the client secret and the tokens cross the network unencrypted.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=False)
