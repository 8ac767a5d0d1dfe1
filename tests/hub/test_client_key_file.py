"""The client's key: its file, which may change, and the page that publishes the public keys."""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import jwt
import pytest
from joserfc.jwk import ECKey, RSAKey

from oauthenticator_suite.errors import ClientRefused, ConfigurationError, InvalidGrant, ProviderUnreachable, SuiteError
from oauthenticator_suite.hub.oauth.client_keys import ClientKeys
from tests.fakes.openid_provider import FakeProvider
from tests.support.key_files import write_keys
from tests.support.logs import LogCapture

pytestmark = pytest.mark.hub_versions

PRIVATE = ("d", "p", "q", "dp", "dq", "qi")


def keys_of(path: Path | str) -> ClientKeys:
    return ClientKeys(
        SimpleNamespace(client_key_file=str(path), security_profile="", log=logging.getLogger("keys")),
        "GenericOAuthenticator",
    )


async def published(hub: Any, path: str = "/hub/oauth_jwks") -> Any:
    response = await hub.browser().get(path)
    assert response.status == 200
    assert response.headers["content-type"].startswith("application/json")
    assert response.headers["cache-control"] == "public, max-age=300"
    return json.loads(response.text)["keys"]


async def test_the_public_keys_are_published_before_during_and_after_a_rotation(
    hub_at_provider: Any, tmp_path: Path
) -> None:
    file, old, new = tmp_path / "key", ECKey.generate_key("P-256"), RSAKey.generate_key(2048)
    write_keys(file, old)
    hub = await hub_at_provider(client_key_file=str(file))
    for keys in ([old], [new, old], [new]):
        write_keys(file, *keys)
        found = await published(hub)
        assert [each["kid"] for each in found] == [key.thumbprint() for key in keys]
        assert not [each for each in found if any(name in each for name in PRIVATE)]
        assert hub.authenticator.connection.keys.signing_key().kid == keys[0].thumbprint()


async def test_a_hub_without_a_key_publishes_none(hub_at_provider: Any) -> None:
    hub = await hub_at_provider()
    assert (await hub.browser().get("/hub/oauth_jwks")).status == 404


async def test_the_keys_are_also_at_the_path_of_one_of_several_logins(hub_at_provider: Any, tmp_path: Path) -> None:
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    hub = await hub_at_provider(client_key_file=str(tmp_path / "key"))
    assert await published(hub) == await published(hub, "/hub/auth/generic/jwks")


async def test_only_get_is_allowed(hub_at_provider: Any, tmp_path: Path) -> None:
    write_keys(tmp_path / "key", ECKey.generate_key("P-256"))
    hub = await hub_at_provider(client_key_file=str(tmp_path / "key"))
    for method in ("PUT", "POST"):
        answer = await hub.browser().request(method, "/hub/oauth_jwks")
        assert (answer.status, json.loads(answer.text)) == (403, {"error": "invalid_request"})  # no XSRF token


async def test_a_file_that_becomes_unusable_changes_nothing(hub_at_provider: Any, tmp_path: Path) -> None:
    """It may be incomplete while it is being written."""
    file, key = tmp_path / "key", ECKey.generate_key("P-256")
    write_keys(file, key)
    hub = await hub_at_provider(client_key_file=str(file))
    before = await published(hub)
    file.write_text(file.read_text()[:50])
    for _ in range(2):
        assert await published(hub) == before
    (line,) = hub.log.lines_with("The Hub continues with the former keys")
    assert line.startswith("ERROR")
    assert f"GenericOAuthenticator.client_key_file, {str(file)!r}, not JSON" in line.replace(":", "")
    assert key.as_dict(private=True)["d"] not in hub.log.text
    file.unlink()
    assert await published(hub) == before
    assert len(hub.log.lines_with("cannot be read (No such file or directory)")) == 1
    write_keys(file, ECKey.generate_key("P-256"))
    assert await published(hub) != before


async def test_a_key_file_that_cannot_be_used_stops_the_start(hub_at_provider: Any, tmp_path: Path) -> None:
    file = tmp_path / "key"
    for content, reason in (("no key", "has no private key"), (None, "cannot be read (No such file or directory)")):
        file.unlink(missing_ok=True)
        if content is not None:
            file.write_text(content)
        with pytest.raises(Exception, match=r"GenericOAuthenticator\.client_key_file") as caught:
            await hub_at_provider(client_key_file=str(file))
        assert reason in str(caught.value)


def test_a_signature_names_its_key(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256")
    write_keys(tmp_path / "key", key)
    keys = keys_of(tmp_path / "key")
    token = keys.sign({"a": 1}, typ="x+jwt")
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "kid": key.thumbprint(), "typ": "x+jwt"}
    assert jwt.decode(token, jwt.PyJWK(keys.public_set()["keys"][0], "ES256"), ["ES256"]) == {"a": 1}
    with pytest.raises(ConfigurationError, match="cannot sign with RS256"):
        keys.sign({}, typ="x+jwt", alg="RS256")


def refusal(*, credentials: bool = True) -> ClientRefused:
    refused = ClientRefused("invalid_client", "the token request was refused")
    refused.credentials = credentials
    return refused


OLD, NEW, OTHER = (ECKey.generate_key("P-256") for _ in range(3))
FIRST, SECOND = NEW.thumbprint(), OLD.thumbprint()


@pytest.mark.parametrize(
    ("answers", "sent", "afterwards"),
    [
        pytest.param(["yes"], [FIRST], FIRST, id="accepted"),
        pytest.param([refusal(), "yes"], [FIRST, SECOND], SECOND, id="refused"),
        pytest.param([refusal(credentials=False)], [FIRST], FIRST, id="may not use this grant"),
        pytest.param([InvalidGrant("invalid_grant")], [FIRST], FIRST, id="the code is used"),
        pytest.param([refusal(), InvalidGrant("invalid_grant")], [FIRST, SECOND], SECOND, id="authenticated, no grant"),
        pytest.param([refusal(), refusal(credentials=False)], [FIRST, SECOND], SECOND, id="authenticated, not allowed"),
        pytest.param([refusal(), ProviderUnreachable("no answer")], [FIRST, SECOND], FIRST, id="nothing is known"),
        pytest.param([refusal(), refusal()], [FIRST, SECOND], FIRST, id="both refused"),
    ],
)
async def test_which_key_signs(answers: list[Any], sent: list[str], afterwards: str, tmp_path: Path) -> None:
    write_keys(tmp_path / "key", NEW, OLD)
    keys, signed = keys_of(tmp_path / "key"), []

    async def request() -> str:
        signed.append(keys.signing_key().kid)
        answer = answers[len(signed) - 1]
        if isinstance(answer, Exception):
            raise answer
        return str(answer)

    with suppress(SuiteError):
        await keys.authenticated(request)
    assert signed == sent
    assert keys.signing_key().kid == afterwards
    write_keys(tmp_path / "key", OTHER, OLD)  # about this first key the provider has said nothing
    assert keys.signing_key().kid == OTHER.thumbprint()


async def test_a_file_that_changes_while_a_request_is_built(tmp_path: Path) -> None:
    """The request is signed by the key that counts as sent: so a refusal is answered with another one."""
    write_keys(tmp_path / "key", OLD)
    keys, signed = keys_of(tmp_path / "key"), []

    async def request() -> str:
        write_keys(tmp_path / "key", NEW, OLD)
        signed.append(keys.signing_key().kid)
        if len(signed) == 1:
            raise refusal()
        return "yes"

    assert await keys.authenticated(request) == "yes"
    assert signed == [SECOND, FIRST]


def test_a_key_that_signs_does_not_decrypt(tmp_path: Path) -> None:
    """A key has one use: the published keys say which."""
    write_keys(tmp_path / "key", OLD)
    assert keys_of(tmp_path / "key").decryption_keys() == ()


def test_keys_that_only_decrypt(tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256")
    (tmp_path / "key").write_text(json.dumps({**key.as_dict(private=True), "use": "enc"}))
    keys = keys_of(tmp_path / "key")
    assert [each.kid for each in keys.decryption_keys()] == [key.thumbprint()]
    with pytest.raises(ConfigurationError, match="has no key that may sign"):
        keys.signing_key()


def test_without_the_option() -> None:
    keys = keys_of("")
    assert not keys.are_configured
    assert keys.decryption_keys() == ()
    with pytest.raises(ConfigurationError, match=r"client_key_file is not set.*oauthenticator-suite client-key FILE"):
        keys.signing_key()


@pytest.mark.parametrize("path", ["a\0b", "/dev/null"])
def test_no_file_at_all(path: str) -> None:
    with pytest.raises(ConfigurationError, match="client_key_file"):
        keys_of(path).signing_key()


def test_a_key_in_place_of_its_path_is_not_shown() -> None:
    text = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ\n-----END PRIVATE KEY-----"
    with pytest.raises(
        ConfigurationError, match=r"the file of GenericOAuthenticator\.client_key_file cannot"
    ) as caught:
        keys_of(text).signing_key()
    assert "MC4CAQ" not in caught.value.detail


def test_a_file_that_is_replaced_within_the_same_moment(tmp_path: Path) -> None:
    """As Kubernetes and `os.replace` do: another inode, possibly with the same time and size."""
    file, other = tmp_path / "key", tmp_path / "other"
    keys = keys_of(file)
    first, second = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    write_keys(file, first)
    assert keys.signing_key().kid == first.thumbprint()
    write_keys(other, second)
    status = file.stat()
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    os.replace(other, file)
    assert keys.signing_key().kid == second.thumbprint()


async def test_the_key_is_in_no_log_and_on_no_page(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    key = ECKey.generate_key("P-256")
    write_keys(tmp_path / "key", key)
    hub = await hub_at_provider(client_key_file=str(tmp_path / "key"))
    browser = hub.browser()
    await browser.login("alice")
    assert key.as_dict(private=True)["d"] not in hub.log.text
    assert isinstance(hub.log, LogCapture)
