"""The strict providers demand what they are said to demand: an independent client that does less is refused.

Without this, a login of ours at one of them would show nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from .provider_sites import Account
from .strict_keys import make_keys
from .strict_providers import Failed, IndependentClient, StrictProviders

ALICE = Account("alice")
SECRET_VALUE = "a-secret-that-is-long-enough-for-hs256"

PAR = {"par": True}
JAR = {"jar": True}
DPOP = {"dpop": True}
KEY = {"auth": "private_key_jwt"}
SECRET = {"auth": "client_secret_jwt"}
CERTIFICATE = {"auth": "tls", "certificate": "client"}
SELF_SIGNED = {"auth": "tls", "certificate": "self-signed"}
FORM_POST = {"response_mode": "form_post"}
JARM = {"response_mode": "jwt"}
RESOURCE = {"resource": "urn:example:notebooks"}
DECRYPTS = {"decrypts": True}
SIGNED = {"signed_userinfo": True}
ES256 = {"algorithm": "ES256"}

SATISFIES: dict[str, list[dict[str, Any]]] = {
    "plain": [],
    "par": [PAR],
    "private-key-jwt": [KEY],
    "client-secret-jwt": [SECRET],
    "dpop": [DPOP],
    "dpop-nonce": [DPOP],
    "jar": [JAR],
    "mutual-tls": [CERTIFICATE],
    "self-signed-tls": [SELF_SIGNED],
    "form-post": [FORM_POST],
    "jarm": [JARM],
    "signed-userinfo": [SIGNED],
    "encrypted-userinfo": [DECRYPTS, SIGNED],
    "encrypted-id-token": [DECRYPTS],
    "resource-indicators": [RESOURCE],
    "no-userinfo": [],
    "fapi2": [PAR, KEY, DPOP, ES256],
    "fapi2-tls": [PAR, CERTIFICATE, ES256],
    "profile-a": [PAR, JAR, KEY, DPOP, DECRYPTS, SIGNED],
    "profile-b": [PAR, CERTIFICATE, JARM],
}
"""What a client must do at each provider."""

AUTHORIZATION = "authorization: invalid_request"
PUSHED = "pushed_authorization_request: "

LESS: list[tuple[str, dict[str, Any], str]] = [
    ("par", PAR, AUTHORIZATION),
    ("private-key-jwt", KEY, "grant: invalid_client"),
    ("client-secret-jwt", SECRET, "grant: invalid_client"),
    ("dpop", DPOP, "grant: invalid_grant"),
    ("dpop-nonce", DPOP, "grant: invalid_grant"),
    ("jar", JAR, AUTHORIZATION),
    ("mutual-tls", CERTIFICATE, "grant: invalid_client"),
    ("self-signed-tls", SELF_SIGNED, "grant: invalid_client"),
    ("form-post", FORM_POST, AUTHORIZATION),
    ("jarm", JARM, AUTHORIZATION),
    ("resource-indicators", RESOURCE, "authorization: invalid_target"),
    ("fapi2", PAR, AUTHORIZATION),
    ("fapi2", KEY, PUSHED + "invalid_client"),
    ("fapi2", DPOP, "grant: invalid_grant"),
    ("fapi2-tls", PAR, AUTHORIZATION),
    ("fapi2-tls", CERTIFICATE, PUSHED + "invalid_client"),
    ("profile-a", PAR, AUTHORIZATION),
    ("profile-a", JAR, PUSHED + "invalid_request"),
    ("profile-a", KEY, PUSHED + "invalid_client"),
    ("profile-a", DPOP, "grant: invalid_grant"),
    ("profile-b", PAR, AUTHORIZATION),
    ("profile-b", CERTIFICATE, PUSHED + "invalid_client"),
    ("profile-b", JARM, PUSHED + "invalid_request"),
]
"""A provider, what a client does not do, and how the provider refuses it."""

CANNOT_READ = ["encrypted-userinfo", "encrypted-id-token", "profile-a"]
"""Providers that encrypt."""


@pytest.fixture(scope="module")
def providers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictProviders]:
    folder = tmp_path_factory.mktemp("strict-providers")
    with ExitStack() as cleanup:
        providers = StrictProviders(folder, make_keys(folder), secret=SECRET_VALUE, users={"alice": {}}, clients=[])
        cleanup.callback(providers.process.end)
        providers.process.start()
        yield providers


@pytest.fixture(scope="module")
def independent(providers: StrictProviders) -> Iterator[IndependentClient]:
    client = IndependentClient(providers)
    yield client
    client.end()


def abilities(providers: StrictProviders, name: str, missing: dict[str, Any] | None = None) -> dict[str, Any]:
    """What the client does at a provider: what it must, without what is `missing`."""
    files = {"client": providers.keys.client_certificate, "self-signed": providers.keys.self_signed_certificate}
    wanted: dict[str, Any] = {}
    for part in SATISFIES[name]:
        wanted |= {} if part == missing else part
    if "certificate" in wanted:
        wanted["certificate"] = str(files[wanted["certificate"]])
    return wanted


@pytest.mark.parametrize("name", SATISFIES)
def test_a_client_that_does_what_is_demanded_is_served(
    providers: StrictProviders, independent: IndependentClient, name: str
) -> None:
    providers.forget(name)
    result = independent.log_in(name, ALICE, **abilities(providers, name))
    assert result["user"]["sub"] == "alice"
    assert result["refreshed"]
    assert providers.seen(name).grants == {"authorization_code": 1, "refresh_token": 1}


@pytest.mark.parametrize(
    ("name", "missing", "refusal"), LESS, ids=[f"{name}-{next(iter(part))}" for name, part, _ in LESS]
)
def test_a_client_that_does_less_is_refused(
    providers: StrictProviders, independent: IndependentClient, name: str, missing: dict[str, Any], refusal: str
) -> None:
    providers.forget(name)
    with pytest.raises(Failed):
        independent.log_in(name, ALICE, **abilities(providers, name, missing))
    seen = providers.seen(name)
    assert list(seen.refusals) == [refusal]
    assert seen.grants == {}


@pytest.mark.parametrize("name", CANNOT_READ)
def test_a_client_that_cannot_decrypt_learns_nothing(
    providers: StrictProviders, independent: IndependentClient, name: str
) -> None:
    """These demands are on what the client can read: the provider has nothing to refuse."""
    with pytest.raises(Failed, match="JWE decryption is not configured"):
        independent.log_in(name, ALICE, **abilities(providers, name, DECRYPTS))


@pytest.mark.parametrize("name", ["signed-userinfo", "encrypted-userinfo", "profile-a"])
def test_claims_come_as_a_token(providers: StrictProviders, independent: IndependentClient, name: str) -> None:
    """A client that reads JSON only cannot read them."""
    providers.forget(name)
    independent.log_in(name, ALICE, **abilities(providers, name))
    assert providers.seen(name).userinfo == "application/jwt"


def test_each_provider_has_its_demands_checked() -> None:
    checked = {name for name, *_ in LESS} | set(CANNOT_READ) | {"signed-userinfo", "no-userinfo", "plain"}
    assert checked == set(SATISFIES)
