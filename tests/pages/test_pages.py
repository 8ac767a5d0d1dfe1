"""What each page offers: through real Hubs, and without a browser's scripts."""

from __future__ import annotations

import re
import time
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from traitlets import TraitError
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator
from oauthenticator_suite.errors import AccountConflict, ConfigurationError
from oauthenticator_suite.hub.accounts.session_cookie import SESSION_COOKIE
from oauthenticator_suite.hub.sessions.outcome import Reason
from oauthenticator_suite.hub.store.ended_sessions import KEPT, hash_of_cookie
from oauthenticator_suite.hub.store.store import store_of
from oauthenticator_suite.multi import MultiAuthenticator
from tests.conftest import generic_config
from tests.support import Browser, Hop, Hub, HubDidNotStart, HubState
from tests.support.signed_in import EVERY_KIND, WorldOf

pytestmark = pytest.mark.hub_versions


def links(page: Hop) -> dict[str, str]:
    """The links inside the card, by their text."""
    card = page.body.partition('<div class="si-card">')[2].partition('<ul class="si-footer">')[0]
    found = re.findall(r'(?s)<a [^>]*href="([^"]*)"[^>]*>(.*?)</a>', card)
    return {re.sub(r"(?s)<svg.*?</svg>|<[^>]*>", "", text).strip(): unescape(url) for url, text in found}


def card(page: Hop) -> str:
    """What the card says."""
    return page.text.partition("Error The error")[0]


# --- the sign-in page ------------------------------------------------------------------------------------------------


async def test_the_only_provider_is_one_button(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(login_service="Example University", hub_name="Ocean Data Hub")
    page = await hub.browser().get("/hub/login?next=%2Fhub%2Ftoken")
    assert page.status == 200
    assert "Sign in to Ocean Data Hub" in page.text
    assert links(page) == {"Sign in with Example University": "/hub/oauth_login?next=%2Fhub%2Ftoken"}
    assert "<title>Sign in · Ocean Data Hub</title>" in page.body


async def test_nothing_on_a_page_needs_a_script_or_a_style_inside_it(hub: Hub) -> None:
    """A Content-Security-Policy may forbid both. JupyterHub's own page has one script of that kind."""
    page = await hub.browser().get("/hub/login")
    main = page.body.partition("<main")[2].partition("</main>")[0]
    assert main
    assert re.findall(r"<script|<style|\sstyle=|\son[a-z]+=|javascript:", main) == []


async def test_everything_on_a_page_comes_from_the_hub(hub: Hub) -> None:
    """B17: the sign-in page, an error page and the page after a logout load no file of another host."""
    browser = hub.browser()
    pages = [await browser.open(url) for url in ("/hub/login", "/hub/oauth_callback?code=x&state=y", "/hub/logout")]
    for page in pages:
        files = re.findall(r'<(?:script|img|iframe|source)\b[^>]*\ssrc="([^"]*)"', page.body)
        files += re.findall(r'<link\b[^>]*\shref="([^"]*)"', page.body)
        assert len(files) > 3
        assert [file for file in files if not re.match(r"/[^/\\]", unescape(file))] == []


async def test_the_stylesheet_and_the_script_may_be_kept(hub: Hub) -> None:
    browser = hub.browser()
    page = await browser.get("/hub/login")
    files = re.findall(r'"(/hub/auth-pages/[^"]+)"', page.body)
    assert sorted(file.rpartition("/")[2] for file in files) == ["sign-in.css", "sign-in.js"]
    for file in files:
        answer = await browser.get(file)
        assert answer.status == 200
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
    folder = files[0].rpartition("/")[0]
    for other in (f"{folder}/../__init__.py", f"{folder}/", "/hub/auth-pages/0/sign-in.css"):
        assert (await browser.get(other)).status == 404


async def test_an_operators_login_page_frames_the_ways(hubs: Any, provider: Any, tmp_path: Any) -> None:
    (tmp_path / "login.html").write_text(
        "{% extends 'templates/login.html' %}{% block login_container %}<h2>Ours</h2>{{ custom_html | safe }}{% endblock %}"
    )
    config = generic_config(provider, login_service="Campus")
    config.JupyterHub.template_paths = [str(tmp_path)]
    page = await (await hubs(config)).browser().get("/hub/login")
    assert "Ours" in page.text
    assert "Sign in with Campus" in links(page)


async def test_a_template_of_ours_can_be_extended(hubs: Any, provider: Any, tmp_path: Any) -> None:
    (tmp_path / "sign_in_page.html").write_text(
        "{% extends 'suite/sign_in_page.html' %}{% block si_footer %}<p>Ask at the desk.</p>{% endblock %}"
    )
    config = generic_config(provider)
    config.JupyterHub.template_paths = [str(tmp_path)]
    hub = await hubs(config)
    for url in ("/hub/login", "/hub/oauth_callback?code=x&state=y"):
        page = await hub.browser().get(url)
        assert "Ask at the desk." in page.text
        assert "<main" in page.body


async def test_the_links_below_the_card(hub_at_provider: Any) -> None:
    links_of_the_hub = {"Privacy": "https://hub.example/privacy", "Terms of use": "https://hub.example/terms"}
    hub = await hub_at_provider(
        logo_url="/hub/logo", privacy_url=links_of_the_hub["Privacy"], terms_url=links_of_the_hub["Terms of use"]
    )
    page = await hub.browser().get("/hub/login")
    footer = page.body.partition('<ul class="si-footer">')[2].partition("</ul>")[0]
    assert {text: url for url, text in re.findall(r'<a href="([^"]*)">([^<]*)</a>', footer)} == links_of_the_hub
    assert '<img class="si-logo" src="/hub/logo" alt="JupyterHub">' in page.body


# --- languages -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "language", "direction", "said"),
    [
        ("de-CH, de;q=0.9", "de", "ltr", "Bei JupyterHub anmelden"),
        ("ar", "ar", "rtl", "تسجيل الدخول إلى JupyterHub"),
        ("tlh, en;q=0.5", "en", "ltr", "Sign in to JupyterHub"),
    ],
)
async def test_the_language_of_the_browser(hub: Hub, header: str, language: str, direction: str, said: str) -> None:
    page = await hub.browser().get("/hub/login", headers={"Accept-Language": header})
    assert said in page.text
    assert f'lang="{language}" dir="{direction}"' in page.body


async def test_an_operator_may_fix_the_language(hub_at_provider: Any) -> None:
    hub = await hub_at_provider(page_language="fr")
    browser = hub.browser()
    assert "Se connecter à JupyterHub" in (await browser.get("/hub/login", headers={"Accept-Language": "de"})).text
    # the page of an error is made when it is shown, and not when the error occurs
    page = await browser.get("/hub/oauth_callback?code=x&state=y")
    assert "Veuillez essayer encore une fois" in page.text


# --- a user who is not allowed ---------------------------------------------------------------------------------------


async def refused(hub: Hub, user: str = "alice") -> tuple[Browser, Hop]:
    browser = hub.browser()
    page = await browser.login(user, next_url="/hub/token")
    assert page.status == 403
    return browser, page


async def test_a_refused_user_can_use_another_account(hub_at_provider: Any, provider: Any) -> None:
    """Without ``prompt``, the provider would sign the same user in again, and the Hub would refuse them again."""
    hub = await hub_at_provider(allow_all=False, allowed_users={"bob"}, login_service="Campus")
    browser, page = await refused(hub)
    assert "This account has no access to JupyterHub" in page.text
    assert "You signed in as alice with Campus." in page.text
    other = links(page)["Use another account"]
    assert other == "/hub/oauth_login?next=%2Fhub%2Ftoken&another_account=1"
    hop = await browser.get(other)
    assert parse_qs(urlsplit(hop.location or "").query)["prompt"] == ["login"]
    assert (await browser.follow(hop)).status == 403  # alice again
    browser.user = "bob"
    assert (await browser.open(other)).path == "/hub/token"


@pytest.mark.parametrize(
    ("params", "prompt"),
    [
        ({}, "login"),
        ({"prompt": "consent"}, "login consent"),
        ({"prompt": "login"}, "login"),
        ({"prompt": "none"}, "login"),
        ({"prompt": "select_account consent"}, "login select_account consent"),
    ],
)
async def test_the_operators_own_prompt_is_kept(hub_at_provider: Any, params: dict[str, str], prompt: str) -> None:
    hub = await hub_at_provider(extra_authorize_params=params)
    browser = hub.browser()
    usual = parse_qs(urlsplit((await browser.get("/hub/oauth_login")).location or "").query)
    assert usual.get("prompt") == ([params["prompt"]] if params else None)
    asked = parse_qs(urlsplit((await browser.get("/hub/oauth_login?another_account=1")).location or "").query)
    assert asked["prompt"] == [prompt]


async def test_without_openid_the_user_must_sign_out_there_first(hubs: Any, provider: Any) -> None:
    config = generic_config(provider, allow_all=False, allowed_users={"bob"}, login_service="Campus")
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config.GenericOAuthenticator.update(
        issuer="",
        scope=["profile"],
        authorize_url=f"{provider.issuer}/authorize",
        token_url=f"{provider.issuer}/token",
        userdata_url=f"{provider.issuer}/userinfo",
    )
    hub = await hubs(config, state)
    browser = hub.browser()
    page = await browser.login("alice")
    assert page.status == 403
    assert "To use another account, sign out at Campus first." in page.text
    assert "Use another account" not in links(page)
    asked = urlsplit((await browser.get("/hub/oauth_login?another_account=1")).location or "")
    assert asked.path == "/authorize"
    assert "prompt" not in parse_qs(asked.query)


@pytest.mark.parametrize(
    ("contact", "button"),
    [
        ("help@hub.example", "mailto:help@hub.example?subject={}"),
        ("mailto:help@hub.example", "mailto:help@hub.example?subject={}"),
        ("https://hub.example/help", "https://hub.example/help"),
    ],
)
async def test_a_refused_user_can_ask(hub_at_provider: Any, contact: str, button: str) -> None:
    hub = await hub_at_provider(allow_all=False, allowed_users={"bob"}, support_contact=contact)
    _, page = await refused(hub)
    reference = page.path.rpartition("/")[2]
    assert links(page)["Ask for access"] == button.format(reference)


@pytest.mark.parametrize(
    ("option", "value"),
    [("support_contact", "the desk"), ("support_contact", "javascript:alert(1)"), ("logo_url", "javascript:alert(1)")],
)
async def test_a_contact_and_a_logo_are_checked(hub_at_provider: Any, option: str, value: str) -> None:
    with pytest.raises((ConfigurationError, HubDidNotStart, TraitError)) as error:
        await hub_at_provider(**{option: value})
    assert option in str(error.value)
    assert value in str(error.value)


async def test_a_blocked_user_is_not_told_so(hub_at_provider: Any) -> None:
    """The same page as for any other user who is not allowed."""
    hub = await hub_at_provider(blocked_users={"alice"})
    _, blocked = await refused(hub)
    other = await hub_at_provider(allow_all=False, allowed_users={"bob"})
    _, unknown = await refused(other)
    hide = re.compile(r"[2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4}")
    assert hide.sub("…", card(blocked)) == hide.sub("…", card(unknown))


# --- a name that is taken --------------------------------------------------------------------------------------------


async def test_the_page_leads_to_the_owners_way(hubs: Any, provider: Any) -> None:
    state, config = HubState(), Config()
    provider.client.redirect_uris.update(f"{state.url}/hub/auth/{name}/authorize" for name in ("campus", "lab"))
    child = dict(generic_config(provider).GenericOAuthenticator)
    config.JupyterHub.authenticator_class = MultiAuthenticator
    config.MultiAuthenticator.enable_auth_state = True
    config.MultiAuthenticator.authenticators = [
        {"authenticator_class": GenericOAuthenticator, "provider": name, "login_service": name.title(), "config": child}
        for name in ("campus", "lab")
    ]
    hub = await hubs(config, state)
    assert (await hub.browser().login("alice", at="campus")).status == 200
    page = await hub.browser().login("alice", at="lab")
    assert page.status == 409
    assert "On JupyterHub, this name belongs to an account that signs in with Campus" in page.text
    assert links(page)["Sign in with Campus"] == "/hub/auth/campus/login?next=%2Fhub%2Fhome"
    assert "Use another account" in links(page)


def test_errors_of_plug_ins_keep_their_sentence() -> None:
    error = AccountConflict("detail", public_message="Ask the librarian.")
    assert (error.public_message, error.username, error.owner) == ("Ask the librarian.", "", "")


# --- after a logout --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("shutdown", [False, True])
async def test_signed_out(hubs: Any, provider: Any, shutdown: bool) -> None:
    config = generic_config(provider, login_service="Campus")
    config.JupyterHub.shutdown_on_logout = shutdown
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    hub = await hubs(config, state)
    browser = hub.browser()
    await browser.login("alice")
    page = await browser.get("/hub/logout")
    assert page.status == 200
    assert "You may still be signed in at Campus." in page.text
    assert ("Your servers keep running" in page.text) is not shutdown
    assert links(page) == {"Sign in again": "/hub/login"}
    assert not browser.logged_in
    # the user knows why: the sign-in page says nothing of it
    assert "signed out" not in (await browser.get("/hub/login")).text


async def test_a_form_is_shown_after_a_logout(hubs: Any) -> None:
    config = Config()
    config.JupyterHub.authenticator_class = DictionaryAuthenticator
    config.DictionaryAuthenticator.update(passwords={"ada": "lovelace"}, allow_all=True)
    hub = await hubs(config)
    browser = hub.browser()
    page = await browser.get("/hub/login")
    await browser.submit(page, {"username": "ada", "password": "lovelace"})
    assert (await browser.get("/hub/logout")).location == f"{hub.url}/hub/login"


async def test_an_operators_logout_page_is_used_where_jupyterhub_would(hubs: Any, provider: Any, tmp_path: Any) -> None:
    (tmp_path / "logout.html").write_text("<p>So long.</p>")
    config = generic_config(provider, auto_login=True)
    config.JupyterHub.template_paths = [str(tmp_path)]
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    browser = (await hubs(config, state)).browser()
    await browser.login("alice")
    assert (await browser.get("/hub/logout")).text == "So long."


# --- why a session has ended -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", EVERY_KIND)
async def test_the_sign_in_page_says_once_why(world_of: WorldOf, kind: str) -> None:
    world = await world_of(kind)
    browser = await world.sign_in()
    world.authenticator.endings.end_sessions(world.user, Reason.ASKED)
    page = await browser.open("/hub/home")
    assert page.path == "/hub/login"
    assert "The administrators of JupyterHub ask you to sign in again." in page.text
    assert SESSION_COOKIE not in browser.cookies
    assert "ask you" not in (await browser.get("/hub/login")).text
    await world.sign_in(browser)
    assert (await browser.get("/hub/home")).status == 200


@pytest.mark.parametrize("reason", list(Reason), ids=lambda reason: reason.value)
async def test_each_reason_has_a_sentence(hub: Hub, reason: Reason) -> None:
    browser = hub.browser()
    await browser.login("alice")
    hub.authenticator.endings.end_sessions(hub.app.users["alice"], reason)
    page = await browser.open("/hub/home")
    assert "After signing in, you will be back where you were." in page.text
    assert page.query == {"next": "/hub/home"}


@pytest.mark.parametrize("option", ["auto_login", "auto_login_oauth2_authorize"])
async def test_no_sign_in_starts_by_itself_that_time(hub_at_provider: Any, option: str) -> None:
    hub = await hub_at_provider(login_service="Campus", **{option: True})
    browser = hub.browser()
    await browser.login("alice")
    hub.authenticator.endings.end_sessions(hub.app.users["alice"], Reason.IDLE)
    page = await browser.open("/hub/api/oauth2/authorize?client_id=x" if "oauth2" in option else "/hub/home")
    assert page.path == "/hub/login"
    assert "You have not used JupyterHub for some time" in page.text
    button = links(page)["Sign in with Campus"]
    assert (await browser.open(button)).status in (200, 400)  # the provider signs the user in
    assert browser.logged_in
    # and the next time the sign-in starts automatically again
    browser.clear_cookies()
    hop = await browser.get("/hub/oauth_login")
    assert (hop.location or "").startswith(str(hub.authenticator.issuer))


async def test_a_reason_is_kept_for_a_day(hub: Hub) -> None:
    browser = hub.browser()
    await browser.login("alice")
    user = hub.app.users["alice"]
    session = hash_of_cookie(user.cookie_id)
    hub.authenticator.endings.end_sessions(user, Reason.DENIED)
    reasons, now = store_of(hub.app.db).ended_sessions, time.time()
    assert reasons.reason_of(session, now) == "denied"
    assert reasons.reason_of(session, now + KEPT + 1) is None


async def test_a_forged_cookie_says_nothing(hub: Hub) -> None:
    """The cookie is signed: no user can find out about another user's session by its hash."""
    browser = hub.browser()
    await browser.login("alice")
    user = hub.app.users["alice"]
    session = hash_of_cookie(user.cookie_id)
    hub.authenticator.endings.end_sessions(user, Reason.DENIED)
    other = hub.browser()
    for value in (session, f"2|1:0|10:{int(time.time())}|13:suite-session|64:{session}|{'0' * 64}", "", "é"):
        other.set_cookies({SESSION_COOKIE: value})
        page = await other.get("/hub/login")
        assert page.status == 200
        assert "signed out" not in page.text


async def test_the_note_of_a_session_is_a_small_hidden_cookie(hub: Hub) -> None:
    browser = hub.browser()
    await browser.login("alice")
    (line,) = {line for hop in browser.hops for line in hop.set_cookies if line.startswith(f"{SESSION_COOKIE}=")}
    name, *attributes = [part.strip().lower() for part in line.split(";")]
    assert len(name) < 180
    assert {"httponly", "path=/hub/", "samesite=lax"} <= set(attributes)
    assert hub.app.users["alice"].cookie_id not in line


async def test_a_provider_that_says_that_it_is_down(hub_at_provider: Any, provider: Any) -> None:
    """The error of an authorization response that takes the place of 503 (RFC 6749 §4.1.2.1)."""
    hub = await hub_at_provider(login_service="Campus")
    provider.deny = "temporarily_unavailable"
    page = await hub.browser().login("alice", next_url="/hub/token")
    assert "We cannot reach Campus right now" in page.text
    assert "There is a problem at Campus at the moment." in page.text
    assert links(page)["Try again"] == "/hub/oauth_login?next=%2Fhub%2Ftoken"
    provider.deny = "server_error"
    page = await hub.browser().login("alice")
    assert "Please try that once more" in page.text
