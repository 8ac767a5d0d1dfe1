"""Another JupyterHub as the provider, by its OAuth 2.0 endpoints and its REST API.

Source: "Services" and "REST API" in JupyterHub's documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from traitlets import Bool, default

from ..hub.findings.finding import ERROR, WARNING, Problem, check
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.trait_types import URL, rule
from ..hub.unix.local_users import LocalUsers
from ..policy.access import Rule
from ..policy.identity import Identity


def _is_upstream_admin(trusted: bool, identity: Identity) -> bool:
    return trusted and identity.claims.get("admin") is True


@check(
    "service-client-id",
    ERROR,
    "`client_id` does not begin with `service-`, as the client IDs of a JupyterHub do.",
    "Configure the same value at the other hub, as the service's `oauth_client_id`.",
)
def client_id_of_no_service(authenticator: Any) -> Iterator[Problem]:
    """The other hub knows this Hub as a service."""
    if authenticator.client_id and not authenticator.client_id.startswith("service-"):
        yield Problem(
            "client_id",
            "must begin with 'service-': the other hub knows this Hub as a service, and accepts no other client IDs",
            "Configure the same value there as the service's oauth_client_id",
        )


@check(
    "same-host-as-upstream",
    WARNING,
    "`hub_url` has the host name of this Hub.",
    "Use different host names.",
)
def same_host(authenticator: Any) -> Iterator[Problem]:
    """Cookies do not depend on the port."""
    ours, theirs = urlsplit(authenticator.oauth_callback_url), urlsplit(authenticator.api_base_url)
    our_path = ours.path.removesuffix(f"/{authenticator.paths.callback}")
    same_path = our_path == theirs.path.rstrip("/").removesuffix("/api")
    if ours.hostname is not None and ours.hostname == theirs.hostname and same_path:
        yield Problem(
            "hub_url",
            f"has the host name of this Hub, {ours.hostname}: browsers send the cookies of each hub to the other, and "
            "signing in to one signs out of the other",
        )


class JupyterHubOAuthenticator(OAuthenticator):
    """Sign in with an account on another JupyterHub, the upstream hub.

    `hub_url`, `client_id` and `client_secret` are enough. The upstream hub knows this Hub as a service.
    """

    service = "JupyterHub"
    environment = "UPSTREAM_HUB"
    user_auth_state_key = "jupyterhub_user"
    endpoints = Endpoints(
        authorize="{api_base_url}/oauth2/authorize",
        token="{api_base_url}/oauth2/token",
        userdata="{api_base_url}/user",
        site="{api_base_url}",
    )
    claims = Claims(
        subject="name",  # the model of a user has no key that would stay the same when the user is renamed
        username="name",
        groups="groups",
        name="user_info.name",
        given_name="user_info.display_name",
        family_name="user_info.family_name",
        picture="user_info.avatar_url",
    )
    startup_checks = (client_id_of_no_service, same_host)
    default_scope = ("read:users:name!user", "read:users:groups!user")  # which a hub grants to every client

    hub_url = URL(
        config=True,
        env="UPSTREAM_HUB_URL",
        help="""
        The URL of the upstream hub with its base URL, as browsers and this Hub reach it: ``https://hub.example.org``.

        All other URLs follow from it. It may end with ``/hub``. The two hubs must have different host names: cookies do
        not depend on the port, so that browsers would send the cookies of each hub to the other.

        Environment: ``UPSTREAM_HUB_URL``.

        .. versionadded:: 0.1
        """,
    )

    api_base_url = URL(
        config=True,
        help="""
        The root of the upstream hub's REST API, if it is not `hub_url` + ``/hub/api``. The defaults of `authorize_url`,
        `token_url` and `userdata_url` follow from it.

        .. versionadded:: 0.1
        """,
    )

    trust_idp_admin = Bool(
        False,
        config=True,
        help="""
        Administrators of the upstream hub are administrators of this Hub. Other users lose administrator rights.

        Users in `admin_users` and members of `admin_groups` keep them. Everyone who can appoint administrators on the
        upstream hub can then read the files of all users of this Hub.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("admin", _is_upstream_admin))

    @default("api_base_url")
    def _api_base_url_default(self) -> str:
        url = self.hub_url.rstrip("/")
        return f"{url.removesuffix('/hub')}/hub/api" if url else ""

    @property
    def revoke_url(self) -> str:
        """The token page of the upstream hub, on which users withdraw the access they granted."""
        return f"{self.api_base_url.rstrip('/').removesuffix('/api')}/token"

    def required_rules(self) -> list[Rule]:
        """Also refuse services: they have tokens too, and may have the name of a user."""
        return [*super().required_rules(), Rule("kind is user", lambda identity: identity.claims.get("kind") == "user")]

    def endpoint_problems(self) -> Iterator[Problem]:
        """What all endpoints follow from."""
        if not (self.authorize_url and self.token_url and self.userdata_url):
            yield Problem("hub_url", "is not set", "Set it to the other hub's URL, such as https://hub.example.org")


class LocalJupyterHubOAuthenticator(LocalUsers, JupyterHubOAuthenticator):
    """Sign in with an account on another JupyterHub, with an account on the Hub's system."""
