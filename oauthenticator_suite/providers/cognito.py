"""Amazon Cognito user pools.

Sources: the "Amazon Cognito Developer Guide": "User pool endpoints and managed login reference", "Understanding the ID
token", "Refresh token rotation".
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Iterator, Mapping
from typing import Any

from traitlets import default

from ..hub.findings.finding import ERROR, Problem, check
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.oauth.memberships import Found
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.trait_types import EnvUnicode, HostURL
from ..hub.unix.local_users import LocalUsers
from ..policy.access import Rule
from ..policy.restrictions import verified_email

GROUPS = "cognito:groups"
_POOL = re.compile(r"[a-z]+(-[a-z]+)+-[0-9]+_[0-9A-Za-z]+")


@check(
    "cognito-user-pool",
    ERROR,
    "`user_pool_id` is not the ID of a user pool.",
    "Copy it from the overview of the user pool. It begins with the region: `eu-central-1_AbCdEf123`.",
)
def not_a_pool(authenticator: Any) -> Iterator[Problem]:
    """The issuer follows from the ID and the region in it."""
    pool = authenticator.user_pool_id
    if pool and not _POOL.fullmatch(pool):
        yield Problem("user_pool_id", f"is {pool!r}, which is not the ID of a user pool")


class CognitoOAuthenticator(OAuthenticator):
    """Sign in with an Amazon Cognito user pool."""

    service = "Amazon Cognito"
    icon = "brands/aws"
    status_pages = {"amazonaws.com": "https://health.aws.amazon.com/health/status"}
    environment = "COGNITO"
    endpoints = Endpoints(
        issuer="https://cognito-idp.{region}.amazonaws.com/{user_pool_id}",
        authorize="{cognito_domain}/oauth2/authorize",
        token="{cognito_domain}/oauth2/token",
        userdata="{cognito_domain}/oauth2/userInfo",
        jwks="{issuer}/.well-known/jwks.json",
        revocation="{cognito_domain}/oauth2/revoke",
        end_session="{cognito_domain}/logout",
    )
    logout_parameters = {"post_logout_redirect_uri": "logout_uri", "id_token_hint": "", "state": ""}
    claims = Claims(username="username", groups=GROUPS)
    default_scope = ("openid", "profile", "email")
    startup_checks = (not_a_pool,)

    cognito_domain = HostURL(
        config=True,
        env="COGNITO_DOMAIN",
        help="""
        The domain of the user pool, such as ``example.auth.eu-central-1.amazoncognito.com``, or its custom domain.
        Environment: ``COGNITO_DOMAIN``.

        .. versionadded:: 0.1
        """,
    )

    user_pool_id = EnvUnicode(
        config=True,
        env="COGNITO_USER_POOL_ID",
        help="""
        The ID of the user pool, such as ``eu-central-1_AbCdEf123``. Environment: ``COGNITO_USER_POOL_ID``.

        .. versionadded:: 0.1
        """,
    )

    @property
    def region(self) -> str:
        """The AWS region of the user pool, with which its ID begins."""
        return str(self.user_pool_id).rpartition("_")[0]

    @default("merge_id_token_claims")
    def _merge_id_token_claims_default(self) -> bool:
        """Groups are in the ID token alone."""
        return not self.userdata_from_id_token

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """The groups of a user of no group: the ID token then has no such claim."""
        user_info = await user
        read = "cognito:username" in user_info  # which is in every ID token
        return Found(claims={GROUPS: []} if read and GROUPS not in user_info else {})

    def revocable_tokens(self, tokens: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The refresh token alone: with it, Cognito revokes the access tokens, and it takes no other token."""
        return [found for found in super().revocable_tokens(tokens) if found[1] == "refresh_token"]

    def required_rules(self) -> list[Rule]:
        """Also require a verified address where it becomes the username: users can change their address."""
        named = self.username_claim == "email"
        own = Rule("email_verified", lambda identity: not named or verified_email(identity.claims) is not None)
        return [*super().required_rules(), own]


class LocalCognitoOAuthenticator(LocalUsers, CognitoOAuthenticator):
    """Sign in with an Amazon Cognito user pool, with an account on the Hub's system."""
