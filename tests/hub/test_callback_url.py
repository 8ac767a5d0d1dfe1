"""The redirect URI against the Hub's own address at start-up, and against the browser's at each login."""

from __future__ import annotations

from typing import Any

import pytest
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.findings.finding import Finding, find
from oauthenticator_suite.multi import MultiAuthenticator
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hub, HubState
from tests.support.hub import WithoutCommandLine

pytestmark = pytest.mark.hub_versions

GOOD = {"issuer": "https://login.example", "client_id": "hub", "client_secret": "s", "allow_all": True}
CODES = {"callback-path", "callback-form", "callback-elsewhere", "callback-host", "cookies-not-secure", "callback-http"}


def findings(callback_url: str, cls: Any = GenericOAuthenticator, **hub: Any) -> dict[str, Finding]:
    """What is found about a redirect URI on a Hub with these options, by code."""
    config = Config()
    config.JupyterHub.update({"bind_url": "http://127.0.0.1:8000", **hub})
    config[cls.__name__].update(oauth_callback_url=callback_url, **GOOD)
    app = WithoutCommandLine(config=config)
    return {each.code: each for each in find(cls(parent=app, config=config), "start") if each.code in CODES}


# --- at start-up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("callback_url", "hub"),
    [
        ("", {}),
        ("", {"public_url": "https://hub.example.org/"}),
        ("http://127.0.0.1:8000/hub/oauth_callback", {}),
        ("http://localhost:8000/hub/oauth_callback", {}),
        ("http://[::1]:8000/hub/oauth_callback", {}),
        ("https://hub.example.org/hub/oauth_callback", {"public_url": "https://hub.example.org"}),
        ("https://hub.example.org:443/hub/oauth_callback", {"public_url": "https://hub.example.org/"}),
        ("https://HUB.example.ORG/hub/oauth_callback", {"public_url": "https://hub.example.org/"}),
        ("https://hub.example.org/hub/oauth_callback", {"public_url": "https://hub.example.org./"}),
        ("https://xn--bcher-kva.example/hub/oauth_callback", {"public_url": "https://bücher.example/"}),
        ("https://hub.example.org:8443/hub/oauth_callback", {"public_url": "https://hub.example.org:8443/"}),
        ("https://hub.example.org/hub/oauth_callback", {"subdomain_host": "https://hub.example.org"}),
        ("https://hub.example.org/hub/oauth_callback", {"ssl_cert": "/hub.pem", "ssl_key": "/hub.key"}),
        (
            "https://example.org/jupyter/hub/oauth_callback",
            {"base_url": "/jupyter/", "public_url": "https://example.org/jupyter/"},
        ),
        (
            "https://example.org/%40user/my%20lab/hub/oauth_callback",
            {"base_url": "/@user/my%20lab/", "public_url": "https://example.org/@user/my%20lab/"},
        ),
        ("https://hub.example.org/hub/auth/generic/authorize", {"public_url": "https://hub.example.org/"}),
        ("https://hub.example.org/hub/oauth_callback?tenant=1", {"public_url": "https://hub.example.org/"}),
    ],
)
def test_no_false_alarms(callback_url: str, hub: dict[str, Any]) -> None:
    assert findings(callback_url, **hub) == {}


@pytest.mark.parametrize(
    ("callback_url", "hub", "fix"),
    [
        ("https://h.example/hub/oauth_callback/", {}, "https://h.example/hub/oauth_callback"),
        ("https://h.example/oauth_callback", {}, "https://h.example/hub/oauth_callback"),
        ("https://h.example/Hub/OAuth_callback", {}, "https://h.example/hub/oauth_callback"),
        ("https://h.example/hub/oauth_callback", {"base_url": "/lab/"}, "https://h.example/lab/hub/oauth_callback"),
        ("https://h.example/lab/hub/oauth_callback", {}, "https://h.example/hub/oauth_callback"),
        ("https://h.example:8/hub//oauth_callback", {}, "https://h.example:8/hub/oauth_callback"),
        ("https://h.example/", {"public_url": "https://h.example/"}, "https://h.example/hub/oauth_callback"),
        ("https://h.example", {"public_url": "https://h.example/"}, "https://h.example/hub/oauth_callback"),
        ("https://h.example/auth/generic/authorize/", {}, "https://h.example/hub/auth/generic/authorize"),
        ("https://h.example/callback", {"public_url": "https://h.example/"}, "https://h.example/hub/oauth_callback"),
    ],
)
def test_paths_that_the_hub_does_not_serve(callback_url: str, hub: dict[str, Any], fix: str) -> None:
    finding = findings(callback_url, **hub)["callback-path"]
    assert finding.severity == "error"
    assert callback_url in finding.reason
    assert f"Set it to {fix}, and register the same URL" in finding.fix


def test_a_server_that_passes_the_callback_on() -> None:
    """At another host there may be one, so that the Hub starts."""
    found = findings("https://callbacks.example/jupyter", public_url="https://hub.example/")
    assert found.keys() == {"callback-elsewhere", "callback-host"}
    assert {each.severity for each in found.values()} == {"warning"}
    assert "https://callbacks.example/hub/oauth_callback" in found["callback-elsewhere"].fix


def test_a_class_with_its_own_route() -> None:
    class Own(GenericOAuthenticator):
        def get_handlers(self, app: Any) -> list[Any]:
            return [("/mine", self.callback_handler), *super().get_handlers(app)]

    assert findings("https://hub.example/hub/mine", Own, public_url="https://hub.example/") == {}


@pytest.mark.parametrize(
    "url", ["https://h.example/hub/oauth_callback#x", "https://me:pw@h.example/hub/oauth_callback"]
)
def test_what_is_no_redirect_uri(url: str) -> None:
    finding = findings(url, public_url="https://h.example/")["callback-form"]
    assert finding.severity == "error"
    assert "pw" not in str(finding)


@pytest.mark.parametrize(
    ("callback_url", "public_url"),
    [
        ("http://hub.example/hub/oauth_callback", "https://hub.example/"),
        ("https://hub.example/hub/oauth_callback", "http://hub.example/"),
        ("https://hub/hub/oauth_callback", "https://hub.example/"),
        ("https://hub.example:8443/hub/oauth_callback", "https://hub.example/"),
    ],
)
def test_another_address_than_the_hubs(callback_url: str, public_url: str) -> None:
    finding = findings(callback_url, public_url=public_url)["callback-host"]
    assert finding.severity == "warning"
    assert callback_url in finding.reason
    assert public_url in finding.reason


def test_cookies_that_are_not_secure() -> None:
    finding = findings("https://hub.example:8443/lab/hub/oauth_callback", base_url="/lab/")["cookies-not-secure"]
    assert finding.severity == "warning"
    assert finding.option == "c.JupyterHub.public_url"
    assert finding.fix == "Set c.JupyterHub.public_url = 'https://hub.example:8443/lab/'"


def test_each_of_several_has_its_own() -> None:
    """One variable in the environment cannot be right for two."""
    one = {"authenticator_class": GenericOAuthenticator, "provider": "one", "config": dict(GOOD)}
    config = Config()
    config.JupyterHub.public_url = "https://hub.example/lab/"
    config.JupyterHub.base_url = "/lab/"
    one["config"]["oauth_callback_url"] = "https://hub.example/hub/auth/one/authorize"
    config.MultiAuthenticator.update(authenticators=[one], username_collision="prefix", enable_auth_state=False)
    multi = MultiAuthenticator(parent=WithoutCommandLine(config=config), config=config)
    (finding,) = [each for each in find(multi.children["one"], "start") if each.code == "callback-path"]
    assert "https://hub.example/lab/hub/auth/one/authorize" in finding.fix


async def test_a_wrong_path_stops_the_hub(hub_at_provider: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"oauth_callback_url is 'https://h\.example/hub/oauth_callback/'"):
        await hub_at_provider(oauth_callback_url="https://h.example/hub/oauth_callback/")


# --- at a login -------------------------------------------------------------------------------------------------------

WARNING = "A browser begins a login at "


async def begins(hub: Hub, **headers: str) -> list[str]:
    """All warnings so far, after a login has begun with these headers."""
    browser = hub.browser()
    browser.tells_where_from = False  # as over http, where browsers send no Sec-Fetch-Site
    page = await browser.get("/hub/oauth_login", headers={name.replace("_", "-"): v for name, v in headers.items()})
    assert page.status == 302, page.text
    return [line.partition(WARNING)[2] for line in hub.log.lines_with(WARNING)]


@pytest.fixture
def start(provider: FakeProvider, hubs: Any) -> Any:
    async def start(callback_url: str = "", **hub: Any) -> Hub:
        state = HubState()
        config: Config = generic_config(provider, oauth_callback_url=callback_url)
        config.JupyterHub.update(hub)
        return await hubs(config, state)

    return start


async def test_another_host(start: Any) -> None:
    hub = await start("https://hub.example.org/hub/oauth_callback", public_url="https://hub.example.org/")
    for _ in range(3):
        (said,) = await begins(hub, Host="hub")
    assert said.startswith(
        "'http://hub', and the redirect URI of c.GenericOAuthenticator is 'https://hub.example.org/hub/oauth_callback': "
    )
    assert len(await begins(hub, X_Forwarded_Host="other.example\u00ff")) == 2
    assert r"'http://other.example\xc3\xbf'" in hub.log.text
    for number in range(50):
        said_so_far = await begins(hub, Host=f"x{number}.example")
    assert len(said_so_far) == 20


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": "hub.example.org"},
        {"Host": "HUB.example.org:8443"},
        {"Host": "127.0.0.1:8000", "X_Forwarded_Host": "hub.example.org, 10.0.0.1"},
        {"Host": "hub.example.org", "X_Forwarded_Proto": "https,http"},
        {"Host": "hub.example.org", "X_Forwarded_Proto": "http"},
        {"Host": "hub.example.org.", "Sec_Fetch_Site": "none"},
        {"Host": "hub.example.org", "X_Forwarded_Host": ""},  # as configurable-http-proxy of PyPI sends it
    ],
    ids=str,
)
async def test_no_false_alarms_with_a_public_url(headers: dict[str, str], start: Any) -> None:
    hub = await start("https://hub.example.org/hub/oauth_callback", public_url="https://hub.example.org/")
    assert await begins(hub, **headers) == []


@pytest.mark.parametrize("headers", [{"X_Forwarded_Proto": "https,http"}, {"Sec_Fetch_Site": "same-origin"}], ids=str)
async def test_tls_that_ends_at_a_proxy(headers: dict[str, str], start: Any) -> None:
    hub = await start("https://hub.example.org/hub/oauth_callback")
    assert hub.log.lines_with("[cookies-not-secure]")
    assert await begins(hub, Host="hub.example.org", **headers) == []


async def test_http_where_the_callback_is_https(start: Any) -> None:
    hub = await start("https://hub.example.org/hub/oauth_callback")
    (said,) = await begins(hub, Host="hub.example.org")
    assert "'http://hub.example.org'" in said
    assert "Redirect users to https; if they use it already, set c.JupyterHub.public_url" in said


async def test_https_where_the_callback_is_http(start: Any) -> None:
    hub = await start("http://hub.example.org/hub/oauth_callback")
    (said,) = await begins(hub, Host="hub.example.org", X_Forwarded_Proto="https")
    assert "Change oauth_callback_url to https" in said


async def test_a_guess_with_the_wrong_scheme(start: Any) -> None:
    hub = await start()
    assert await begins(hub) == []
    assert await begins(hub, Host="hub.example.org") == []
    (said,) = await begins(hub, Host="hub.example.org", Sec_Fetch_Site="none")
    assert "made from the request, with the wrong scheme. Set c.JupyterHub.public_url" in said


async def test_on_this_machine(start: Any) -> None:
    """Browsers send the header to http on this machine too."""
    hub = await start()
    assert await begins(hub, Sec_Fetch_Site="none") == []
    assert await begins(hub, Host="localhost:8000", Sec_Fetch_Site="none") == []
