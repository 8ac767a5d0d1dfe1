"""Every page, as a person gets to see it: real Hubs, and the way to each page."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from playwright.async_api import BrowserContext, Page
from traitlets.config import Config

from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator
from oauthenticator_suite.hub.database import one_transaction
from oauthenticator_suite.hub.observe.facts import ProviderHealth
from oauthenticator_suite.hub.sessions.outcome import Reason
from oauthenticator_suite.hub.store.refusals import Refusal
from oauthenticator_suite.hub.store.store import store_of
from oauthenticator_suite.hub.store.tables import REFUSALS_TABLE
from oauthenticator_suite.multi import MultiAuthenticator
from tests.fakes.openid_provider import FakeProvider
from tests.support import Browser, Hub, HubState, start_hub

OCEAN = {
    "hub_name": "Ocean Data Hub",
    "support_contact": "help@hub.example",
    "privacy_url": "https://hub.example/privacy",
    "terms_url": "https://hub.example/terms",
}
UNIVERSITY = "Example University"
LONG_NAME = "Ωκεανός Océan & Système-Terre: Zentrum für Hochleistungsrechnen und Forschungsdatenmanagement"
MANY = (
    "Agricultural University",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
    "جامعة القاهرة",
    "Київський національний університет",
    "Lycée Jean-Baptiste de La Quintinie, section internationale des sciences et techniques de l’environnement",
    "Technical University",
    *(f"University of the {place}" for place in ("Coast", "Delta", "Forest", "Hills", "Islands", "Lakes")),
)
"""Names of ways to sign in that are long, or in other scripts."""

FROM_ANOTHER_SITE = '<a href="{}">Here</a>'

Visit = Callable[["Gallery", BrowserContext], Awaitable[Page]]
PAGES: dict[str, Visit] = {}
"""The way to each page, by the page's name."""


def page(visit: Visit) -> Visit:
    """Add a page to `PAGES`, under the name of its function."""
    PAGES[visit.__name__.replace("_", "-")] = visit
    return visit


class Gallery:
    """Four Hubs: with one provider, with a form, with both and another provider, and with many providers."""

    def __init__(self, provider: FakeProvider, one: Hub, form: Hub, several: Hub, many: Hub) -> None:
        self.provider = provider
        self.one = one
        self.form = form
        self.several = several
        self.many = many

    async def open(self, context: BrowserContext, url: str, browser: Browser | None = None) -> Page:
        """A window at `url`, with the cookies of `browser`."""
        await context.clear_cookies()
        if browser is not None:
            await context.add_cookies([_for_playwright(cookie) for cookie in browser._session.cookie_jar])
        window = await context.new_page()
        await window.goto(url)
        return window

    async def failed(self, context: BrowserContext, user: str, *faults: tuple[str, str]) -> Page:
        """The page after a sign-in that fails, at the Hub with one provider."""
        for fault, endpoint in faults:
            self.provider.faults.on(fault, at=endpoint)
        try:
            browser = self.one.browser()
            last = await browser.login(user)
        finally:
            self.provider.faults.off()
        return await self.open(context, last.url, browser)


def _for_playwright(cookie: Any) -> Any:
    return {"name": cookie.key, "value": cookie.value, "domain": "127.0.0.1", "path": cookie["path"] or "/"}


@asynccontextmanager
async def opened_gallery() -> AsyncIterator[Gallery]:
    """The Hubs, until the end of the block."""
    async with AsyncExitStack() as stack:
        provider = await stack.enter_async_context(FakeProvider())
        states = [HubState() for _ in range(4)]
        for state in states:
            ways = ("campus", "github", "way-0", "way-1")
            callbacks = ("oauth_callback", *(f"auth/{way}/authorize" for way in ways))
            provider.client.redirect_uris.update(f"{state.url}/hub/{path}" for path in callbacks)
        at_provider = {
            "issuer": provider.issuer,
            "client_id": provider.client.client_id,
            "client_secret": provider.client.client_secret,
            "client_auth_method": provider.client.auth_method,
            "login_service": UNIVERSITY,
            "status_url": "https://status.university.example",
            "allowed_users": {"alice", "bob"},
            "enable_auth_state": True,
        }
        one, form, several, many = Config(), Config(), Config(), Config()
        one.JupyterHub.authenticator_class = GenericOAuthenticator
        one.GenericOAuthenticator.update(**at_provider, **OCEAN)
        form.JupyterHub.authenticator_class = DictionaryAuthenticator
        form.JupyterHub.template_vars = {"login_term_url": "https://hub.example/terms"}
        form.DictionaryAuthenticator.update(
            passwords={"carol": "a-secret", "dave": "another"},
            allowed_users={"carol"},
            admin_users={"carol"},
            failure_delay=0,
            **OCEAN,
        )
        several.JupyterHub.authenticator_class = MultiAuthenticator
        several.JupyterHub.template_vars = {
            "announcement_login": "On Saturday from 8 to 10 the hub is down for maintenance. <a href='#'>Read more</a>"
        }
        several.MultiAuthenticator.update(enable_auth_state=True, **OCEAN)
        campus = {**at_provider, "allow_all": True}
        several.MultiAuthenticator.authenticators = [
            {"provider": "github", "icon": "brands/github", **_child(GenericOAuthenticator, "GitHub", campus)},
            {
                "provider": "campus",
                "icon": "",
                **_child(GenericOAuthenticator, UNIVERSITY, {**campus, "admin_users": {"bob"}}),
            },
            {
                "provider": "guests",
                **_child(
                    DictionaryAuthenticator, "a guest account", {"passwords": {"zoe": "a-secret"}, "allow_all": True}
                ),
            },
        ]
        many.JupyterHub.authenticator_class = MultiAuthenticator
        many.MultiAuthenticator.update(
            enable_auth_state=True, tell_account_owner=False, **{**OCEAN, "hub_name": LONG_NAME}
        )
        many.MultiAuthenticator.authenticators = [
            {"provider": f"way-{number}", **_child(GenericOAuthenticator, name, campus)}
            for number, name in enumerate(MANY)
        ]
        hubs = [
            await stack.enter_async_context(start_hub(config, state))
            for config, state in zip((one, form, several, many), states, strict=True)
        ]
        yield Gallery(provider, *hubs)


def _child(cls: type, name: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"authenticator_class": cls, "login_service": name, "config": {**config, "login_service": name}}


@page
async def one_provider(gallery: Gallery, context: BrowserContext) -> Page:
    return await gallery.open(context, f"{gallery.one.url}/hub/login")


@page
async def several_ways(gallery: Gallery, context: BrowserContext) -> Page:
    return await gallery.open(context, f"{gallery.several.url}/hub/login")


@page
async def form(gallery: Gallery, context: BrowserContext) -> Page:
    return await gallery.open(context, f"{gallery.form.url}/hub/login")


@page
async def wrong_password(gallery: Gallery, context: BrowserContext) -> Page:
    window = await gallery.open(context, f"{gallery.form.url}/hub/login")
    await _submit(window, "erin", "wrong")
    return window


@page
async def too_many_tries(gallery: Gallery, context: BrowserContext) -> Page:
    browser = gallery.form.browser()
    status = 0
    while status != 429:
        sign_in = await browser.get("/hub/login")
        fields = {"username": "mallory", "password": "wrong", "login_terms_checkbox": "on"}
        status = (await browser.submit(sign_in, fields)).status
    window = await gallery.open(context, f"{gallery.form.url}/hub/login")
    await _submit(window, "mallory", "wrong")
    return window


async def _submit(window: Page, username: str, password: str) -> None:
    await window.get_by_label("Username").fill(username)
    await window.get_by_label("Password", exact=True).fill(password)
    await window.get_by_role("checkbox").check()
    await window.get_by_role("button", name="Sign in").click()
    await window.wait_for_load_state()


@page
async def refused(gallery: Gallery, context: BrowserContext) -> Page:
    return await gallery.failed(context, "carol")


@page
async def refused_at_a_form(gallery: Gallery, context: BrowserContext) -> Page:
    window = await gallery.open(context, f"{gallery.form.url}/hub/login")
    await _submit(window, "dave", "another")
    return window


@page
async def try_again(gallery: Gallery, context: BrowserContext) -> Page:
    return await gallery.open(context, f"{gallery.one.url}/hub/oauth_callback?code=x&state=y")


@page
async def provider_down(gallery: Gallery, context: BrowserContext) -> Page:
    return await gallery.failed(context, "alice", ("F15", "token"))


@page
async def provider_busy(gallery: Gallery, context: BrowserContext) -> Page:
    return await gallery.failed(context, "alice", ("F16", "token"))


@page
async def not_set_up(gallery: Gallery, context: BrowserContext) -> Page:
    secret, gallery.provider.client.client_secret = gallery.provider.client.client_secret, "another"
    try:
        return await gallery.failed(context, "alice")
    finally:
        gallery.provider.client.client_secret = secret


@page
async def name_taken(gallery: Gallery, context: BrowserContext) -> Page:
    await gallery.several.browser().login("alice", at="campus")
    browser = gallery.several.browser()
    last = await browser.login("alice", at="github")
    return await gallery.open(context, last.url, browser)


@page
async def many_ways(gallery: Gallery, context: BrowserContext) -> Page:
    return await gallery.open(context, f"{gallery.many.url}/hub/login")


@page
async def name_taken_elsewhere(gallery: Gallery, context: BrowserContext) -> Page:
    """The page does not say where, and the provider has a long name."""
    await gallery.many.browser().login("alice", at="way-0")
    browser = gallery.many.browser()
    last = await browser.login("alice", at="way-1")
    return await gallery.open(context, last.url, browser)


@page
async def another_account(gallery: Gallery, context: BrowserContext) -> Page:
    browser, planter = gallery.one.browser(), gallery.one.browser()
    await browser.login("alice")
    callback = await planter.walk_to_callback("bob")
    browser.set_cookies({name: value for name, value in planter.cookies.items() if name.startswith("oauth-")})
    question = await browser.open(callback)
    return await gallery.open(context, question.url, browser)


@page
async def sign_out_question(gallery: Gallery, context: BrowserContext) -> Page:
    browser = gallery.one.browser()
    await browser.login("alice")
    window = await gallery.open(context, "about:blank", browser)
    await window.set_content(FROM_ANOTHER_SITE.format(f"{gallery.one.url}/hub/logout"))
    await window.get_by_role("link").click()
    await window.wait_for_load_state()
    return window


@page
async def signed_out(gallery: Gallery, context: BrowserContext) -> Page:
    browser = gallery.one.browser()
    await browser.login("alice")
    return await gallery.open(context, f"{gallery.one.url}/hub/logout", browser)


@page
async def session_ended(gallery: Gallery, context: BrowserContext) -> Page:
    browser = gallery.one.browser()
    await browser.login("alice")
    gallery.one.authenticator.endings.end_sessions(gallery.one.app.users["alice"], Reason.ASKED)
    return await gallery.open(context, f"{gallery.one.url}/hub/home", browser)


@page
async def status(gallery: Gallery, context: BrowserContext) -> Page:
    """One provider answers, the other one does not, and users were refused."""
    several, now = gallery.several, time.time()
    several.authenticator.observers.note(ProviderHealth(provider="github", is_up=False))
    with one_transaction(several.app.db, "the refusals of other pages"):
        several.app.db.execute(REFUSALS_TABLE.delete())
    for rule, provider, count in (("allowed_users", "github", 3), ("blocked_users", "campus", 1)):
        for number in range(count):
            with one_transaction(several.app.db, "a refusal"):
                refusal = Refusal(
                    reference=f"7QK{number}-M4XD", at=now, provider=provider, error="AccessDenied", rule=rule
                )
                store_of(several.app.db).refusals.add(refusal)
    browser = several.browser()
    await browser.login("bob", at="campus")
    return await gallery.open(context, f"{several.url}/hub/auth/status", browser)


@page
async def status_of_a_form(gallery: Gallery, context: BrowserContext) -> Page:
    """There are no keys and no secrets."""
    window = await gallery.open(context, f"{gallery.form.url}/hub/login?next=%2Fhub%2Fauth%2Fstatus")
    await _submit(window, "carol", "a-secret")
    await window.evaluate("scrollTo(0, document.body.scrollHeight)")
    return window


@page
async def status_questions(gallery: Gallery, context: BrowserContext) -> Page:
    browser = gallery.several.browser()
    await browser.login("bob", at="campus")
    window = await gallery.open(context, f"{gallery.several.url}/hub/auth/status?user=bob", browser)
    await window.get_by_text("Ask everyone…").click()
    await window.evaluate("scrollTo(0, document.body.scrollHeight)")
    return window
