"""Another JupyterHub is the provider: its OAuth 2.0 endpoints, and the model of the user that its API gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from traitlets import Bool, default

from ..errors import ConfigurationError
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.options.trait_types import URL, Renamed, rule
from ..hub.unix.local_users import LocalUsers
from ..policy.access import Rule
from ..policy.identity import Identity
from ..policy.profile import ProfileClaims


def _is_admin_there(trusted: bool, who: Identity) -> bool:
    return trusted and who.claims.get("admin") is True


class JupyterHubOAuthenticator(OAuthenticator):
    """Sign in with an account of another JupyterHub.

    `hub_url`, `client_id` and `client_secret` are enough; the other hub knows this one as a service. Source: "Services"
    and "REST API" in JupyterHub's documentation.
    """

    service = "JupyterHub"
    client_id_env = "UPSTREAM_HUB_CLIENT_ID"
    client_secret_env = "UPSTREAM_HUB_CLIENT_SECRET"
    user_auth_state_key = "jupyterhub_user"
    profile_claims = ProfileClaims(
        name="user_info.name",
        given_name="user_info.display_name",
        family_name="user_info.family_name",
        picture="user_info.avatar_url",
    )

    hub_url = URL(
        config=True,
        env="UPSTREAM_HUB_URL",
        help="""
        Where the other hub is, as browsers and this hub reach it: ``https://hub.example.org``, with its base URL.

        All other URLs follow from it. A ``/hub`` at the end may be there or not. The two hubs must not have the same
        host name: browsers would send each the cookies of the other, whatever the ports.

        Environment: ``UPSTREAM_HUB_URL``.

        .. versionadded:: 0.1
        """,
    )

    api_base_url = URL(
        config=True,
        help="""
        The other hub's REST API, if not at `hub_url` + ``/hub/api``: `authorize_url`, `token_url` and `userdata_url`
        follow from it.

        .. versionadded:: 0.1
        """,
    )

    access_token_url = Renamed("token_url", since="0.1")

    trust_idp_admin = Bool(
        False,
        config=True,
        help="""
        Administrators of the other hub are administrators here, and those who are not lose it.

        Names in `admin_users` and members of `admin_groups` keep it. Whoever can make administrators there can read the
        files of everybody here.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("admin", _is_admin_there))

    @default("api_base_url")
    def _api_base_url_default(self) -> str:
        url = self.hub_url.rstrip("/")
        return f"{url.removesuffix('/hub')}/hub/api" if url else ""

    @default("authorize_url")
    def _authorize_url_default(self) -> str:
        return self._below_api("oauth2/authorize")

    @default("token_url")
    def _token_url_default(self) -> str:
        return self._below_api("oauth2/token")

    @default("userdata_url")
    def _userdata_url_default(self) -> str:
        return self._below_api("user")

    def _below_api(self, path: str) -> str:
        return f"{self.api_base_url.rstrip('/')}/{path}" if self.api_base_url else ""

    @default("issuer")
    def _issuer_default(self) -> str:
        return ""  # a hub has no issuer identifier: one in the environment is another provider's

    @default("scope")
    def _scope_default(self) -> list[str]:
        return ["read:users:name!user", "read:users:groups!user"]  # what a hub allows every client to ask for

    @default("username_claim")
    def _username_claim_default(self) -> str:
        return "name"

    @default("auth_state_groups_key")
    def _auth_state_groups_key_default(self) -> str:
        return f"{self.user_auth_state_key}.groups"

    def subject_of(self, user_info: Mapping[str, Any]) -> str | None:
        """The user's name there: a hub's model of a user has no key that would outlive a name."""
        name = user_info.get("name")
        return name if isinstance(name, str) else None

    @property
    def account_issuer(self) -> str:
        """The other hub: the same name at another one is another person."""
        return str(self.api_base_url.rstrip("/"))

    @property
    def revoke_url(self) -> str:
        """The other hub's page of tokens, where users take back what they have granted."""
        return f"{self.account_issuer.removesuffix('/api')}/token"

    def required_rules(self) -> list[Rule]:
        """Services have tokens too, and may have the name of a user."""
        return [*super().required_rules(), Rule("kind is user", lambda who: who.claims.get("kind") == "user")]

    def check_configuration(self) -> None:
        """As of every provider; and the client must be one that a hub can know."""
        name = f"c.{type(self).__name__}"
        if not (self.authorize_url and self.token_url and self.userdata_url):
            raise ConfigurationError(f"{name}.hub_url is not set: the other hub's address, https://hub.example.org say")
        super().check_configuration()
        if not self.client_id.startswith("service-"):
            raise ConfigurationError(
                f"{name}.client_id must begin with 'service-': the other hub knows this one as a service, and accepts "
                "no other names for one. Write the same name there, as the service's oauth_client_id"
            )
        ours, theirs = urlsplit(self.oauth_callback_url), urlsplit(self.api_base_url)
        same_place = ours.path.removesuffix(f"/{self.paths.callback}") == theirs.path.rstrip("/").removesuffix("/api")
        if ours.hostname is not None and ours.hostname == theirs.hostname and same_place:
            self.log.warning(
                "%s.hub_url has the host name of this hub, %s: browsers will send each of the two the other's cookies, "
                "and logging in to one logs out of the other. Give them different host names.",
                name,
                ours.hostname,
            )


class LocalJupyterHubOAuthenticator(LocalUsers, JupyterHubOAuthenticator):
    """Sign in with an account of another JupyterHub, as users of this system."""
