"""From options to what the protocol works with: client, endpoints, transport, issuer; and what is amiss with them."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from traitlets import default

from ..._version import __version__
from ...errors import ConfigurationError, InvalidResponse
from ...policy.claims import find_claim
from ...protocol.algorithms import ALGORITHMS
from ...protocol.authorization import PROTECTED_PARAMETERS
from ...protocol.client import Client
from ...protocol.messages import Request, refuse_outage
from ...protocol.metadata import check_endpoint
from ...protocol.strict_json import loads_object
from ..base.authenticator import SuiteAuthenticator
from ..options import OAuthOptions
from ..options.trait_types import from_environment
from ..transport.client import Transport, TransportSettings, settings_from_request_kwargs
from .issuer import Issuer, IssuerSettings

SILENCE = 0.45
"""The part of `provider_timeout` that a provider may keep silent: one that is dead is given up before a slow one."""

URL_OPTIONS = (
    "issuer",
    "discovery_url",
    "jwks_url",
    "authorize_url",
    "token_url",
    "userdata_url",
    "validate_token_url",
    "end_session_url",
    "revocation_url",
)
"""The options that are URLs at the provider; each that is set is checked when the Hub starts."""


class OAuthSetup(OAuthOptions, SuiteAuthenticator):
    """The set-up half of `OAuthenticator`: nothing here knows of a login."""

    service = ""
    """The provider's name, for the sign-in button; an operator may choose another with `login_service`."""

    icon = "solid/right-to-bracket"
    """The picture on a sign-in button that is one of several: style and name of one of Font Awesome's, or a URL."""

    client_id_env = ""
    """The provider's own environment variable for `client_id`, before ``OAUTH_CLIENT_ID``."""

    client_secret_env = ""
    """The provider's own environment variable for `client_secret`, before ``OAUTH_CLIENT_SECRET``."""

    scopes_for: Mapping[str, tuple[str, ...]] = {}
    """Options that have an effect only with one of these scopes: where none is asked for, a warning says so."""

    def authorize_params(self) -> dict[str, str]:
        """More query parameters of the redirect to the provider: `extra_authorize_params`, and a provider's own."""
        return {key: str(value) for key, value in self.extra_authorize_params.items()}

    @property
    def revoke_url(self) -> str:
        """The provider's page on which users take back what they have granted; empty where there is none."""
        return ""

    # --- defaults ----------------------------------------------------------------------------------------------------

    @default("client_id")
    def _client_id_default(self) -> str:
        return from_environment(self.client_id_env, "OAUTH_CLIENT_ID")

    @default("client_secret")
    def _client_secret_default(self) -> str:
        return "" if self.client_secret_file else from_environment(self.client_secret_env, "OAUTH_CLIENT_SECRET")

    @default("scope")
    def _scope_default(self) -> list[str]:
        return ["openid", "profile", "email"] if self.issuer else []

    @default("username_claim")
    def _username_claim_default(self) -> str:
        return from_environment("OAUTH2_USERNAME_KEY") or ("preferred_username" if self.issuer else "username")

    @default("login_service")
    def _login_service_default(self) -> str:
        return from_environment("LOGIN_SERVICE") or self.service or ("OpenID Connect" if self.issuer else "OAuth 2.0")

    @default("rp_initiated_logout")
    def _rp_initiated_logout_default(self) -> bool:
        return bool(self.end_session_url)

    @default("user_agent")
    def _user_agent_default(self) -> str:
        return f"oauthenticator_suite/{__version__}"

    # --- what the protocol needs -------------------------------------------------------------------------------------

    @cached_property
    def transport(self) -> Transport:
        """How requests reach the provider. Made once, from the options as they are then."""
        base = TransportSettings(
            timeout=self.provider_timeout,
            silence_timeout=SILENCE * self.provider_timeout,
            max_connections=self.max_provider_connections,
            user_agent=self.user_agent,
            verify=self.validate_server_cert,
        )
        return Transport(settings_from_request_kwargs(self.http_request_kwargs, base=base), self.log)

    @cached_property
    def provider(self) -> Issuer:
        """The provider's metadata and keys."""
        settings = IssuerSettings(
            issuer=self.issuer,
            discovery_url=self.discovery_url,
            jwks_url=self.jwks_url,
            trusted_hosts=frozenset(self.trusted_provider_hosts),
            allow_http=self.allow_insecure_http,
            discovery=not self._told_everything(),
        )
        return Issuer(settings, self.transport.send, self.log)

    def _told_everything(self) -> bool:
        """Whether the options leave nothing to be discovered: for a provider with an issuer and without metadata."""
        user_data = self.userdata_url or self.userdata_from_id_token
        return bool(self.authorize_url and self.token_url and user_data and self.jwks_url and not self.discovery_url)

    async def endpoint(self, option: str, member: str, *, required: bool = True) -> str:
        """The URL in `option`, else the one that the provider's metadata have as `member`, else an empty string.

        Raises
        ------
        ConfigurationError
            When it is `required` and neither has it.
        """
        url: str = getattr(self, option)
        if not url and self.provider.has_discovery:
            url = getattr(await self.provider.metadata(), member) or ""
        if not url and required:
            raise ConfigurationError(f"set c.{type(self).__name__}.{option}, or issuer for a provider with discovery")
        return url

    async def client(self) -> Client:
        """This Hub as the provider's client, with the way it proves itself."""
        secret = self.current_client_secret()
        method = self.client_auth_method
        if not method and self.basic_auth:
            method = "client_secret_basic"
        if not method and not secret:
            method = "none"
        if not method and self.provider.has_discovery and not self.token_url:
            # OpenID Connect Discovery 1.0 §3: no list means client_secret_basic alone
            offered = (await self.provider.metadata()).token_endpoint_auth_methods_supported
            method = "client_secret_post" if "client_secret_post" in (offered or ()) else "client_secret_basic"
        return Client(self.client_id, secret, method or "client_secret_post")

    def current_client_secret(self) -> str:
        """The client secret, from `client_secret_file` when that is set: read again whenever the file has changed.

        Raises
        ------
        ConfigurationError
            When the file cannot be read, or is empty.
        """
        if not self.client_secret_file:
            return str(self.client_secret)
        path = Path(self.client_secret_file)
        try:
            changed = path.stat().st_mtime_ns
            if self._secret_read is None or self._secret_read[0] != changed:
                self._secret_read = (changed, path.read_text("utf-8").strip())
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"{type(self).__name__}.client_secret_file cannot be read: {type(error).__name__}"
            ) from error
        if not self._secret_read[1]:
            raise ConfigurationError(f"{type(self).__name__}.client_secret_file is empty")
        return self._secret_read[1]

    _secret_read: tuple[int, str] | None = None

    async def httpfetch(self, url: str, label: str, parse_json: bool = True, **request_options: Any) -> Any:
        """Make a request of one's own to the provider, through the same transport with its limits.

        Parameters
        ----------
        label:
            What the request is for, in the log and in errors.
        request_options:
            `method` (default GET), `headers`, `body` (str or bytes).

        Returns
        -------
        The JSON object of the answer, or its text when `parse_json` is False.

        Raises
        ------
        TransportError
            When there is no answer, or one that is not 2xx or is not a JSON object.
        """
        unknown = set(request_options) - {"method", "headers", "body"}
        if unknown:
            raise TypeError(f"httpfetch takes method, headers and body, not {', '.join(sorted(unknown))}")
        body = request_options.get("body")
        response = await self.transport.send(
            Request(
                request_options.get("method", "GET"),
                url,
                label,
                {"Accept": "application/json" if parse_json else "*/*", **(request_options.get("headers") or {})},
                body.encode() if isinstance(body, str) else body,
            )
        )
        refuse_outage(response, label)
        if response.status >= 400:
            raise InvalidResponse(f"{label}: HTTP {response.status}")
        return loads_object(response.body, label=label) if parse_json else response.body.decode("utf-8", "replace")

    # --- start-up ----------------------------------------------------------------------------------------------------

    def check_configuration(self) -> None:
        """Refuse to start with options that cannot work together, and warn of those that are dangerous."""
        super().check_configuration()
        name = f"c.{type(self).__name__}"
        if not self.client_id:
            variables = " or ".join(filter(None, (self.client_id_env, "OAUTH_CLIENT_ID")))
            raise ConfigurationError(f"{name}.client_id is not set (nor is the environment variable {variables})")
        if self.client_secret and self.client_secret_file:
            raise ConfigurationError(f"set {name}.client_secret or {name}.client_secret_file, not both")
        self.current_client_secret()
        if self.collect_emails and not self.enable_auth_state:
            raise ConfigurationError(
                f"{name}.collect_emails is set, but no auth_state is kept: set {name}.enable_auth_state = True as well"
            )
        if self.userdata_from_id_token and self.userdata_url:
            raise ConfigurationError(f"set {name}.userdata_from_id_token or {name}.userdata_url, not both")
        if self.userdata_token_method not in ("header", "url"):
            raise ConfigurationError(f"{name}.userdata_token_method must be 'header' or 'url'")
        if not set(self.allowed_scopes) <= set(self.scope):
            raise ConfigurationError(f"{name}.allowed_scopes holds scopes that {name}.scope does not ask for")
        unknown = set(self.id_token_signed_response_alg) - ALGORITHMS.keys()
        if unknown or not self.id_token_signed_response_alg:
            raise ConfigurationError(
                f"{name}.id_token_signed_response_alg must name one or more of {', '.join(sorted(ALGORITHMS))}"
            )
        replaced = PROTECTED_PARAMETERS & self.extra_authorize_params.keys()
        if replaced:
            raise ConfigurationError(f"{name}.extra_authorize_params may not replace {', '.join(sorted(replaced))}")
        given = self._find_my_config(self.config)
        for option, reason in self.options_without_meaning().items():
            if option in given:
                raise ConfigurationError(f"{name}.{option} has no meaning here: {reason}. Remove it")
        self._check_urls(name)
        self._check_logout(name)
        self.transport  # noqa: B018 - made now, so that a wrong http_request_kwargs stops the start-up
        self._warn_of_dangers(name)
        if not self.enable_auth_state:
            self.log.info(
                "%s.enable_auth_state is off: nothing is asked again about those who are signed in (groups, blocks at "
                "the provider), and an account goes to whoever signs in under its name.",
                name,
            )

    def get_handlers(self, app: Any) -> list[Any]:
        """Check the options, then begin to fetch the provider's metadata and keys without waiting for them."""
        handlers = super().get_handlers(app)
        if self.provider.can_verify:
            try:
                self._warming_up = asyncio.get_running_loop().create_task(self.provider.warm_up())
            except RuntimeError:  # no event loop yet: the first login will fetch them
                self.log.debug("no event loop: the provider is asked at the first login")
        return handlers

    _warming_up: asyncio.Task[None] | None = None

    def options_without_meaning(self) -> dict[str, str]:
        """Options that stop the start-up when they are set, as nothing would come of it; and why."""
        reason = "it is for logins with a form of the Hub's"
        return {"request_otp": reason, "otp_prompt": reason}

    def _check_urls(self, name: str) -> None:
        for option in URL_OPTIONS:
            if url := getattr(self, option):
                check_endpoint(url, f"{name}.{option}", allow_http=self.allow_insecure_http)
        self.check_endpoints_known(name)

    def check_endpoints_known(self, name: str) -> None:
        """Refuse to start when it is not known where to ask; `name` is the class, as in the configuration.

        Raises
        ------
        ConfigurationError
            Naming the option that is missing.
        """
        if self.issuer:
            return
        for option in ("authorize_url", "token_url"):
            if not getattr(self, option):
                raise ConfigurationError(f"set {name}.issuer, or {name}.{option} for a provider without discovery")
        if not self.userdata_url and not self.userdata_from_id_token:
            raise ConfigurationError(f"set {name}.userdata_url, or {name}.userdata_from_id_token = True")

    def _check_logout(self, name: str) -> None:
        for option, url in (
            ("rp_initiated_logout", "end_session_url"),
            ("revoke_tokens_on_logout", "revocation_url"),
            ("backchannel_logout", "issuer"),
            ("frontchannel_logout", "issuer"),
        ):
            if not getattr(self, option):
                continue
            if not getattr(self, url) and (url == "issuer" or not self.provider.has_discovery):
                raise ConfigurationError(f"{name}.{option} needs {name}.{url}")
            if option != "rp_initiated_logout" and not self.enable_auth_state:
                # Tokens and the provider's names for users and sessions are kept there, and nowhere else.
                raise ConfigurationError(f"{name}.{option} needs {name}.enable_auth_state = True")

    def _warn_of_dangers(self, name: str) -> None:
        warn = self.log.warning
        if self.allow_insecure_http:
            warn("%s.allow_insecure_http: secrets and tokens may cross the network in the clear.", name)
        if not self.enable_pkce:
            warn("%s.enable_pkce is off: a stolen authorization code can be used by another browser.", name)
        if self.userdata_token_method == "url":
            warn("%s.userdata_token_method = 'url': access tokens will be in the logs of every proxy on the way.", name)
        if self.oauth_callback_url.startswith("http:") and urlsplit(self.oauth_callback_url).hostname not in (
            "localhost",
            "127.0.0.1",
        ):
            warn("%s.oauth_callback_url begins with http: authorization codes cross the network in the clear.", name)
        for option, scopes in self.scopes_for.items():
            if getattr(self, option) and not set(scopes) & set(self.scope):
                warn(
                    "%s.%s needs the scope %s, and %s.scope does not ask for it: nobody will be found to match.",
                    name,
                    option,
                    " or ".join(scopes),
                    name,
                )
        if "openid" in self.scope and not self.provider.can_verify:
            warn(
                "%s: ID tokens are not verified by signature, only by the TLS connection they come through. "
                "Set %s.issuer to the provider's issuer identifier to have them verified.",
                name,
                name,
            )

    def _report_missing_groups(self, key: str, auth_state: Mapping[str, Any]) -> None:
        if not self._groups_key_reported:
            self._groups_key_reported = True
            parent = key.rpartition(".")[0]
            there = find_claim(auth_state, parent) if parent else auth_state
            keys = ", ".join(sorted(map(str, there)))[:500] if isinstance(there, Mapping) else "nothing"
            self.log.warning(
                "c.%s.auth_state_groups_key: there is no %r; beside it there are: %s. (Said once.)",
                type(self).__name__,
                key,
                keys,
            )

    _groups_key_reported = False
