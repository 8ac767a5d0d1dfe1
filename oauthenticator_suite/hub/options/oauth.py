"""The options of every authenticator that signs users in at an OAuth provider."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from inspect import getattr_static
from typing import Any, get_args

from traitlets import Bool, Callable, Dict, Enum, Unicode, Union, default

from ..._version import __version__
from ...policy.predicates import has_scopes
from ...policy.profile import ProfileClaims
from ...protocol.client import ClientAuthMethod
from .accounts import AccountOptions
from .authorization_request import AuthorizationRequestOptions
from .claims import ClaimOptions
from .client_keys import ClientKeyOptions
from .client_secrets import ClientSecretOptions
from .client_types import ClientCredential, Scopes
from .declaration import Claims, Endpoints
from .encryption import EncryptionOptions
from .endpoint_types import Discovered
from .groups import GroupOptions
from .initiated_login import InitiatedLoginOptions
from .provider import ProviderOptions
from .security_profile import SecurityProfileOptions
from .sender_constraint import SenderConstraintOptions
from .status_page import status_page_at
from .template import fill, from_environment, placeholders
from .trait_types import URL, EnvBool, rule
from .transport import TransportOptions


class OAuthOptions(
    SecurityProfileOptions,
    ClientKeyOptions,
    InitiatedLoginOptions,
    EncryptionOptions,
    ClientSecretOptions,
    AuthorizationRequestOptions,
    SenderConstraintOptions,
    ProviderOptions,
    TransportOptions,
    GroupOptions,
    ClaimOptions,
    AccountOptions,
):
    """Options of an OAuth 2.0 or OpenID Connect login, with the defaults that a provider's class declares."""

    # --- the Hub as a client -----------------------------------------------------------------------------------------

    client_id = ClientCredential(
        config=True,
        help="""
        The client ID that the provider assigned to this Hub.

        Environment: the provider's own variable, such as ``GITHUB_CLIENT_ID``, else ``OAUTH_CLIENT_ID``. The Hub
        strips white space around it.

        .. versionadded:: 0.1
        """,
    )

    client_secret = ClientCredential(
        config=True,
        help="""
        The client secret that the provider assigned to this Hub. Empty for a public client.

        Environment: the provider's own variable, such as ``GITHUB_CLIENT_SECRET``, else ``OAUTH_CLIENT_SECRET``.
        See also `client_secret_file`. The Hub strips white space around it.

        .. versionadded:: 0.1
        """,
    )

    client_secret_file = Unicode(
        config=True,
        help="""
        The path of a file that holds the client secret, such as a mounted Kubernetes secret.

        The Hub strips white space around the secret, and reads the file again after it has changed. Cannot be combined
        with `client_secret`.

        .. versionadded:: 0.1
        """,
    )

    client_auth_method = Enum(
        ["", *get_args(ClientAuthMethod)],
        "",
        config=True,
        help="""
        How the Hub authenticates at the token endpoint (RFC 6749 §2.3.1).

        ``client_secret_basic``: in the Authorization header. ``client_secret_post``: in the body. ``none``: as a public
        client, with PKCE alone. ``private_key_jwt``: with `client_key_file` or `client_assertion_file`.
        ``client_secret_jwt``: with a token that the secret signs. ``tls_client_auth`` and
        ``self_signed_tls_client_auth``: with `client_certificate_file`.

        Empty, the default: as `basic_auth` says, else by the first of these that is set and that the provider's
        metadata offer: the secret (preferably by ``client_secret_post``), the key, the certificate.

        .. versionadded:: 0.1
        """,
    )

    basic_auth = EnvBool(
        False,
        config=True,
        env="OAUTH2_BASIC_AUTH",
        help="""
        Send client ID and secret with HTTP Basic authentication instead of in the body.

        Equivalent to ``client_auth_method = "client_secret_basic"``. Environment: ``OAUTH2_BASIC_AUTH``.

        .. versionadded:: 0.1
        """,
    )

    enable_pkce = Bool(
        True,
        config=True,
        help="""
        Bind each authorization code to the browser that requested it (PKCE with S256, RFC 7636).

        Leave this on. Providers without PKCE ignore it. Turn it off only if the provider rejects unknown parameters.

        .. versionadded:: 0.1
        """,
    )

    oauth_callback_url = URL(
        config=True,
        env="OAUTH_CALLBACK_URL",
        help="""
        The redirect URI that is registered at the provider: ``https://hub.example.org/hub/oauth_callback``.

        If empty, the Hub derives it from ``JupyterHub.public_url``, which is the recommended way, else from each
        request. The latter is wrong behind a proxy that does not forward the scheme and the host. Environment:
        ``OAUTH_CALLBACK_URL``.

        .. versionadded:: 0.1
        """,
    )

    scope = Scopes(
        config=True,
        help="""
        The scopes to request: a list, or a string with blanks or commas between the scopes.

        Default: those of the provider's class; for other providers ``openid``, ``profile`` and ``email`` with `issuer`,
        else none.

        .. versionadded:: 0.1
        """,
    )

    extra_authorize_params = Dict(
        config=True,
        help="""
        Additional query parameters of the redirect to the provider, such as ``{"prompt": "consent"}``.

        The parameters that secure a login (state, nonce, redirect_uri, code_challenge …) cannot be replaced. What
        ``max_age``, ``acr_values`` and ``claims`` demand is checked in the ID token, and a login without it is refused.

        .. versionadded:: 0.1
        """,
    )

    token_params = Dict(
        config=True,
        help="""
        Additional fields of the token request. The fields code, redirect_uri and code_verifier cannot be replaced.

        .. versionadded:: 0.1
        """,
    )

    # --- the user ----------------------------------------------------------------------------------------------------

    username_claim = Union(
        [Unicode(), Callable()],
        config=True,
        help="""
        The claim that becomes the username: its key, with dots for a nested claim, or a callable that receives the
        user's data and returns the name. A whole number becomes its digits, and a list with one element that element.

        Choose a claim that users cannot edit and that the provider never assigns to another account.
        Default: that of the provider's class; for other providers ``preferred_username`` with `issuer`, else
        ``username``. Environment: ``OAUTH2_USERNAME_KEY``, for `GenericOAuthenticator` only.

        .. versionadded:: 0.1
        """,
    )

    allowed_scopes = Scopes(
        config=True,
        help="""
        Allow users whose access token has all of these scopes. Each of them must be in `scope` too.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", has_scopes))

    collect_emails = Bool(
        False,
        config=True,
        help="""
        Store the user's verified e-mail addresses in `auth_state`, as the list ``emails``, for use by a spawner.

        The list holds only addresses that the provider has verified. Needs a scope that includes them, such as
        ``email``, and `enable_auth_state`.

        .. versionadded:: 0.1
        """,
    )

    login_service = Unicode(
        config=True,
        help="""
        The provider's name on the sign-in button. Default: the name in the provider's class; for other providers
        ``OpenID Connect`` with `issuer`, else ``OAuth 2.0``. Environment: ``LOGIN_SERVICE``.

        .. versionadded:: 0.1
        """,
    )

    # --- what a provider's class declares ----------------------------------------------------------------------------

    service = ""
    """The provider's name, for the sign-in button. The operator may choose another with `login_service`."""

    account_prompt = ""
    """The value of ``prompt`` at which the provider lets the user choose an account, such as ``select_account``.

    Empty for an OpenID provider, all of which support ``login``, and for a provider that cannot do so.
    """

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

    replaced_options: Mapping[str, str] = {}
    """Options of older releases of oauthenticator that stop the start-up, and the sentence that says what to do."""

    logout_parameters: Mapping[str, str] = {}
    """The provider's own names of the parameters of its logout page, by their names in OpenID Connect RP-Initiated
    Logout 1.0; empty for a parameter that it does not take."""

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

    def configured_url(self, option: str) -> str:
        """The URL in an option, without what the provider's metadata say: see `EndpointURL`."""
        trait = type(self)._traits.get(option)
        return str(trait.configured(self) if isinstance(trait, Discovered) else getattr(self, option))

    def discovered_url(self, option: str) -> str:
        """What the provider's metadata say for an endpoint; empty until they have been read."""
        return ""

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
        named_as_elsewhere = getattr_static(type(self), "access_token_url")  # a class attribute of a subclass
        return named_as_elsewhere if isinstance(named_as_elsewhere, str) else self.declared_url("token")

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
        is_read = self.claims.groups and not self.entitlement_namespaces
        return f"{self.user_auth_state_key}.{self.claims.groups}" if is_read else ""

    @default("login_service")
    def _login_service_default(self) -> str:
        return from_environment("LOGIN_SERVICE") or self.service or ("OpenID Connect" if self.issuer else "OAuth 2.0")

    @default("status_url")
    def _status_url_default(self) -> str:
        at = self.declared_url("site") or self.issuer or self.configured_url("authorize_url")
        return status_page_at(self.status_pages, at)

    @default("rp_initiated_logout")
    def _rp_initiated_logout_default(self) -> bool:
        return bool(self.end_session_url)

    @default("user_agent")
    def _user_agent_default(self) -> str:
        return f"oauthenticator_suite/{__version__}"
