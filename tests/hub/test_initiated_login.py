"""A login that another site starts (OpenID Connect Core §4), through a real Hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from oauthenticator_suite.hub.oauth.initiated_login import MAX_LOGIN_HINT, is_usable_hint
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hub, HubState, check_invariants

pytestmark = pytest.mark.hub_versions

HubMaker = Callable[..., Awaitable[Hub]]
START = "/hub/oauth_initiate"


@pytest.fixture
async def initiable(hub_at_provider: HubMaker) -> Hub:
    return await hub_at_provider(initiate_login=True)


async def initiate(hub: Hub, method: str = "GET", path: str = START, **fields: str) -> Any:
    """What the Hub answers to another site's request."""
    browser, query = hub.browser(), urlencode(fields)
    headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://portal.example"}
    if method == "GET":
        return await browser.request("GET", f"{path}?{query}", headers=headers)
    headers["Content-Type"] = "application/x-www-form-urlencoded"
    return await browser.request("POST", path, data=query, headers=headers)


@pytest.mark.conformance("oidcc-client-test-3rd-party-init-login")
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_oidcc_client_test_3rd_party_init_login(initiable: Hub, provider: FakeProvider, method: str) -> None:
    """oidcc-client-test-3rd-party-init-login: a normal login at the configured issuer, that ends where it should."""
    browser = initiable.browser()
    fields = {
        "iss": provider.issuer,
        "login_hint": "alice@example.org",
        "target_link_uri": f"{initiable.url}/hub/token",
    }
    if method == "GET":
        page = await browser.open(f"{START}?{urlencode(fields)}")
    else:
        answer = await initiate(initiable, "POST", **fields)
        assert answer.status == 303
        page = await browser.open(answer.headers["location"])
    assert (page.status, page.path) == (200, "/hub/token")
    assert browser.logged_in
    (request,) = provider.requests_to("authorize")
    assert request.fields["login_hint"] == "alice@example.org"
    check_invariants(initiable, provider, accounts={"alice"})


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("iss", ["", "https://evil.example", "{issuer}/", "{ISSUER}", "{issuer}?x"])
async def test_another_issuer_starts_nothing(initiable: Hub, provider: FakeProvider, iss: str, method: str) -> None:
    fields = {"iss": iss.format(issuer=provider.issuer, ISSUER=provider.issuer.upper())} if iss else {}
    answer = await initiate(initiable, method, **fields)
    assert answer.status == 400
    assert "set-cookie" not in answer.headers or "oauth" not in answer.headers["set-cookie"]
    assert provider.count("authorize") == 0


@pytest.mark.parametrize(
    ("target", "page"),
    [
        ("{url}/hub/spawn?a=b", "/hub/spawn?a=b"),
        ("/hub/spawn", "/hub/spawn"),
        ("https://evil.example/hub/spawn", ""),
        ("//evil.example/hub", ""),
        ("/\\evil.example", ""),
        ("\\\\evil.example", ""),
        ("https:evil.example", "/evil.example"),
        ("javascript:alert(1)", ""),
        ("{url}:1/x", ""),
        ("http://[::1", ""),
        ("{url}/hub/../x", ""),
    ],
)
async def test_pages(initiable: Hub, provider: FakeProvider, target: str, page: str) -> None:
    """A page of another site is ignored, and a login starts all the same."""
    answer = await initiate(initiable, iss=provider.issuer, target_link_uri=target.format(url=initiable.url))
    location = urlsplit(answer.headers["location"])
    assert answer.status == 303
    assert (location.netloc, location.path) == ("", "/hub/oauth_login")
    assert parse_qs(location.query).get("next", [""]) == [page]


@given(target=st.text(st.sampled_from("/\\:@?#. \t\r\nhtpsevilx%2f5c"), max_size=20))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_target_leaves_the_hub(target: str) -> None:
    """What `safe_next_url` promises also holds here: the result is a path, or nothing."""
    from types import SimpleNamespace

    from oauthenticator_suite.hub.oauth import initiated_login

    handler: Any = SimpleNamespace(
        hub=SimpleNamespace(base_url="/hub/"),
        settings={"public_url": urlsplit("https://hub.example/")},
        log=SimpleNamespace(warning=lambda *_: None),
    )
    found = initiated_login.InitiateLoginHandler._page(handler, target)
    assert found == "" or (found.startswith("/") and not found.startswith(("//", "/\\")))


@pytest.mark.parametrize("hint", ["x" * (MAX_LOGIN_HINT + 1), "a\nb", "a\x00b", "a\u202eb", ""])
async def test_hints_that_are_not_passed_on(initiable: Hub, provider: FakeProvider, hint: str) -> None:
    assert not is_usable_hint(hint)
    answer = await initiate(initiable, iss=provider.issuer, login_hint=hint)
    assert "login_hint" not in answer.headers["location"]
    answer = await initiable.browser().request("GET", f"/hub/oauth_login?login_hint={quote(hint)}")
    sent = parse_qs(urlsplit(answer.headers["location"]).query).get("login_hint", ["a b"])
    assert sent == ["a b"]  # tornado has replaced a NUL by a space, or nothing is sent


async def test_a_hint_of_the_configuration_wins(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    hub = await hub_at_provider(initiate_login=True, extra_authorize_params={"login_hint": "campus"})
    await hub.browser().open(f"{START}?{urlencode({'iss': provider.issuer, 'login_hint': 'alice'})}")
    (request,) = provider.requests_to("authorize")
    assert request.fields["login_hint"] == "campus"


@pytest.mark.parametrize(
    "body", ["iss=1&iss=2", "iss=%FF", "\xff", "a=" + "x" * 70_000], ids=["twice", "not UTF-8", "not ASCII", "large"]
)
async def test_malformed_forms(initiable: Hub, provider: FakeProvider, body: str) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = await initiable.browser().request("POST", START, data=body.encode("latin-1"), headers=headers)
    assert answer.status == 400
    headers = {"Content-Type": "application/json"}
    answer = await initiable.browser().request("POST", START, data=b"{}", headers=headers)
    assert answer.status == 400
    assert provider.count("authorize") == 0


async def test_it_is_off_by_default(hub: Hub, provider: FakeProvider) -> None:
    answer = await initiate(hub, iss=provider.issuer)
    assert answer.status == 404
    answer = await hub.browser().request("GET", "/hub/oauth_login?login_hint=alice")
    assert "login_hint" not in answer.headers["location"]


async def test_each_of_several_providers_has_its_own(provider: FakeProvider, hubs: Any) -> None:
    """A request for one issuer starts no login at another one."""
    state = HubState()
    config = generic_config(provider)
    entry = {**config.pop("GenericOAuthenticator"), "initiate_login": True}
    elsewhere = {"issuer": f"{provider.elsewhere}/op", "client_secret": "of-another-client", "login_service": "Guests"}
    config.JupyterHub.authenticator_class = "suite-multi"
    config.MultiAuthenticator.authenticators = [
        {"authenticator_class": "suite-generic", "provider": "campus", "config": entry},
        {
            "authenticator_class": "suite-generic",
            "provider": "guests",
            "config": {**entry, **elsewhere},
        },
    ]
    provider.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    hub = await hubs(config, state)
    browser = hub.browser()
    page = await browser.open(f"/hub/auth/campus/initiate?{urlencode({'iss': provider.issuer})}")
    assert (page.status, page.path) == (200, "/hub/home")
    answer = await initiate(hub, path="/hub/auth/guests/initiate", iss=provider.issuer)
    assert answer.status == 400


async def test_a_start_without_an_issuer_is_a_mistake(hub_at_provider: HubMaker) -> None:
    from oauthenticator_suite.errors import ConfigurationError

    urls = {f"{name}_url": f"https://login.example/{name}" for name in ("authorize", "token", "userdata")}
    with pytest.raises(ConfigurationError, match=r"initiate_login.*issuer"):
        await hub_at_provider(issuer="", initiate_login=True, scope=["profile"], **urls)
