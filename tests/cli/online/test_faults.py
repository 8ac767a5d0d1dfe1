"""One fault at a time at a provider that is right otherwise: each is named, and no other."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from joserfc.jwk import RSAKey

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.cli.check.online import probe
from oauthenticator_suite.cli.check.online.facts import Facts
from oauthenticator_suite.cli.check.online.probe import findings_in
from oauthenticator_suite.hub.findings.finding import Problem, check
from oauthenticator_suite.hub.transport.recording import Recording
from tests.cli.online.asking import at, by_code, findings_at, found, told
from tests.fakes.openid_provider import FakeProvider, Fault, Reply
from tests.fakes.openid_provider.bending import GONE, jwks_entries, member, reply_is
from tests.fakes.openid_provider.keys import base64url

Change = Callable[[FakeProvider, Reply], None]
SMALL_RSA = {"kty": "RSA", "kid": "small", "n": base64url(b"\xff" * 128), "e": "AQAB"}
OTHER_CURVE = {"kty": "EC", "kid": "curve", "crv": "secp256k1", "x": "A" * 43, "y": "A" * 43}
PRIVATE = {**RSAKey.generate_key(2048, auto_kid=False).as_dict(private=True), "kid": "private"}
TWICE = [{**RSAKey.generate_key(2048, auto_kid=False).as_dict(private=False), "kid": "twice"} for _ in range(2)]


def body(text: str, media_type: str = "application/json") -> Change:
    return reply_is(200, text.encode(), Content_Type=media_type)


def page(status: int, text: str) -> Change:
    return reply_is(status, f"<html><body>{text}</body></html>".encode(), Content_Type="text/html; charset=utf-8")


def par_nowhere(provider: FakeProvider, reply: Reply) -> None:
    """Pushed requests are demanded, and no endpoint takes them."""
    for name, value in (
        ("require_pushed_authorization_requests", True),
        ("pushed_authorization_request_endpoint", GONE),
    ):
        member(name, value)(provider, reply)


def keys_are(*entries: Any) -> Change:
    return reply_is(200, json.dumps({"keys": entries}).encode(), Content_Type="application/json")


class Wrong(NamedTuple):
    """What is wrong at an endpoint, the finding that says so, and words in it."""

    at: str
    change: Change
    code: str
    words: str
    options: dict[str, Any] = {}
    other: frozenset[str] = frozenset()


WRONG = {
    # the metadata
    "no metadata": Wrong("metadata", reply_is(404, b"<html>"), "discovery-document", "HTTP 404"),
    "metadata as a page": Wrong("metadata", page(200, "hello"), "discovery-document", "media type"),
    "no JSON": Wrong("metadata", body("{'issuer': 1}"), "discovery-document", "JSON"),
    "a member twice": Wrong("metadata", body('{"issuer": "a", "issuer": "b"}'), "discovery-document", "issuer"),
    "no token endpoint": Wrong("metadata", member("token_endpoint", GONE), "discovery-document", "token_endpoint"),
    "a list that is none": Wrong(
        "metadata", member("scopes_supported", "openid"), "discovery-document", "scopes_supported"
    ),
    "a list of what is needed that is none": Wrong(
        "metadata", member("response_types_supported", "code"), "discovery-document", "response_types_supported"
    ),
    "out of order": Wrong("metadata", reply_is(500, b""), "provider-unreachable", "discovery: HTTP 500"),
    "too many requests": Wrong("metadata", reply_is(429, b""), "provider-unreachable", "discovery: HTTP 429"),
    "another issuer": Wrong(
        "metadata", member("issuer", "https://other.example"), "issuer-differs", "name 'https://other.example'"
    ),
    "issuer with a slash": Wrong(
        "metadata", member("issuer", lambda p: p.issuer + "/"), "issuer-differs", "differs by the slash at the end"
    ),
    "another host": Wrong(
        "metadata",
        member("token_endpoint", "https://tokens.example/t"),
        "discovered-hosts",
        "token_endpoint (https://tokens.example)",
    ),
    "without https": Wrong(
        "metadata", member("jwks_uri", "http://keys.example/k"), "discovered-hosts", "jwks_uri is a plain http URL"
    ),
    "PAR only, and nowhere": Wrong("metadata", par_nowhere, "provider-demands", "PAR"),
    "no code flow": Wrong(
        "metadata", member("response_types_supported", ["id_token"]), "provider-demands", "authorization code flow"
    ),
    "PKCE plain only": Wrong(
        "metadata", member("code_challenge_methods_supported", ["plain"]), "provider-demands", "only by plain"
    ),
    "no DPoP": Wrong(
        "metadata",
        member("dpop_signing_alg_values_supported", GONE),
        "provider-demands",
        "does not offer DPoP",
        {"enable_dpop": True},
    ),
    "DPoP with another algorithm": Wrong(
        "metadata",
        member("dpop_signing_alg_values_supported", ["EdDSA"]),
        "provider-demands",
        "accepts DPoP proofs only with EdDSA",
        {"enable_dpop": True},
    ),
    # the keys
    "no keys page": Wrong("jwks", reply_is(404, b""), "keys-unusable", "HTTP 404"),
    "keys as a page": Wrong("jwks", page(200, "keys"), "keys-unusable", "media type"),
    "too many keys": Wrong("jwks", body(" " * 2_000_000), "keys-unusable", "2000000 bytes"),
    "a private key that is broken": Wrong(
        "jwks", jwks_entries({"kty": "RSA", "d": 1, "n": "!"}), "keys-secret", "a key without kid"
    ),
    "no keys": Wrong("jwks", keys_are(), "keys-unusable", "no usable key (0 cannot be used)"),
    "weak key": Wrong("jwks", jwks_entries(SMALL_RSA), "keys-weak", "the key 'small' with 1024 bits"),
    "unknown curve": Wrong("jwks", jwks_entries(OTHER_CURVE), "keys-weak", "'curve' on the curve 'secp256k1'"),
    "private key": Wrong("jwks", jwks_entries(PRIVATE), "keys-secret", "the key 'private'"),
    "one kid twice": Wrong("jwks", jwks_entries(*TWICE), "keys-repeated", "2 RSA keys with the kid 'twice'"),
    "no key for the algorithm": Wrong(
        "metadata",
        member("id_token_signing_alg_values_supported", ["RS256", "ES256"]),
        "keys-not-fitting",
        "is ES256, and the provider's keys are for",
        {"id_token_signed_response_alg": ["ES256"]},
    ),
    "algorithm not offered": Wrong(
        "metadata",
        member("id_token_signing_alg_values_supported", ["HS256"]),
        "algorithm-not-offered",
        "signs ID tokens with HS256",
    ),
    # what it offers
    "client authentication": Wrong(
        "metadata",
        member("token_endpoint_auth_methods_supported", ["client_secret_post"]),
        "client-auth-not-offered",
        "stands for client_secret_basic, and the provider's metadata name client_secret_post",
    ),
    "response mode": Wrong(
        "metadata", member("response_modes_supported", ["form_post"]), "response-mode-not-offered", "form_post"
    ),
    "prompt": Wrong(
        "metadata",
        member("prompt_values_supported", ["none", "login"]),
        "prompt-not-offered",
        "prompt=consent",
        {"extra_authorize_params": {"prompt": "consent"}},
    ),
    "acr": Wrong(
        "metadata",
        member("acr_values_supported", ["bronze"]),
        "acr-not-offered",
        "acr_values gold, and the provider's metadata name bronze",
        {"extra_authorize_params": {"acr_values": "gold"}},
    ),
    "no logout page": Wrong(
        "metadata",
        member("end_session_endpoint", GONE),
        "logout-not-offered",
        "rp_initiated_logout is set, and the provider's metadata do not name a logout page",
        {"rp_initiated_logout": True},
    ),
    "no back-channel logout": Wrong(
        "metadata",
        member("backchannel_logout_supported", False),
        "logout-not-offered",
        "backchannel_logout is set",
        {"backchannel_logout": True, "enable_auth_state": True},
    ),
    "front-channel logout without sid": Wrong(
        "metadata",
        member("frontchannel_logout_session_supported", GONE),
        "logout-not-offered",
        "frontchannel_logout_session_supported",
        {"frontchannel_logout": True, "enable_auth_state": True},
    ),
    # a login
    "an error page": Wrong(
        "authorize",
        page(400, "<p>We are sorry&hellip;</p><p>Invalid parameter: redirect_uri</p>"),
        "authorization-refused",
        "Invalid parameter: redirect_uri",
    ),
    "a page that says nothing": Wrong("authorize", page(403, "Checking your browser"), "authorization-unknown", "403"),
    "a page that is not there": Wrong("authorize", page(404, "Not found"), "authorization-unknown", "the URL may be"),
    "the login page is down": Wrong("authorize", page(503, "invalid_client"), "authorization-unknown", "HTTP 503"),
    "another answer than a code's": Wrong(
        "token", reply_is(400, {"error": "invalid_request"}), "client-unknown", "invalid_request"
    ),
    "a token for nothing": Wrong(
        "token", reply_is(200, {"access_token": "a", "token_type": "bearer"}), "client-unknown", "issued a token"
    ),
    "unauthorized client": Wrong(
        "token", reply_is(400, {"error": "unauthorized_client"}), "client-refused", "unauthorized_client"
    ),
    "the token endpoint is down": Wrong("token", reply_is(502, b""), "provider-unreachable", "token request: HTTP 502"),
    "no user data": Wrong("userinfo", reply_is(404, b""), "userdata-missing", "userdata_url answers HTTP 404"),
    "no revocation for this client": Wrong(
        "revoke",
        reply_is(400, {"error": "unsupported_token_type"}),
        "revocation-refused",
        "unsupported_token_type",
        {"revoke_tokens_on_logout": True, "enable_auth_state": True},
    ),
}


@pytest.mark.parametrize("name", WRONG)
async def test_a_fault_is_named(name: str, provider: FakeProvider) -> None:
    wrong = WRONG[name]
    provider.faults.on(Fault(name, wrong.at, "", wrong.change))
    findings = await found(provider, **wrong.options)
    assert set(findings) == {wrong.code}
    assert wrong.words in findings[wrong.code]
    assert provider.faults.applied[name] > 0


LISTED = {
    "scope-not-listed": ({"scope": ["openid", "profil"]}, "has profil"),
    "claim-not-listed": ({"username_claim": "eppn"}, "is 'eppn', and the provider's metadata name sub, email"),
    "pkce-not-announced": ({}, "do not say whether it supports PKCE"),
}


@pytest.mark.parametrize("code", LISTED)
async def test_what_a_list_leaves_out_is_no_fault(code: str, provider: FakeProvider) -> None:
    """Lists may be incomplete: only a line of information."""
    provider.client.scopes.add("profil")
    provider.faults.on(Fault("scopes", "metadata", "", member("scopes_supported", ["openid", "profile", "email"])))
    provider.faults.on(Fault("claims", "metadata", "", member("claims_supported", ["sub", "email"])))
    provider.faults.on(Fault("pkce", "metadata", "", member("code_challenge_methods_supported", GONE)))
    options, words = LISTED[code]
    assert words in (await told(provider, **options))[code]
    assert await found(provider, **options) == {}


# --- mistakes in options -------------------------------------------------------------------------------------


async def test_an_unregistered_redirect_uri(provider: FakeProvider) -> None:
    findings = await found(provider, oauth_callback_url="https://hub.example.org/hub/oauth_calback")
    assert set(findings) == {"authorization-refused"}
    assert "'https://hub.example.org/hub/oauth_calback'" in findings["authorization-refused"]
    assert "redirect_uri is not registered" in findings["authorization-refused"]
    assert findings["authorization-refused"].startswith("c.GenericOAuthenticator.oauth_callback_url leads to")


async def test_an_unknown_client(provider: FakeProvider) -> None:
    findings = await found(provider, client_id="hubb")
    assert set(findings) == {"authorization-refused", "client-refused"}
    assert "client_id is refused by the provider" in findings["authorization-refused"]


async def test_a_tenant_of_a_class_without_tenants(provider: FakeProvider) -> None:
    provider.faults.on(Fault("tenant", "authorize", "", page(200, "AADSTS90002: Tenant not found.")))
    findings = await found(provider)
    assert findings["authorization-refused"].startswith(
        "The provider refuses the authorization request: it answers AADS"
    )


async def test_a_wrong_secret(provider: FakeProvider) -> None:
    findings = await found(provider, client_secret="another-secret-of-this-hub")
    assert set(findings) == {"client-refused"}
    assert "invalid_client" in findings["client-refused"]
    assert findings["client-refused"].startswith("c.GenericOAuthenticator.client_secret or client_id is refused")
    assert "another-secret" not in findings["client-refused"]


async def test_a_scope_that_is_not_allowed(provider: FakeProvider) -> None:
    findings = await told(provider, scope=["openid", "everything"])
    assert "invalid_scope" in findings["authorization-refused"]
    assert "scope has everything" in findings["scope-not-listed"]


async def test_several_faults_at_once(provider: FakeProvider) -> None:
    """One run names all of them, and says what it has not asked."""
    for name, wrong in (("issuer", "https://other.example"), ("token_endpoint", "https://tokens.example/t")):
        provider.faults.on(Fault(name, "metadata", "", member(name, wrong)))
    provider.faults.on(Fault("par", "metadata", "", par_nowhere))
    findings = await told(provider)
    assert {"issuer-differs", "discovered-hosts", "provider-demands"} <= set(findings)
    assert "authorization, keys, token, userdata" in findings["not-asked"]
    assert "the provider's metadata cannot be used" in findings["not-asked"]
    assert provider.count("token") == provider.count("authorize") == 0


async def test_a_redirect_uri_that_is_not_known(provider: FakeProvider) -> None:
    findings = await told(provider, oauth_callback_url="")
    assert "authorization, token" in findings["not-asked"]
    assert "oauth_callback_url" in findings["not-asked"]
    assert provider.count("token") == provider.count("authorize") == 0


async def test_keys_of_any_form(provider: FakeProvider) -> None:
    entries = (1, [], None, {"kid": 7, "kty": [], "n": 3}, {"kid": {}, "use": [], "crv": {}}, {"kty": "EC", "crv": []})
    provider.faults.on(Fault("odd", "jwks", "", keys_are(*entries)))
    assert set(await found(provider)) == {"keys-unusable", "keys-weak"}


async def test_an_override_that_fails_is_no_traceback(provider: FakeProvider) -> None:
    class OwnAuthenticator(GenericOAuthenticator):
        async def get_token_info(self, handler: Any, params: Any) -> Any:
            raise RuntimeError("a secret in a text")

    findings = by_code(await probe(OwnAuthenticator(config=at(provider).config)))
    assert "token: the question failed (RuntimeError)" in findings["question-failed"]
    assert "a secret in a text" not in str(findings)


async def test_a_check_that_fails_is_a_finding() -> None:
    facts = Facts(GenericOAuthenticator(), Recording())

    def fails(facts: Facts) -> Iterator[Problem]:
        yield Problem("", facts.document["no such member"])

    (finding,) = findings_in(facts, [check("odd", "error", "What.", "Fix.", stage="online")(fails)])
    assert finding.code == "check-failed"
    assert "odd could not run: KeyError" in str(finding)


async def test_an_issuer_with_a_query(provider: FakeProvider) -> None:
    findings = await found(provider, issuer=f"{provider.issuer}?realm=a")
    assert "has a query" in findings["discovery-document"]


# --- a login page, as real providers have one ------------------------------------------------------------------------


def login_page(*, knows_silence: bool) -> Change:
    """A page in place of an answer, unless the request has prompt=none."""

    def change(provider: FakeProvider, reply: Reply) -> None:
        if not knows_silence or "prompt=none" not in provider.calls[-1].query:
            page(200, "<form>password</form>")(provider, reply)

    return change


async def test_a_login_page_and_an_answer_without_a_page(provider: FakeProvider) -> None:
    provider.user = None
    provider.faults.on(Fault("login", "authorize", "", login_page(knows_silence=True)))
    findings = await told(provider, extra_authorize_params={"max_age": "10"})
    assert "accepts the client and the redirect URI" in findings["authorization-answered"]
    first, second = provider.requests_to("authorize")
    assert "prompt=none" not in first.query
    assert "max_age=10" in first.query
    assert "max_age" not in second.query


async def test_a_scope_that_is_refused_behind_a_login_page(provider: FakeProvider) -> None:
    provider.faults.on(Fault("login", "authorize", "", login_page(knows_silence=True)))
    findings = await found(provider, scope=["openid", "everything"])
    assert "invalid_scope" in findings["authorization-refused"]


async def test_a_login_page_alone_is_no_acceptance(provider: FakeProvider) -> None:
    provider.faults.on(Fault("login", "authorize", "", login_page(knows_silence=False)))
    findings = await told(provider)
    assert "has no objection to the authorization request so far: it shows a page" in findings["authorization-answered"]
    assert "accepts" not in findings["authorization-answered"]


async def test_a_failure_without_a_page_does_not_take_the_first_answer_back(provider: FakeProvider) -> None:
    def breaks(provider: FakeProvider, reply: Reply) -> None:
        page(200, "<form>password</form>")(provider, reply)
        reply.reset = "prompt=none" in provider.calls[-1].query

    provider.faults.on(Fault("breaks", "authorize", "", breaks))
    findings = await told(provider)
    assert "no objection to the authorization request so far" in findings["authorization-answered"]
    assert "page-unreachable" not in findings


async def test_without_openid_there_is_one_request(provider: FakeProvider) -> None:
    provider.faults.on(Fault("login", "authorize", "", login_page(knows_silence=True)))
    await told(provider, scope=["profile"])
    assert provider.count("authorize") == 1


async def test_metadata_without_keys_and_user_data(provider: FakeProvider) -> None:
    """OAuth servers that are no OpenID providers need neither (RFC 8414 §2)."""
    openid = ("subject_types_supported", "id_token_signing_alg_values_supported")
    for name in ("jwks_uri", "userinfo_endpoint", "revocation_endpoint", *openid):
        provider.faults.on(Fault(name, "metadata", "", member(name, GONE)))
    findings = await findings_at(provider, revoke_tokens_on_logout=True, enable_auth_state=True)
    assert sorted(each.reason for each in findings if each.code == "not-asked") == [
        "Not checked (keys), because the provider's metadata do not name the URL of the keys",
        "Not checked (revocation), because the provider has no revocation endpoint",
        "Not checked (userdata), because the user's data come from the ID token",
    ]
    assert {each.code for each in findings if each.severity == "warning"} == {"logout-not-offered"}
