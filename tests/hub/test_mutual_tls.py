"""A client with a certificate: mutual TLS, the provider's aliases, tokens that are bound, and a renewed certificate."""

from __future__ import annotations

import datetime
import os
import time
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.jwk import ECKey

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.hub.findings.finding import find
from oauthenticator_suite.hub.oauth.expiry import ending
from oauthenticator_suite.hub.oauth.secret_watch import reminders
from tests.contract.sessions import ALL_REQUESTS, EXPIRES_AFTER, refreshed_and_logged_out
from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openid_provider.mutual_tls import thumbprint
from tests.hub.certificates import certificate
from tests.hub.client_certificates import Authority, all_requests_had, demand_certificates, der_of, options
from tests.support import Time, check_invariants, refreshes_ended
from tests.support.key_files import certificate_of, pem_of, write_keys

pytestmark = pytest.mark.hub_versions

DAY = 86_400.0


@pytest.fixture
async def authority(provider: FakeProvider, tmp_path: Path) -> Authority:
    """The provider listens with mutual TLS, offers nothing else, and binds tokens to the certificate."""
    made = Authority(tmp_path)
    await demand_certificates(provider, made, "tls_client_auth", "self_signed_tls_client_auth")
    return made


@pytest.mark.conformance("oidcc-client-test-mtls-endpoint-aliases")
async def test_a_client_with_a_certificate_signs_users_in(
    authority: Authority, provider: FakeProvider, hub_at_provider: Any
) -> None:
    """C oidcc-client-test-mtls-endpoint-aliases: the method follows from the metadata."""
    own = authority.client()
    authority.write_apart(own)
    hub = await hub_at_provider(**options(provider, authority))
    assert (await hub.browser().login("alice")).status == 200
    for name in ("token", "userinfo"):
        (call,) = provider.requests_to(name)
        assert call.certificate == der_of(own)
        assert call.headers["host"] == provider.mtls_origin.removeprefix("https://")
    (call,) = provider.requests_to("token")
    assert call.fields["client_id"] == provider.client.client_id
    assert not {"client_secret", "client_assertion"} & call.fields.keys()
    assert {call.headers["host"] for call in provider.requests_to("jwks")} == {provider.host}
    assert provider.refusals == []
    check_invariants(hub, provider, accounts={"alice"})


async def test_pushed_request_refresh_userinfo_and_revocation_use_the_certificate(
    authority: Authority, provider: FakeProvider, hub_at_provider: Any
) -> None:
    own = authority.client()
    authority.write_apart(own)
    provider.access_token_lifetime = EXPIRES_AFTER
    hub = await hub_at_provider(**options(provider, authority), **ALL_REQUESTS, enable_par=True)
    browser = hub.browser("alice")
    assert (await browser.login()).status == 200
    await refreshed_and_logged_out(hub, browser)
    all_requests_had(provider, own)


async def test_a_certificate_that_signs_itself(provider: FakeProvider, hub_at_provider: Any, tmp_path: Path) -> None:
    made = Authority(tmp_path)
    own = certificate("hub.example", authority=True)
    file = own.save(tmp_path / "client.pem")
    await provider.listen_with_tls(made.server, file)
    provider.client.auth_method = "self_signed_tls_client_auth"
    provider.client.certificates = {thumbprint(der_of(own))}
    provider.auth_methods = ["self_signed_tls_client_auth"]
    given = options(provider, made, client_certificate_file=file, client_certificate_key_file="")
    hub = await hub_at_provider(**given)
    assert (await hub.browser().login("alice")).status == 200
    assert provider.refusals == []
    provider.client.certificates = {"another"}
    assert (await hub.browser().login("bob")).status == 502
    assert [line for line in hub.log.lines_with("invalid_client") if "client_certificate_file" in line]


async def test_client_cert_of_http_request_kwargs_is_the_same_thing(
    authority: Authority, provider: FakeProvider, hub_at_provider: Any
) -> None:
    authority.write_apart(authority.client())
    files = {
        "ca_certs": authority.file,
        "client_cert": str(authority.folder / "tls.crt"),
        "client_key": str(authority.folder / "tls.key"),
    }
    given = options(provider, authority, client_certificate_file="", client_certificate_key_file="")
    hub = await hub_at_provider(**{**given, "http_request_kwargs": files})
    assert (await hub.browser().login("alice")).status == 200


async def test_a_renewed_certificate_is_used_without_a_restart(
    authority: Authority, provider: FakeProvider, hub_at_provider: Any
) -> None:
    """Tokens are bound to the former one: the refresh gets new ones for the new certificate."""
    first, second = authority.client(), authority.client()
    authority.write_apart(first)
    hub = await hub_at_provider(**options(provider, authority), enable_auth_state=True, user_data_max_age=0)
    clock, browser = Time(hub), hub.browser("alice")
    assert (await browser.login()).status == 200
    authority.write_apart(second)
    clock.passes(700)
    assert (await browser.get("/hub/home")).status == 200
    await refreshes_ended(hub.authenticator)
    used = [call.certificate for call in provider.requests_to("token")]
    assert used == [der_of(first), der_of(second)]
    statuses = [(call.status, call.certificate == der_of(second)) for call in provider.requests_to("userinfo")]
    assert statuses == [(200, False), (401, True), (200, True)]
    assert not hub.log.lines_with("must sign in again")
    assert len(hub.log.lines_with("files of the TLS connections to providers have changed")) == 1


async def test_a_half_written_renewal_changes_nothing(
    authority: Authority, provider: FakeProvider, hub_at_provider: Any
) -> None:
    """The certificate is there, and its key is not yet."""
    first, second = authority.client(), authority.client()
    authority.write_apart(first)
    key = (authority.folder / "tls.key").read_text()
    hub = await hub_at_provider(**options(provider, authority))
    authority.write_apart(second)
    new_key = (authority.folder / "tls.key").read_text()
    (authority.folder / "tls.key").write_text(key)
    for name in ("alice", "bob"):
        assert (await hub.browser().login(name)).status == 200
    (line,) = hub.log.lines_with("The Hub continues with the former certificate")
    assert "GenericOAuthenticator.client_certificate_file" in line
    (authority.folder / "tls.key").write_text(new_key)
    os.utime(authority.folder / "tls.key", ns=(1, 1))
    assert (await hub.browser().login("alice")).status == 200
    assert [call.certificate == der_of(second) for call in provider.requests_to("token")] == [False, False, True]


async def test_the_host_of_an_alias_must_be_trusted(
    authority: Authority, provider: FakeProvider, hub_at_provider: Any
) -> None:
    authority.write_apart(authority.client())
    hub = await hub_at_provider(**options(provider, authority, trusted_provider_hosts=set()))
    line = await hub.log.until("No user can sign in")
    assert "mtls_endpoint_aliases.token_endpoint" in line
    assert "trusted_provider_hosts" in line
    assert (await hub.browser().login("alice")).status == 500


async def test_the_start_names_the_option_when_the_provider_demands_a_certificate(
    authority: Authority, hub_at_provider: Any
) -> None:
    hub = await hub_at_provider(client_secret="", client_auth_method="")
    line = await hub.log.until("No user can sign in")
    assert "only by tls_client_auth, self_signed_tls_client_auth: set client_certificate_file" in line


async def test_a_key_authenticates_and_the_certificate_binds_the_tokens(
    authority: Authority, provider: FakeProvider, hub_at_provider: Any
) -> None:
    """RFC 8705 §3 with private_key_jwt, as FAPI 2.0 allows it."""
    key, own = ECKey.generate_key("P-256"), authority.client()
    authority.write_apart(own)
    write_keys(authority.folder / "key", key)
    provider.register_keys(key)
    hub = await hub_at_provider(**options(provider, authority, client_key_file=str(authority.folder / "key")))
    assert (await hub.browser().login("alice")).status == 200
    assert [call.certificate for call in provider.requests_to("userinfo")] == [der_of(own)]
    assert provider.refusals == []


async def test_a_certificate_of_another_authority_is_refused(
    authority: Authority, provider: FakeProvider, hub_at_provider: Any
) -> None:
    authority.write_apart(certificate("hub.example", authority=True))
    hub = await hub_at_provider(**options(provider, authority))
    page = await hub.browser().login("alice")
    assert page.status in (502, 503)
    assert provider.count("token") == 0
    assert hub.log.lines_with("token request")


# --- findings, reminders and the metric -------------------------------------------------------------------------------


def made_with(**given: Any) -> Any:
    return GenericOAuthenticator(client_id="hub", issuer="https://login.example", allow_all=True, **given)


def found(code: str, **given: Any) -> list[str]:
    return [str(finding) for finding in find(made_with(**given), "start") if finding.code == code]


def test_two_options_for_one_certificate(tmp_path: Path) -> None:
    file = certificate("hub.example").save(tmp_path / "client.pem")
    both = {"client_certificate_file": file, "http_request_kwargs": {"client_cert": file}}
    (line,) = found("client-certificate", **both)
    assert "client_cert of c.GenericOAuthenticator.http_request_kwargs" in line
    (line,) = found("client-certificate", client_certificate_key_file=file)
    assert "client_certificate_key_file is set without client_certificate_file" in line
    assert found("client-certificate", client_certificate_file=file) == []


@pytest.mark.parametrize("content", [None, "no certificate", "other key"])
def test_a_file_that_cannot_be_used_is_named(content: str | None, tmp_path: Path) -> None:
    file, key = tmp_path / "client.pem", ""
    if content == "other key":
        certificate("hub.example", lasts=datetime.timedelta(days=90)).save(file)
        key = certificate("hub.example").save(tmp_path / "key.pem")
    elif content:
        file.write_text(content)
    (line,) = found("http-request-kwargs", client_certificate_file=str(file), client_certificate_key_file=key)
    assert f"GenericOAuthenticator.client_certificate_file: {file}" in line
    assert "http_request_kwargs" not in line.partition("client_certificate_file")[2]
    assert found("client-certificate-expires", client_certificate_file=str(file)) == []


@pytest.mark.parametrize(("days", "severity"), [(-1, "expired on"), (3, "expires in"), (20, "expires in"), (60, None)])
def test_the_end_of_a_certificate_is_said_at_the_start_and_every_day(
    days: int, severity: str | None, tmp_path: Path, hub_log: Any
) -> None:
    until = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=days, minutes=5)
    made = ECKey.generate_key("P-256").private_key
    file = tmp_path / "client.pem"
    file.write_text(pem_of(made) + certificate_of(made, until).public_bytes(Encoding.PEM).decode())
    lines = found("client-certificate-expires", client_certificate_file=str(file), client_key_file=str(file))
    assert len(lines) == (2 if severity else 0)
    assert [severity in line for line in lines] == ([True, True] if severity else [])
    authenticator = made_with(client_certificate_file=str(file))
    waiting: list[Any] = []
    (reminder,) = reminders(authenticator, lambda seconds, call: waiting.append((seconds, call)))
    reminder.start()
    ((seconds, call),) = waiting
    assert seconds == DAY
    call()
    assert len(waiting) == 2  # and once more tomorrow
    logged = hub_log.lines_with("client_certificate_file has a certificate")
    level = {-1: ["ERROR"], 3: ["ERROR"], 20: ["WARNING"], 60: []}[days]
    assert [line.split()[0] for line in logged] == level


def test_without_a_certificate_nothing_is_watched() -> None:
    assert reminders(made_with(), lambda *later: None) == []


@pytest.mark.parametrize(
    ("left", "said"), [(3 * DAY, "in 3 days"), (DAY, "in 24 hours"), (5000, "in 83 minutes"), (0, "expired on")]
)
def test_how_long_it_lasts(left: float, said: str) -> None:
    end = ending("client_certificate_file", 1_800_000_000 + left, 1_800_000_000)
    assert end is not None
    assert said in end.sentence


async def test_the_metric_has_the_end(authority: Authority, provider: FakeProvider, hub_at_provider: Any) -> None:
    authority.write_apart(authority.client(days=90))
    hub = await hub_at_provider(**options(provider, authority))
    (state,) = hub.authenticator.observed_states()
    assert state.certificate_expires_at == pytest.approx(time.time() + 90 * DAY, abs=600)
