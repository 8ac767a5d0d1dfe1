"""Another JupyterHub as the provider: two real hubs on two host names, configured from the documentation's page."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
import requests

from tests.fakes.openid_provider.records import Grant
from tests.fakes.upstream_hub import IDENTIFY, FakeHub

from .checks import fit_log, refused
from .processes import wait_for
from .provider_sites import Account
from .two_hubs import TwoHubs
from .web_client import WebClient
from .worlds import is_hub_callback, query

pytestmark = pytest.mark.slow  # three servers run, and each change takes them a second or more


def test_an_account_of_the_first_hub_opens_the_second(two_hubs: TwoHubs, client: WebClient) -> None:
    """Through both Hubs to the user's server, with the groups that the user has at the first Hub."""
    with fit_log(two_hubs, client):
        page = two_hubs.until_server_runs(client, two_hubs.log_in(client, two_hubs.people.allowed, next_url=None))
    assert page.status == 200, page
    assert page.path == "/user/bob/"
    assert page.soup.find(id="name").get_text() == "bob"
    assert page.soup.find(id="groups").get_text() == "physics"
    model = two_hubs.hub.ask("GET", "users/bob")
    assert (model["groups"], model["admin"]) == (["physics"], False)
    assert model["auth_state"]["jupyterhub_user"]["kind"] == "user"
    assert model["auth_state"]["refresh_token"] is None


def test_the_rules_here_decide_on_groups_from_there(
    two_hubs: TwoHubs, client: WebClient, other_client: WebClient
) -> None:
    two_hubs.log_in(client, two_hubs.people.admin)
    assert client.get(two_hubs.hub.page("admin")).status == 200
    mark = two_hubs.hub.log_mark()
    page = two_hubs.log_in(other_client, two_hubs.people.refused)
    refused(two_hubs, other_client, page, 403, mark)


def test_a_login_asks_the_first_hub_twice(two_hubs: TwoHubs, client: WebClient) -> None:
    """Once for the token, once for the user."""
    callback = two_hubs.callback_url(client, two_hubs.people.allowed, next_url="/hub/home")
    mark = two_hubs.upstream.log_mark()
    page = client.get(callback, stop_before=lambda _: True)
    assert page.headers["Location"] == "/hub/home"
    wait_for("the first hub's log", lambda: two_hubs.upstream.asked_since(mark).total() >= 2)
    assert two_hubs.upstream.asked_since(mark) == {("oauth2/token", 200): 1, ("user", 200): 1}


def test_a_browser_is_signed_in_at_both_and_neither_disturbs_the_other(two_hubs: TwoHubs, client: WebClient) -> None:
    two_hubs.log_in(client, two_hubs.people.allowed)
    for hub in (two_hubs.upstream, two_hubs.hub, two_hubs.upstream):
        page = client.get(hub.page("home"))
        assert page.url == hub.page("home"), page
        assert "bob" in page.text


@pytest.mark.parametrize("missing", ["code_challenge", "code_verifier"])
def test_the_first_hub_insists_on_pkce(two_hubs: TwoHubs, client: WebClient, missing: str) -> None:
    """So that it works shows that the class hub sends it."""
    url = urlsplit(two_hubs.authorization_url(client))
    asked = dict(parse_qsl(url.query))
    if missing == "code_challenge":
        asked = {name: value for name, value in asked.items() if not name.startswith("code_challenge")}
    site, bob = two_hubs.site, two_hubs.people.allowed
    page = client.get(url._replace(query=urlencode(asked)).geturl(), stop_before=is_hub_callback)
    answer = query(site.sign_in(client, page, bob, stop_before=is_hub_callback).headers["Location"])
    if missing == "code_challenge":
        assert answer["error"] == "invalid_request"
        return
    secret = two_hubs.secrets["the client secret"]
    fields = {"grant_type": "authorization_code", "code": answer["code"], "redirect_uri": asked["redirect_uri"]}
    fields |= {"client_id": asked["client_id"], "client_secret": secret}
    refusal = requests.post(two_hubs.upstream.page("api/oauth2/token"), data=fields, timeout=10)
    assert refusal.status_code == 400
    assert "access_token" not in refusal.text


def newcomer(two_hubs: TwoHubs, name: str, group: str) -> Account:
    """A new user of the first Hub, that only this test changes."""
    two_hubs.upstream.ask("POST", f"users/{name}")
    two_hubs.upstream.ask("POST", f"groups/{group}/users", {"users": [name]})
    return Account(name)


def test_what_changes_there_changes_here(two_hubs: TwoHubs, client: WebClient) -> None:
    """At a refresh: groups follow, and who is in none that lets in must go."""
    dora = newcomer(two_hubs, "dora", "physics")
    two_hubs.log_in(client, dora)
    two_hubs.upstream.ask("POST", "groups/chess")
    two_hubs.upstream.ask("POST", "groups/chess/users", {"users": ["dora"]})

    def groups_here() -> set[str]:
        assert two_hubs.signed_in_as(client) == "dora"
        return set(two_hubs.hub.ask("GET", "users/dora")["groups"])

    wait_for("the new group", lambda: groups_here() == {"physics", "chess"})
    two_hubs.upstream.ask("DELETE", "groups/physics/users", {"users": ["dora"]})
    wait_for("the end of the session", lambda: two_hubs.signed_in_as(client) is None)
    assert "rule=" in two_hubs.hub.log_text


def test_who_is_deleted_there_is_out_here(two_hubs: TwoHubs, client: WebClient) -> None:
    """A hub answers 403 to a token that is good no more."""
    two_hubs.log_in(client, newcomer(two_hubs, "emil", "physics"))
    assert two_hubs.signed_in_as(client) == "emil"
    mark = two_hubs.upstream.log_mark()
    with fit_log(two_hubs, client):
        two_hubs.upstream.ask("DELETE", "users/emil")
        wait_for("the end of the session", lambda: two_hubs.signed_in_as(client) is None)
    assert two_hubs.upstream.asked_since(mark)["user", 403] == 1


def test_logging_out_there_ends_the_session_here(two_hubs: TwoHubs, client: WebClient) -> None:
    two_hubs.log_in(client, two_hubs.people.allowed)
    client.get(two_hubs.upstream.page("logout"))
    wait_for("the end of the session", lambda: two_hubs.signed_in_as(client) is None)


def test_logging_out_here_logs_out_there(two_hubs: TwoHubs, client: WebClient) -> None:
    """`logout_redirect_url`, as the page has it."""
    two_hubs.log_in(client, two_hubs.people.allowed)
    page = client.get(two_hubs.hub.page("logout"))
    assert page.url.startswith(two_hubs.upstream.page("")), page
    assert two_hubs.signed_in_as(client) is None
    again = client.get(two_hubs.login_url("/hub/home"))
    assert two_hubs.site.shows(again)
    assert again.form(having="password")


def test_a_first_hub_that_is_down_logs_nobody_out(
    two_hubs: TwoHubs, client: WebClient, other_client: WebClient
) -> None:
    two_hubs.log_in(client, two_hubs.people.allowed)
    callback = two_hubs.callback_url(other_client, two_hubs.people.admin)
    two_hubs.upstream.stop()
    try:
        mark = two_hubs.hub.log_mark()
        refused(two_hubs, other_client, other_client.get(callback), 502, mark)
        wait_for("a refresh that fails", lambda: signed_in_and_tried(two_hubs, client, mark))
    finally:
        two_hubs.upstream.start()
    with WebClient() as browser:
        assert two_hubs.log_in(browser, two_hubs.people.allowed).url == two_hubs.hub.page("home")


def signed_in_and_tried(two_hubs: TwoHubs, client: WebClient, mark: int) -> bool:
    assert two_hubs.signed_in_as(client) == "bob"
    return "The provider does not answer" in two_hubs.hub.log_since(mark)


async def test_the_fake_says_what_a_real_hub_says(two_hubs: TwoHubs, client: WebClient) -> None:
    """The members of a token response and of a user, and their types."""
    two_hubs.log_in(client, two_hubs.people.allowed)
    real = two_hubs.hub.ask("GET", "users/bob")["auth_state"]
    async with FakeHub() as fake:
        grant = Grant(fake.client.client_id, "bob", sorted(IDENTIFY), "family", sid="session")
        token_response, user = fake._issue_tokens(grant), fake._model(grant)
    assert kinds(token_response) == kinds(real["token_response"])
    assert kinds(user) == kinds(real["jupyterhub_user"])
    assert set(user["scopes"]) <= set(real["jupyterhub_user"]["scopes"])


def kinds(members: dict[str, Any]) -> dict[str, type]:
    """Without `user_info`, which is new in JupyterHub 6, and null where a hub knows nothing."""
    return {name: type(value) for name, value in members.items() if name != "user_info"}
