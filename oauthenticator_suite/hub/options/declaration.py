"""The declaration of a provider: its endpoints and claims as data, and the option defaults that follow from them.

A provider's class states facts; `DeclaredOptions` turns them into defaults of the shared options. An option that the
operator sets, a class attribute of a subclass, and a subclass's own ``@default`` method each win over a declared
default.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from traitlets import default

from ..._version import __version__
from ...policy.profile import ProfileClaims
from .oauth import OAuthOptions
from .template import fill, from_environment, placeholders
from .trait_types import URL


@dataclass(frozen=True, kw_only=True)
class Endpoints:
    """The URLs of a provider. Each is a template: see `oauthenticator_suite.hub.options.template.fill`.

    Attributes
    ----------
    issuer:
        Default of the option `issuer`. A provider with an issuer is an OpenID provider with a discovery document, and
        needs none of the other URLs.
    authorize, token, userdata, jwks, revocation, end_session:
        Defaults of the options `authorize_url`, `token_url`, `userdata_url`, `jwks_url`, `revocation_url` and
        `end_session_url`.
    site:
        The address that identifies the provider, for providers without an issuer; a slash at its end does not count.
        The issuer or the site, together with the subject, identifies an account.
    grants_page:
        The provider's page on which users withdraw the access they granted to this Hub.
    """

    issuer: str = ""
    authorize: str = ""
    token: str = ""
    userdata: str = ""
    jwks: str = ""
    revocation: str = ""
    end_session: str = ""
    site: str = ""
    grants_page: str = ""


@dataclass(frozen=True, kw_only=True)
class Claims(ProfileClaims):
    """The keys in the user's data under which a provider sends what the Hub needs. Keys may be dotted.

    The keys of the public profile (`name`, `given_name`, `family_name`, `picture`) are those of `ProfileClaims`.

    Attributes
    ----------
    subject:
        The stable key of an account: a string or a whole number that the provider never changes and never gives to
        another account. If there is a verified ID token, its ``sub`` is used instead.
    username:
        Default of the option `username_claim`. Empty: ``preferred_username`` with `issuer`, else ``username``.
    groups:
        The user's groups. Sets the default of `auth_state_groups_key`. Empty: no default.
    """

    subject: str = "sub"
    username: str = ""
    groups: str = ""


class DeclaredOptions(OAuthOptions):
    """The options of every OAuth authenticator, with the defaults that its class declares."""

    service = ""
    """The provider's name, for the sign-in button. The operator may choose another with `login_service`."""

    icon = "solid/right-to-bracket"
    """The icon on the sign-in button when there are several: style and name of a Font Awesome icon, or a URL."""

    environment = ""
    """Prefix of the provider's own environment variables: ``GITHUB`` stands for ``GITHUB_CLIENT_ID`` and
    ``GITHUB_CLIENT_SECRET``."""

    client_id_env = ""
    """The provider's variable for `client_id`, read before ``OAUTH_CLIENT_ID``. Set by `environment`."""

    client_secret_env = ""
    """The provider's variable for `client_secret`, read before ``OAUTH_CLIENT_SECRET``. Set by `environment`."""

    user_auth_state_key = "oauth_user"
    """The key of `auth_state` that holds the user's data."""

    endpoints: Endpoints = Endpoints()
    """The provider's URLs. May be a property if they depend on an option."""

    claims: Claims = Claims()
    """The keys of the claims that the provider sends."""

    profile_claims = ProfileClaims()
    """The keys of the name and picture that JupyterHub 6 shows to other users (`user_info`). Set by `claims`."""

    default_scope: tuple[str, ...] | None = None
    """Default of the option `scope`. None: ``openid``, ``profile`` and ``email`` with `issuer`, else no scope."""

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Derive the older class attributes from the declaration, and check the declaration.

        Raises
        ------
        TypeError
            When a template names an attribute that the class does not have.
        """
        super().__init_subclass__(**kwargs)
        declared = vars(cls)
        if prefix := declared.get("environment"):
            for attribute, suffix in (("client_id_env", "CLIENT_ID"), ("client_secret_env", "CLIENT_SECRET")):
                if attribute not in declared:
                    setattr(cls, attribute, f"{prefix}_{suffix}")
        if isinstance(declared.get("claims"), Claims) and "profile_claims" not in declared:
            cls.profile_claims = declared["claims"]
        templates = {name: trait.default_value for name, trait in declared.items() if isinstance(trait, URL)}
        if isinstance(endpoints := declared.get("endpoints"), Endpoints):
            templates |= {f"endpoints.{field.name}": getattr(endpoints, field.name) for field in fields(endpoints)}
        for template, text in templates.items():
            for name in placeholders(text):
                if not hasattr(cls, name):
                    raise TypeError(f"{cls.__name__}.{template}: {cls.__name__} has no {name!r}")

    def declared_url(self, name: str) -> str:
        """The URL that `endpoints` declares as `name`, filled with the current options; empty if it declares none."""
        return fill(getattr(self.endpoints, name), self)

    @property
    def scopes_for(self) -> Mapping[str, tuple[str, ...]]:
        """Options that have no effect unless one of these scopes is requested. A warning at start-up names the scopes.

        By default, these are the options with a `scope`, such as ``Grants("organization", scope="read:org")``.
        """
        traits = self.traits(scope=lambda scope: scope is not None)
        return {name: trait.metadata["scope"] for name, trait in traits.items()}

    @property
    def revoke_url(self) -> str:
        """The provider's page on which users withdraw the access they granted to this Hub; empty if there is none."""
        return self.declared_url("grants_page")

    # --- defaults of options -----------------------------------------------------------------------------------------

    @default("issuer")
    def _issuer_default(self) -> str:
        return self.declared_url("issuer")

    @default("authorize_url")
    def _authorize_url_default(self) -> str:
        return self.declared_url("authorize")

    @default("token_url")
    def _token_url_default(self) -> str:
        return self.declared_url("token")

    @default("userdata_url")
    def _userdata_url_default(self) -> str:
        return self.declared_url("userdata")

    @default("jwks_url")
    def _jwks_url_default(self) -> str:
        return self.declared_url("jwks")

    @default("revocation_url")
    def _revocation_url_default(self) -> str:
        return self.declared_url("revocation")

    @default("end_session_url")
    def _end_session_url_default(self) -> str:
        return self.declared_url("end_session")

    @default("client_id")
    def _client_id_default(self) -> str:
        return from_environment(self.client_id_env, "OAUTH_CLIENT_ID")

    @default("client_secret")
    def _client_secret_default(self) -> str:
        return "" if self.client_secret_file else from_environment(self.client_secret_env, "OAUTH_CLIENT_SECRET")

    @default("scope")
    def _scope_default(self) -> list[str]:
        if self.default_scope is not None:
            return list(self.default_scope)
        return ["openid", "profile", "email"] if self.issuer else []

    @default("username_claim")
    def _username_claim_default(self) -> str:
        return self.claims.username or ("preferred_username" if self.issuer else "username")

    @default("auth_state_groups_key")
    def _auth_state_groups_key_default(self) -> str:
        return f"{self.user_auth_state_key}.{self.claims.groups}" if self.claims.groups else ""

    @default("login_service")
    def _login_service_default(self) -> str:
        return from_environment("LOGIN_SERVICE") or self.service or ("OpenID Connect" if self.issuer else "OAuth 2.0")

    @default("rp_initiated_logout")
    def _rp_initiated_logout_default(self) -> bool:
        return bool(self.end_session_url)

    @default("user_agent")
    def _user_agent_default(self) -> str:
        return f"oauthenticator_suite/{__version__}"
