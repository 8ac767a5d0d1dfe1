"""Several ways to sign in on one real Hub: the rest of a session belongs to the way that the user has chosen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from .checks import fit_log, refused
from .processes import wait_for
from .provider_sites import Account
from .several import AT_LAB, GUESTS, ON_SERVER, Several
from .web_client import WebClient

TOKEN_SECONDS = 2
EACH = {"campus": "bob", "lab": "ravi", "server": "sven", "guests": "gina"}


@pytest.fixture(autouse=True)
def clean_log(several: Several, client: WebClient, other_client: WebClient) -> Iterator[None]:
    """Whatever happens, the Hub's log is fit to be read, and the lab's provider works again."""
    several.lab_provider.reset()
    with fit_log(several.lab, client, other_client):
        yield
    several.lab_provider.reset()


@pytest.mark.parametrize(
    ("provider", "name", "groups", "admin"),
    [
        ("campus", "alice", {"hub-admins", "hub-users"}, True),
        ("campus", "bob", {"hub-users"}, False),
        ("lab", "lee", {"leads", "guests"}, True),
        ("lab", "ravi", {"hub-admins", "wheels"}, False),  # of the same name as groups that others go by
        ("server", "uma", {"admin"}, True),
        ("server", "sven", {"user"}, False),
        ("guests", "gina", {"visitors"}, False),
        ("guests", "chief", set(), True),  # by MultiAuthenticator.admin_users
    ],
)
def test_groups_and_rights_are_those_of_the_one_that_was_taken(
    several: Several, client: WebClient, provider: str, name: str, groups: set[str], admin: bool
) -> None:
    page = several.log_in(client, provider, name)
    assert (page.status, page.path) == (200, "/hub/home"), page
    assert several.signed_in_as(client) == name
    user = several.user(name)
    assert user is not None
    assert set(user["groups"]) == groups
    assert user["admin"] is admin
    assert client.get(several.hub.page("admin")).status == (200 if admin else 403)


def test_each_in_one_browser_one_after_another(several: Several, client: WebClient) -> None:
    for provider in (*EACH, *reversed(EACH)):
        client.get(several.hub.page("logout"), stop_before=lambda url: not url.startswith(several.hub.url))
        page = several.log_in(client, provider, EACH[provider])
        assert (page.status, page.path) == (200, "/hub/home"), page
        assert several.signed_in_as(client) == EACH[provider]


@pytest.mark.parametrize("provider", ["server", "lab"])
def test_a_server_of_ones_own(several: Several, client: WebClient, other_client: WebClient, provider: str) -> None:
    """Of a user of the system and one of a provider. A link into it survives the choice of a way to sign in."""
    name = EACH[provider]
    several.log_in(client, provider, name)
    page = several.lab.until_server_runs(client, client.get(several.hub.page("spawn")))
    assert (page.status, page.path) == (200, f"/user/{name}/"), page
    assert page.soup.find(id="name").get_text() == name

    link = f"{several.hub.url}/user/{name}/notebooks/a%20b.ipynb?line=3&x=%26"
    page = other_client.get(link)
    if provider == "lab":
        page = several.lab.site.sign_in(
            other_client, other_client.get(page.link("Sign in with the lab")), Account(name)
        )
    else:
        page = several.fill_in_on(page, other_client, provider, name)
    assert (page.status, page.url) == (200, link), page


@pytest.mark.parametrize(
    ("provider", "name"), [("campus", "carol"), ("lab", "mallory"), ("server", "otto"), ("guests", "nobody")]
)
def test_who_may_not_come_in_by_one(several: Several, client: WebClient, provider: str, name: str) -> None:
    """By the rules of that one, or by a block that names it."""
    page = several.log_in(client, provider, name)
    assert page.status == 403, page
    assert several.signed_in_as(client) is None
    assert several.user(name) is None


def test_blocked_at_one_is_not_blocked_at_another(several: Several, client: WebClient) -> None:
    assert several.log_in(client, "guests", "mallory").path == "/hub/home"
    assert several.signed_in_as(client) == "mallory"


def test_the_same_name_elsewhere_is_refused(several: Several, client: WebClient, other_client: WebClient) -> None:
    """Two people are called bob. The account is not changed by the second, and the page says what to do."""
    assert several.log_in(client, "campus", "bob").path == "/hub/home"
    before = several.user("bob")
    mark = several.hub.log_mark()
    page = several.log_in(other_client, "lab", "bob")
    line = refused(several.lab, other_client, page, 409, mark)
    assert "'bob' belongs to campus, and a user of lab has the same name" in line
    assert "this name belongs to an account that signs in with the university" in page.text
    after = several.user("bob")
    assert before is not None
    assert after is not None
    assert {**after, "last_activity": None} == {**before, "last_activity": None}
    assert several.signed_in_as(client) == "bob"


def test_a_callback_of_one_finishes_no_login_of_another(several: Several, client: WebClient) -> None:
    """RFC 9700 §4.4: mix-up. No provider is shown the code of another."""
    callback = several.lab.callback_url(client, Account("ravi"), "/hub/home")
    mark = several.hub.log_mark()
    refused(several.lab, client, client.get(callback.replace("/auth/lab/", "/auth/campus/")), 400, mark)
    assert several.lab_provider.counted().of("token") == 0
    assert several.signed_in_as(client) is None


def test_a_provider_that_is_away_stops_its_own_people_alone(
    several: Several, client: WebClient, other_client: WebClient
) -> None:
    several.lab_provider.turn(faults={"token": 500})
    mark = several.hub.log_mark()
    refused(several.lab, client, several.log_in(client, "lab", "ravi"), 502, mark)
    for provider in ("campus", "server", "guests"):
        assert several.log_in(other_client, provider, EACH[provider]).path == "/hub/home"
        other_client.get(several.hub.page("logout"))


def test_rotated_tokens_are_kept_and_nobody_else_is_asked(
    several: Several, client: WebClient, other_client: WebClient
) -> None:
    """Two refreshes in a row with tokens that are good once, while a user of another provider is refreshed as well."""
    several.lab_provider.turn(access_token_seconds=TOKEN_SECONDS)
    several.log_in(client, "lab", "ravi")
    several.log_in(other_client, "campus", "bob")
    mark = several.hub.log_mark()
    for count in (1, 2):

        def refreshed(count: int = count) -> bool:
            assert several.signed_in_as(client) == "ravi"
            assert several.signed_in_as(other_client) == "bob"
            return several.lab_provider.counted().grants.get("refresh_token", 0) == count

        wait_for(f"refresh {count}", refreshed)
    counted = several.lab_provider.counted()
    assert counted.refusals == []
    assert counted.grants == {"authorization_code": 1, "refresh_token": 2}
    assert "ends" not in several.hub.own_log_since(mark)


def test_rights_that_are_taken_at_a_provider_go_here(
    several: Several, client: WebClient, other_client: WebClient
) -> None:
    """Each asks its own: the administrator of the one stays when that of the other is one no more."""
    several.lab_provider.turn(access_token_seconds=TOKEN_SECONDS)
    several.log_in(client, "campus", "alice")
    several.log_in(other_client, "lab", "lee")
    admin = several.hub.page("admin")
    several.set_campus_groups(hub_admins=[])
    try:
        wait_for("alice to be no administrator", lambda: client.get(admin).status == 403)
        assert several.signed_in_as(client) == "alice"
        assert other_client.get(admin).status == 200
    finally:
        several.set_campus_groups(hub_admins=["alice"])
    several.lab_provider.turn(users={"lee": {"groups": []}})
    try:
        wait_for("lee to be no administrator", lambda: other_client.get(admin).status == 403)
        wait_for("alice to be one again", lambda: client.get(admin).status == 200)
    finally:
        several.lab_provider.turn(users={"lee": AT_LAB["lee"]})


def test_a_deleted_user_of_the_system_is_out(several: Several, client: WebClient, other_client: WebClient) -> None:
    several.log_in(client, "server", "uma")
    several.log_in(other_client, "guests", "gina")
    several.system.write({name: groups for name, groups in ON_SERVER.items() if name != "uma"})
    try:
        wait_for("the session to end", lambda: several.signed_in_as(client) is None)
        assert several.signed_in_as(other_client) == "gina"
        assert several.log_in(client, "server", "uma").status == 403
    finally:
        several.system.write(ON_SERVER)


def test_logging_out_goes_to_the_provider_that_was_taken(several: Several, client: WebClient) -> None:
    """RP-initiated at either, with the tokens revoked where that is wanted; nothing of it for a form."""
    ended = several.hub.page("health")
    several.log_in(client, "lab", "ravi")
    page = client.get(several.hub.page("logout"))
    assert page.url.startswith(several.lab.site.issuer), page
    page = client.submit(page, page.form(having="xsrf"), {"logout": "yes"})
    assert page.url == ended
    assert several.lab_provider.counted().of("revocation") == 2
    assert client.opened("/hub/auth/lab/logged_out?state=")

    several.log_in(client, "campus", "bob")
    page = client.get(several.hub.page("logout"))
    assert len(client.opened(f"{several.campus.site.issuer}/oauth/end_session")) == 1
    assert page.url == ended, page
    assert client.opened("/hub/auth/campus/logged_out?state=")

    several.log_in(client, "guests", "gina")
    seen = len(client.visits)
    assert client.get(several.hub.page("logout")).url == ended
    assert {urlsplit(url).netloc for _, url, _ in client.visits[seen:]} == {urlsplit(several.hub.url).netloc}
    assert several.signed_in_as(client) is None
    assert several.lab_provider.counted().of("end_session") == 1


def test_a_hub_that_is_killed_and_started_again(several: Several, client: WebClient) -> None:
    """Sessions and the attempt of a login live on, and each refresh finds the one it is for. Who has been taken out of
    the dictionary meanwhile is out.
    """
    several.lab_provider.turn(access_token_seconds=TOKEN_SECONDS)
    browsers = {provider: WebClient() for provider in EACH}
    gone = WebClient()
    try:
        for provider, browser in browsers.items():
            several.log_in(browser, provider, EACH[provider])
        several.log_in(gone, "guests", "gone")
        callback = several.campus.callback_url(client, several.campus.people.admin, "/hub/home")

        several.hub.crash()
        several.write_guests({name: groups for name, groups in GUESTS.items() if name != "gone"})
        several.lab_provider.reset()
        ended = time.monotonic() + TOKEN_SECONDS
        several.hub.start()
        wait_for("the access token to end", lambda: time.monotonic() > ended)

        for provider, browser in browsers.items():
            assert several.signed_in_as(browser) == EACH[provider], provider
        counted = several.lab_provider.counted()
        assert counted.grants == {"refresh_token": 1}
        assert counted.refusals == []
        assert several.signed_in_as(gone) is None
        assert several.log_in(gone, "guests", "gone").status == 403

        assert client.get(callback).url == several.hub.page("home")
        assert several.signed_in_as(client) == "alice"
        mark = several.hub.log_mark()
        refused(several.lab, gone, several.lab.log_in(gone, Account("bob")), 409, mark)
    finally:
        several.write_guests(GUESTS)
        for browser in (*browsers.values(), gone):
            browser.__exit__()
