"""Resource indicators through a real Hub (RFC 8707), and the token in the body of the userinfo request (RFC 6750)."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl

import pytest
from traitlets import TraitError

from oauthenticator_suite.errors import ConfigurationError
from tests.fakes.openid_provider import FakeProvider
from tests.support import Time, check_invariants

pytestmark = pytest.mark.hub_versions

API, FILES = "https://api.example.org/", "urn:example:files"


def resources_in(text: str) -> list[str]:
    return [value for name, value in parse_qsl(text) if name == "resource"]


@pytest.mark.parametrize("resources", [[API], [API, FILES]])
async def test_resources_are_in_every_request(
    provider: FakeProvider, hub_at_provider: Any, resources: list[str]
) -> None:
    provider.allowed_resources, provider.access_token_lifetime = {API, FILES}, 60
    hub = await hub_at_provider(resources=resources, enable_auth_state=True, user_data_max_age=0)
    time = Time(hub)
    browser = hub.browser()
    assert (await browser.login("alice")).status == 200
    time.passes(700)
    assert (await browser.get("/hub/home")).status == 200
    assert resources_in(provider.requests_to("authorize")[0].query) == resources
    assert [resources_in(call.body) for call in provider.requests_to("token")] == [resources, resources]
    assert provider.refusals == []
    check_invariants(hub, provider, accounts=["alice"])


async def test_without_the_option_nothing_is_sent(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider()
    assert (await hub.browser().login("alice")).status == 200
    assert all("resource" not in call.query + call.body for call in provider.calls)


async def test_a_resource_that_the_provider_does_not_know(provider: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(resources=[API])
    assert (await hub.browser().login("alice")).status == 400
    provider.allowed_resources = {API}
    browser = hub.browser()
    callback = await browser.walk_to_callback("alice")
    provider.allowed_resources = set()
    assert (await browser.get(callback)).status == 502
    assert hub.log.lines_with("check resources")
    check_invariants(hub, provider)


@pytest.mark.parametrize(
    ("traits", "words"),
    [
        ({"resources": ["/api"]}, "is not an absolute URI"),
        ({"resources": [f"{API}#a"]}, "fragment"),
        ({"resources": [API], "token_params": {"resource": API}}, "token_params"),
        ({"resources": [API], "extra_authorize_params": {"resource": API}}, "extra_authorize_params"),
    ],
)
async def test_mistakes_stop_the_start(provider: FakeProvider, hub_at_provider: Any, traits: Any, words: str) -> None:
    with pytest.raises((ConfigurationError, TraitError), match=words):
        await hub_at_provider(**traits)


@pytest.mark.conformance("oidcc-client-test-userinfo-bearer-body")
async def test_oidcc_client_test_userinfo_bearer_body(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.userinfo_in_body = True
    hub = await hub_at_provider(userdata_token_method="body")
    assert (await hub.browser().login("alice")).status == 200
    (call,) = provider.requests_to("userinfo")
    assert (call.method, call.query) == ("POST", "")
    assert "authorization" not in call.headers
    assert [name for name, _ in parse_qsl(call.body)] == ["access_token"]
    check_invariants(hub, provider, accounts=["alice"])
    provider.userinfo_in_body = False
    assert (await hub.browser().login("bob")).status == 502, "it is not sent in another way"
