"""Start-up checks on the tenant, and on usernames."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ...hub.findings.finding import ERROR, WARNING, Problem, check

SEVERAL_TENANTS = ("common", "organizations")
"""Values of `tenant_id` with which the accounts of every tenant can sign in at Microsoft."""

CONSUMERS = "9188040d-6c67-4c5b-b112-36a304b66dad"
"""The tenant of personal Microsoft accounts, which ``consumers`` stands for."""

GUID = re.compile(r"[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}", re.IGNORECASE)


@check(
    "entra-tenant",
    ERROR,
    "`tenant_id` is not the ID of a tenant.",
    "Set it to the ID of the tenant, which is on the overview page of the application.",
)
def no_tenant(authenticator: Any) -> Iterator[Problem]:
    """A domain name does not tell the issuer of the tenant's tokens."""
    tenant = authenticator.tenant_id
    if not tenant and not authenticator.issuer:
        yield Problem("tenant_id", "is not set")
    elif tenant and tenant not in (*SEVERAL_TENANTS, "consumers") and not GUID.fullmatch(tenant):
        yield Problem("tenant_id", f"is {tenant!r}, which is not the ID of a tenant")


@check(
    "entra-allowed-tenants",
    ERROR,
    "`tenant_id` admits the accounts of every tenant, and `allowed_tenants` is empty.",
    "Name the tenants whose users may sign in, by ID.",
)
def every_tenant(authenticator: Any) -> Iterator[Problem]:
    """Anyone can have a tenant, and be an administrator there who chooses names and addresses."""
    if authenticator.tenant_id in SEVERAL_TENANTS and not authenticator.allowed_tenants:
        yield Problem("allowed_tenants", f"is empty, and tenant_id is {authenticator.tenant_id!r}")


@check(
    "entra-display-name",
    ERROR,
    "The username is the display name, and `enable_auth_state` is off.",
    "Set `username_claim` to `preferred_username`, or `enable_auth_state` to True.",
)
def display_names_alone(authenticator: Any) -> Iterator[Problem]:
    """Two people can have one display name; only the stored record tells them apart."""
    if authenticator.username_claim == "name" and not authenticator.enable_auth_state:
        yield Problem("username_claim", "is the display name, which is not unique, and no auth_state is stored")


@check(
    "entra-display-name-kept",
    WARNING,
    "The username is the display name.",
    "Set `username_claim` to `preferred_username`. Users then have new names on the Hub.",
)
def display_names(authenticator: Any) -> Iterator[Problem]:
    """A display name may change, and a second person with the same name is refused."""
    if authenticator.username_claim == "name" and authenticator.enable_auth_state:
        yield Problem("username_claim", "is the display name: a second user with the same one is refused")


TENANT_CHECKS = (no_tenant, every_tenant, display_names_alone, display_names)
