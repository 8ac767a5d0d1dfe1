"""Facts about oauthenticator that the code of this package does not hold. Tests compare each with the code of both.

The comparison is with release 17.4. Facts about options, their old names and what stops the start-up are not here: they
come from the classes themselves.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Final, NamedTuple

ENVIRONMENT: Final = frozenset(
    {
        "AAD_TENANT_ID",
        "AUTH0_DOMAIN",
        "AUTH0_SUBDOMAIN",
        "BITBUCKET_CLIENT_ID",
        "BITBUCKET_CLIENT_SECRET",
        "CILOGON_CLIENT_ID",
        "CILOGON_CLIENT_SECRET",
        "CILOGON_HOST",
        "GITHUB_CLIENT_ID",
        "GITHUB_CLIENT_SECRET",
        "GITHUB_URL",
        "GITLAB_CLIENT_ID",
        "GITLAB_CLIENT_SECRET",
        "GITLAB_URL",
        "GLOBUS_LOCAL_ENDPOINT",
        "GOOGLE_API_URL",
        "IDENTITY_PROVIDER",
        "LOGIN_SERVICE",
        "MW_INDEX_URL",
        "OAUTH2_AUTHORIZE_URL",
        "OAUTH2_BASIC_AUTH",
        "OAUTH2_TOKEN_URL",
        "OAUTH2_USERDATA_REQUEST_TYPE",
        "OAUTH2_USERDATA_URL",
        "OAUTH2_USERNAME_KEY",
        "OAUTH_CALLBACK_URL",
        "OAUTH_CLIENT_ID",
        "OAUTH_CLIENT_SECRET",
        "OAUTH_LOGOUT_REDIRECT_URL",
        "OAUTH_TLS_VERIFY",
        "OPENSHIFT_URL",
    }
)
"""Variables of the environment that both packages read."""

READ_HERE: Final = "this package reads the variable as well, when the Hub starts"
"""What is said about them."""

EXTEND: Final = "oauthenticator_suite.extend"
"""The module of the public names that are no authenticators."""

IN_EXTEND: Final = frozenset({"OAuthCallbackHandler", "OAuthLoginHandler", "OAuthLogoutHandler"})
"""Names that configurations import from oauthenticator, and that this module has."""

WITHOUT_COUNTERPART: Final = MappingProxyType(
    {
        "STATE_COOKIE_NAME": "a login attempt has a separate cookie, whose name is not public",
        "GitHubLoginHandler": "the class has its own handlers",
        "CILogonLoginHandler": "the class has its own handlers",
        "GlobusLogoutHandler": "set revoke_tokens_on_logout and logout_redirect_url instead",
        "AzureAdMixin": "the class has its own handlers",
    }
)
"""Names that configurations import from oauthenticator, and what to use instead."""

LOGIN_SERVICES: Final = MappingProxyType(
    {
        "Auth0OAuthenticator": "Auth0",
        "AzureAdOAuthenticator": "Azure AD",
        "BitbucketOAuthenticator": "Bitbucket",
        "CILogonOAuthenticator": "CILogon",
        "GenericOAuthenticator": "OAuth 2.0",
        "GitHubOAuthenticator": "GitHub",
        "GitLabOAuthenticator": "GitLab",
        "GlobusOAuthenticator": "Globus",
        "GoogleOAuthenticator": "Google",
        "MWOAuthenticator": "MediaWiki",
        "OpenShiftOAuthenticator": "OpenShift",
    }
)
"""`login_service` there, from which jupyterhub-multiauthenticator makes the prefix of usernames."""


class Note(NamedTuple):
    """A difference between the classes of one name.

    Attributes
    ----------
    cls:
        The class; those derived from it are meant, too.
    verdict:
        ``change``, ``stricter`` or ``gone``.
    text:
        The statement.
    option:
        The option that the note is about; empty: the class as a whole.
    without:
        Options whose presence makes the note pointless.
    by_hand:
        Whether the operator must decide about it.
    only_with:
        A key of a dict within the option's value. The note is pointless when the value is known and has no such key.
    """

    cls: str
    verdict: str
    text: str
    option: str = ""
    without: tuple[str, ...] = ()
    by_hand: bool = False
    only_with: str = ""


NOTES: Final = (
    Note(
        "OAuthenticator",
        "stricter",
        "a username with a slash, or with invisible or confusable characters, is refused",
    ),
    Note(
        "OAuthenticator",
        "stricter",
        "with enable_auth_state, an account belongs to one user of the provider, and another user with the same name "
        "is refused (409)",
        option="enable_auth_state",
    ),
    Note("OAuthenticator", "stricter", "the whole username must match", option="username_pattern"),
    Note(
        "OAuthenticator",
        "stricter",
        "at a refresh, blocks and rules are checked again; an outage of the provider signs no user out",
        option="auth_refresh_age",
    ),
    Note(
        "GitHubOAuthenticator",
        "stricter",
        "the Hub asks for organizations with the user's own token, so the scope read:org is always needed",
        option="allowed_organizations",
    ),
    Note(
        "GitHubOAuthenticator",
        "stricter",
        "auth_state['teams'] has slug, name, id, organization, parent and a few more members of each team, and not all",
        option="populate_teams_in_auth_state",
        by_hand=False,
    ),
    Note(
        "GoogleOAuthenticator",
        "stricter",
        "only the signed claim hd decides about the hosted domain, not the domain of the e-mail address",
        option="hosted_domain",
    ),
    Note(
        "GoogleOAuthenticator",
        "change",
        "user data are those of the verified ID token; they have no member 'domain'",
        by_hand=False,
    ),
    Note(
        "GoogleOAuthenticator",
        "stricter",
        "a user with an unverified e-mail address is refused also with allow_all",
    ),
    Note(
        "AzureAdOAuthenticator",
        "change",
        "version 2.0 of Microsoft's endpoints is used: tokens have preferred_username, and not unique_name and upn",
        by_hand=False,
    ),
    Note(
        "AzureAdOAuthenticator",
        "stricter",
        "the username is the display name, which is not unique: enable_auth_state must be on, or username_claim set to "
        "another claim",
        without=("username_claim",),
    ),
    Note(
        "BitbucketOAuthenticator",
        "stricter",
        "workspaces are named by slug or UUID: Bitbucket no longer lists display names",
        option="allowed_teams",
    ),
    Note(
        "CILogonOAuthenticator",
        "stricter",
        "the value of allowed_domains is compared with what follows the @ of a claim; a value without @ has no domain",
        option="idps",
        only_with="allowed_domains",
    ),
    Note(
        "GlobusOAuthenticator",
        "change",
        "GLOBUS_DATA in the user's server is JSON and no longer a pickle, and has no excluded tokens: notebooks that "
        "read it must read JSON",
        by_hand=True,
    ),
    Note(
        "GlobusOAuthenticator",
        "change",
        "without identity_provider, usernames keep their domain (alice@uni.example instead of alice): set "
        "identity_provider to keep the names",
        without=("identity_provider", "username_from_email"),
        by_hand=True,
    ),
    Note(
        "Auth0OAuthenticator",
        "stricter",
        "a user with an unverified e-mail address is refused also with allow_all",
    ),
    Note(
        "OpenShiftOAuthenticator",
        "change",
        "the Hub asks the cluster for its OAuth server at the first login, and not when it starts",
        by_hand=False,
    ),
    Note(
        "MWOAuthenticator",
        "stricter",
        "users who are blocked at the wiki are refused, unless deny_blocked_users is False",
        without=("deny_blocked_users",),
    ),
    Note(
        "MWOAuthenticator",
        "change",
        "the list of the user's rights is not stored, unless keep_wiki_rights is set",
        without=("keep_wiki_rights",),
        by_hand=False,
    ),
    Note(
        "LocalUsers",
        "stricter",
        "accounts of the system, such as root, are refused (see minimum_uid), and so is a user without a Unix account, "
        "unless create_system_users is on",
    ),
)
"""The notes, for each class the general ones first."""

ONLY_V1_CLAIMS: Final = frozenset({"unique_name", "upn"})
"""Claims that version 2.0 of Microsoft's tokens does not have by default.

For accounts of the tenant, their value is that of ``preferred_username``. For guests it may be another one.
"""
