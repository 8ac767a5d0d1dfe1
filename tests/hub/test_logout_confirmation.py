"""A logout that the user did not ask for: no page of another site logs a user out or revokes tokens."""

from __future__ import annotations

import re

import pytest
from jupyterhub.auth import DummyAuthenticator
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator
from oauthenticator_suite.multi import MultiAuthenticator
from tests.contract.logouts import lives
from tests.support import HubState

pytestmark = pytest.mark.hub_versions

PASSWORDS = {"alice": "a-secret", "eve": "a-secret"}
KINDS = ["provider", "form", "several-provider", "several-form", "several-foreign"]
"""The kinds of sign-in; with several ways, the one of the signed-in user."""


class Scene:
    """A Hub, and a browser in which alice (or, with the other package's class, eve) is signed in."""

    def __init__(self, kind, hub, browser, provider):
        self.kind, self.hub, self.browser, self.provider = kind, hub, browser, provider

    async def get(self, path="/hub/logout", **headers):
        """A request of the browser with exactly these headers about its origin."""
        self.browser.tells_where_from = False
        try:
            named = {name.replace("_", "-"): value.format(url=self.hub.url) for name, value in headers.items()}
            return await self.browser.get(path, headers=named)
        finally:
            self.browser.tells_where_from = True

    async def is_signed_in(self):
        return self.browser.logged_in and await lives(self.browser)

    @property
    def revoked(self):
        return self.provider.count("revoke")

    @property
    def own_logout(self):
        return {
            "several-provider": "/hub/auth/campus/logout",
            "several-form": "/hub/auth/dictionary/logout",
            "several-foreign": "/hub/auth/dummy/logout",
        }.get(self.kind, "/hub/logout")


@pytest.fixture
def scene(hubs, provider):
    async def start(kind, **hub_options):
        state = HubState()
        callback = "oauth_callback" if kind == "provider" else "auth/campus/authorize"
        provider.client.redirect_uris.add(f"{state.url}/hub/{callback}")
        client = {"client_id": provider.client.client_id, "client_secret": provider.client.client_secret}
        at_provider = {
            "issuer": provider.issuer,
            "client_auth_method": provider.client.auth_method,
            "allow_all": True,
            "enable_auth_state": True,
            "revoke_tokens_on_logout": True,
            **client,
        }
        by_form = {"passwords": PASSWORDS, "allow_all": True, "failure_delay": 0}
        config = Config()
        config.JupyterHub.update(hub_options)
        if kind == "provider":
            config.JupyterHub.authenticator_class = GenericOAuthenticator
            config.GenericOAuthenticator.update(at_provider)
        elif kind == "form":
            config.JupyterHub.authenticator_class = DictionaryAuthenticator
            config.DictionaryAuthenticator.update(by_form)
        else:
            config.JupyterHub.authenticator_class = MultiAuthenticator
            config.MultiAuthenticator.authenticators = [
                {"authenticator_class": GenericOAuthenticator, "provider": "campus", "config": at_provider},
                {"authenticator_class": DictionaryAuthenticator, "provider": "dictionary", "config": by_form},
                {
                    "authenticator_class": DummyAuthenticator,
                    "provider": "dummy",
                    "login_service": "Dummy",
                    "config": {"allowed_users": {"eve"}, "enable_auth_state": True},
                },
            ]
            config.Authenticator.enable_auth_state = True
        hub = await hubs(config, state)
        browser = hub.browser("alice")
        if kind.endswith("provider"):
            await browser.login("alice", at=None if kind == "provider" else "campus")
        else:
            page = await browser.open("/hub/login?next=/hub/home")
            name, at = ("eve", "dummy") if kind == "several-foreign" else ("alice", "dictionary")
            action = "" if kind == "form" else f"/hub/auth/{at}/login"
            await browser.submit(page, {"username": name, "password": PASSWORDS[name]}, action=action)
        assert browser.logged_in
        return Scene(kind, hub, browser, provider)

    return start


INTENDED = [
    {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "document"},
    {"Sec_Fetch_Site": "none", "Sec_Fetch_Mode": "navigate"},
    {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "cors"},
    {"Referer": "{url}/hub/home"},
]
TO_CONFIRM = [
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate"},
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Sec_Fetch_Dest": "iframe"},
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "navigate", "Referer": "{url}/hub/home"},
    {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "navigate"},
    {"Sec_Fetch_Site": "anything", "Sec_Fetch_Mode": "navigate"},
    {},
    {"Referer": "https://portal.example.org/"},
    {"Referer": "{url}.evil.example/"},
    {"Referer": "http://["},
]
REFUSED = [
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
    {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "script"},
    {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "no-cors", "Sec_Fetch_Dest": "image"},
    {"Sec_Fetch_Site": "cross-site", "Sec_Fetch_Mode": "cors", "Sec_Fetch_Dest": "empty"},
    {"Sec_Fetch_Site": "same-site", "Sec_Fetch_Mode": "cors"},
    {"Sec_Fetch_Site": "same-origin", "Sec_Fetch_Mode": "navigate", "Sec_Purpose": "prefetch;prerender"},
    {"Referer": "{url}/hub/home", "X_Moz": "prefetch"},
]


@pytest.mark.parametrize("kind", KINDS)
async def test_a_link_of_another_site_leads_to_a_question(scene, kind):
    here = await scene(kind)
    for path in dict.fromkeys(["/hub/logout", here.own_logout]):
        for headers in TO_CONFIRM:
            page = await here.get(path, **headers)
            assert page.status == 200, headers
            assert "Sign out?" in page.text
            assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        for headers in REFUSED:
            assert (await here.get(path, **headers)).status == 403, headers
    assert await here.is_signed_in()
    assert here.revoked == 0


@pytest.mark.parametrize("kind", KINDS)
async def test_the_answer_to_the_question_logs_out(scene, kind):
    here = await scene(kind)
    page = await here.get(Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")
    after = await here.browser.submit(page, {})
    assert after.path == "/hub/login" or "You are signed out" in after.text
    assert not here.browser.logged_in
    assert here.revoked == (2 if kind.endswith("provider") else 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("headers", INTENDED, ids=str)
async def test_links_of_the_hub_and_typed_addresses_log_out_at_once(scene, kind, headers):
    here = await scene(kind)
    answer = await here.get(**headers)
    while answer.location is not None and answer.location.startswith(f"{here.hub.url}/hub/auth/"):
        # what a browser does: the headers of the first request, unless the redirect forbids the referrer
        sent = dict(headers)
        if answer.headers["referrer-policy"] == "no-referrer":
            sent.pop("Referer", None)
        answer = await here.get(answer.location, **sent)
    assert answer.status == (200 if kind.endswith("provider") else 302)  # the page after a logout, or the form
    assert "Sign out?" not in answer.text
    assert not here.browser.logged_in


@pytest.mark.parametrize("kind", KINDS)
async def test_an_answer_without_the_hubs_token_is_refused(scene, kind):
    here = await scene(kind)
    for path in dict.fromkeys(["/hub/logout", here.own_logout]):
        for data in ({}, {"_xsrf": "made-up"}):
            headers = {"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"}
            answer = await here.browser.request("POST", path, data=data, headers=headers)
            assert answer.status == 403
    assert await here.is_signed_in()
    assert here.revoked == 0


async def test_a_signed_out_browser_loses_nothing(hub_at_provider, provider):
    """Another site must not end a login that is under way either."""
    hub = await hub_at_provider()
    browser = hub.browser("alice")
    callback = await browser.walk_to_callback()
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert "You are signed out" in (await browser.open("/hub/logout", headers=headers)).text
    assert (await browser.get(callback)).status == 302
    assert browser.logged_in


@pytest.mark.parametrize(
    ("headers", "logs_out"),
    [
        ({"Sec_Fetch_Site": "same-site", "Referer": "http://alice.hub.example/user/alice/lab"}, True),
        ({"Sec_Fetch_Site": "same-site", "Referer": "http://hub.example/"}, True),
        ({"Sec_Fetch_Site": "same-site"}, True),
        ({"Sec_Fetch_Site": "same-site", "Referer": "http://www.example/"}, False),
        ({"Sec_Fetch_Site": "same-site", "Referer": "http://evilhub.example/"}, False),
        ({"Sec_Fetch_Site": "cross-site", "Referer": "http://alice.hub.example/"}, False),
        ({"Referer": "http://hub.example/hub/home"}, True),
        ({"Referer": "http://alice.hub.example/user/alice/lab"}, False),
    ],
    ids=str,
)
async def test_servers_on_subdomains_of_their_users(scene, headers, logs_out):
    here = await scene("form", subdomain_host="http://hub.example")
    page = await here.get(**headers)
    assert (page.status == 302) is logs_out
    assert ("Sign out?" in page.text) is not logs_out


async def test_public_url_is_the_hubs_own(scene):
    """A proxy may change the header Host."""
    here = await scene("form", public_url="https://hub.example.org/")
    cookies = "; ".join(f"{name}={value}" for name, value in here.browser.cookies.items())  # which are Secure
    assert (await here.get(Cookie=cookies, Referer="https://hub.example.org.evil.example/")).status == 200
    assert (await here.get(Cookie=cookies, Referer="https://hub.example.org/hub/home")).status == 302


async def test_the_question(scene):
    here = await scene("form")
    page = await here.get(Sec_Fetch_Site="cross-site")
    assert "You are signed in as alice." in page.text
    assert re.search(r'<form class="si-form" action="/hub/logout" method="post"', page.body)
    assert 'href="/hub/home">Stay signed in' in page.body


async def test_the_operators_template_replaces_the_question(scene, tmp_path):
    (tmp_path / "sign_out.html").write_text("<p>{{ username }}, leave?</p>")
    here = await scene("form", template_paths=[str(tmp_path)])
    assert "alice, leave?" in (await here.get()).text
