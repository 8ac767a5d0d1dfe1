"""Okta.

Sources: Okta's "OpenID Connect & OAuth 2.0 API", its guides "Authorization servers" and "Customize tokens with a groups
claim", and its help article "Exceed the 100 groups limitation on a group claim".
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from traitlets import default

from ..hub.findings.finding import ERROR, Problem, check
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.oauth.memberships import Found
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.trait_types import EnvUnicode, HostURL
from ..hub.unix.local_users import LocalUsers
from ..policy.unknown import cut_off

GROUPS_LIMIT = 100
"""How many groups Okta puts into a claim at most. It says nothing about the others."""


@check(
    "okta-domain",
    ERROR,
    "`okta_domain` is the address of the Admin Console, or more than a host.",
    "Set it to the domain of the organization, such as `example.okta.com`.",
)
def domain_of_no_issuer(authenticator: Any) -> Iterator[Problem]:
    """Okta has no issuer at such a URL."""
    url = urlsplit(authenticator.okta_domain)
    if url.path.strip("/") or (url.hostname or "").partition(".")[0].endswith("-admin"):
        yield Problem("okta_domain", f"is {authenticator.okta_domain!r}, which is not the organization's domain")


class OktaOAuthenticator(OAuthenticator):
    """Sign in with Okta, at the organization's own authorization server or at a custom one."""

    service = "Okta"
    status_pages = {"": "https://status.okta.com"}
    environment = "OKTA"
    endpoints = Endpoints(issuer="{okta_domain}")
    claims = Claims(username="preferred_username", groups="groups")
    startup_checks = (domain_of_no_issuer,)

    okta_domain = HostURL(
        config=True,
        env="OKTA_DOMAIN",
        help="""
        The domain of the Okta organization, such as ``example.okta.com``, or its custom domain. Environment:
        ``OKTA_DOMAIN``.

        .. versionadded:: 0.1
        """,
    )

    authorization_server = EnvUnicode(
        config=True,
        env="OKTA_AUTHORIZATION_SERVER",
        help="""
        The ID of a custom authorization server, such as ``default``. Default: empty, the server of the organization
        itself. Environment: ``OKTA_AUTHORIZATION_SERVER``.

        .. versionadded:: 0.1
        """,
    )

    @default("issuer")
    def _issuer_default(self) -> str:
        organization = self.declared_url("issuer").rstrip("/")
        server = f"/oauth2/{self.authorization_server}" if self.authorization_server else ""
        return f"{organization}{server}" if organization else ""

    @default("scope")
    def _scope_default(self) -> list[str]:
        """The organization's server sends groups for the scope ``groups``, which custom servers refuse as unknown."""
        groups = ["groups"] if self.manage_groups and not self.authorization_server else []
        return ["openid", "profile", "email", *groups]

    @default("merge_id_token_claims")
    def _merge_id_token_claims_default(self) -> bool:
        """A server may have the groups in the ID token alone."""
        return not self.userdata_from_id_token

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """Whether the user may be in more groups than Okta has sent."""
        # a custom server's claim may have any name
        key, user_info = self.auth_state_groups_key, await user
        chosen = key.removeprefix(f"{self.user_auth_state_key}.") if isinstance(key, str) else ""
        full = next((name for name in (chosen, "groups") if _is_full(user_info.get(name))), "")
        reason = f"Okta has sent {GROUPS_LIMIT} groups, and never sends more: narrow the filter of the groups claim"
        return Found(claims=cut_off(full, reason) if full else {})


def _is_full(groups: Any) -> bool:
    return isinstance(groups, list) and len(groups) == GROUPS_LIMIT


class LocalOktaOAuthenticator(LocalUsers, OktaOAuthenticator):
    """Sign in with Okta, with an account on the Hub's system."""
