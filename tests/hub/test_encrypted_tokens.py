"""Encrypted ID tokens, userinfo responses and logout tokens, and signed userinfo responses, through a real Hub."""

from __future__ import annotations

import json

import pytest
from jwcrypto import jwk

from oauthenticator_suite.errors import ConfigurationError
from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider.encryption import DAMAGED_ENCRYPTION, DAMAGED_USERINFO, Recipient
from tests.support import Time, check_invariants, reference_on

pytestmark = [pytest.mark.usefixtures("clock"), pytest.mark.hub_versions]

RSA = jwk.JWK.generate(kty="RSA", size=2048, kid="rsa-1", use="enc")
EC = jwk.JWK.generate(kty="EC", crv="P-256", kid="ec-1", use="enc")
KEPT = {"enable_auth_state": True, "user_data_max_age": 0}

COMBINATIONS = [
    ("RSA-OAEP-256", "A256GCM"),
    ("RSA-OAEP-256", "A128CBC-HS256"),
    ("ECDH-ES", "A128GCM"),
    ("ECDH-ES+A128KW", "A256CBC-HS512"),
    ("ECDH-ES+A256KW", "A256GCM"),
]


def recipient(alg="RSA-OAEP-256", enc="A256GCM", key=None):
    key = key or (RSA if alg.startswith("RSA") else EC)
    return Recipient(key.export_public(as_dict=True), alg, enc)


@pytest.fixture
def key_file(tmp_path):
    """A file with both keys, which `write` replaces."""
    path = tmp_path / "decryption.json"
    path.write_text(json.dumps({"keys": [key.export(as_dict=True) for key in (RSA, EC)]}))
    return path


def log_line(hub, page):
    (line,) = hub.log.lines_with(reference_on(page, hub))
    return line


# --- encrypted tokens ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("alg", "enc"), COMBINATIONS)
async def test_a_login_and_a_refresh(provider, hub_at_provider, key_file, alg, enc):
    """ID token and userinfo are encrypted. What is stored and sent on is the signed token inside."""
    provider.encrypt_to = provider.encrypt_userinfo_to = recipient(alg, enc)
    provider.access_token_lifetime = 1
    hub = await hub_at_provider(**KEPT, client_decryption_key_file=str(key_file))
    browser = await accepted(hub, provider)
    stored = await hub.auth_state("alice")
    assert stored["id_token"].count(".") == stored["token_response"]["id_token"].count(".") == 2
    Time(hub).passes(400)
    assert (await browser.get("/hub/home")).status == 200
    again = await hub.auth_state("alice")
    assert again["id_token"] != stored["id_token"]
    assert again["id_token"].count(".") == 2
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.fault("F58")
async def test_without_a_key_the_log_names_the_option(provider, hub_at_provider):
    """F58: a token that nothing can decrypt."""
    provider.encrypt_to = recipient()
    hub = await hub_at_provider()
    page = await refused(hub, provider, 502)
    assert "encrypted (JWE), and this client has no key: set client_decryption_key_file" in log_line(hub, page)


@pytest.mark.fault("F58")
@pytest.mark.parametrize("fault", sorted(DAMAGED_ENCRYPTION))
async def test_damaged_encryption_is_refused(provider, hub_at_provider, key_file, fault):
    provider.encrypt_to = recipient()
    hub = await hub_at_provider(client_decryption_key_file=str(key_file))
    await ready(hub)
    provider.faults.on(DAMAGED_ENCRYPTION[fault])
    page = await refused(hub, provider, 502)
    assert "ID token" in log_line(hub, page) or "InvalidResponse" in log_line(hub, page)
    assert provider.count("userinfo") == 0
    provider.faults.off()
    await accepted(hub, provider)


@pytest.mark.parametrize("fault", ["F44", "F48-wrong", "F49-wrong", "F51-past", "F52-old", "F55-wrong", "F56", "F57"])
async def test_the_token_inside_passes_every_check(provider, hub_at_provider, key_file, fault):
    provider.encrypt_to = recipient()
    provider.faults.on(fault)
    await refused(await hub_at_provider(client_decryption_key_file=str(key_file)), provider, 502)
    assert provider.faults.applied[fault] == 1


async def test_keys_are_replaced_without_a_restart(provider, hub_at_provider, tmp_path):
    """Each key of the file decrypts; stored logins go on when the old key is gone."""
    old, new = RSA, jwk.JWK.generate(kty="RSA", size=2048, kid="rsa-2", use="enc")
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [old.export(as_dict=True)]}))
    provider.encrypt_to = recipient()
    hub = await hub_at_provider(**KEPT, client_decryption_key_file=str(path), userdata_from_id_token=True)
    provider.user_claims_in_id_token = True
    browser = await accepted(hub, provider)
    path.write_text(json.dumps({"keys": [new.export(as_dict=True), old.export(as_dict=True)]}))
    await accepted(hub, provider, hub.browser("bob"), "bob")
    provider.encrypt_to = recipient(key=new)
    await accepted(hub, provider, hub.browser("carol"), "carol")
    path.write_text(json.dumps({"keys": [new.export(as_dict=True)]}))
    Time(hub).passes(400)
    assert (await browser.get("/hub/home")).status == 200
    provider.encrypt_to = recipient(key=old)
    await refused(hub, provider, 502, browser=hub.browser("carol"), accounts=hub.accounts())


async def test_a_pem_file_and_a_provider_that_names_the_key_by_itself(provider, hub_at_provider, tmp_path):
    path = tmp_path / "key.pem"
    path.write_bytes(RSA.export_to_pem(private_key=True, password=None))
    public = {**RSA.export_public(as_dict=True), "kid": "as the provider calls it"}
    provider.encrypt_to = Recipient(public)
    await accepted(await hub_at_provider(client_decryption_key_file=str(path)), provider)


async def test_encryption_is_demanded(provider, hub_at_provider, key_file):
    options = {"client_decryption_key_file": str(key_file), "id_token_encrypted_response_alg": {"RSA-OAEP-256"}}
    hub = await hub_at_provider(**options)
    page = await refused(hub, provider, 502)
    assert "ID token: not encrypted, which the options demand" in log_line(hub, page)
    provider.encrypt_to = recipient("ECDH-ES")
    page = await refused(hub, provider, 502)
    assert "accepted: RSA-OAEP-256" in log_line(hub, page)
    provider.encrypt_to = recipient()
    await accepted(hub, provider)


async def test_an_older_algorithm_must_be_listed(provider, hub_at_provider, key_file):
    provider.encrypt_to = recipient("RSA-OAEP")
    hub = await hub_at_provider(client_decryption_key_file=str(key_file), id_token_encrypted_response_alg={"RSA-OAEP"})
    await accepted(hub, provider)


@pytest.mark.parametrize("encrypted", [True, False])
async def test_encrypted_logout_tokens(provider, hub_at_provider, key_file, encrypted):
    """Back-Channel Logout 1.0, section 2.6: if encryption is demanded, also of logout tokens."""
    provider.encrypt_to = recipient()
    hub = await hub_at_provider(
        **KEPT,
        backchannel_logout=True,
        client_decryption_key_file=str(key_file),
        id_token_encrypted_response_alg={"RSA-OAEP-256"},
    )
    provider.client.backchannel_logout_uri = f"{hub.url}/hub/oauth_backchannel_logout"
    browser = await accepted(hub, provider)
    if not encrypted:
        provider.encrypt_to = None
    answer = await provider.log_out("alice")
    assert answer.status == (200 if encrypted else 400)
    assert (await browser.get("/hub/home")).status == (302 if encrypted else 200)


async def test_the_hint_of_a_logout_is_the_signed_token(provider, hub_at_provider, key_file):
    """OpenID Connect Core 1.0, section 3.1.2.1. The provider refuses the encrypted one."""
    provider.encrypt_to = recipient()
    hub = await hub_at_provider(
        enable_auth_state=True, client_decryption_key_file=str(key_file), rp_initiated_logout=True
    )
    provider.client.post_logout_redirect_uris.add(f"{hub.url}/hub/oauth_logged_out")
    browser = await accepted(hub, provider)
    await browser.open("/hub/logout")
    (call,) = provider.requests_to("end_session")
    assert call.fields["id_token_hint"].count(".") == 2
    assert provider.refusals == []


# --- signed userinfo -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"userinfo_signed_response_alg": {"RS256"}}], ids=["accepted", "demanded"])
async def test_signed_userinfo_at_a_login_and_a_refresh(provider, hub_at_provider, options):
    """After the provider has replaced its keys, they are fetched once more."""
    provider.sign_userinfo = True
    hub = await ready(await hub_at_provider(**KEPT, **options))
    browser = await accepted(hub, provider)
    accepts = provider.requests_to("userinfo")[-1].headers["accept"]
    assert accepts == ("application/jwt, application/json" if options else "application/json")
    provider.users["alice"]["email"] = "new@example.org"
    provider.keys.rotate()
    before = provider.count("jwks")
    Time(hub).passes(400)
    assert (await browser.get("/hub/home")).status == 200
    assert provider.count("jwks") == before + 1
    assert (await hub.auth_state("alice"))["oauth_user"]["email"] == "new@example.org"
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.fault("F67")
@pytest.mark.parametrize("fault", sorted(DAMAGED_USERINFO))
async def test_f67_damaged_userinfo_is_refused(provider, hub_at_provider, fault):
    provider.sign_userinfo = True
    hub = await ready(await hub_at_provider())
    provider.faults.on(DAMAGED_USERINFO[fault])
    page = await refused(hub, provider, 502)
    assert "userinfo" in log_line(hub, page)
    provider.faults.off()
    await accepted(hub, provider)


@pytest.mark.parametrize(
    "options",
    [{"userinfo_signed_response_alg": {"RS256"}}, {"userinfo_encrypted_response_alg": {"RSA-OAEP-256"}}],
    ids=["signed", "encrypted"],
)
async def test_userinfo_that_is_not_as_demanded(provider, hub_at_provider, key_file, options):
    hub = await hub_at_provider(**options, client_decryption_key_file=str(key_file))
    page = await refused(hub, provider, 502)
    assert "userinfo: not signed or not encrypted, which the options demand" in log_line(hub, page)
    provider.sign_userinfo = True
    if "userinfo_encrypted_response_alg" in options:
        page = await refused(hub, provider, 502)
        assert "userinfo: not encrypted, which the options demand" in log_line(hub, page)
        provider.encrypt_userinfo_to = recipient()
    await accepted(hub, provider)


async def test_userinfo_that_is_signed_by_another_algorithm(provider, hub_at_provider):
    """What is demanded of userinfo counts for it alone: the ID token has the algorithm of its own option."""
    provider.sign_userinfo = True
    hub = await hub_at_provider(userinfo_signed_response_alg={"ES256"}, id_token_signed_response_alg={"RS256"})
    page = await refused(hub, provider, 502)
    assert "userinfo: " in (line := log_line(hub, page))
    assert "RS256" in line
    assert provider.count("userinfo") == 1


async def test_userinfo_with_thousands_of_groups(provider, hub_at_provider, key_file):
    """More than an ID token may have."""
    provider.sign_userinfo = True
    provider.encrypt_userinfo_to = recipient()
    provider.users["alice"]["groups"] = [f"a-group-with-a-long-name-{number:08}" for number in range(5000)]
    hub = await hub_at_provider(scope=["openid", "profile", "groups"], client_decryption_key_file=str(key_file))
    await accepted(hub, provider)


async def test_without_keys_a_signature_cannot_be_verified(provider, hub_at_provider):
    provider.sign_userinfo = True
    hub = await hub_at_provider(
        issuer="",
        authorize_url=f"{provider.issuer}/authorize",
        token_url=f"{provider.issuer}/token",
        userdata_url=f"{provider.issuer}/userinfo",
        scope=["openid", "profile"],
        username_claim="preferred_username",
    )
    page = await refused(hub, provider, 502)
    assert "set issuer or jwks_url" in log_line(hub, page)


# --- the start -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"id_token_encrypted_response_alg": {"RSA-OAEP-256"}}, "no key can decrypt"),
        ({"userinfo_encrypted_response_alg": {"RSA1_5"}}, "names an unknown algorithm; known: ECDH-ES"),
        ({"client_decryption_key_file": "/no/such/file"}, "client_decryption_key_file"),
        ({"userinfo_signed_response_alg": {"none"}}, "names an unknown algorithm; known: ES256"),
        ({"userinfo_signed_response_alg": {"RS256"}, "userdata_from_id_token": True}, "has no effect"),
    ],
)
async def test_mistakes_stop_the_start(hub_at_provider, options, says):
    with pytest.raises(ConfigurationError) as caught:
        await hub_at_provider(**options)
    assert says in str(caught.value)


async def test_the_public_keys_are_published(hub_at_provider, key_file):
    """For encryption, and without their private parts: the provider fetches them from here."""
    hub = await hub_at_provider(client_decryption_key_file=str(key_file))
    published = json.loads((await hub.browser().get("/hub/oauth_jwks")).body)
    assert [(each["kid"], each["use"], "d" in each) for each in published["keys"]] == [
        ("rsa-1", "enc", False),
        ("ec-1", "enc", False),
    ]


async def test_a_key_that_cannot_decrypt_stops_the_start(hub_at_provider, tmp_path):
    path = tmp_path / "key.json"
    path.write_text(json.dumps(jwk.JWK.generate(kty="OKP", crv="Ed25519").export(as_dict=True)))
    with pytest.raises(ConfigurationError, match="has no key that can decrypt"):
        await hub_at_provider(client_decryption_key_file=str(path))


async def test_a_decryption_key_in_the_file_of_all_keys(provider, hub_at_provider, tmp_path):
    """One JWK Set for both uses."""
    signs = jwk.JWK.generate(kty="EC", crv="P-256", kid="signs", use="sig")
    path = tmp_path / "keys.json"
    path.write_text(json.dumps({"keys": [key.export(as_dict=True) for key in (signs, RSA)]}))
    provider.encrypt_to = recipient()
    await accepted(await hub_at_provider(client_key_file=str(path)), provider)
