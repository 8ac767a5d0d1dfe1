"""Logins with a form through a real Hub: the page, the submitted form, and the access decision."""

import json
import re

import pytest
from traitlets.config import Config

from oauthenticator_suite import SimpleAuthenticator
from oauthenticator_suite.errors import AccountUnusable, ConfigurationError, LoginFailed
from oauthenticator_suite.hub.options import OAuthOptions
from oauthenticator_suite.hub.web.typed_names import TypedName
from tests.support import HubState, reference_on, start_hub

pytestmark = pytest.mark.hub_versions

WRONG = "This username and password do not match. Please check both and try again."


class Directory(SimpleAuthenticator):
    """An operator's own login, with some users."""

    asked = 0

    async def authenticate(self, handler, data):
        self.asked += 1
        name, password = data["username"], data["password"]
        if password != f"{name}'s":
            return None
        return {
            "ada": {
                "username": "ada",
                "profile": {
                    "name": "Ada L",
                    "email": "ada@example.org",
                    "email_verified": True,
                    "avatar_url": "https://cdn.example.org/ada.png",
                },
                "auth_state": {"ticket": "t-1", "of": {"groups": ["staff"]}},
            },
            "bob": "bob",
            "carol": {"username": "carol", "groups": ["students"]},
        }.get(name, name)


class Odd(SimpleAuthenticator):
    async def authenticate(self, handler, data):
        if data["username"] == "refused":
            raise LoginFailed("the directory says no")
        if data["username"] == "expired":
            raise AccountUnusable("expired yesterday")
        if data["username"] == "raises":
            raise ZeroDivisionError
        if data["username"] == "http":
            from tornado import web

            raise web.HTTPError(403, "Come back <tomorrow>.")
        return {"list": [], "number": {"username": 5}, "hostile": "a/b", "nothing": {}}[data["username"]]


def config_of(cls=Directory, **traits):
    config = Config()
    config.JupyterHub.authenticator_class = cls
    config[cls.__name__].update({"allow_all": True, "failure_delay": 0, **traits})
    return config


@pytest.fixture
def hub_with(hubs):
    async def start(cls=Directory, state=None, **traits):
        return await hubs(config_of(cls, **traits), state)

    return start


async def sign_in(hub, name, password=None, browser=None, **fields):
    browser = browser or hub.browser()
    page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
    assert page.status == 200
    sent = {"username": name, "password": f"{name}'s" if password is None else password, **fields}
    return browser, await browser.submit(page, {key: value for key, value in sent.items() if value is not ...})


# --- the page ---------------------------------------------------------------------------------------------------------


async def test_the_form_is_on_the_hubs_page_and_signs_in(hub_with):
    hub = await hub_with()
    browser, page = await sign_in(hub, "bob")
    assert (page.status, page.path) == (200, "/hub/home")
    assert browser.logged_in
    assert hub.accounts() == {"bob": False}
    assert hub.log.lines_with("User logged in: bob")
    first = browser.hops[0]
    assert "Sign in to JupyterHub" in first.text
    assert "JupyterHub" in first.body


def inputs(page):
    return {
        attributes["name"]: attributes
        for attributes in (
            dict(re.findall(r'([\w-]+)="([^"]*)"', tag)) for tag in re.findall(r"<input[^>]*>", page.body)
        )
        if "name" in attributes
    }


async def test_every_field_has_a_label_and_helps_a_password_manager(hub_with):
    hub = await hub_with(request_otp=True, otp_prompt="Code & more:")
    page = await hub.browser().open("/hub/login")
    fields = inputs(page)
    assert set(fields) == {"_xsrf", "username", "password", "otp"}
    for name, autocomplete in (("username", "username"), ("password", "current-password"), ("otp", "one-time-code")):
        assert f'<label class="si-label" for="{fields[name]["id"]}">' in page.body
        assert fields[name]["autocomplete"] == autocomplete
    assert "Code &amp; more:" in page.body
    assert len(re.findall(r"\bautofocus\b", page.body)) == 1
    assert 'role="alert"' not in page.body


async def test_a_wrong_password_shows_the_form_again_with_an_announced_error(hub_with):
    hub = await hub_with()
    browser, page = await sign_in(hub, '"><b>x', "wrong")
    assert page.status == 403
    assert not browser.logged_in
    alert = re.search(r'(?s)<div class="si-notice[^>]*id="([^"]*)".*?<p role="alert">([^<]*)</p>', page.body)
    assert alert[2] == WRONG
    fields = inputs(page)
    assert fields["username"]["value"] == "&#34;&gt;&lt;b&gt;x"
    for name in ("username", "password"):
        assert fields[name]["aria-describedby"] == alert[1]
        assert fields[name]["aria-invalid"] == "true"
    assert re.search(r'name="password"[^>]*\bautofocus\b', page.body)
    # the form on this page works
    again = await browser.submit(page, {"username": "bob", "password": "bob's"})
    assert again.path == "/hub/home"
    assert hub.accounts() == {"bob": False}


async def test_login_service_is_in_the_heading(hub_with, monkeypatch):
    hub = await hub_with(login_service="the <library>")
    assert "Sign in with the &lt;library&gt;" in (await hub.browser().open("/hub/login")).body
    monkeypatch.setenv("LOGIN_SERVICE", "us")
    assert Directory().login_service == "us"


async def test_terms_and_conditions_must_be_accepted(hubs):
    config = config_of()
    config.JupyterHub.template_vars = {"login_term_url": "https://example.org/terms"}
    hub = await hubs(config)
    page = await hub.browser().open("/hub/login")
    assert 'href="https://example.org/terms"' in page.body
    assert "required" in re.search(r'<input[^>]*name="login_terms_checkbox"[^>]*>', page.body)[0]


class OwnForm(SimpleAuthenticator):
    custom_html = """<form action="{{ authenticator_login_url }}" method="post">
        <input type="hidden" name="_xsrf" value="{{ xsrf }}"><input name="badge"> {{ login_error or "" }}</form>"""

    async def authenticate(self, handler, data):
        return {"4711": "ada"}.get(data["badge"])


async def test_an_operators_own_form(hub_with):
    hub = await hub_with(OwnForm)
    browser = hub.browser()
    page = await browser.submit(await browser.open("/hub/login"), {"badge": "1"})
    assert page.status == 403
    assert WRONG in page.text
    assert (await browser.submit(page, {"badge": "4711"})).status == 200
    assert list(hub.accounts()) == ["ada"]


async def test_the_operators_template_replaces_the_form(hubs, tmp_path):
    (tmp_path / "sign_in_form.html").write_text("<p>Ask {{ login_service }} at the desk.</p>")
    config = config_of(login_service="Ada")
    config.JupyterHub.template_paths = [str(tmp_path)]
    hub = await hubs(config)
    assert "Ask Ada at the desk." in (await hub.browser().open("/hub/login")).text


# --- URLs: the form, and the next page --------------------------------------------------------------------------------


@pytest.mark.parametrize("provider", ["simple", "My lab/é", "a.b+c(d)", "%2e", "ключ", "-", "x" * 200])
async def test_any_provider_name_can_be_in_the_login_url(hub_with, provider):
    from urllib.parse import quote

    hub = await hub_with(provider=provider)
    browser = hub.browser()
    url = f"/hub/auth/{quote(provider, safe='')}/login"
    page = await browser.open(url)
    assert page.status == 200
    xsrf = inputs(page)["_xsrf"]["value"]
    done = await browser.follow(
        await browser.request("POST", url, data={"username": "bob", "password": "bob's", "_xsrf": xsrf})
    )
    assert done.path == "/hub/home"
    assert (await hub.browser().get("/hub/auth/another/login")).status == 404


@pytest.mark.parametrize("provider", ["", ".", ".."])
def test_a_provider_name_that_cannot_be_in_a_url_stops_the_start(provider):
    with pytest.raises(ConfigurationError, match="provider"):
        Directory(provider=provider).check_configuration()


@pytest.mark.parametrize(
    ("next_url", "leads_to"),
    [
        ("/hub/token?a=b", "/hub/token?a=b"),
        ("https://evil.example/hub/token", "/hub/token"),
        ("//evil.example", "/hub/home"),
        ("\\\\evil.example", "/%5C%5Cevil.example"),
        ("javascript:alert(1)", "/hub/home"),
        ("/\t/evil.example", "/hub/home"),
        ("", "/hub/home"),
    ],
)
async def test_next_leads_to_this_hub_only(hub_with, next_url, leads_to):
    """CVE-2019-10255, CVE-2026-33709."""
    from urllib.parse import quote

    hub = await hub_with()
    browser = hub.browser()
    page = await browser.open(f"/hub/login?next={quote(next_url, safe='')}&stray=1")
    action = re.search(r'<form class="si-form" action="([^"]*)"', page.body)[1]
    xsrf = inputs(page)["_xsrf"]["value"]
    answer = await browser.request("POST", action, data={"username": "bob", "password": "bob's", "_xsrf": xsrf})
    assert answer.status == 302
    assert answer.headers["location"] == leads_to


async def test_a_signed_in_user_is_redirected(hub_with):
    hub = await hub_with()
    browser, _ = await sign_in(hub, "bob")
    assert (await browser.get("/hub/login?next=%2Fhub%2Ftoken")).location == f"{hub.url}/hub/token"


async def test_a_service_that_uses_the_hubs_oauth_leads_to_the_form(hubs):
    """With `auto_login_oauth2_authorize`, users are redirected to the sign-in page, which is the form."""
    config = config_of(auto_login_oauth2_authorize=True)
    config.JupyterHub.services = [
        {
            "name": "app",
            "oauth_client_id": "service-app",
            "api_token": "t" * 32,
            "oauth_redirect_uri": "http://x.example/cb",
        }
    ]
    hub = await hubs(config)
    page = await hub.browser().open(
        "/hub/api/oauth2/authorize?client_id=service-app&redirect_uri=http%3A%2F%2Fx.example%2Fcb&response_type=code"
    )
    assert page.path == "/hub/login"
    assert "password" in inputs(page)


async def test_logout_redirect_url(hub_with):
    hub = await hub_with(logout_redirect_url="https://lab.example.org/bye")
    browser, _ = await sign_in(hub, "bob")
    assert (await browser.get("/hub/logout", headers={"Sec-Fetch-Mode": "no-cors"})).status == 403
    assert browser.logged_in
    assert (await browser.get("/hub/logout")).location == "https://lab.example.org/bye"
    assert not browser.logged_in


async def test_a_logout_leads_to_the_form(hub_with):
    hub = await hub_with()
    browser, _ = await sign_in(hub, "bob")
    assert (await browser.open("/hub/logout")).path == "/hub/login"
    assert (await browser.open("/hub/home")).path == "/hub/login"


# --- cross-site requests, sessions ------------------------------------------------------------------------------------


@pytest.mark.parametrize("xsrf", ["", "made-up", "of another browser"])
async def test_a_form_that_another_site_submits_is_refused(hub_with, xsrf):
    """CVE-2020-36191, CVE-2024-28233: a login also needs proof that it began on the Hub's page."""
    hub = await hub_with()
    browser, stranger = hub.browser(), hub.browser()
    if xsrf == "of another browser":
        page = await stranger.open("/hub/login", headers={"User-Agent": "another"})
        xsrf = inputs(page)["_xsrf"]["value"]
    page = await browser.request("POST", "/hub/login", data={"username": "bob", "password": "bob's", "_xsrf": xsrf})
    assert page.status == 403
    assert not browser.logged_in
    assert hub.authenticator.asked == 0
    assert "This page was open for too long. Please sign in once more." in page.text
    assert (await browser.submit(page, {"username": "bob", "password": "bob's"})).path == "/hub/home"


async def test_a_login_makes_a_new_session(hub_with):
    """GHSA-f24x-5g9q-753f."""
    hub = await hub_with()
    browser = hub.browser()
    await browser.open("/hub/login")
    before = browser.cookies.get("jupyterhub-session-id")
    await sign_in(hub, "bob", browser=browser)
    bobs = browser.cookies["jupyterhub-session-id"]
    assert bobs != before
    page = await browser.request(
        "POST",
        "/hub/login",
        data={"username": "carol", "password": "carol's", "_xsrf": browser.cookies["_xsrf"]},
    )
    assert page.status == 302
    assert browser.cookies["jupyterhub-session-id"] != bobs


# --- the submitted fields ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"username": ...},
        {"password": ...},
        {"username": ..., "password": ...},
        {"username": ""},
        {"username": "   "},
        {"password": ""},
        {"username": "bo\0b"},
        {"username": "bob\r\nX: y"},
        {"username": "bo\u202eb"},
        {"username": "x" * 300},
        {"username": "x" * 1_000_000},
        {"password": "x" * 5000},
        {"surplus": "x" * 5000},
    ],
    ids=lambda fields: ascii(fields)[:40],
)
async def test_implausible_input_is_refused_without_calling_authenticate(hub_with, fields):
    """A missing field is refused and causes no error. The log line is short (CVE-2026-54338)."""
    hub = await hub_with()
    browser = hub.browser()
    form = await browser.open("/hub/login")
    sent = {"username": "bob", "password": "bob's", **fields}
    page = await browser.submit(form, {key: value for key, value in sent.items() if value is not ...})
    assert page.status == 403
    assert WRONG in page.text
    assert hub.authenticator.asked == 0
    assert hub.accounts() == {}
    (line,) = hub.log.lines_with("login failed for")
    assert len(line.encode()) <= 200


async def test_a_name_that_is_not_utf_8(hub_with):
    hub = await hub_with()
    browser = hub.browser()
    xsrf = inputs(await browser.open("/hub/login"))["_xsrf"]["value"]
    page = await browser.request(
        "POST",
        "/hub/login",
        data=f"_xsrf={xsrf}&username=%ff%fe&password=bob%27s",
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert page.status == 403
    assert WRONG in page.text


@pytest.mark.parametrize(
    "name", ["bob", "B" * 33, "x" * 1_000_000, "\U000e0001" * 40, "a\nb", "é" * 32], ids=lambda n: ascii(n)[:20]
)
def test_a_name_in_the_log_is_short_and_on_one_line(name):
    text = str(TypedName(known=name))
    assert len(text) <= 90
    assert text.isascii()
    assert text.isprintable()


async def test_white_space_around_a_name_is_removed_and_around_a_password_is_not(hub_with):
    hub = await hub_with()
    assert (await sign_in(hub, "  bob ", "bob's"))[1].path == "/hub/home"
    assert (await sign_in(hub, "bob", " bob's"))[1].status == 403


# --- the result of authenticate ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "words"),
    [
        ("refused", 403, WRONG),
        ("expired", 403, "the account has expired or needs a new password"),
        ("raises", 500, "Signing in does not work on JupyterHub"),
        ("list", 500, "Signing in does not work on JupyterHub"),
        ("number", 500, "Signing in does not work on JupyterHub"),
        ("nothing", 500, "Signing in does not work on JupyterHub"),
        ("hostile", 403, "no username that JupyterHub can use"),
        ("http", 403, "Come back <tomorrow>."),
    ],
)
async def test_results_that_refuse_the_login(hub_with, name, status, words):
    hub = await hub_with(Odd)
    browser, page = await sign_in(hub, name, "x")
    assert page.status == status
    assert words in page.text
    assert not browser.logged_in
    assert hub.accounts() == {}
    if name not in ("refused", "http"):
        reference_on(page, hub)
    assert hub.authenticator.throttle._under_way == {}


async def test_data_about_the_user_are_stored_and_shown(hub_with):
    hub = await hub_with(enable_auth_state=True, manage_groups=True, auth_state_groups_key="of.groups")
    await sign_in(hub, "ada")
    state = await hub.auth_state("ada")
    assert state["ticket"] == "t-1"
    assert state["profile"]["email"] == "ada@example.org"
    assert (state["suite"]["issuer"], state["suite"]["subject"]) == ("simple", "ada")
    assert [group.name for group in hub.app.users["ada"].groups] == ["staff"]
    if hasattr(hub.app.users["ada"].orm_user, "user_info"):
        assert hub.app.users["ada"].orm_user.user_info["name"] == "Ada L"
        assert hub.app.users["ada"].orm_user.user_info["avatar_url"] == "https://cdn.example.org/ada.png"
        assert "ada@example.org" not in json.dumps(hub.app.users["ada"].orm_user.user_info)
    await sign_in(hub, "bob")
    assert hub.app.users["bob"].groups == []
    await sign_in(hub, "carol")
    assert [group.name for group in hub.app.users["carol"].groups] == ["students"]


async def test_modify_auth_state_hook_runs_before_groups_are_read(hub_with):
    async def hook(authenticator, auth_state):
        return {**auth_state, "mine": ["made"]}

    hub = await hub_with(
        enable_auth_state=True, manage_groups=True, auth_state_groups_key=lambda state: state["mine"],
        modify_auth_state_hook=hook,
    )  # fmt: skip
    await sign_in(hub, "bob")
    assert [group.name for group in hub.app.users["bob"].groups] == ["made"]
    assert (await hub.auth_state("bob"))["mine"] == ["made"]


# --- the access decision ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "accounts"),
    [
        ({}, {"ada": False, "bob": False, "carol": False}),
        ({"allow_all": False}, {}),
        ({"allow_all": False, "allowed_users": {"bob"}}, {"bob": False}),
        ({"allow_all": False, "admin_users": {"bob"}}, {"bob": True}),
        ({"blocked_users": {"bob"}}, {"ada": False, "carol": False}),
        ({"blocked_users": {"Bob"}, "admin_users": {"bob"}}, {"ada": False, "carol": False}),
        ({"allow_all": False, "whitelist": {"bob"}}, {"bob": False}),
        ({"username_pattern": "[ab].*"}, {"ada": False, "bob": False}),
        ({"username_map": {"bob": "robert"}}, {"ada": False, "robert": False, "carol": False}),
        ({"allow_all": False, "manage_groups": True, "allowed_groups": {"students"}}, {"carol": False}),
        ({"allow_all": False, "manage_groups": True, "admin_groups": {"students"}}, {"carol": True}),
        ({"manage_groups": True, "admin_groups": {"students"}}, {"ada": False, "bob": False, "carol": True}),
        ({"require_verified_email": True}, {"ada": False}),
        ({"allowed_email_domains": {"example.com"}}, {}),
        ({"required_claims": {"name": "Ada L"}, "admin_users": {"bob"}}, {"ada": False}),
        pytest.param(
            {"post_auth_hook": lambda a, h, model: model if model["name"] == "ada" else None},
            {"ada": False},
            id="post_auth_hook",
        ),
    ],
    ids=str,
)  # fmt: skip
async def test_access_options(hub_with, traits, accounts):
    hub = await hub_with(**traits)
    came_in = {}
    for name in ("ada", "bob", "carol"):
        browser, page = await sign_in(hub, name)
        if browser.logged_in:
            account = json.loads((await browser.get("/hub/api/user")).body)
            came_in[account["name"]] = account["admin"]
        else:
            assert page.status == 403
            assert "This account has no access to JupyterHub" in page.text
            assert (
                f"You signed in as {name}." in page.text or "post_auth_hook" in traits or "username_pattern" in traits
            )
            reference_on(page, hub)
    assert came_in == accounts
    assert not hub.log.tracebacks()


async def test_a_refusal_has_the_rule_in_the_log_and_the_operators_message_on_the_page(hub_with):
    hub = await hub_with(blocked_users={"bob"}, custom_403_message="Ask Ada.")
    _, page = await sign_in(hub, "bob")
    assert "Ask Ada." in page.text
    assert "sign out at" not in page.text
    assert "user='bob' rule=blocked_users" in hub.log.lines_with(reference_on(page, hub))[0]


async def test_an_account_of_another_provider_is_refused(hub_with, tmp_path):
    """An account is (issuer, subject)."""
    state = HubState(directory=tmp_path)
    async with start_hub(config_of(enable_auth_state=True, provider="the other"), state) as hub:
        await sign_in(hub, "bob")
    async with start_hub(config_of(enable_auth_state=True), state) as hub:
        _, page = await sign_in(hub, "bob")
        assert page.status == 409
        assert reference_on(page, hub)
    async with start_hub(config_of(enable_auth_state=True, rebind_accounts_by_name=True), state) as hub:
        assert (await sign_in(hub, "bob"))[1].status == 200


async def test_roles_follow_groups(hubs):
    config = config_of(manage_groups=True, manage_roles=True, group_roles={"students": ["helper"]})
    config.JupyterHub.load_roles = [{"name": "helper", "scopes": ["list:users"]}]
    hub = await hubs(config)
    for name, roles in (("carol", ["helper", "user"]), ("bob", ["user"])):
        await sign_in(hub, name)
        assert sorted(role.name for role in hub.app.users[name].roles) == roles


# --- refresh ----------------------------------------------------------------------------------------------------------


async def page_that_refreshes(hub, browser, name):
    hub.app.users[name]._auth_refreshed = None
    return await browser.open("/hub/home")


@pytest.mark.parametrize(
    "change",
    [
        {"blocked_users": {"bob"}},
        {"allow_all": False, "allowed_users": {"ada"}},
        pytest.param(
            {"refresh_user_hook": lambda authenticator, user, auth_state: False}, id="refresh_user_hook-False"
        ),
        pytest.param(
            {"refresh_user_hook": lambda authenticator, user, auth_state: 1 / 0}, id="refresh_user_hook-raises"
        ),
    ],
    ids=str,
)
async def test_a_changed_decision_ends_the_session(hub_with, change):
    hub = await hub_with()
    browser, _ = await sign_in(hub, "bob")
    assert (await page_that_refreshes(hub, browser, "bob")).path == "/hub/home"
    for option, value in change.items():
        setattr(hub.authenticator, option, value)
    assert (await page_that_refreshes(hub, browser, "bob")).path == "/hub/login"
    assert (await browser.open("/hub/home")).path == "/hub/login"


async def test_a_refresh_gives_and_takes_administrator_rights(hub_with):
    hub = await hub_with(manage_groups=True)
    browser, _ = await sign_in(hub, "carol")
    hub.authenticator.admin_groups = {"students"}
    await page_that_refreshes(hub, browser, "carol")
    assert hub.accounts() == {"carol": True}
    hub.authenticator.admin_groups = {"others"}
    await page_that_refreshes(hub, browser, "carol")
    assert hub.accounts() == {"carol": False}


async def test_restrictions_on_claims_are_checked_again(hub_with):
    hub = await hub_with(enable_auth_state=True)
    browser, _ = await sign_in(hub, "ada")
    hub.authenticator.required_claims = {"name": "Ada L"}
    assert (await page_that_refreshes(hub, browser, "ada")).path == "/hub/home"
    assert (await hub.auth_state("ada"))["ticket"] == "t-1"
    hub.authenticator.required_claims = {"name": "Ada M"}
    assert (await page_that_refreshes(hub, browser, "ada")).path == "/hub/login"


async def test_without_auth_state_claims_are_not_checked_again(hub_with):
    """Blocks still are."""
    hub = await hub_with(required_claims={"name": "Ada L"})
    browser, _ = await sign_in(hub, "ada")
    assert (await page_that_refreshes(hub, browser, "ada")).path == "/hub/home"
    hub.authenticator.blocked_users = {"ada"}
    assert (await page_that_refreshes(hub, browser, "ada")).path == "/hub/login"


@pytest.mark.parametrize("bar", [{"blocked_users": {"ada"}}, {"required_claims": {"name": "Ada M"}}], ids=str)
async def test_the_hook_keeps_no_user_past_a_block_or_restriction(hub_with, bar):
    hub = await hub_with(enable_auth_state=True, refresh_user_hook=lambda authenticator, user, auth_state: True)
    browser, _ = await sign_in(hub, "ada")
    assert (await page_that_refreshes(hub, browser, "ada")).path == "/hub/home"
    for option, value in bar.items():
        setattr(hub.authenticator, option, value)
    assert (await page_that_refreshes(hub, browser, "ada")).path == "/hub/login"


async def test_a_user_who_logged_in_before_auth_state_was_enabled_must_log_in_again(tmp_path):
    state = HubState(directory=tmp_path)
    async with start_hub(config_of(), state) as hub:
        browser, _ = await sign_in(hub, "ada")
        cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    async with start_hub(config_of(enable_auth_state=True, required_claims={"name": "Ada L"}), state) as hub:
        browser = hub.browser()
        assert (await browser.open("/hub/home", headers={"Cookie": cookies})).path == "/hub/login"
        browser, _ = await sign_in(hub, "ada")
        assert (await page_that_refreshes(hub, browser, "ada")).path == "/hub/home"


async def test_the_hook_may_return_a_model(hub_with):
    hub = await hub_with(
        manage_groups=True, refresh_user_hook=lambda authenticator, user, auth_state: {"groups": ["new"]}
    )
    browser, _ = await sign_in(hub, "bob")
    await page_that_refreshes(hub, browser, "bob")
    assert [group.name for group in hub.app.users["bob"].groups] == ["new"]


# --- start-up ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", sorted({*OAuthOptions.class_traits(config=True)} - {*Directory.class_traits()}))
def test_an_option_of_a_provider_stops_the_start(option):
    config = Config()
    config.Directory[option] = "x"
    with pytest.raises(ConfigurationError, match=rf"Directory\.{option} has no effect"):
        Directory(config=config).check_configuration()


def test_auto_login_stops_the_start():
    with pytest.raises(ConfigurationError, match="auto_login"):
        Directory(auto_login=True).check_configuration()


async def test_enable_demo_is_off_causes_a_warning_and_works(hub_with):
    hub = await hub_with(SimpleAuthenticator)
    assert hub.log.lines_with("refuses all users")
    _, page = await sign_in(hub, "eve", "eve")
    assert page.status == 403
    hub.authenticator.enable_demo = True
    for name, password, status in (("eve", "eve", 200), ("eve", "Eve", 403), ("éve", "éve", 200), ("eve", "", 403)):
        assert (await sign_in(hub, name, password))[1].status == status, (name, password)
    hub.authenticator.check_configuration()
    assert hub.log.lines_with("anyone can sign in under any name")


def test_enable_demo_with_an_overridden_authenticate_stops_the_start():
    with pytest.raises(ConfigurationError, match="enable_demo"):
        Directory(enable_demo=True).check_configuration()


async def test_authenticate_returns_what_the_subclass_returns():
    """For operators who call it in their own tests."""
    authenticator = Directory(allow_all=True, failure_delay=0)
    assert await authenticator.authenticate(None, {"username": "bob", "password": "bob's"}) == "bob"
    model = await authenticator.get_authenticated_user(None, {"username": "ada", "password": "ada's"})
    assert (model["name"], model["admin"]) == ("ada", None)
    with pytest.raises(LoginFailed):
        await authenticator.get_authenticated_user(None, {"username": "bob", "password": "x"})
    with pytest.raises(LoginFailed):
        await authenticator.get_authenticated_user(None, None)
