"""The declaration of a provider: its endpoints and claims as data, and the option defaults that follow from them.

A provider's class states facts; `hub.options.oauth.OAuthOptions` turns them into defaults of the shared options. An
option that the operator sets, a class attribute of a subclass, and a subclass's own ``@default`` method each win over a
declared default.
"""

from __future__ import annotations

from dataclasses import dataclass

from ...policy.profile import ProfileClaims


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
    document:
        A document with the URLs for `authorize` and `token`, where the provider names no issuer beforehand: see
        `oauthenticator_suite.hub.oauth.endpoint_document`.
    site:
        The address that identifies the provider, for providers without an issuer; a slash at its end does not count.
        The issuer or the site, together with the subject, identifies an account.
    assertion_audience:
        The audience of a client assertion, where the provider documents another one than its issuer. It must depend on
        options alone.
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
    document: str = ""
    site: str = ""
    assertion_audience: str = ""
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
