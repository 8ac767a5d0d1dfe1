"""Keycloak.

Sources: Keycloak's "Server Administration Guide" (client scopes, protocol mappers, roles, groups) and "Securing
applications and services" (OpenID Connect endpoints).
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from traitlets import validate

from ..errors import InvalidToken
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.oauth.memberships import Found, names_at, warn_of_missing
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.trait_types import URL, EnvUnicode, NamesInClaim
from ..hub.unix.local_users import LocalUsers
from ..protocol.id_token import IDToken


class KeycloakOAuthenticator(OAuthenticator):
    """Sign in with a realm of Keycloak, with the user's groups, realm roles and client roles."""

    service = "Keycloak"
    environment = "KEYCLOAK"
    endpoints = Endpoints(
        issuer="{keycloak_url}/realms/{keycloak_realm}",
        grants_page="{keycloak_url}/realms/{keycloak_realm}/account/applications",
    )
    claims = Claims(username="preferred_username", groups="groups")
    default_scope = ("openid", "profile", "email")

    keycloak_url = URL(
        config=True,
        env="KEYCLOAK_URL",
        help="""
        The URL of the server, such as ``https://sso.example.org``. Servers before Keycloak 17, and those with a path,
        have it in the URL: ``https://sso.example.org/auth``. Environment: ``KEYCLOAK_URL``.

        .. versionadded:: 0.1
        """,
    )

    keycloak_realm = EnvUnicode(
        config=True,
        env="KEYCLOAK_REALM",
        help="""
        The name of the realm. Environment: ``KEYCLOAK_REALM``.

        .. versionadded:: 0.1
        """,
    )

    allowed_realm_roles = NamesInClaim(
        "realm_roles",
        help="""
        Allow the users who have one of these roles of the realm.

        .. versionadded:: 0.1
        """,
    )

    admin_realm_roles = NamesInClaim(
        "realm_roles",
        part="admin",
        help="""
        Make the users administrators of the Hub who have one of these roles of the realm. Other users lose
        administrator rights.

        .. versionadded:: 0.1
        """,
    )

    allowed_client_roles = NamesInClaim(
        "client_roles",
        help="""
        Allow the users who have one of these roles of the Hub's client at Keycloak.

        .. versionadded:: 0.1
        """,
    )

    admin_client_roles = NamesInClaim(
        "client_roles",
        part="admin",
        help="""
        Make the users administrators of the Hub who have one of these roles of the Hub's client at Keycloak. Other
        users lose administrator rights.

        .. versionadded:: 0.1
        """,
    )

    @validate("allowed_groups", "admin_groups")
    def _without_slash(self, proposal: Any) -> set[str]:
        """Keycloak shows the path of a group with a slash in front, ``/lab/staff``. Both spellings mean the same."""
        return {name.removeprefix("/") for name in proposal["value"]}

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """The user's roles and groups, as lists of names. Keycloak has roles in the access token by default."""
        user_info = await user
        sources = (user_info, self.id_token_claims or {}, self._claims_in(str(token_info.get("access_token") or "")))
        groups = user_info.get("groups")
        if not any(isinstance(source.get(key), Mapping) for source in sources for key in _ROLES):
            warn_of_missing(self, _ROLE_OPTIONS, _NO_ROLES)  # users usually have one by default
        found: dict[str, Any] = {"realm_roles": names_at(sources, "realm_access", "roles")}
        found["client_roles"] = names_at(sources, "resource_access", self.client_id, "roles")
        if isinstance(groups, list):
            found["groups"] = [name.removeprefix("/") if isinstance(name, str) else name for name in groups]
        return Found(claims=found)

    def _claims_in(self, access_token: str) -> Mapping[str, Any]:
        """The claims of an access token of this realm; none when it is opaque.

        The token endpoint has sent it over TLS, so that its signature need not be verified (as for an ID token, OpenID
        Connect Core 1.0 §3.1.3.7, item 6).
        """
        try:
            claims = IDToken.parse(access_token).claims
        except InvalidToken:
            return {}
        return claims if claims.get("iss") == self.issuer and claims.get("azp") == self.client_id else {}


_ROLES = ("realm_access", "resource_access")
_ROLE_OPTIONS = ("admin_client_roles", "admin_realm_roles", "allowed_client_roles", "allowed_realm_roles")
_NO_ROLES = (
    "Keycloak sends no roles, neither in the user information nor in a token. Give the client the client scope "
    "`roles`. With lightweight access tokens, let its mappers add roles to the user information."
)


class LocalKeycloakOAuthenticator(LocalUsers, KeycloakOAuthenticator):
    """Sign in with a realm of Keycloak, with an account on the Hub's system."""
