"""Signed authorization responses (JARM): every parameter comes from inside the JWT, after all checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from joserfc.jwe import decrypt_compact
from jwcrypto import jwk

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.protocol import encryption
from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import (
    GONE,
    answer_field,
    both,
    claim,
    five_parts,
    foreign_jwk,
    jose,
    published_key_as_secret,
    rotate_and_sign,
    shift,
    signed_by,
)
from tests.fakes.openid_provider.encryption import Recipient
from tests.support import check_invariants

MODES = ["jwt", "form_post.jwt"]


def damaged(what: str, change: Any) -> Fault:
    return Fault(what, "response_object", what, change)


@pytest.mark.hub_versions
@pytest.mark.parametrize("mode", MODES)
async def test_a_login(provider: FakeProvider, hub_at_provider: Any, mode: str) -> None:
    hub = await hub_at_provider(response_mode=mode)
    browser = await accepted(hub, provider)
    assert provider.requests_to("authorize")[0].fields["response_mode"] == mode
    assert not [hop for hop in browser.hops if any(code in hop.url for code in provider.codes_issued)]
    assert provider.refusals == []
    check_invariants(hub, provider, accounts={"alice"})


async def test_the_longer_name(provider: FakeProvider, hub_at_provider: Any) -> None:
    """JARM §2.3.4: jwt is query.jwt, where the metadata have only that."""
    provider.response_modes = ("query", "query.jwt")
    await accepted(await hub_at_provider(response_mode="jwt"), provider)
    assert provider.requests_to("authorize")[0].fields["response_mode"] == "query.jwt"


async def test_with_a_pushed_request(provider: FakeProvider, hub_at_provider: Any) -> None:
    await accepted(await hub_at_provider(response_mode="jwt", enable_par=True), provider)
    assert provider.requests_to("par")[0].fields["response_mode"] == "jwt"


async def test_iss_is_that_of_the_jwt(provider: FakeProvider, hub_at_provider: Any) -> None:
    """RFC 9207 §2.4: with JARM, the parameter iss is not needed."""
    provider.announce_iss = False
    await accepted(await hub_at_provider(response_mode="jwt"), provider)


def twice_a_code(_: FakeProvider, draft: Any) -> None:
    draft.payload = json.dumps(draft.claims)[:-1] + ', "code": "injected"}'


DAMAGES = {
    "another issuer": claim("iss", "https://honest.example"),
    "no issuer": claim("iss", GONE),
    "another audience": claim("aud", "another-client"),
    "no audience": claim("aud", GONE),
    "expired": shift("exp", -120),
    "no end": claim("exp", GONE),
    "valid for a day": shift("exp", 86_400),
    "another state": claim("state", "s" * 43),
    "no state": claim("state", GONE),
    "no code": claim("code", GONE),
    "code is a number": claim("code", 12345),
    "code with a line break": claim("code", "a\r\nb"),
    "alg none": both(jose("alg", "none"), signed_by(lambda p: None)),
    "alg none, signed": both(jose("alg", "none"), signed_by(lambda p: b"whatever")),
    "HS256 with the public key": both(jose("alg", "HS256"), signed_by(published_key_as_secret)),
    "HS256 with the secret": both(jose("alg", "HS256"), signed_by(lambda p: p.client.client_secret.encode())),
    "another key": signed_by(lambda p: p.keys.unpublished()),
    "a key in the header": foreign_jwk,
    "an unknown key": both(jose("kid", "an-unknown-key"), signed_by(lambda p: p.keys.unpublished())),
    "a critical extension": both(jose("crit", ["exp"]), jose("exp", 1)),
    "another type": jose("typ", "at+jwt"),
    "a duplicate claim": twice_a_code,
    "encrypted": five_parts,
}


@pytest.mark.parametrize("what", DAMAGES)
async def test_a_damaged_response(provider: FakeProvider, hub_at_provider: Any, what: str) -> None:
    hub = await ready(await hub_at_provider(response_mode="jwt"))
    provider.faults.on(damaged(what, DAMAGES[what]))
    await refused(hub, provider, 400)
    assert provider.faults.applied[what] == 1
    assert provider.count("token") == 0


async def test_keys_that_were_just_rotated(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await ready(await hub_at_provider(response_mode="jwt"))
    provider.faults.on(damaged("rotated", rotate_and_sign), times=1)
    await accepted(hub, provider)


async def test_unknown_keys_do_not_delay_what_id_tokens_need(provider: FakeProvider, hub_at_provider: Any) -> None:
    """A user can send any response: the fetches that it causes are limited apart."""
    hub = await ready(await hub_at_provider(response_mode="jwt"))
    before = provider.count("jwks")
    provider.faults.on(damaged("unknown", DAMAGES["an unknown key"]), times=3)
    for _ in range(3):
        await refused(hub, provider, 400)
    assert provider.count("jwks") == before + 1
    provider.faults.on("F59")
    await accepted(hub, provider)


async def test_keys_out_of_reach(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.faults.on("F64")
    hub = await hub_at_provider(response_mode="jwt")
    await refused(hub, provider, 502)


async def test_an_error_of_the_provider(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(response_mode="jwt")
    provider.deny = "access_denied"
    page = await refused(hub, provider, 403)
    assert "cancelled" in page.text


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("deny", [None, "access_denied"])
async def test_a_plain_response_is_refused(
    provider: FakeProvider, hub_at_provider: Any, mode: str, deny: str | None
) -> None:
    hub = await hub_at_provider(response_mode=mode)
    provider.ignores_response_mode = True
    provider.deny = deny
    await refused(hub, provider, 400)
    assert hub.log.lines_with("response_mode")
    assert provider.count("token") == 0


async def test_parameters_next_to_the_response(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(response_mode="jwt")
    provider.faults.on(Fault("next to it", "authorize", "a code in the query", answer_field("code", "injected")))
    await refused(hub, provider, 400)
    assert provider.count("token") == 0


async def test_the_response_of_another_login(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(response_mode="jwt")
    attacker, victim = hub.browser("bob"), hub.browser("alice")
    url = await attacker.walk_to_callback()
    await victim.walk_to_callback()
    await refused(hub, provider, 400, browser=victim, url=url)


async def test_an_id_token_is_no_response(provider: FakeProvider, hub_at_provider: Any) -> None:
    """A token that the provider has signed for another purpose."""
    hub = await hub_at_provider(response_mode="jwt", enable_auth_state=True)
    await accepted(hub, provider)
    state = await hub.auth_state("alice")
    assert state is not None
    url = f"{hub.callback_url}?{urlencode({'response': state['id_token']})}"
    page = await hub.browser().open(url)
    assert page.status == 400
    assert provider.count("token") == 1


async def test_the_start_names_the_option_that_is_missing(hub_at_provider: Any) -> None:
    hub = await hub_at_provider()
    authenticator = type(hub.authenticator)(
        client_id="hub",
        response_mode="jwt",
        authorize_url="https://login.example/a",
        token_url="https://login.example/t",
        userdata_url="https://login.example/u",
    )
    with pytest.raises(ConfigurationError, match=r"response_mode is 'jwt'.*\.issuer"):
        authenticator.check_configuration()


async def test_a_provider_without_the_mode(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.response_modes = ("query", "form_post")
    hub = await hub_at_provider(response_mode="jwt")
    line = await hub.log.until("No user can sign in")
    assert "response_mode is 'jwt', and the provider offers query, form_post" in line
    await refused(hub, provider, 500, configuration_error=True)


# --- encrypted -------------------------------------------------------------------------------------------------------


@pytest.fixture
def decryption_key(provider: FakeProvider, tmp_path: Path) -> str:
    """The path of a file with a key, to whose public part the provider encrypts responses."""
    key = jwk.JWK.generate(kty="EC", crv="P-256", kid="ec-1", use="enc")
    path = tmp_path / "decryption.json"
    path.write_text(key.export())
    provider.encrypt_responses_to = Recipient(key.export_public(as_dict=True), "ECDH-ES+A128KW", "A256GCM")
    return str(path)


@pytest.mark.parametrize("mode", MODES)
async def test_an_encrypted_response(
    provider: FakeProvider, hub_at_provider: Any, decryption_key: str, mode: str
) -> None:
    """JARM §2.2."""
    hub = await hub_at_provider(response_mode=mode, client_decryption_key_file=decryption_key)
    await accepted(hub, provider)


async def test_a_damaged_response_that_is_encrypted(
    provider: FakeProvider, hub_at_provider: Any, decryption_key: str
) -> None:
    """Anyone can encrypt with a public key: the signature inside counts."""
    hub = await ready(await hub_at_provider(response_mode="jwt", client_decryption_key_file=decryption_key))
    provider.faults.on(damaged("another key", DAMAGES["another key"]))
    await refused(hub, provider, 400)


async def test_an_encrypted_response_without_a_key(
    provider: FakeProvider, hub_at_provider: Any, decryption_key: str
) -> None:
    hub = await hub_at_provider(response_mode="jwt")
    await refused(hub, provider, 400)
    assert hub.log.lines_with("set client_decryption_key_file")


@pytest.fixture
def tries(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that were given to joserfc's decryption, one for each key that was tried."""
    tried: list[str] = []

    def counted(token: str, *arguments: Any, **options: Any) -> Any:
        tried.append(token)
        return decrypt_compact(token, *arguments, **options)

    monkeypatch.setattr(encryption, "decrypt_compact", counted)
    return tried


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize(("are_named", "expected"), [(True, 1), (False, 3)], ids=["with kid", "without kid"])
async def test_each_key_is_tried_once(
    provider: FakeProvider,
    hub_at_provider: Any,
    tmp_path: Path,
    tries: list[str],
    mode: str,
    are_named: bool,
    expected: int,
) -> None:
    """Decryption is the most expensive step of a callback, and anyone can cause it."""
    keys = [jwk.JWK.generate(kty="EC", crv="P-256", use="enc") for _ in range(3)]
    documents = [
        {**key.export(as_dict=True), **({"kid": f"ec-{n}"} if are_named else {})} for n, key in enumerate(keys)
    ]
    path = tmp_path / "decryption.json"
    path.write_text(json.dumps({"keys": documents}))
    public = {name: value for name, value in documents[-1].items() if name != "d"}
    provider.encrypt_responses_to = Recipient(public, "ECDH-ES+A128KW", "A256GCM")
    hub = await hub_at_provider(response_mode=mode, client_decryption_key_file=str(path))
    await accepted(hub, provider)
    assert (len(tries), len(set(tries))) == (expected, 1)


async def test_a_response_that_cannot_be_decrypted_is_tried_once(
    provider: FakeProvider, hub_at_provider: Any, decryption_key: str, tries: list[str]
) -> None:
    hub = await ready(await hub_at_provider(response_mode="jwt", client_decryption_key_file=decryption_key))
    other = jwk.JWK.generate(kty="EC", crv="P-256", kid="ec-1", use="enc")
    provider.encrypt_responses_to = Recipient(other.export_public(as_dict=True), "ECDH-ES+A128KW", "A256GCM")
    await refused(hub, provider, 400)
    assert len(tries) == 1
