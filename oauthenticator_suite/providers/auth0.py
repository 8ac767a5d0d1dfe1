"""Auth0.

Sources: Auth0's documentation, "Authentication API", "Log Users Out of Auth0", "Organizations", "User Profile
Claims and Scope".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from traitlets import Bool, Unicode, default

from ..hub.findings.finding import ERROR, WARNING, Problem, check
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.template import from_environment
from ..hub.options.trait_types import EnvUnicode, Renamed, rule
from ..hub.unix.local_users import LocalUsers
from ..policy.access import Rule
from ..policy.identity import Identity
from ..policy.restrictions import verified_email


def _in_organization(organization: str, identity: Identity) -> bool:
    """Whether the user signed in to the organization with this ID or name. Auth0 writes names in lower case."""
    claims = identity.claims
    return claims.get("org_id") == organization or claims.get("org_name") == organization.lower()


@check(
    "auth0-unverified-email",
    WARNING,
    "`allow_unverified_email` is on, and the username is the e-mail address.",
    "Remove it. A user could otherwise sign in under an address of another user.",
)
def unverified_email_as_name(authenticator: Any) -> Iterator[Problem]:
    """Anyone can register an account with the address of another person (CVE-2026-33175)."""
    if authenticator.allow_unverified_email and authenticator.username_claim == "email":
        yield Problem("allow_unverified_email", "is on, and usernames are e-mail addresses that are not verified")


@check("auth0-domain", ERROR, "`auth0_domain` is not a host name.", "Write it as `example.eu.auth0.com`.")
def domain_is_a_host(authenticator: Any) -> Iterator[Problem]:
    """A URL in its place would make all other URLs wrong."""
    if "/" in authenticator.auth0_domain or ":" in authenticator.auth0_domain:
        yield Problem("auth0_domain", f"must be a host name, not {authenticator.auth0_domain!r}")


class Auth0OAuthenticator(OAuthenticator):
    """Sign in with Auth0. Only accounts with an e-mail address that Auth0 has verified can sign in."""

    service = "Auth0"
    status_pages = {"": "https://status.auth0.com"}
    environment = "AUTH0"
    user_auth_state_key = "auth0_user"
    endpoints = Endpoints(
        issuer="https://{auth0_domain}/",
        authorize="https://{auth0_domain}/authorize",
        token="https://{auth0_domain}/oauth/token",
        userdata="https://{auth0_domain}/userinfo",
    )
    claims = Claims(username="email")
    default_scope = ("openid", "profile", "email")
    startup_checks = (domain_is_a_host, unverified_email_as_name)

    auth0_subdomain = EnvUnicode(
        config=True,
        env="AUTH0_SUBDOMAIN",
        help="""
        Short form of `auth0_domain`: ``example`` stands for ``example.auth0.com``. Environment: ``AUTH0_SUBDOMAIN``.

        .. versionadded:: 0.1
        """,
    )

    auth0_domain = Unicode(
        config=True,
        help="""
        The domain of the Auth0 tenant, such as ``example.eu.auth0.com``, or a custom domain of the tenant.

        The defaults of all URLs follow from it. Environment: ``AUTH0_DOMAIN``.

        .. versionadded:: 0.1
        """,
    )

    auth0_organization = Unicode(
        config=True,
        help="""
        Let users sign in to this organization of the tenant, given by its ID or name, and refuse all other users.

        This restriction applies to all users, also with `allow_all`. A name needs the tenant setting that adds
        organization names to tokens.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", _in_organization))

    allow_unverified_email = Bool(
        False,
        config=True,
        help="""
        Also let users sign in whose e-mail address Auth0 has not verified. Default: False.

        Danger: anyone can register with the address of another person, and so get that person's username and account.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=False)

    username_key = Renamed("username_claim", since="oauthenticator 16")

    @default("auth0_domain")
    def _auth0_domain_default(self) -> str:
        given = from_environment("AUTH0_DOMAIN")
        return given or (f"{self.auth0_subdomain}.auth0.com" if self.auth0_subdomain else "")

    @default("logout_redirect_url")
    def _logout_redirect_url_default(self) -> str:
        """Auth0's logout, which leads to the first allowed logout URL of the application."""
        query = urlencode({"client_id": self.client_id})
        own = f"https://{self.auth0_domain}/v2/logout?{query}" if self.auth0_domain else ""
        return from_environment("OAUTH_LOGOUT_REDIRECT_URL") or own

    def endpoint_problems(self) -> Iterator[Problem]:
        """What the issuer follows from."""
        if not self.issuer:
            yield Problem(
                "auth0_domain", "is not set", "Set it to the domain of the tenant, such as example.eu.auth0.com"
            )

    def authorize_params(self) -> dict[str, str]:
        """Add the organization to which the user signs in."""
        organization = {"organization": self.auth0_organization} if self.auth0_organization else {}
        return {**organization, **super().authorize_params()}

    def required_rules(self) -> list[Rule]:
        """Also require a verified address where there is one, and where it becomes the username."""

        def holds(identity: Identity) -> bool:
            needed = self.username_claim == "email" or bool(identity.claims.get("email"))
            return self.allow_unverified_email or not needed or verified_email(identity.claims) is not None

        return [*super().required_rules(), Rule("email_verified", holds)]


class LocalAuth0OAuthenticator(LocalUsers, Auth0OAuthenticator):
    """Sign in with Auth0, with an account on the Hub's system."""
