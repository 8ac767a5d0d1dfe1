"""`GoogleOAuthenticator`."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Mapping
from typing import Any

from jupyterhub.handlers import BaseHandler
from traitlets import Bool, Dict, Set, Unicode, default

from ...errors import ConfigurationError
from ...hub.credential_files import path_in_message, read_credential_file
from ...hub.oauth.authenticator import OAuthenticator
from ...hub.oauth.memberships import Found
from ...hub.options.declaration import Claims, Endpoints
from ...hub.options.names import NameList, NameMap, Names
from ...hub.options.template import from_environment
from ...hub.options.trait_types import URL, Renamed, rule
from ...hub.unix.local_users import LocalUsers
from ...policy.access import Rule
from ...policy.restrictions import verified_email
from ...protocol.jwt_bearer import ServiceAccount
from .directory import Directory
from .predicates import in_google_groups, in_hosted_domains
from .startup_checks import GOOGLE_CHECKS

_API = "https://www.googleapis.com"
_MAX_KEY_FILE = 65_536
_LONG_SCOPE = "https://www.googleapis.com/auth/userinfo."


class GoogleOAuthenticator(OAuthenticator):
    """Sign in with Google. Only accounts with an e-mail address that Google has verified can sign in."""

    service = "Google"
    account_prompt = "select_account"
    icon = "brands/google"
    status_pages = {"": "https://www.google.com/appsstatus/dashboard/"}
    environment = "GOOGLE"
    user_auth_state_key = "google_user"
    endpoints = Endpoints(issuer="https://accounts.google.com", grants_page="https://myaccount.google.com/connections")
    claims = Claims(username="email", groups="google_groups")
    default_scope = ("openid", "email")
    startup_checks = GOOGLE_CHECKS

    google_api_url = URL(
        _API,
        config=True,
        env="GOOGLE_API_URL",
        help="""
        The root of Google's APIs. Environment: ``GOOGLE_API_URL``.

        .. versionadded:: 0.1
        """,
    )

    hosted_domain = NameList(
        "domain",
        alone=True,
        config=True,
        help="""
        Refuse accounts outside these Workspace domains. This restriction applies to all users, also with `allow_all`.

        The signed claim ``hd`` decides, not the e-mail address.

        Environment: ``HOSTED_DOMAIN``, separated by semicolons.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", in_hosted_domains))

    allowed_hosted_domains = Names(
        "domain",
        config=True,
        help="""
        Allow all accounts of these Workspace domains, in addition to the users that other options allow.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", in_hosted_domains))

    strip_domain = Bool(
        config=True,
        help="""
        Shorten ``alice@example.org`` to ``alice``, if its domain is the one in `hosted_domain`. Other addresses keep
        their domain.

        Default: True with exactly one hosted domain, else False. The Hub does not start if this is set with no hosted
        domain or several, since two accounts could then have the same name.

        .. versionadded:: 0.1
        """,
    )

    prompt_select_account = Bool(
        False,
        config=True,
        help="""
        Have Google ask at each login which account to use, also when the browser is signed in to only one.

        .. versionadded:: 0.1
        """,
    )

    google_service_account_keys = Dict(
        config=True,
        help="""
        The JSON key of a service account that may read a domain's groups, by domain: the path of the file, or its
        content as a dict. The service account needs domain-wide delegation with the scope
        ``https://www.googleapis.com/auth/admin.directory.group.readonly``.

        .. versionadded:: 0.1
        """,
    )

    gsuite_administrator = NameMap(
        "domain",
        "other",
        key_trait=Unicode(),
        value_trait=Unicode(),
        config=True,
        help="""
        The administrator on whose behalf the service account reads groups, by domain: a name or an address.

        .. versionadded:: 0.1
        """,
    )

    allowed_google_groups = NameMap(
        "domain",
        "group",
        many=True,
        key_trait=Unicode(),
        value_trait=Set(Unicode()),
        config=True,
        help="""
        Allow the members of these groups, given by domain: ``{"example.org": {"staff", "physics@example.org"}}``.

        Needs `google_service_account_keys` and `gsuite_administrator` for the domain.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", in_google_groups))

    admin_google_groups = NameMap(
        "domain",
        "group",
        many=True,
        key_trait=Unicode(),
        value_trait=Set(Unicode()),
        config=True,
        help="""
        Allow the members of these groups, given by domain, and make them administrators of the Hub. Other users lose
        administrator rights.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("admin", in_google_groups))

    include_nested_groups = Bool(
        False,
        config=True,
        help="""
        Count indirect members of a group, through groups inside it, as members.

        .. versionadded:: 0.1
        """,
    )

    google_group_whitelist = Renamed("allowed_google_groups", since="oauthenticator 0.12")

    @default("hosted_domain")
    def _hosted_domain_default(self) -> list[str]:
        return [domain.strip() for domain in from_environment("HOSTED_DOMAIN").split(";") if domain.strip()]

    @default("strip_domain")
    def _strip_domain_default(self) -> bool:
        return len(self.hosted_domain) == 1

    @default("trusted_provider_hosts")
    def _trusted_provider_hosts_default(self) -> set[str]:
        return {"oauth2.googleapis.com", "openidconnect.googleapis.com", "www.googleapis.com"}

    @default("userdata_from_id_token")
    def _userdata_from_id_token_default(self) -> bool:
        return not self.configured_url("userdata_url")

    # --- the login ---------------------------------------------------------------------------------------------------

    def authorize_params(self) -> dict[str, str]:
        """Add the domain, so that Google offers the right account first, and the prompt of `prompt_select_account`."""
        params = {}
        if self.hosted_domain:
            params["hd"] = self.hosted_domain[0] if len(self.hosted_domain) == 1 else "*"
        if self.prompt_select_account:
            params["prompt"] = "select_account"
        return {**params, **super().authorize_params()}

    def readable(self, user_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data under the claim names of both OpenID Connect and Google's older endpoints."""
        pairs = (("sub", "id"), ("email_verified", "verified_email"))
        aliases = {new: user_info[old] for pair in pairs for old, new in (pair, pair[::-1]) if old in user_info}
        return {**aliases, **user_info}

    async def get_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        """The token response, with scopes as `scope` names them: Google answers a short name with a long one."""
        info = await super().get_token_info(handler, params)
        if isinstance(info.get("scope"), str):
            names = (name if name in self.scope else name.removeprefix(_LONG_SCOPE) for name in info["scope"].split())
            info["scope"] = " ".join(names)
        return info

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data: from the verified ID token, unless `userdata_url` is set."""
        return self.readable(await super().token_to_user(token_info))

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """The user's groups, if the user's domain has a service account. The claims of the ID token suffice to ask."""
        claims = self.id_token_claims or await user
        domain, email = str(claims.get("hd") or "").lower(), verified_email(claims)
        directory = self.directories.get(domain) if email else None
        if directory is None or email is None:
            return Found(claims={"google_groups": []} if self.directories else {})
        groups = await directory.groups_of(email, nested=self.include_nested_groups)
        # Only groups of the user's own domain lose the domain: a group elsewhere could have the same name.
        return Found(claims={"google_groups": sorted(group.removesuffix(f"@{domain}") for group in groups)})

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """The name in `user_info`, without its domain if `strip_domain` is set and it is the hosted domain."""
        name = super().user_info_to_username(user_info)
        local, _, domain = name.rpartition("@")
        if self.strip_domain and local and domain.lower() == self.hosted_domain[0].lower():
            return local
        return name

    def required_rules(self) -> list[Rule]:
        """Also require a verified address, since it becomes the username."""
        verified = Rule("email_verified", lambda identity: verified_email(identity.claims) is not None)
        return [*super().required_rules(), verified]

    # --- start-up ----------------------------------------------------------------------------------------------------

    @property
    def account_issuer(self) -> str | None:
        """Google, also if `issuer` is set to an empty string."""
        return self.issuer or "https://accounts.google.com"

    @property
    def directories(self) -> dict[str, Directory]:
        """The Workspace directories that the Hub may read, by domain in lower case.

        Raises
        ------
        ConfigurationError
            When a service account is not usable.
        """
        if self._made_directories is None:
            self._made_directories = {
                domain.lower(): self._directory(domain, key) for domain, key in self.google_service_account_keys.items()
            }
        return self._made_directories

    _made_directories: dict[str, Directory] | None = None

    def _directory(self, domain: str, key: Any) -> Directory:
        option = f"c.{type(self).__name__}.google_service_account_keys[{domain!r}]"
        administrators = {domain.lower(): name for domain, name in self.gsuite_administrator.items()}
        administrator = administrators.get(domain.lower())
        if not administrator:
            raise ConfigurationError(f"set c.{type(self).__name__}.gsuite_administrator for {domain} as well")
        if not isinstance(key, Mapping):
            try:
                key = json.loads(read_credential_file(key, _MAX_KEY_FILE))
            except (OSError, ValueError, TypeError) as error:
                shown = path_in_message(key)
                subject = f"{option}, the file {shown}," if shown else option
                raise ConfigurationError(f"{subject} cannot be read as a JSON file: {type(error).__name__}") from error
        if not isinstance(key, Mapping):
            raise ConfigurationError(f"{option} must be the JSON key of a service account, or its path")
        default_api = self.google_api_url.rstrip("/") == _API
        return Directory(
            ServiceAccount.of(key, option),
            administrator if "@" in administrator else f"{administrator}@{domain}",
            "https://admin.googleapis.com" if default_api else self.google_api_url.rstrip("/"),
            self.transport.send,
        )


class LocalGoogleOAuthenticator(LocalUsers, GoogleOAuthenticator):
    """Sign in with Google, with an account on the Hub's system."""
