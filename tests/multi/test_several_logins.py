"""Several providers on one Hub: a login uses the chosen provider, also after another user's login in the same browser."""

from __future__ import annotations

from itertools import permutations
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from oauthenticator_suite import SimpleAuthenticator
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Start, at, config_of, entry, sign_in
from tests.support import HubState, reference_on

pytestmark = pytest.mark.hub_versions


async def test_the_page_offers_each_by_its_name(several: Start) -> None:
    hub = await several()
    page = await hub.browser().open("/hub/login?next=%2Fhub%2Ftoken")
    assert page.status == 200
    for name in ("Campus", "Lab", "Dictionary"):
        assert page.text.count(f"Sign in with {name}") == 1
    for provider in ("campus", "lab", "dictionary"):
        assert f'"/hub/auth/{provider}/login?next=%2Fhub%2Ftoken"' in page.body
    assert page.body.index("auth/campus/") < page.body.index("auth/lab/") < page.body.index("auth/dictionary/")


async def test_next_is_a_path_of_this_hub(several: Start) -> None:
    hub = await several()
    page = await hub.browser().open("/hub/login?next=https%3A%2F%2Fevil.example%2F")
    assert page.status == 200
    assert "evil.example" not in page.body


@pytest.mark.parametrize("order", list(permutations(["campus", "lab", "dictionary"])), ids="-".join)
async def test_each_in_one_browser_in_any_order(several: Start, order: tuple[str, ...]) -> None:
    hub = await several()
    browser = hub.browser()
    users = {"campus": "bob", "lab": "carol", "dictionary": "ada"}
    for provider in order:
        if provider == "dictionary":
            await browser.open("/hub/logout")
            page = await sign_in(browser, "ada", "lovelace")
        else:
            page = await browser.login(users[provider], at=provider)
        assert (page.status, page.path) == (200, "/hub/home")
        assert users[provider] in page.text
    assert set(hub.accounts()) == set(users.values())
    for provider, name in users.items():
        auth_state = await hub.auth_state(name)
        assert auth_state is not None
        assert auth_state["suite"]["provider"] == provider


async def test_redirect_uris_differ(several: Start, campus: FakeProvider, lab: FakeProvider) -> None:
    """RFC 9700 §4.4.2.2: a separate redirect URI for each provider."""
    hub = await several()
    seen = {}
    for provider in ("campus", "lab"):
        left = await hub.browser().get(f"/hub/auth/{provider}/login")
        assert left.location is not None
        seen[provider] = parse_qs(urlsplit(left.location).query)["redirect_uri"]
    assert seen == {name: [f"{hub.url}/hub/auth/{name}/authorize"] for name in ("campus", "lab")}


async def test_a_response_that_comes_back_to_another_is_refused(several: Start) -> None:
    """RFC 9700 §4.4: mix-up. The attempt knows which provider it was begun with."""
    hub = await several()
    browser = hub.browser()
    callback = await browser.walk_to_callback("bob", at="campus")
    page = await browser.get(callback.replace("/auth/campus/", "/auth/lab/"))
    assert page.status == 400
    assert reference_on(page, hub)
    assert not browser.logged_in
    assert hub.accounts() == {}


async def test_a_wrong_password_is_told_on_that_form(several: Start) -> None:
    hub = await several()
    browser = hub.browser()
    page = await sign_in(browser, "ada", "wrong")
    assert page.status == 403
    assert "This username and password do not match" in page.text
    assert "Other ways to sign in" in page.text
    page = await browser.submit(page, {"username": "ada", "password": "lovelace"})
    assert (page.status, page.path) == (200, "/hub/home")


async def test_what_is_active(several: Start) -> None:
    hub = await several()
    browser = hub.browser()
    for provider, answer in (("campus", "true"), ("dictionary", "true"), ("nowhere", "false")):
        page = await browser.get(f"/hub/auth/{provider}/enabled")
        assert (page.status, page.body) == (200, answer)
        assert page.headers["content-type"].startswith("application/json")
    assert (await browser.get("/hub/auth/dictionary/revoke")).status == 404
    assert (await browser.get("/hub/auth/campus/revoke")).status == 404


async def test_one_warning_at_the_start_names_them(several: Start) -> None:
    hub = await several()
    (line,) = hub.log.lines_with("providers are active")
    assert line.startswith("WARNING")
    for word in ("campus", "lab", "dictionary", "GenericOAuthenticator", "DictionaryAuthenticator", "reject"):
        assert word in line


async def test_the_hubs_own_form_address_leads_on_to_the_only_form(several: Start) -> None:
    """Scripts that sign in with a POST request to /hub/login still work."""
    hub = await several()
    browser = hub.browser()
    await browser.open("/hub/login")
    fields = {"username": "ada", "password": "lovelace", "_xsrf": browser.cookies["_xsrf"]}
    answer = await browser.request("POST", "/hub/login?next=%2Fhub%2Fhome", data=fields)
    assert answer.status == 307
    page = await browser.follow(await browser.request("POST", str(answer.location), data=fields))
    assert (page.status, page.path) == (200, "/hub/home")


async def test_a_token_by_name_and_password(several: Start) -> None:
    """The Hub's API accepts a username and password, and the provider as an additional field."""
    hub = await several()
    await sign_in(hub.browser(), "ada", "lovelace")
    browser = hub.browser()

    async def ask(**auth: Any) -> int:
        answer = await browser.request("POST", "/hub/api/users/ada/tokens", json={"auth": auth})
        return answer.status

    assert await ask(username="ada", password="lovelace") == 201
    assert await ask(username="ada", password="lovelace", provider="dictionary") == 201
    assert await ask(username="ada", password="wrong") == 403
    assert await ask(username="ada", password="lovelace", provider="nowhere") == 403


async def test_one_alone_needs_no_choice(campus: FakeProvider, hubs: Any) -> None:
    state = HubState()
    campus.client.redirect_uris.add(f"{state.url}/hub/auth/campus/authorize")
    hub = await hubs(config_of([entry("campus", **at(campus))], auto_login=True), state)
    browser = hub.browser("bob")
    page = await browser.open("/hub/home")
    assert (page.status, page.path) == (200, "/hub/home")
    assert not hub.log.lines_with("providers are active")


async def test_a_form_with_fields_of_its_own(several: Start) -> None:
    """An operator's own form is shown along with the others, and is sent to its child."""

    class Word(SimpleAuthenticator):
        def get_custom_html(self, base_url: str) -> str:
            return (
                '<form action="{{ authenticator_login_url }}" method="post">'
                '<input type="hidden" name="_xsrf" value="{{ xsrf }}"><input name="word"></form>'
            )

        async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:
            return "grace" if data.get("word") == "open" else None

    hub = await several(more=[entry("word", Word, allow_all=True, failure_delay=0)])
    browser = hub.browser()
    page = await browser.open("/hub/login?next=%2Fhub%2Ftoken")
    page = await browser.submit(page, {"word": "open"}, action="/hub/auth/word/login")
    assert (page.status, page.path) == (200, "/hub/token")
    assert "grace" in page.text


@pytest.mark.parametrize("path", ["/hub/login", "/hub/auth/dictionary/login"])
@pytest.mark.parametrize(
    "body", [b"username=%FF&password=x", b"username=a&password=%FF", b"next=%FF&username=%FF", b"=&&&=%00", b"%"]
)
async def test_a_form_that_is_not_valid_text(several: Start, path: str, body: bytes) -> None:
    """Invalid input at the sign-in pages shows a page, and never a traceback."""
    hub = await several()
    browser = hub.browser()
    await browser.open("/hub/login")
    xsrf = browser.cookies["_xsrf"].encode()
    for sent in (body, body + b"&_xsrf=" + xsrf):
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Mode": "navigate"}
        answer = await browser.request("POST", f"{path}?next=%FF", data=sent, headers=headers)
        assert answer.status in (307, 400, 403), answer.text
        assert (await browser.get(f"{path}?next=%FF")).status == 200
    assert hub.log.tracebacks() == []
