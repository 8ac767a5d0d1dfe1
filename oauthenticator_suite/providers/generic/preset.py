"""A row of the table of presets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ...hub.options.declaration import Claims, Endpoints
from ...policy.group_names import GroupsFormat
from ...policy.username import REQUEST_SCOPES


@dataclass(frozen=True, kw_only=True)
class Expectation:
    """A setting without which a login at the provider fails, or admits other users than the operator expects.

    Attributes
    ----------
    option:
        The option that must have another value.
    holds:
        ``holds(authenticator)``: whether the configuration is as it must be.
    reason, fix:
        As in `oauthenticator_suite.hub.findings.finding.Problem`.
    """

    option: str
    holds: Callable[[Any], bool]
    reason: str
    fix: str


@dataclass(frozen=True, kw_only=True)
class Preset:
    """What is known of a provider. Every value is a default: an option that the operator sets takes precedence.

    Attributes
    ----------
    service, icon:
        As in `oauthenticator_suite.hub.options.oauth.OAuthOptions`.
    source:
        The URL of the provider's documentation, from which the values are.
    endpoints, claims:
        As in a provider's class. A template of a URL may contain ``{preset_url}``.
    scope:
        Default of `scope`. None: ``openid``, ``profile`` and ``email`` for a provider of OpenID Connect.
    needs:
        The option that the operator must set: ``issuer``, ``preset_url``, or an empty string.
    example:
        A value of that option.
    client_auth_method:
        Default of that option.
    groups:
        A function of the user's data that returns the names of the groups, where no claim is a list of them. None: the
        claim in `claims`.
    groups_format, groups_separator:
        Defaults of these options, as long as the groups are read from the claim in `claims`.
    entitlement_namespaces:
        Default of that option with `manage_groups`: namespaces for which the provider itself is responsible.
    renamed_users:
        Whether another user can get a username later, so that `enable_auth_state` should be on.
    required, advised:
        Settings whose absence stops the start-up, or is a warning.
    hints:
        By words of an error's detail: what the log adds to it.
    missing_claim:
        What the log says when the claim of the username is missing.
    """

    service: str
    source: str
    icon: str = "solid/right-to-bracket"
    endpoints: Endpoints = field(default_factory=Endpoints)
    claims: Claims = field(default_factory=Claims)
    scope: tuple[str, ...] | None = None
    needs: str = ""
    example: str = ""
    client_auth_method: str = ""
    groups: Callable[[Mapping[str, Any]], list[str]] | None = None
    groups_format: GroupsFormat = "names"
    groups_separator: str = ","
    entitlement_namespaces: tuple[str, ...] = ()
    renamed_users: bool = False
    required: tuple[Expectation, ...] = ()
    advised: tuple[Expectation, ...] = ()
    hints: Mapping[str, str] = field(default_factory=dict)
    missing_claim: str = REQUEST_SCOPES
