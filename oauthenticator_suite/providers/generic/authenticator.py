"""`GenericOAuthenticator`: any provider, described by options or by a preset of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from functools import cached_property
from typing import Any

from jupyterhub.handlers import BaseHandler
from traitlets import Unicode, default

from ...hub.findings.finding import Problem
from ...hub.oauth.authenticator import OAuthenticator
from ...hub.oauth.explained import explained
from ...hub.oauth.flow import Flow
from ...hub.oauth.startup_checks import missing_endpoints
from ...hub.options.declaration import Claims, Endpoints
from ...hub.options.template import fill, from_environment
from ...hub.options.trait_types import URL, Renamed
from ...hub.unix.local_users import LocalUsers
from ...policy.profile import ProfileClaims
from .explained import ExplainedFlow
from .preset import Preset
from .preset_checks import PRESET_CHECKS
from .presets import PRESETS

_FROM_ENVIRONMENT = Endpoints(
    issuer="{OIDC_ISSUER}",
    authorize="{OAUTH2_AUTHORIZE_URL}",
    token="{OAUTH2_TOKEN_URL}",
    userdata="{OAUTH2_USERDATA_URL}",
)
_NO_PRESET = Preset(service="", source="", claims=Claims(groups="groups"))


def _groups_key_from_claim(authenticator: OAuthenticator, value: Any) -> Any:
    """Convert `claim_groups_key`, a key of the user's data, to `auth_state_groups_key`, a key of `auth_state`."""
    key = authenticator.user_auth_state_key
    if isinstance(value, str):
        return f"{key}.{value}" if value else ""
    if not callable(value):
        return value  # which the new option refuses
    return _of_claims(value, key)


def _of_claims(function: Callable[[Any], Any], key: str) -> Callable[[Mapping[str, Any]], Any]:
    """A function of `auth_state` that calls `function` with the user's data."""

    def groups_from_claims(auth_state: Mapping[str, Any]) -> Any:
        return function(auth_state[key])

    return groups_from_claims


def _claim_from_groups_key(authenticator: OAuthenticator, value: Any) -> Any:
    """Convert `auth_state_groups_key` to a key of the user's data, where it is one."""
    return value.removeprefix(f"{authenticator.user_auth_state_key}.") if isinstance(value, str) else value


class GenericOAuthenticator(OAuthenticator):
    """Sign in at any OpenID Connect or OAuth 2.0 provider.

    An OpenID provider needs `issuer`, `client_id` and `client_secret`. Another provider needs `authorize_url`,
    `token_url` and `userdata_url` in place of `issuer`. For a provider with a preset, set `preset`.
    """

    startup_checks = PRESET_CHECKS

    preset = Unicode(
        config=True,
        help="""
        The name of a provider for which the package has defaults, such as ``authentik``: URLs, scopes, claims and the
        name on the sign-in button. The documentation has a table of the presets.

        Every option that you set takes precedence, in the configuration or by an environment variable. When the Hub
        starts, the log has the values in effect. An unknown name stops the start-up.

        .. versionadded:: 0.1
        """,
    )

    preset_url = URL(
        config=True,
        help="""
        The URL of the provider's server, for presets that need it, such as ``https://canvas.example.edu``. For presets
        of OpenID Connect, set `issuer` instead.

        .. versionadded:: 0.1
        """,
    )

    username_key = Renamed("username_claim", since="oauthenticator 16")

    extra_params = Renamed("token_params", since="oauthenticator 16")

    tls_verify = Renamed("validate_server_cert", since="oauthenticator 16")

    claim_groups_key = Renamed(
        "auth_state_groups_key",
        since="oauthenticator 17",
        convert=_groups_key_from_claim,
        revert=_claim_from_groups_key,
    )

    # --- the declaration, which follows from the preset --------------------------------------------------------------

    @property
    def known_preset(self) -> Preset:
        """The row of `preset`; an empty one without a preset, or for an unknown name."""
        return PRESETS.get(self.preset, _NO_PRESET)

    @property
    def service(self) -> str:  # type: ignore[override]
        """The provider's name."""
        return self.known_preset.service

    @property
    def icon(self) -> str:  # type: ignore[override]
        """The icon on the sign-in button."""
        return self.known_preset.icon

    @property
    def endpoints(self) -> Endpoints:  # type: ignore[override]
        """The URLs in environment variables, else those of the preset."""
        preset = self.known_preset.endpoints
        urls = {}
        for each in fields(Endpoints):
            variable = getattr(_FROM_ENVIRONMENT, each.name)
            urls[each.name] = variable if fill(variable) else getattr(preset, each.name)
        return Endpoints(**urls)

    def declared_url(self, name: str) -> str:
        """One URL of `endpoints`, filled with the current options."""
        return fill(getattr(_FROM_ENVIRONMENT, name)) or fill(getattr(self.known_preset.endpoints, name), self)

    @property
    def claims(self) -> Claims:  # type: ignore[override]
        """The keys of the claims."""
        return self.known_preset.claims

    @property
    def profile_claims(self) -> ProfileClaims:  # type: ignore[override]
        """The keys of the name and picture."""
        return self.known_preset.claims

    @property
    def default_scope(self) -> tuple[str, ...] | None:  # type: ignore[override]
        """Default of `scope`."""
        return self.known_preset.scope

    @default("username_claim")
    def _username_claim_default(self) -> str:
        return from_environment("OAUTH2_USERNAME_KEY") or str(super()._username_claim_default())

    @default("auth_state_groups_key")
    def _auth_state_groups_key_default(self) -> Any:
        claim, groups = from_environment("OAUTH2_GROUPS_KEY"), self.known_preset.groups
        if claim:
            return f"{self.user_auth_state_key}.{claim}"
        return _of_claims(groups, self.user_auth_state_key) if groups else super()._auth_state_groups_key_default()

    @default("groups_format")
    def _groups_format_default(self) -> str:
        return self.known_preset.groups_format if self._reads_preset_groups else "names"

    @default("groups_separator")
    def _groups_separator_default(self) -> str:
        return self.known_preset.groups_separator if self._reads_preset_groups else ","

    @property
    def _reads_preset_groups(self) -> bool:
        """Whether the groups are read from the preset's claim, and so have its format."""
        return bool(self.auth_state_groups_key == f"{self.user_auth_state_key}.{self.known_preset.claims.groups}")

    @default("entitlement_namespaces")
    def _entitlement_namespaces_default(self) -> set[str]:
        return set(self.known_preset.entitlement_namespaces) if self.manage_groups else set()

    @default("client_auth_method")
    def _client_auth_method_default(self) -> str:
        chosen = self.basic_auth or "basic_auth" in self._find_my_config(self.config)
        return "" if chosen else self.known_preset.client_auth_method

    # --- start-up ----------------------------------------------------------------------------------------------------

    def endpoint_problems(self) -> Iterator[Problem]:
        """The endpoints that are missing; with a preset, the option that it needs."""
        preset = self.known_preset
        if self.preset and preset is _NO_PRESET:
            return  # the preset is unknown
        missing = list(missing_endpoints(self))
        if missing and preset.needs:
            yield Problem(
                preset.needs,
                f"is not set, and the preset {self.preset!r} needs it",
                f"Set it to your own, such as {preset.example}",
            )
            return
        yield from missing

    def options_without_meaning(self) -> dict[str, str]:
        """Without a preset that needs it, `preset_url` would have no effect."""
        found = super().options_without_meaning()
        if self.known_preset.needs == "preset_url":
            return found
        reason = "no preset that needs it is set"
        if self.known_preset.needs:
            reason = f"the preset {self.preset!r} needs {self.known_preset.needs}"
        return {**found, "preset_url": reason}

    # --- hints in errors ---------------------------------------------------------------------------------------------

    @cached_property
    def flow(self) -> Flow:
        """The code flow, with the preset's hints in errors."""
        flow = ExplainedFlow(self, self.connection)
        flow.hints = self.error_hints
        return flow

    @property
    def error_hints(self) -> Mapping[str, str]:  # type: ignore[override]
        """The preset's hints."""
        return self.known_preset.hints

    async def get_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        """The token response, with the preset's hints in errors."""
        with explained(lambda: self.error_hints):
            return await super().get_token_info(handler, params)

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data, with the preset's hints in errors."""
        with explained(lambda: self.error_hints):
            return await super().token_to_user(token_info)

    @property
    def missing_claim_advice(self) -> str:  # type: ignore[override]
        """What the log says when the claim of the username is missing."""
        return self.known_preset.missing_claim


class LocalGenericOAuthenticator(LocalUsers, GenericOAuthenticator):
    """Sign in at any OpenID Connect or OAuth 2.0 provider, with an account on the Hub's system."""
