"""Start-up checks on `idps`. A value that is not valid is refused as soon as it is set."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...hub.findings.finding import ERROR, WARNING, Problem, check
from .identity_providers import IdentityProvider

MICROSOFT = "http://login.microsoftonline.com/common/oauth2/v2.0/authorize"
"""The entity id under which CILogon offers Microsoft accounts of every organization and of private persons."""

_HTTP_ENTITY_IDS = (
    "http://google.com/accounts/o8/id",
    "http://github.com/login/oauth/authorize",
    "http://orcid.org/oauth/authorize",
    MICROSOFT,
)
"""CILogon's entity ids of services that are not identity providers of a federation. They begin with ``http:``."""


def _given(authenticator: Any) -> list[IdentityProvider]:
    return list(authenticator.identity_providers.values()) if authenticator.idps else []


@check(
    "cilogon-idps",
    ERROR,
    "`idps` names no identity provider, so that no user could sign in.",
    "Name the identity providers by entity id, each with its `username_derivation`. "
    "The entity ids are listed at https://cilogon.org/idplist/.",
)
def no_identity_provider(authenticator: Any) -> Iterator[Problem]:
    """Without an entry, every login would be refused."""
    if not authenticator.idps:
        yield Problem("idps", "is not set")


@check(
    "cilogon-entity-id",
    WARNING,
    "An entity id in `idps` begins with `https:`, and CILogon's begins with `http:`.",
    "Write the entity id as CILogon lists it: entity ids are compared as exact strings.",
)
def other_scheme(authenticator: Any) -> Iterator[Problem]:
    """No user would come from such an identity provider."""
    for idp in _given(authenticator):
        listed = "http://" + idp.entity_id.removeprefix("https://")
        if idp.entity_id != listed and listed in _HTTP_ENTITY_IDS:
            yield Problem("idps", f"names {idp.entity_id!r}, but CILogon's entity id is {listed!r}")


@check(
    "cilogon-microsoft-domains",
    WARNING,
    "`idps` decides by e-mail domain about Microsoft accounts, and Microsoft does not verify all e-mail addresses.",
    "Use the identity provider of the institution, if it has one.",
)
def microsoft_by_domain(authenticator: Any) -> Iterator[Problem]:
    """Microsoft's documentation advises against access decisions by e-mail address."""
    for idp in _given(authenticator):
        if idp.entity_id == MICROSOFT and idp.allowed_domains and not idp.allow_all:
            yield Problem(
                "idps",
                f"has allowed_domains for {MICROSOFT!r}, and Microsoft does not verify all e-mail addresses",
            )


@check(
    "cilogon-defaults",
    WARNING,
    "Several entries of `idps` are the default.",
    "Set `default` in one entry. CILogon preselects the first one.",
)
def several_defaults(authenticator: Any) -> Iterator[Problem]:
    """CILogon preselects one identity provider."""
    defaults = [idp.entity_id for idp in _given(authenticator) if idp.is_default]
    if len(defaults) > 1:
        yield Problem("idps", f"has {len(defaults)} defaults, and CILogon preselects {defaults[0]!r}")


@check(
    "cilogon-shared-names",
    WARNING,
    "Several entries of `idps` make usernames without a prefix, and `enable_auth_state` is off.",
    "Set `enable_auth_state` to True, or use the action `prefix`.",
)
def names_of_several_idps(authenticator: Any) -> Iterator[Problem]:
    """Two identity providers can vouch for one e-mail address; only the stored record tells their users apart."""
    plain = [idp.entity_id for idp in _given(authenticator) if idp.action != "prefix"]
    if len(plain) > 1 and not authenticator.enable_auth_state:
        yield Problem("idps", f"makes usernames without a prefix for {len(plain)} identity providers")


@check(
    "cilogon-host",
    ERROR,
    "`cilogon_host` is not a host name.",
    "Write the host name alone, such as `test.cilogon.org`.",
)
def host_is_url(authenticator: Any) -> Iterator[Problem]:
    """CILogon's URLs begin with ``https://`` and this name."""
    host = authenticator.cilogon_host
    if not re.fullmatch(r"[A-Za-z0-9.-]+(:[0-9]+)?", host):
        yield Problem("cilogon_host", f"is {host!r}, which is not a host name")


@check(
    "cilogon-revocation",
    WARNING,
    "`revoke_tokens_on_logout` is set without `basic_auth`, and CILogon then refuses to revoke tokens.",
    "Set `basic_auth` to True.",
)
def revokes_without_basic(authenticator: Any) -> Iterator[Problem]:
    """CILogon's revocation endpoint takes HTTP Basic authentication only."""
    basic = authenticator.client_auth_method == "client_secret_basic"
    if authenticator.revoke_tokens_on_logout and not (
        basic or (authenticator.basic_auth and not authenticator.client_auth_method)
    ):
        yield Problem("revoke_tokens_on_logout", "is True, and CILogon revokes tokens only with HTTP Basic")


IDP_CHECKS = (
    names_of_several_idps,
    no_identity_provider,
    other_scheme,
    microsoft_by_domain,
    several_defaults,
    host_is_url,
    revokes_without_basic,
)
