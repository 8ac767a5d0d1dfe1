"""`OpenShiftOAuthenticator` through a real Hub: OpenShift's own rules. The rules for all are in tests/contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from oauthenticator_suite import OpenShiftOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.oauth import endpoint_document
from tests.contract.cases.openshift import OpenShiftCase
from tests.fakes.openid_provider import Fault
from tests.fakes.openid_provider.bending import reply_is
from tests.fakes.openshift import FakeOpenShift
from tests.hub.visits import Start, comes_in, refused_with, signs_in, starting
from tests.support import HubDidNotStart, check_invariants


@pytest.fixture
async def case() -> AsyncIterator[OpenShiftCase]:
    case = OpenShiftCase()
    async with case.fake:
        yield case


@pytest.fixture
def cluster(case: OpenShiftCase) -> FakeOpenShift:
    return case.fake


@pytest.fixture
def start(case: OpenShiftCase, hubs: Any) -> Start:
    return starting(case, hubs)


async def test_users_and_groups(start: Start, cluster: FakeOpenShift) -> None:
    """The groups of a user may be null, and a name may have a colon."""
    hub = await start(allowed_groups={"staff"}, admin_groups={"system:cluster-admins"}, allowed_users={"carol"})
    for user, comes in (("alice", True), ("bob", False), ("carol", True), ("kube:admin", True)):
        assert await comes_in(hub, user) is comes, user
    assert hub.app.users["kube:admin"].admin
    check_invariants(hub, cluster, accounts={"alice", "carol", "kube:admin"})


@pytest.mark.parametrize("auth_method", ["client_secret_post", "client_secret_basic"])
async def test_a_service_account_is_the_client(start: Start, cluster: FakeOpenShift, auth_method: str) -> None:
    """Its ID has colons, which HTTP Basic authentication has to encode (RFC 6749 §2.3.1)."""
    cluster.client.auth_method = auth_method
    hub = await start(allow_all=True, basic_auth=auth_method == "client_secret_basic")
    await signs_in(hub, "alice")


async def test_the_document_is_asked_for_once(start: Start, cluster: FakeOpenShift) -> None:
    hub = await start(allow_all=True)
    assert cluster.count("metadata") == 0
    for user in ("alice", "bob"):
        await signs_in(hub, user)
    assert cluster.count("metadata") == 1


async def test_the_old_endpoints_stay_in_use(start: Start, cluster: FakeOpenShift) -> None:
    now = [0.0]
    hub = await start(allow_all=True)
    hub.authenticator.connection.document._clock = lambda: now[0]
    await signs_in(hub, "alice")
    now[0] = endpoint_document.DOCUMENT_MAX_AGE + 1
    cluster.faults.on("F15", at="metadata")
    await signs_in(hub, "bob")
    assert "the old endpoints stay in use" in hub.log.text
    asked = cluster.count("metadata")
    await signs_in(hub, "carol")
    assert cluster.count("metadata") == asked  # not again within a minute


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({}, "authorization_endpoint is missing"),
        ({"authorization_endpoint": 1}, "authorization_endpoint is missing"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint"),
        ({"authorization_endpoint": "http://oauth.example.org/oauth/authorize"}, "https"),
    ],
)
async def test_a_document_that_is_not_usable(
    start: Start, cluster: FakeOpenShift, document: dict[str, Any], words: str
) -> None:
    hub = await start(allow_all=True)
    cluster.faults.on(Fault("odd", "", "odd", reply_is(200, document)), at="metadata")
    browser = hub.browser()
    page = await browser.get("/hub/oauth_login")
    assert page.status == 502
    assert any(words in line for line in hub.log.lines_with("the document with the endpoints"))


async def test_the_cluster_does_not_answer(start: Start, cluster: FakeOpenShift) -> None:
    hub = await start(allow_all=True)
    cluster.faults.on("F15", at="metadata", times=1)
    page = await hub.browser().get("/hub/oauth_login")
    assert page.status in (502, 503)
    await signs_in(hub, "alice")


async def test_named_servers_need_no_document(start: Start, cluster: FakeOpenShift) -> None:
    hub = await start(
        allow_all=True,
        openshift_url="https://api.cluster.example:6443",
        openshift_auth_api_url=cluster.origin,
        openshift_rest_api_url=cluster.origin,
    )
    await signs_in(hub, "alice")
    assert cluster.count("metadata") == 0


async def test_a_token_without_the_scope(start: Start, cluster: FakeOpenShift) -> None:
    hub = await start(allow_all=True, scope=["user:check-access"])
    await refused_with(hub, "alice", 502)


def test_the_authority_of_the_cluster_is_trusted_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    assert OpenShiftOAuthenticator().http_request_kwargs == {}
    (file := tmp_path / "ca.crt").write_text("-----BEGIN CERTIFICATE-----")
    monkeypatch.setattr("oauthenticator_suite.providers.openshift.CA_FILE", str(file))
    assert OpenShiftOAuthenticator().http_request_kwargs == {"ca_certs": str(file)}
    assert OpenShiftOAuthenticator(validate_server_cert=False).http_request_kwargs == {}


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"openshift_url": ""}, "c.OpenShiftOAuthenticator.openshift_url is empty"),
        ({"ca_certs": "/ca.crt"}, "http_request_kwargs"),
    ],
)
async def test_a_configuration_that_stops_the_start_up(start: Start, options: dict[str, Any], words: str) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart)) as error:
        await start(**options)
    assert words in str(error.value)
