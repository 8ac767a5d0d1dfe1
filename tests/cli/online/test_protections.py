"""Options that protect logins and tokens, at a provider whose metadata offer them, or not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from tests.cli.online.asking import found, told
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import GONE, member, reply_is
from tests.hub.certificates import certificate
from tests.support.key_files import write_keys


def says(provider: FakeProvider, **members: Any) -> None:
    """The metadata say this."""
    for name, value in members.items():
        provider.faults.on(Fault(name, "metadata", "", member(name, value)))


@pytest.mark.parametrize("kind", ["id_token_encrypt", "userinfo_encrypt", "userinfo_sign"])
@pytest.mark.parametrize("algorithms", [GONE, ["RS512"], ["RSA-OAEP-256", "ES256"]])
async def test_tokens(provider: FakeProvider, tmp_path: Path, kind: str, algorithms: Any) -> None:
    write_keys(tmp_path / "key", RSAKey.generate_key(2048))
    signs = kind.endswith("sign")
    says(provider, **{f"{kind}{'ing' if signs else 'ion'}_alg_values_supported": algorithms})
    option = f"{kind}ed_response_alg"
    wanted = "ES256" if signs else "RSA-OAEP-256"
    findings = await found(provider, **{option: [wanted]}, client_decryption_key_file=str(tmp_path / "key"))
    if isinstance(algorithms, list) and wanted in algorithms:
        assert findings == {}
    else:
        assert set(findings) == {"token-protection-not-offered"}
        named = "RS512" if isinstance(algorithms, list) else "nothing"
        assert f"{option} demands {wanted}, and the provider's metadata name {named}" in str(findings)


@pytest.mark.parametrize(
    ("method", "algorithms", "words"),
    [
        ("private_key_jwt", ["RS256"], "the key signs with ES256, and the provider accepts only 'RS256'"),
        ("private_key_jwt", ["ES256"], ""),
        ("client_secret_jwt", ["ES256"], "client_secret can sign with HS256, HS384 and HS512 only"),
    ],
)
async def test_assertions(
    provider: FakeProvider, tmp_path: Path, method: str, algorithms: list[str], words: str
) -> None:
    key = ECKey.generate_key("P-256")
    write_keys(tmp_path / "key", key)
    provider.register_keys(key)
    provider.client.auth_method, provider.auth_methods = method, [method]
    provider.assertion_algorithms = algorithms
    options = {} if method == "client_secret_jwt" else {"client_secret": "", "client_key_file": str(tmp_path / "key")}
    findings = await found(provider, **options)
    assert words in findings.pop("question-failed", "")
    assert findings == {}


@pytest.mark.parametrize("aliases", [GONE, {"token_endpoint": "{issuer}/token"}])
@pytest.mark.parametrize("bound", [True, GONE])
async def test_certificates(provider: FakeProvider, tmp_path: Path, aliases: Any, bound: Any) -> None:
    certificate("hub.example.test").save(tmp_path / "certificate.pem")
    if isinstance(aliases, dict):
        aliases = {name: url.format(issuer=provider.issuer) for name, url in aliases.items()}
    says(
        provider,
        mtls_endpoint_aliases=aliases,
        tls_client_certificate_bound_access_tokens=bound,
        token_endpoint_auth_methods_supported=["tls_client_auth", "client_secret_basic"],
    )
    findings = await told(
        provider,
        client_auth_method="tls_client_auth",
        client_certificate_file=str(tmp_path / "certificate.pem"),
    )
    assert ("certificate-endpoints" in findings) is not isinstance(aliases, dict)
    assert ("certificate-not-bound" in findings) is (bound is GONE)


async def test_resources(provider: FakeProvider) -> None:
    """A list of the provider's that does not have them is a remark; without a list, nothing is known."""
    resources = ["https://api.example.org/"]
    assert "resource-not-listed" not in await told(provider, resources=resources)
    says(provider, protected_resources=["https://other.example.org/"])
    findings = await told(provider, resources=resources)
    assert "has https://api.example.org/, and the provider's metadata name https://other" in str(findings)


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (None, ""),
        (reply_is(200, {"active": True}), "introspection_url answers that a random text is an active token"),
        (reply_is(403, {"error": "access_denied"}), "introspection_url is set, and the provider refuses"),
    ],
)
async def test_introspection(provider: FakeProvider, reply: Any, words: str) -> None:
    provider.introspects = True
    if reply is not None:
        provider.faults.on(Fault("reply", "introspect", "", reply))
    findings = await found(provider, introspection_url=f"{provider.issuer}/introspect", userdata_from_id_token=True)
    assert words in findings.pop("introspection-refused", "")
    assert findings == {}
    (asked,) = provider.requests_to("introspect")
    assert asked.fields["token"].startswith("invalid-code-of-a-check-")


async def test_the_option_acr_values_is_named(provider: FakeProvider) -> None:
    says(provider, acr_values_supported=["bronze"])
    findings = await found(provider, acr_values=["gold"])
    assert findings["acr-not-offered"].startswith("c.GenericOAuthenticator.acr_values demands the acr_values gold")
    assert "acr-not-offered" not in await found(provider, acr_values=["gold", "bronze"]), "one of them is enough"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"enable_par": True}, "enable_par is on"),
        ({"enable_dpop": True, "enable_auth_state": True}, "DPoP"),
        ({"response_mode": "form_post"}, "form_post"),
    ],
)
async def test_what_is_not_offered_and_every_login_needs(
    provider: FakeProvider, options: dict[str, Any], words: str
) -> None:
    provider.response_modes = ["query"]
    says(provider, pushed_authorization_request_endpoint=GONE)
    findings = await found(provider, **options)
    assert set(findings) == {"provider-demands"}
    assert words in findings["provider-demands"]


async def test_what_is_offered(provider: FakeProvider) -> None:
    says(provider, acr_values_supported=["gold"], registration_endpoint=f"{provider.issuer}/register")
    text = (await told(provider))["protections-offered"]
    assert "authentication contexts (acr_values)" in text
    assert "registration (oauthenticator-suite register)" in text
    assert "encrypted ID tokens" not in text
    for name in ("acr_values_supported", "registration_endpoint"):
        provider.faults.off(name)
    gone = ("pushed_authorization_request_endpoint", "request_parameter_supported", "response_modes_supported")
    says(provider, **dict.fromkeys(gone, GONE), token_endpoint_auth_methods_supported=["client_secret_basic"])
    assert "protections-offered" not in await told(provider)
