"""`EntraOAuthenticator` and, under its older name, `AzureAdOAuthenticator`.

Sources: Microsoft's documentation of the Microsoft identity platform, "OpenID Connect", "ID token claims reference" and
"National clouds".
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterator, Mapping
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.handlers import BaseHandler
from traitlets import default, validate

from ...errors import AuthorizationResponseError, IdentityError, TokenResponseError
from ...hub.findings.finding import Problem
from ...hub.oauth.attempts import Attempt
from ...hub.oauth.authenticator import OAuthenticator
from ...hub.oauth.flow import CodeFlow, Flow
from ...hub.oauth.memberships import Found
from ...hub.oauth.user_api import UserApi
from ...hub.options.declaration import Claims, Endpoints
from ...hub.options.names import Names
from ...hub.options.trait_types import URL, EnvUnicode, NamesInClaim, Renamed, rule
from ...hub.unix.local_users import LocalUsers
from ...policy.identity import Identity
from ...protocol.id_token import TENANT
from .errors import explain
from .groups import groups_are_a_reference, groups_from_graph
from .startup_checks import CONSUMERS, SEVERAL_TENANTS, TENANT_CHECKS

GRAPH = {
    "login.microsoftonline.us": "https://graph.microsoft.us",
    "login.partner.microsoftonline.cn": "https://microsoftgraph.chinacloudapi.cn",
}
"""Microsoft Graph of the national clouds, by the host of `authority_url`."""


_NEEDED_SCOPES = ("openid", "profile")


def _in_tenants(tenants: Collection[str], identity: Identity) -> bool:
    return str(identity.claims.get("tid") or "").lower() in {tenant.lower() for tenant in tenants}


class _EntraFlow(CodeFlow):
    """The code flow, with Microsoft's error codes explained."""

    async def validate_response(self, params: Mapping[str, str], attempt: Attempt) -> str:
        try:
            return await super().validate_response(params, attempt)
        except AuthorizationResponseError as error:
            explain(error)
            raise


class EntraOAuthenticator(OAuthenticator):
    """Sign in with Microsoft Entra ID, formerly Azure Active Directory."""

    service = "Microsoft"
    account_prompt = "select_account"
    icon = "brands/microsoft"
    status_pages = {"login.microsoftonline.com": "https://azure.status.microsoft"}
    environment = "ENTRA"
    user_auth_state_key = "user"
    endpoints = Endpoints(
        authorize="{authority_url}/{tenant_id}/oauth2/v2.0/authorize",
        token="{authority_url}/{tenant_id}/oauth2/v2.0/token",
        assertion_audience="{authority_url}/{tenant_id}/oauth2/v2.0/token",
        grants_page="https://myapps.microsoft.com",
    )
    claims = Claims(username="preferred_username", groups="groups")
    startup_checks = TENANT_CHECKS

    tenant_id = EnvUnicode(
        config=True,
        env="AAD_TENANT_ID",
        help="""
        The ID of the tenant whose users sign in, from the overview page of the application. Environment:
        ``AAD_TENANT_ID``.

        ``organizations`` lets the accounts of several tenants sign in, ``common`` also personal Microsoft accounts.
        Both need `allowed_tenants`. ``consumers`` is for personal accounts alone.

        .. versionadded:: 0.1
        """,
    )

    allowed_tenants = Names(
        "other",
        config=True,
        help="""
        Refuse the accounts of all tenants but these, given by ID. This restriction applies to all users, also with
        `allow_all`. The signed claim ``tid`` decides.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", _in_tenants))

    allowed_app_roles = NamesInClaim(
        "roles",
        help="""
        Allow the users who have one of these app roles of the application, directly or through a group.

        .. versionadded:: 0.1
        """,
    )

    admin_app_roles = NamesInClaim(
        "roles",
        part="admin",
        help="""
        Make the users administrators of the Hub who have one of these app roles. Other users lose administrator rights.

        .. versionadded:: 0.1
        """,
    )

    authority_url = URL(
        "https://login.microsoftonline.com",
        config=True,
        help="""
        The address of the login service. National clouds have others, such as ``https://login.microsoftonline.us``.

        .. versionadded:: 0.1
        """,
    )

    graph_api_url = URL(
        config=True,
        help="""
        The address of Microsoft Graph. Default: the one that belongs to `authority_url`.

        .. versionadded:: 0.1
        """,
    )

    graph_url = Renamed("authority_url", since="0.1")

    user_groups_claim = Renamed(
        "auth_state_groups_key",
        since="oauthenticator 17",
        convert=lambda authenticator, claim: f"{authenticator.user_auth_state_key}.{claim}" if claim else "",
    )

    @default("issuer")
    def _issuer_default(self) -> str:
        if not self.tenant_id:
            return ""
        tenant = {**dict.fromkeys(SEVERAL_TENANTS, TENANT), "consumers": CONSUMERS}.get(self.tenant_id, self.tenant_id)
        return f"{self.authority_url.rstrip('/')}/{tenant}/v2.0"

    @default("discovery_url")
    def _discovery_url_default(self) -> str:
        if self.tenant_id not in SEVERAL_TENANTS:
            return ""
        return f"{self.authority_url.rstrip('/')}/{self.tenant_id}/v2.0/.well-known/openid-configuration"

    @default("graph_api_url")
    def _graph_api_url_default(self) -> str:
        return GRAPH.get(urlsplit(self.authority_url).hostname or "", "https://graph.microsoft.com")

    @default("trusted_provider_hosts")
    def _trusted_provider_hosts_default(self) -> set[str]:
        return {urlsplit(self.graph_api_url).netloc}

    @default("userdata_from_id_token")
    def _userdata_from_id_token_default(self) -> bool:
        return not self.configured_url("userdata_url")

    @validate("scope")
    def _validate_scope(self, proposal: Any) -> list[str]:
        """Add the scopes without which the tokens do not say whose they are."""
        return [*(scope for scope in _NEEDED_SCOPES if scope not in proposal["value"]), *proposal["value"]]

    @default("scope")
    def _scope_default(self) -> list[str]:
        """With ``offline_access``, a refresh sees groups that were lost, and accounts that were disabled."""
        return ["openid", "profile", "email", "offline_access", *(["User.Read"] if self.manage_groups else [])]

    # --- the login ---------------------------------------------------------------------------------------------------

    @cached_property
    def flow(self) -> Flow:
        """The code flow, with Microsoft's error codes explained."""
        return _EntraFlow(self, self.connection)

    async def get_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        """The token response, with Microsoft's error codes explained."""
        try:
            return await super().get_token_info(handler, params)
        except TokenResponseError as error:
            explain(error)
            raise

    def verified_subject(self, claims: Mapping[str, Any]) -> str:
        """The user's object ID with the tenant: ``sub`` differs for each application, and would change with it.

        Raises
        ------
        IdentityError
            When the ID token has neither: the scope ``profile`` was not granted.
        """
        subject = self.subject_of(claims)
        if subject is None:
            raise IdentityError("the ID token has no oid and tid: the scope profile was not granted")
        return subject

    def subject_of(self, user_info: Mapping[str, Any]) -> str | None:
        """As `verified_subject`; None when there is no object ID."""
        tenant, account = user_info.get("tid"), user_info.get("oid")
        return f"{tenant}/{account}" if isinstance(tenant, str) and isinstance(account, str) else None

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """The groups of a user who has too many of them for the ID token."""
        claims = self.id_token_claims or await user
        if not self.manage_groups or not groups_are_a_reference(claims):
            return Found()
        api = UserApi(self.transport.send, token_info["access_token"])
        return Found(claims={"groups": await groups_from_graph(api, self.graph_api_url), "_claim_names": {}})

    # --- start-up ----------------------------------------------------------------------------------------------------

    def endpoint_problems(self) -> Iterator[Problem]:
        """Nothing: all endpoints follow from `tenant_id`, which has its own check."""
        yield from ()


class LocalEntraOAuthenticator(LocalUsers, EntraOAuthenticator):
    """Sign in with Microsoft Entra ID, with an account on the Hub's system."""


class AzureAdOAuthenticator(EntraOAuthenticator):
    """`EntraOAuthenticator` under its older name. The default username is the display name."""

    environment = "AAD"
    claims = Claims(username="name", groups="groups")


class LocalAzureAdOAuthenticator(LocalUsers, AzureAdOAuthenticator):
    """`LocalEntraOAuthenticator` under its older name."""
