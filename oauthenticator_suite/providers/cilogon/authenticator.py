"""`CILogonOAuthenticator`.

Sources: CILogon's documentation "OpenID Connect/OAuth 2.0" (https://www.cilogon.org/oidc).
"""

from __future__ import annotations

from types import MappingProxyType
from typing import Any

from traitlets import Dict, TraitError, Unicode, default, validate

from ...errors import AccessDenied, ConfigurationError, IdentityError
from ...hub.oauth.authenticator import OAuthenticator
from ...hub.options.declaration import Claims, Endpoints
from ...hub.options.trait_types import EnvUnicode, Renamed, rule
from ...hub.unix.local_users import LocalUsers
from ...policy.access import Rule
from ...policy.identity import Identity
from .identity_providers import (
    IdentityProvider,
    IdentityProviders,
    is_from_idps,
    read_idps,
    selected_idp,
)
from .startup_checks import IDP_CHECKS

_NEEDED_SCOPES = ("openid", "org.cilogon.userinfo")

_REPLACED = MappingProxyType(
    {
        "idp": "Name the identity provider in idps",
        "idp_whitelist": "Name the identity providers in idps",
        "shown_idps": "Remove it: CILogon offers the identity providers in idps",
        "strip_idp_domain": 'Use the action "strip_idp_domain" in the "username_derivation" of an entry of idps',
        "additional_username_claims": 'Set "username_claim" in the "username_derivation" of each entry of idps',
    }
)
"""Options of older releases of oauthenticator, and what replaces them."""


class CILogonOAuthenticator(OAuthenticator):
    """Sign in with the account of a university or research organization, through CILogon."""

    service = "CILogon"
    icon = "solid/building-columns"
    environment = "CILOGON"
    user_auth_state_key = "cilogon_user"
    endpoints = Endpoints(
        issuer="https://{cilogon_host}",
        authorize="https://{cilogon_host}/authorize",
        token="https://{cilogon_host}/oauth2/token",
        userdata="https://{cilogon_host}/oauth2/userinfo",
    )
    claims = Claims(username="email")
    startup_checks = IDP_CHECKS
    replaced_options = _REPLACED
    default_scope = ("openid", "email", "org.cilogon.userinfo", "profile")

    cilogon_host = EnvUnicode(
        "cilogon.org",
        config=True,
        env="CILOGON_HOST",
        help="""
        The host name of CILogon, such as ``test.cilogon.org`` for its test server. Environment: ``CILOGON_HOST``.

        .. versionadded:: 0.1
        """,
    )

    idps = Dict(
        config=True,
        help="""
        The identity providers whose users may sign in, by entity id. Required. No user of another identity provider can
        sign in, also with `allow_all`. The entity ids are listed at https://cilogon.org/idplist/.

        Each value is a dict. ``username_derivation`` is required: it has a ``username_claim``, such as ``email`` or
        ``eppn``, and may have an ``action``: ``strip_idp_domain`` removes ``domain`` from the end of the name, and
        ``prefix`` puts ``prefix`` and a colon before it. ``allow_all`` allows all users of the identity provider;
        ``allowed_domains`` allows those whose ``username_claim``, or ``allowed_domains_claim``, ends with one of these
        domains. ``default`` makes CILogon preselect the identity provider.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", is_from_idps))

    skin = Unicode(
        config=True,
        help="""
        The name of a skin of CILogon's pages. CILogon makes skins for its subscribers.

        .. versionadded:: 0.1
        """,
    )

    allowed_idps = Renamed("idps", since="oauthenticator 17.4")

    @validate("idps")
    def _validate_idps(self, proposal: Any) -> dict[str, Any]:
        """Refuse a value that is not valid. An empty one is refused at start-up."""
        if proposal["value"]:
            try:
                read_idps(proposal["value"], f"c.{type(self).__name__}.idps")
            except ConfigurationError as error:
                raise TraitError(str(error)) from None
        return dict(proposal["value"])

    @validate("scope")
    def _validate_scope(self, proposal: Any) -> list[str]:
        """Add the scopes without which the identity provider of the user is not known."""
        missing = [scope for scope in _NEEDED_SCOPES if scope not in proposal["value"]]
        return [*missing, *proposal["value"]]

    @default("any_allow_config")
    def _any_allow_config_default(self) -> bool:
        by_idp = self.idps and any(idp.allow_all or idp.allowed_domains for idp in self.identity_providers.values())
        return bool(by_idp or super()._any_allow_config_default())

    # --- the login ---------------------------------------------------------------------------------------------------

    def authorize_params(self) -> dict[str, str]:
        """Add the identity providers that CILogon offers, and the skin. The Hub does not start without `idps`."""
        selected = {"selected_idp": selected_idp(self.identity_providers)} if self.idps else {}
        skin = {"skin": self.skin} if self.skin else {}
        return {**selected, **skin, **super().authorize_params()}

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """The name in `user_info`, as the entry in `idps` of the user's identity provider says.

        Raises
        ------
        IdentityError
            When CILogon does not say which identity provider it is, or the claim is missing.
        AccessDenied
            When `idps` does not name the identity provider.
        """
        entity_id = user_info.get("idp")
        if not isinstance(entity_id, str) or not entity_id:
            raise IdentityError(
                "CILogon sent no claim 'idp': register the scope org.cilogon.userinfo for this client at CILogon"
            )
        idp = self.identity_providers.get(entity_id)
        if idp is None:
            raise AccessDenied(
                "idps", f"the identity provider {entity_id!r} is not in idps", public_message=self.custom_403_message
            )
        return idp.username(user_info)

    def allow_rules(self) -> list[Rule]:
        """Also the rules of each identity provider, for its own users."""
        return [*super().allow_rules(), *(self._rule_of(idp) for idp in self.identity_providers.values())]

    def _rule_of(self, idp: IdentityProvider) -> Rule:
        def holds(identity: Identity) -> bool:
            return identity.claims.get("idp") == idp.entity_id and idp.allows(identity.claims)

        return Rule(f"idps[{idp.entity_id!r}]", holds)

    @property
    def identity_providers(self) -> IdentityProviders:
        """The identity providers in `idps`, by entity id."""
        if self._read_idps is None or self._read_idps[0] != self.idps:
            self._read_idps = self.idps, read_idps(self.idps, f"c.{type(self).__name__}.idps")
        return self._read_idps[1]

    _read_idps: tuple[dict[str, Any], IdentityProviders] | None = None

    # --- start-up ----------------------------------------------------------------------------------------------------

    def options_without_meaning(self) -> dict[str, str]:
        """Also the option that `idps` replaces."""
        own = 'set "username_claim" in the "username_derivation" of each entry of idps'
        return {**super().options_without_meaning(), "username_claim": own}


class LocalCILogonOAuthenticator(LocalUsers, CILogonOAuthenticator):
    """Sign in through CILogon, with an account on the Hub's system."""
