"""Signed request objects (RFC 9101): by value, by reference, and pushed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from joserfc.jwk import ECKey, KeySet, RSAKey

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.findings.finding import find
from oauthenticator_suite.hub.oauth.attempts import LIFETIME
from oauthenticator_suite.hub.oauth.request_objects import MAX_REQUEST_OBJECTS, RequestObjects, request_object_url
from oauthenticator_suite.hub.web.paths import Paths
from tests.contract.logins import accepted, asked_by_browser, refused
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import at, config_of, entry
from tests.support import HubState, check_invariants
from tests.support.key_files import write_keys

EC = ECKey.generate_key("P-256", {"kid": "ec"})
RSA = RSAKey.generate_key(2048, {"kid": "rsa"})


@pytest.fixture
def key_file(provider: FakeProvider, tmp_path: Path) -> Callable[..., str]:
    """`key_file(key)`: the path of a file with this key, which the provider knows."""

    def write(key: Any = EC, known: Any = None) -> str:
        path = tmp_path / "client.pem"
        path.write_bytes(key.as_pem(private=True))
        path.chmod(0o600)
        public = (known or key).as_dict(private=False)
        # PEM has no kid: the client's keys then have their thumbprint
        public["kid"] = (known or key).thumbprint()
        provider.client.request_object_keys = KeySet.import_key_set({"keys": [public]})
        return str(path)

    return write


@pytest.mark.parametrize(
    ("way", "carried"),
    [
        ({"request_object": "value"}, {"client_id", "response_type", "scope", "request"}),
        ({"request_object": "reference"}, {"client_id", "response_type", "scope", "request_uri"}),
        ({"request_object": "value", "enable_par": True}, {"client_id", "request_uri"}),
        ({"request_object": "reference", "enable_par": True}, {"client_id", "request_uri"}),
    ],
)
@pytest.mark.hub_versions
async def test_a_login(
    provider: FakeProvider, hub_at_provider: Any, key_file: Any, way: dict[str, Any], carried: set[str]
) -> None:
    provider.requires_signed_requests = True
    hub = await hub_at_provider(client_key_file=key_file(), extra_authorize_params={"max_age": "3600"}, **way)
    browser = await accepted(hub, provider)
    assert asked_by_browser(browser, provider).keys() == carried
    (asked,) = provider.requests_to("authorize")
    assert asked.fields["redirect_uri"] == hub.callback_url
    assert asked.fields["max_age"] == "3600"
    await accepted(hub, provider, hub.browser("bob"), "bob")  # each object has its own ``jti``
    assert provider.refusals == []
    check_invariants(hub, provider, accounts={"alice", "bob"})


@pytest.mark.parametrize("key", [RSA, EC])
async def test_the_algorithm_is_one_that_the_provider_accepts(
    provider: FakeProvider, hub_at_provider: Any, key_file: Any, key: Any
) -> None:
    provider.request_object_algorithms = ["RS256", "ES256"]
    hub = await hub_at_provider(client_key_file=key_file(key), request_object="value")
    await accepted(hub, provider)


async def test_it_is_used_without_the_option_when_the_provider_demands_it(
    provider: FakeProvider, hub_at_provider: Any, key_file: Any
) -> None:
    provider.requires_signed_requests = True
    browser = await accepted(await hub_at_provider(client_key_file=key_file()), provider)
    assert "request" in asked_by_browser(browser, provider)


async def test_without_a_key_the_log_names_the_option(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.requires_signed_requests = True
    hub = await hub_at_provider()
    line = await hub.log.until("No user can sign in")
    assert "client_key_file" in line
    await refused(hub, provider, 500, configuration_error=True)


async def test_a_key_that_the_provider_does_not_know(
    provider: FakeProvider, hub_at_provider: Any, key_file: Any
) -> None:
    path = key_file(EC, known=ECKey.generate_key("P-256"))
    hub = await hub_at_provider(client_key_file=path, request_object="value", enable_par=True)
    await refused(hub, provider, 502)
    assert provider.count("authorize") == 0


async def test_a_key_of_another_algorithm(provider: FakeProvider, hub_at_provider: Any, key_file: Any) -> None:
    provider.request_object_algorithms = ["RS256"]
    hub = await hub_at_provider(client_key_file=key_file(EC), request_object="value")
    line = await hub.log.until("No user can sign in")
    assert "signed with RS256, and the key of client_key_file signs with ES256" in line


async def test_with_a_posted_and_signed_response(provider: FakeProvider, hub_at_provider: Any, key_file: Any) -> None:
    """All of the front channel's protections at once."""
    hub = await hub_at_provider(
        client_key_file=key_file(), request_object="value", enable_par=True, response_mode="form_post.jwt"
    )
    await accepted(hub, provider)
    assert provider.requests_to("authorize")[0].fields["response_mode"] == "form_post.jwt"
    assert provider.refusals == []


@pytest.mark.parametrize("pushes", [False, True])
async def test_several_resources_are_inside(
    provider: FakeProvider, hub_at_provider: Any, key_file: Any, pushes: bool
) -> None:
    """RFC 8707 §2.1 with RFC 9101 §4: an array."""
    resources = ["https://api.example/", "https://files.example/"]
    provider.allowed_resources = set(resources)
    hub = await hub_at_provider(
        client_key_file=key_file(), request_object="value", resources=resources, enable_par=pushes
    )
    await accepted(hub, provider)
    assert provider.requests_to("authorize")[0].fields["resource"] == " ".join(resources)


async def test_the_key_authenticates_and_signs(provider: FakeProvider, hub_at_provider: Any, key_file: Any) -> None:
    """private_key_jwt at both endpoints, and a signed request object in the pushed request."""
    path = key_file()
    provider.register_keys(EC)
    hub = await hub_at_provider(client_key_file=path, client_secret="", request_object="value", enable_par=True)
    await accepted(hub, provider)
    assert "client_assertion" in provider.requests_to("par")[0].fields
    assert provider.refusals == []


async def test_a_rotation_before_the_provider_knows_the_new_key(
    provider: FakeProvider, hub_at_provider: Any, tmp_path: Path
) -> None:
    """The key with which the client is authenticated in the end has signed the request object as well."""
    old, new = ECKey.generate_key("P-256"), ECKey.generate_key("P-256")
    public = {**old.as_dict(private=False), "kid": old.thumbprint()}
    provider.client.auth_method, provider.client.jwks = "private_key_jwt", [public]
    provider.client.request_object_keys = KeySet.import_key_set({"keys": [public]})
    write_keys(tmp_path / "keys", new, old)
    hub = await hub_at_provider(
        client_key_file=str(tmp_path / "keys"), client_secret="", request_object="value", enable_par=True
    )
    await accepted(hub, provider)
    first, second = provider.requests_to("par")
    assert (first.status, second.status) == (401, 201)
    assert first.fields["request"] != second.fields["request"]


# --- by reference ----------------------------------------------------------------------------------------------------


async def test_what_is_served(provider: FakeProvider, hub_at_provider: Any, key_file: Any) -> None:
    hub = await hub_at_provider(client_key_file=key_file(), request_object="reference")
    await accepted(hub, provider)
    (url,) = provider.fetched
    assert len(url) <= 512
    answer = await hub.browser().request("GET", url)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/oauth-authz-req+jwt"
    assert answer.headers["cache-control"] == "no-store"
    assert not answer.set_cookies
    assert dict(parse_qsl(urlsplit(url).query))["id"] not in hub.log.text


@pytest.mark.parametrize("query", ["", "?id=", "?id=abc", "?id=%ff", "?id=a&id=b", "?other=1"])
async def test_nothing_else_is_served(provider: FakeProvider, hub_at_provider: Any, key_file: Any, query: str) -> None:
    hub = await hub_at_provider(client_key_file=key_file(), request_object="reference")
    answer = await hub.browser().request("GET", f"{hub.url}/hub/oauth_request_object{query}")
    assert (answer.status, answer.body) == (404, "")


async def test_the_page_is_not_there_without_the_option(hub_at_provider: Any, key_file: Any) -> None:
    hub = await hub_at_provider(client_key_file=key_file(), request_object="value")
    answer = await hub.browser().request("GET", f"{hub.url}/hub/oauth_request_object?id=abc")
    assert answer.status == 404
    assert answer.body != ""  # the Hub's own page


async def test_each_entry_of_several_has_its_own(provider: FakeProvider, hubs: Any, key_file: Any) -> None:
    state = HubState()
    options = at(provider, client_key_file=key_file(), request_object="reference")
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    hub = await hubs(config_of([entry("campus", **options)]), state)
    page = await hub.browser().login(at="campus")
    assert (page.status, page.path) == (200, "/hub/home"), page.text[:300]
    assert provider.fetched[0].startswith(f"{hub.url}/hub/auth/campus/request_object?id=")


def test_objects_expire_and_are_bounded() -> None:
    now = [1000.0]
    objects = RequestObjects(lambda: now[0])
    identifiers = [objects.keep(str(number)) for number in range(MAX_REQUEST_OBJECTS + 2)]
    kept = [objects.get(each) for each in identifiers]
    assert kept == [None, None, *(str(number) for number in range(2, MAX_REQUEST_OBJECTS + 2))]
    assert len(set(map(len, identifiers))) == 1
    assert len(identifiers[0]) == 43
    now[0] += LIFETIME + 1
    assert objects.get(identifiers[-1]) is None
    objects.keep("new")
    assert len(objects._objects) == 1


def test_the_url_is_next_to_the_callback() -> None:
    below = Paths.below("auth/campus")
    callback = "https://hub.example/jupyter/hub/auth/campus/authorize"
    assert request_object_url(callback, (Paths(), below), "x").endswith("/jupyter/hub/auth/campus/request_object?id=x")
    with pytest.raises(ConfigurationError, match="request_object"):
        request_object_url("https://hub.example/elsewhere", (Paths(),), "x")


@pytest.mark.parametrize(
    ("request_object", "callback", "refused"),
    [
        ("reference", "https://hub.example/elsewhere", True),
        ("reference", "https://hub.example/hub/oauth_callback", False),
        ("reference", "", False),
        ("value", "https://hub.example/elsewhere", False),
    ],
)
def test_the_start_says_that_request_objects_would_have_no_url(
    request_object: str, callback: str, refused: bool
) -> None:
    made = GenericOAuthenticator(client_id="hub", request_object=request_object, oauth_callback_url=callback)
    found = [finding for finding in find(made, "start") if finding.code == "request-object-url"]
    assert [finding.option for finding in found] == ["c.GenericOAuthenticator.request_object"] * refused


@pytest.mark.parametrize("missing", ["client_key_file", "issuer"])
async def test_the_start_names_the_option_that_is_missing(hub_at_provider: Any, key_file: Any, missing: str) -> None:
    hub = await hub_at_provider()
    given = {
        "client_id": "hub",
        "request_object": "value",
        "client_key_file": key_file(),
        "issuer": "https://login.example",
        "authorize_url": "https://login.example/a",
        "token_url": "https://login.example/t",
        "userdata_url": "https://login.example/u",
    }
    del given[missing]
    with pytest.raises(ConfigurationError, match=rf"request_object needs .*\.{missing}"):
        type(hub.authenticator)(**given).check_configuration()
