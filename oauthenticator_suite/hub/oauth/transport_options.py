"""The settings of the HTTP client, from the options and the environment of an authenticator."""

from __future__ import annotations

import os
from dataclasses import replace

from ..transport.client import TransportSettings, settings_from_request_kwargs
from ..transport.proxies import EnvironmentProxies
from .connection_options import ConnectionOptions

SILENCE_SHARE = 0.45
"""The part of `provider_timeout` without any byte after which a provider counts as dead, rather than slow."""


def transport_settings(options: ConnectionOptions, name: str) -> TransportSettings:
    """The settings by these options, and the proxies in the environment.

    Parameters
    ----------
    name:
        The class of the authenticator, for errors.

    Raises
    ------
    ConfigurationError
        When `http_request_kwargs` has an unknown key or an unusable value, or a proxy in the environment is unusable.
    """
    base = TransportSettings(
        timeout=options.provider_timeout,
        silence_timeout=SILENCE_SHARE * options.provider_timeout,
        max_connections=options.max_provider_connections,
        user_agent=options.user_agent,
        verify=options.validate_server_cert,
        client_cert=options.client_certificate_file or None,
        client_key=(options.client_certificate_file and options.client_certificate_key_file) or None,
        client_cert_option=f"{name}.client_certificate_file" if options.client_certificate_file else "",
    )
    settings = settings_from_request_kwargs(options.http_request_kwargs, base=base)
    if settings.proxy_url is not None:
        return settings
    settings = replace(settings, environment_proxies=EnvironmentProxies.read(os.environ))
    for entry in settings.environment_proxies.unreadable:
        options.log.warning("no_proxy in the environment: the entry %a means no host, and is ignored", entry)
    return settings
