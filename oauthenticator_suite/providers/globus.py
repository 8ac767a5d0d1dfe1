"""Globus.

Sources: the "Globus Auth API" reference (authorization, token response with ``other_tokens``, revocation, sessions),
the "Globus Groups API", and the Globus SDK's descriptions of both.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from traitlets import Bool, default

from ..errors import IdentityError, InvalidResponse
from ..hub.accounts.auth_state import kept_auth_state
from ..hub.findings.finding import ERROR, Problem, check
from ..hub.maybe_await import result_of
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.oauth.memberships import Found
from ..hub.oauth.user_api import UserApi
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.names import NameList
from ..hub.options.trait_types import URL, EnvUnicode, Grants, rule
from ..hub.unix.local_users import LocalUsers
from ..policy.identity import Identity

AUTH, GROUPS = "auth.globus.org", "groups.api.globus.org"
"""The resource servers whose tokens the Hub itself uses."""

GROUPS_SCOPE = f"urn:globus:auth:scope:{GROUPS}:view_my_groups_and_memberships"
TRANSFER_SCOPE = "urn:globus:auth:scope:transfer.api.globus.org:all"

_TOKEN_FIELDS = ("access_token", "refresh_token", "scope", "expires_in", "resource_server", "token_type")


def _domain(name: object) -> str:
    return name.rpartition("@")[2].lower() if isinstance(name, str) and "@" in name else ""


def _of_identity_provider(domain: str, identity: Identity) -> bool:
    """Whether the effective identity belongs to the domain of this identity provider, which owns that domain."""
    return _domain(identity.claims.get("preferred_username")) == domain.lower()


@check(
    "globus-names",
    ERROR,
    "`strip_domain` is on without `identity_provider`.",
    "Set `identity_provider`, or remove `strip_domain`.",
)
def names_of_several_domains(authenticator: Any) -> Iterator[Problem]:
    """Two people of different institutions would be one user of the Hub."""
    if authenticator.strip_domain and not authenticator.identity_provider:
        yield Problem(
            "strip_domain",
            "is on, and identity_provider is not set: alice@one.example and alice@two.example are both the user alice",
        )


class GlobusOAuthenticator(OAuthenticator):
    """Sign in with Globus. The user's servers get the user's tokens, for example for transfers."""

    service = "Globus"
    icon = "solid/globe"
    environment = "GLOBUS"
    user_auth_state_key = "globus_user"
    endpoints = Endpoints(
        issuer="https://auth.globus.org",
        authorize="https://auth.globus.org/v2/oauth2/authorize",
        token="https://auth.globus.org/v2/oauth2/token",
        userdata="https://auth.globus.org/v2/oauth2/userinfo",
        revocation="https://auth.globus.org/v2/oauth2/token/revoke",
        grants_page="https://auth.globus.org/v2/web/consents",
    )
    claims = Claims(username="preferred_username")
    startup_checks = (names_of_several_domains,)
    auth_state_tokens = (*OAuthenticator.auth_state_tokens, "tokens")

    globus_groups_url = URL(
        "https://groups.api.globus.org/v2/groups/my_groups",
        config=True,
        help="""
        The URL of the user's groups in the Globus Groups API.

        .. versionadded:: 0.1
        """,
    )

    identity_provider = EnvUnicode(
        config=True,
        env="IDENTITY_PROVIDER",
        help="""
        The domain of the institution whose users may sign in, such as ``globusid.org``. Other users are refused, also
        with `allow_all`. Set it in the application at Globus too.

        The domain in ``preferred_username`` decides, which belongs to the identity provider. With
        `username_from_email`, the address must be in the same domain. Environment: ``IDENTITY_PROVIDER``.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", _of_identity_provider))

    username_from_email = Bool(
        False,
        config=True,
        help="""
        Take the username from the e-mail address instead of ``preferred_username``.

        .. versionadded:: 0.1
        """,
    )

    strip_domain = Bool(
        config=True,
        help="""
        Shorten ``alice@example.org`` to ``alice``. Default: True with `identity_provider`, else False.

        The Hub does not start with it and without `identity_provider`, because users of different institutions would
        have the same name.

        .. versionadded:: 0.1
        """,
    )

    allowed_globus_groups = Grants(
        "group",
        scope=GROUPS_SCOPE,
        help="""
        Allow the active members of these Globus groups, given by UUID.

        .. versionadded:: 0.1
        """,
    )

    admin_globus_groups = Grants(
        "group",
        part="admin",
        scope=GROUPS_SCOPE,
        help="""
        Make the active members of these Globus groups administrators of the Hub, given by UUID. Other users lose
        administrator rights.

        .. versionadded:: 0.1
        """,
    )

    exclude_tokens = NameList(
        "other",
        default_value=[AUTH, GROUPS],
        config=True,
        help="""
        The resource servers whose tokens the user's servers do not get.

        .. versionadded:: 0.1
        """,
    )

    globus_local_endpoint = EnvUnicode(
        config=True,
        env="GLOBUS_LOCAL_ENDPOINT",
        help="""
        The ID of a Globus endpoint on the Hub's machine. The user's servers have it as ``GLOBUS_LOCAL_ENDPOINT``.
        Environment: ``GLOBUS_LOCAL_ENDPOINT``.

        .. versionadded:: 0.1
        """,
    )

    @default("scope")
    def _scope_default(self) -> list[str]:
        scopes = ["openid", "profile", TRANSFER_SCOPE]
        if self._needs_groups:
            scopes.append(GROUPS_SCOPE)
        if self.username_from_email:
            scopes.append("email")
        return scopes

    @default("username_claim")
    def _username_claim_default(self) -> str:
        return "email" if self.username_from_email else "preferred_username"

    @default("strip_domain")
    def _strip_domain_default(self) -> bool:
        return bool(self.identity_provider)

    @default("auth_state_groups_key")
    def _auth_state_groups_key_default(self) -> str:
        return "globus_groups"

    @default("client_auth_method")
    def _client_auth_method_default(self) -> str:
        return "client_secret_basic"

    @property
    def _needs_groups(self) -> bool:
        return bool(self.allowed_globus_groups or self.admin_globus_groups or self.manage_groups)

    # --- the login ---------------------------------------------------------------------------------------------------

    async def get_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        """The token response, with the token for Globus Auth at its top. Globus orders the tokens as it likes."""
        info = await super().get_token_info(handler, params)
        others = [token for token in info.get("other_tokens") or () if isinstance(token, dict)]
        auth = next((token for token in others if token.get("resource_server") == AUTH), None)
        if auth is not None and info.get("resource_server") != AUTH:
            first = {name: info[name] for name in _TOKEN_FIELDS if name in info}
            rest = {name: value for name, value in info.items() if name not in _TOKEN_FIELDS}
            others = [first, *(token for token in others if token is not auth)]
            info = {**rest, **auth}
        return {**info, "other_tokens": others} if others else info

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """The groups in which the user is an active member."""
        if not self._needs_groups:
            return Found()
        token = _by_resource_server(token_info).get(GROUPS, {}).get("access_token")
        if not isinstance(token, str):
            raise InvalidResponse(f"the token response has no token for {GROUPS}: add the scope {GROUPS_SCOPE}")
        groups = await UserApi(self.transport.send, token).items(
            f"{self.globus_groups_url}?statuses=active", "the user's Globus groups"
        )
        ids = [str(group.get("id")) for group in groups if isinstance(group, dict) and _is_active(group)]
        names = wanted.get("group", frozenset())
        return Found(memberships={"group": [name for name in names if name in ids]}, auth_state={"globus_groups": ids})

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """The name in `user_info`, without its domain if `strip_domain` is set.

        Raises
        ------
        IdentityError
            When it is missing, or an address outside of `identity_provider`.
        """
        name = super().user_info_to_username(user_info)
        if self.identity_provider and _domain(name) != self.identity_provider.lower() and self.username_from_email:
            raise IdentityError(f"the e-mail address is not in the domain {self.identity_provider!r}")
        return name.rpartition("@")[0] or name if self.strip_domain else name

    def build_auth_state_dict(self, token_info: dict[str, Any], user_info: dict[str, Any]) -> dict[str, Any]:
        """Also the tokens by resource server, without those of `exclude_tokens`."""
        tokens = {
            server: {name: token.get(name) for name in _TOKEN_FIELDS}
            for server, token in _by_resource_server(token_info).items()
            if server not in self.exclude_tokens
        }
        return {
            "client_id": self.client_id,
            "tokens": tokens,
            "globus_groups": [],
            **super().build_auth_state_dict(token_info, user_info),
        }

    def revocable_tokens(self, tokens: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The tokens for all resource servers."""
        found = super().revocable_tokens(tokens)
        for token in (tokens.get("token_response") or {}).get("other_tokens") or ():
            if isinstance(token, Mapping):
                found += super().revocable_tokens(token)
        return found

    # --- the user's servers ------------------------------------------------------------------------------------------

    async def pre_spawn_start(self, user: User, spawner: Any) -> None:
        """Set ``GLOBUS_LOCAL_ENDPOINT`` and ``GLOBUS_DATA``: JSON in base64, without the tokens of `exclude_tokens`."""
        await result_of(super().pre_spawn_start(user, spawner))
        spawner.environment["GLOBUS_LOCAL_ENDPOINT"] = self.globus_local_endpoint
        auth_state = await kept_auth_state(user)
        if auth_state and self.is_of_this_provider(auth_state):
            keys = ("client_id", "tokens", self.user_auth_state_key, "globus_groups")
            data = {key: auth_state[key] for key in keys if key in auth_state}
            tokens = data.get("tokens") or {}
            data["tokens"] = {server: tokens[server] for server in tokens if server not in self.exclude_tokens}
            spawner.environment["GLOBUS_DATA"] = base64.b64encode(json.dumps(data).encode()).decode("ascii")


def _by_resource_server(token_info: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The tokens of a token response, by resource server."""
    tokens = [token_info, *(token_info.get("other_tokens") or ())]
    return {str(token.get("resource_server")): token for token in tokens if isinstance(token, Mapping)}


def _is_active(group: Mapping[str, Any]) -> bool:
    """Whether a membership of the user is active: the list may have invitations and former memberships."""
    memberships = group.get("my_memberships")
    entries = memberships if isinstance(memberships, list) else []
    return any(isinstance(entry, Mapping) and entry.get("status") == "active" for entry in entries)


class LocalGlobusOAuthenticator(LocalUsers, GlobusOAuthenticator):
    """Sign in with Globus, with an account on the Hub's system."""
