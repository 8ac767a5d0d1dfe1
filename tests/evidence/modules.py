"""The OpenID Foundation's conformance modules for relying parties that concern the code flow.

Identifiers and plans are those of the Foundation's conformance suite (https://gitlab.com/openid/conformance-suite),
release of August 2026. What a module does is said in this project's words.
"""

from __future__ import annotations

from dataclasses import dataclass

OIDC = "oidcc-client-test"
FAPI2 = "fapi2-security-profile-final-client-test"

BASIC, CONFIG, DYNAMIC, FORM_POST = "Basic", "Configuration", "Dynamic", "Form post"
RP_LOGOUT, BACK_CHANNEL, FRONT_CHANNEL = "RP-initiated logout", "Back-channel logout", "Front-channel logout"
INITIATED, REFRESH, COMPREHENSIVE = "Third-party initiated login", "Refresh token", "Comprehensive"
SECURITY_PROFILE = "FAPI 2.0 Security Profile"


@dataclass(frozen=True)
class Module:
    """One conformance module: its identifier, the plans that contain it, and what is expected."""

    name: str
    plans: tuple[str, ...]
    expected: str


def _named(prefix: str, *plans: str, texts: dict[str, str]) -> list[Module]:
    return [Module(f"{prefix}{suffix}", plans, text) for suffix, text in texts.items()]


MODULES = [
    *_named(
        OIDC,
        BASIC,
        texts={
            "": "A complete login with the code flow succeeds.",
            "-invalid-iss": "The ID token names another issuer: refused.",
            "-missing-sub": "The ID token has no `sub`: refused.",
            "-invalid-aud": "The ID token is for another client: refused.",
            "-missing-iat": "The ID token has no `iat`: refused.",
            "-kid-absent-single-jwks": "No `kid`, one fitting key: the key is used, the login succeeds.",
            "-kid-absent-multiple-jwks": "No `kid`, several keys: all are tried, the login succeeds.",
            "-idtoken-sig-rs256": "A correct RS256 signature: the login succeeds.",
        },
    ),
    Module(
        f"{OIDC}-idtoken-sig-none",
        (BASIC, CONFIG, DYNAMIC),
        "An ID token without a signature: refused. (The Foundation's suite permits both, and records a refusal as skipped.)",
    ),
    *_named(
        OIDC,
        BASIC,
        texts={
            "-invalid-sig-rs256": "The RS256 signature is wrong: refused.",
            "-userinfo-invalid-sub": "Userinfo is about another `sub` than the ID token: refused.",
            "-nonce-invalid": "The ID token has another `nonce`: refused.",
            "-scope-userinfo-claims": "The scopes profile, email, phone and address bring their claims.",
            "-client-secret-basic": "The client authenticates with HTTP Basic.",
        },
    ),
    *_named(
        OIDC,
        CONFIG,
        DYNAMIC,
        texts={
            "-discovery-openid-config": "The provider's metadata are fetched and used.",
            "-discovery-jwks-uri-keys": "The keys are fetched from the URL in the metadata, which is new in each run.",
            "-discovery-issuer-mismatch": "The metadata name another issuer: refused.",
            "-signing-key-rotation-just-before-signing": "The key is new: the keys are fetched again, the login succeeds.",
            "-signing-key-rotation": "The key changes between two logins: both succeed.",
        },
    ),
    *_named(
        OIDC,
        DYNAMIC,
        texts={
            "-discovery-webfinger-acct": "The issuer is found by WebFinger with an `acct:` identifier.",
            "-discovery-webfinger-url": "The issuer is found by WebFinger with a URL.",
            "-dynamic-registration": "The client registers itself at the registration endpoint.",
            "-request-uri-signed-rs256": "The request is passed by reference, signed with RS256.",
            "-request-uri-signed-none": "The request is passed by reference, without a signature.",
            "-userinfo-signed": "Userinfo is a JWT signed with RS256: it is verified, the login succeeds.",
        },
    ),
    *_named(
        OIDC,
        RP_LOGOUT,
        texts={
            "-rp-init-logout": "The browser goes to the provider's logout page and comes back signed out.",
            "-rp-init-logout-other-state": "It comes back with another `state`: signed out, and nothing else happens.",
            "-rp-init-logout-no-state": "It comes back without `state`: signed out, and nothing else happens.",
        },
    ),
    *_named(
        f"{OIDC}-rp-backchannel-rpinitlogout",
        BACK_CHANNEL,
        texts={
            "": "A correct logout token ends the session.",
            "-alg-none": "The logout token is not signed: status 400, no session ends.",
            "-no-event": "The logout token has no event: status 400, no session ends.",
            "-with-nonce": "The logout token has a `nonce`: status 400, no session ends.",
            "-wrong-alg": "The logout token is signed with another algorithm: status 400, no session ends.",
            "-wrong-aud": "The logout token is for another client: status 400, no session ends.",
            "-wrong-event": "The logout token has another event: status 400, no session ends.",
            "-wrong-iss": "The logout token names another issuer: status 400, no session ends.",
        },
    ),
    *_named(
        OIDC,
        FRONT_CHANNEL,
        texts={
            "-rp-frontchannel-rpinitlogout": "The frame on the provider's logout page ends the session.",
            "-rp-frontchannel-opinitlogout": "The same, when the user signs out at the provider first.",
        },
    ),
    Module(
        f"{OIDC}-3rd-party-init-login",
        (INITIATED,),
        "Another site sends the browser to the `initiate_login_uri`: a login at the configured issuer begins.",
    ),
    *_named(
        OIDC,
        REFRESH,
        texts={
            "-refresh-token": "The refresh token is used, and userinfo is requested with the new access token.",
            "-refresh-token-invalid-issuer": "The new ID token names another issuer: the session ends.",
            "-refresh-token-invalid-sub": "The new ID token has another `sub`: the session ends.",
        },
    ),
    *_named(
        OIDC,
        COMPREHENSIVE,
        texts={
            "-missing-aud": "The ID token has no `aud`: refused.",
            "-userinfo-bearer-header": "The access token is sent to userinfo in the header `Authorization` only.",
            "-userinfo-bearer-body": "The access token is sent to userinfo in the body of a POST request.",
            "-invalid-sig-hs256": "The HS256 signature is wrong: refused.",
            "-invalid-sig-es256": "The ES256 signature is wrong: refused.",
            "-form-post-error": "An error arrives by form post: an error page is shown.",
            "-aggregated-claims": "Claims of another provider arrive inside userinfo as a JWT.",
            "-distributed-claims": "Claims are fetched from another provider that userinfo names.",
            "-mtls-endpoint-aliases": "Requests with a client certificate go to the URLs in `mtls_endpoint_aliases`.",
        },
    ),
]
"""The 51 modules that concern the code flow."""

FAPI2_MODULES = _named(
    f"{FAPI2}-",
    SECURITY_PROFILE,
    texts={
        "ensure-authorization-response-with-invalid-state-fails": "The response has another `state`: refused.",
        "ensure-authorization-response-with-invalid-missing-state-fails": "The response has no `state`: refused.",
        "invalid-authorization-response-iss": "The response names another issuer: refused before any other request.",
        "remove-authorization-response-iss": "The response names no issuer: refused before any other request.",
        "invalid-secondary-aud": "The ID token has a second audience: refused.",
        "valid-aud-as-array": "`aud` is a list of one: the login succeeds.",
        "invalid-null-alg": "The ID token is not signed: refused.",
        "invalid-alternate-alg": "The ID token is signed with RS256, which the profile forbids: refused.",
        "token-type-case-insensitivity": "`token_type` is in other letters: the login succeeds.",
        "invalid-expired-exp": "The ID token has expired: refused.",
        "discovery-issuer-mismatch": "The metadata name another issuer: refused.",
        "invalid-aud": "The ID token is for another client: refused.",
        "invalid-iss": "The ID token names another issuer: refused.",
        "invalid-missing-aud": "The ID token has no `aud`: refused.",
        "invalid-missing-exp": "The ID token has no `exp`: refused.",
        "invalid-missing-iss": "The ID token has no `iss`: refused.",
        "invalid-missing-nonce": "The ID token has no `nonce`: refused.",
        "invalid-nonce": "The ID token has another `nonce`: refused.",
        "token-endpoint-response-without-expires_in": "The token response has no `expires_in`: the login succeeds.",
        "ensure-jarm-signature-is-not-none": "The signed response (JARM) is not signed: refused.",
        "ensure-jarm-with-expired-exp-fails": "The signed response has expired: refused.",
        "ensure-jarm-with-invalid-aud-fails": "The signed response is for another client: refused.",
        "ensure-jarm-with-invalid-iss-fails": "The signed response names another issuer: refused.",
        "ensure-jarm-with-invalid-sig-fails": "The signature of the response is wrong: refused.",
        "ensure-jarm-without-aud-fails": "The signed response has no `aud`: refused.",
        "ensure-jarm-without-exp-fails": "The signed response has no `exp`: refused.",
        "ensure-jarm-without-iss-fails": "The signed response has no `iss`: refused.",
    },
)
"""Client modules of the FAPI 2.0 Security Profile (final)."""

FORM_POST_MODULES = [Module(module.name, (FORM_POST,), module.expected) for module in MODULES if BASIC in module.plans]
"""The modules of the Basic plan again, with ``response_mode=form_post``."""

POLICY: dict[str, str] = {
    f"{OIDC}-request-uri-signed-none": (
        "A request object without a signature protects nothing that plain parameters do not. This package always signs "
        "(RFC 9101 §10.5)."
    ),
}
"""Modules that are not supported, on purpose: identifier → the reason."""

NOT_OF_THE_CODE_FLOW = {
    f"{OIDC}-session-management": "a frame that polls the provider with third-party cookies, which browsers block",
    f"{OIDC}-nonce-unless-code-flow": "the implicit and hybrid flows only",
    f"{OIDC}-missing-chash": "the hybrid flow only",
    f"{OIDC}-invalid-chash": "the hybrid flow only",
    f"{OIDC}-missing-athash": "the implicit and hybrid flows only",
    f"{OIDC}-invalid-athash": "the implicit and hybrid flows only",
}
"""Modules that do not apply, as this package uses the code flow only (RFC 9700 §2.1.2)."""
