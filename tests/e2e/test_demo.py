"""The demo at a terminal: started, logged in to, interrupted, and gone without a trace."""

from __future__ import annotations

import os
import re
import signal
import sys
from pathlib import Path

import pytest

from oauthenticator_suite.cli.demo.people import GUEST_PEOPLE, PEOPLE, table
from oauthenticator_suite.cli.demo.processes import descendants, living
from tests.ports import reserve_port

from .hub_process import EXAMPLE
from .processes import wait_for
from .provider_sites import Account, CanailleSite
from .running_demo import RunningDemo
from .web_client import WebClient
from .worlds import is_hub_callback

ALICE, BOB, CAROL, DAVE = PEOPLE
(GRACE,) = GUEST_PEOPLE


def test_it_says_where_it_is_and_who_may_log_in(demo: RunningDemo) -> None:
    assert table() in demo.said
    progress = [line for line in demo.said.splitlines() if line.startswith(("starting", "ready"))]
    assert progress[0] == "starting Demo University and JupyterHub ..."
    assert re.fullmatch(rf"ready after \d+ s: open {demo.provider_url} \(Ctrl-C ends everything\)", progress[1])
    assert demo.value("Configuration").endswith("examples/demo_config.py")


def test_the_landing_page_names_every_account_and_leads_everywhere(demo: RunningDemo, client: WebClient) -> None:
    page = client.get(demo.provider_url)
    assert page.status == 200
    for person in (*PEOPLE, *GUEST_PEOPLE):
        assert person.password in page.text
    assert client.get(page.link("Open the Demo Hub")).path == "/hub/login"
    demo.log_in(client, ALICE)
    for label, path in (
        ("home page", "/hub/home"),
        ("Admin", "/hub/admin"),
        ("Sign-in status", "/hub/auth/status"),
        ("Metrics", "/hub/metrics"),
    ):
        opened = client.get(page.link(label))
        assert (opened.status, opened.path) == (200, path)
    assert (EXAMPLE.parents[1] / "docs" / "index.md").samefile(page.text.partition("Documentation: ")[2].split()[0])


def test_the_admin_gets_a_page_of_her_own_and_the_admin_panel(demo: RunningDemo, client: WebClient) -> None:
    assert demo.log_in(client, ALICE).status == 200
    page = demo.own_page(client, ALICE)
    assert "Hello, alice!" in page.text
    groups = page.soup.find(id="groups")
    assert groups is not None
    assert groups.text == "hub-admins, hub-users"
    home = client.get(page.link("control panel"))
    assert (home.status, home.path) == (200, "/hub/home")
    assert client.get(page.link("Try more")).url == demo.provider_url + "/"
    assert client.get(demo.hub_url + "/hub/admin").status == 200
    status = demo.status(client)
    assert "Demo University Working" in status.text
    assert "a guest account On this server" in status.text
    assert "Ask everyone to sign in again" in status.text
    assert re.findall(r"\[[a-z-]+\]", status.text) == ["[sample-passwords]", "[shared-origin]"]


def test_the_allowed_user_gets_a_page_but_not_the_admin_panel(demo: RunningDemo, client: WebClient) -> None:
    page = demo.log_in(client, BOB)
    assert page.status == 200
    groups = demo.own_page(client, BOB).soup.find(id="groups")
    assert groups is not None
    assert groups.text == "hub-users"
    assert client.get(demo.hub_url + "/hub/admin").status == 403
    assert demo.status(client).status == 403


def test_the_group_of_a_teacher_gives_a_role(demo: RunningDemo, client: WebClient) -> None:
    """The role shows the status, without the right to end sessions."""
    demo.log_in(client, DAVE)
    assert client.get(demo.hub_url + "/hub/admin").status == 200
    status = demo.status(client)
    assert status.status == 200
    assert "Ask everyone" not in status.text
    assert client.get(demo.hub_url + "/hub/metrics").status == 403


def test_a_guest_signs_in_with_the_form_of_the_hub(demo: RunningDemo, client: WebClient) -> None:
    page = client.get(demo.hub_url + "/hub/login")
    assert "Sign in with a guest account" in page.text
    fields = {"username": GRACE.username, "password": GRACE.password}
    assert client.submit(page, page.form(having="password"), fields).status == 200
    assert "Hello, grace!" in demo.own_page(client, GRACE).text
    assert not client.opened(demo.provider_url)


def test_a_visitor_may_type_localhost(demo: RunningDemo, client: WebClient) -> None:
    """The Hub's cookies belong to the name that the visitor has typed, and the provider knows it too."""
    hub = demo.hub_url.replace("127.0.0.1", "localhost")
    page = client.get(hub + "/hub/login?next=%2Fhub%2Fhome")
    page = demo.at_the_provider(client, client.get(page.link("Sign in with")), BOB)
    assert page.url == hub + "/hub/home"
    assert client.get(demo.provider_url.replace("127.0.0.1", "localhost")).url == demo.provider_url + "/"


def test_after_signing_out_somebody_else_may_sign_in_with_the_same_browser(
    demo: RunningDemo, client: WebClient
) -> None:
    demo.log_in(client, ALICE)
    page = client.get(demo.own_page(client, ALICE).link("Sign out"))
    assert client.opened(demo.provider_url + "/oauth/end_session")
    assert page.url.startswith(demo.hub_url)
    demo.log_in(client, BOB)
    assert "Hello, bob!" in demo.own_page(client, BOB).text


def test_nobody_sees_the_page_of_somebody_else(demo: RunningDemo, client: WebClient) -> None:
    demo.log_in(client, BOB)
    demo.own_page(client, BOB)
    assert client.get(demo.hub_url + "/user/alice/").status in (403, 404)
    with WebClient() as stranger:
        page = stranger.get(demo.hub_url + "/user/bob/")
        assert page.path == "/hub/login"


def test_the_third_is_refused_with_a_page_that_explains_itself(demo: RunningDemo, client: WebClient) -> None:
    page = demo.log_in(client, CAROL)
    assert page.status == 403
    assert "This account has no access to Demo Hub" in page.text
    assert "You signed in as carol with Demo University." in page.text
    assert "ask its administrator" in page.text
    assert client.get(page.link("Ask for access")).url == demo.provider_url + "/"
    assert client.get(demo.hub_url + "/hub/home").path == "/hub/login"
    reference = page.path.rpartition("/")[2]
    assert reference in page.text
    with WebClient() as other:
        demo.log_in(other, ALICE)
        status = demo.status(other)
        assert "no allow rule matches" in status.text
        assert reference in status.text


def test_the_refused_user_uses_another_account(demo: RunningDemo, client: WebClient) -> None:
    """Also when the other account has never agreed to anything; and the first one does not come back afterwards."""
    page = client.get(demo.log_in(client, CAROL).link("Use another account"))
    assert "Account carol" in page.text
    page = client.get(page.link("Use another account"))
    assert demo.at_the_provider(client, page, BOB).status == 200
    assert "Hello, bob!" in demo.own_page(client, BOB).text
    client.get(demo.own_page(client, BOB).link("Sign out"))
    page = client.get(client.get(demo.hub_url + "/hub/login").link("Sign in with"))
    assert page.url.startswith(demo.provider_url + "/login")


def test_the_visitor_turns_the_provider_off_and_on(demo: RunningDemo, client: WebClient) -> None:
    """Users stay signed in, the sign-in says that the provider is down, guests come in, and the status page shows it."""
    demo.log_in(client, ALICE)
    demo.turn(client, on=False)
    try:
        wait_for("a request of the Hub", lambda: "Demo University Not answering" in demo.status(client).text, 30)
        assert client.get(demo.hub_url + "/hub/home").path == "/hub/home"
        with WebClient() as other:
            page = other.get(other.get(demo.hub_url + "/hub/login").link("Sign in with"))
            assert "We cannot reach Demo University right now" in page.text
            assert page.url.startswith(demo.hub_url)
            page = other.get(page.link("Other ways"))
            other.submit(page, page.form(having="password"), {"username": "grace", "password": GRACE.password})
            assert other.get(demo.hub_url + "/hub/home").path == "/hub/home"
            page = other.get(demo.provider_url + "/login")
            assert page.status == 503
            assert "Demo University is turned off" in page.text
    finally:
        demo.turn(client, on=True)
    wait_for("an answer to the Hub", lambda: "Demo University Working" in demo.status(client).text, 60)
    with WebClient() as other:
        assert demo.log_in(other, BOB).status == 200


def test_a_wrong_password_does_not_leave_the_provider(demo: RunningDemo, client: WebClient) -> None:
    with pytest.raises(AssertionError, match="the provider asks and asks"):
        demo.log_in(client, ALICE, password="guessed")
    assert client.get(demo.hub_url + "/hub/home").path == "/hub/login"


def test_a_login_that_somebody_left_unfinished_harms_nobody(demo: RunningDemo, client: WebClient) -> None:
    """An authorization code that was never used must not be found instead of the next person's."""
    with WebClient() as leaver:
        site = CanailleSite(demo.provider_url)
        page = leaver.get(demo.hub_url + "/hub/auth/university/login")
        account = Account(BOB.username, BOB.password)
        page = site.sign_in(leaver, page, account, stop_before=is_hub_callback)
        assert "code=" in page.headers["Location"]
    for _ in range(3):
        with WebClient() as other:
            assert demo.log_in(other, ALICE).status == 200
            assert "Hello, alice!" in demo.own_page(other, ALICE).text


def test_ctrl_c_ends_everything_also_the_users_servers(client: WebClient, tmp_path: Path) -> None:
    """With the example as a configuration of the visitor's own, which has one provider."""
    demo = RunningDemo(tmp_path, "--port", str(reserve_port()), "--config", str(EXAMPLE))
    try:
        demo.wait_until_ready()
        assert f"The Hub runs your own configuration, {EXAMPLE} ." in client.get(demo.provider_url).text
        assert "Sign in with OpenID Connect" in client.get(demo.hub_url + "/hub/login").text
        demo.log_in(client, BOB)
        demo.own_page(client, BOB)
        assert len(descendants(demo.process.pid)) >= 4  # provider, hub, proxy, bob's server
        demo.end(signal.SIGINT)
    finally:
        demo.process.terminate()


def command_of(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="finds the Hub's process in /proc")
def test_a_part_that_dies_ends_the_rest_and_its_last_words_are_shown(tmp_path: Path) -> None:
    demo = RunningDemo(tmp_path, "--port", str(reserve_port()))
    try:
        demo.wait_until_ready()
        family = descendants(demo.process.pid)
        (hub,) = (pid for pid in family if "-m jupyterhub " in command_of(pid))
        os.kill(hub, signal.SIGKILL)  # it can no longer end its proxy
        errors = demo.finish()
        assert demo.process.returncode == 1
        assert "jupyterhub has ended (status -9)" in errors
        assert "JupyterHub is now running" in errors
        assert not family & set(living())
    finally:
        demo.process.terminate()


@pytest.mark.slow
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells children that their parent died")
def test_nothing_is_left_either_when_it_is_killed_itself(tmp_path: Path) -> None:
    demo = RunningDemo(tmp_path, "--port", str(reserve_port()))
    try:
        demo.wait_until_ready()
        family = descendants(demo.process.pid)
        demo.process.kill()
        demo.finish()
        wait_for("the end of its processes", lambda: not family & set(living()), timeout=30)
    finally:
        demo.process.terminate()


def test_a_configuration_that_is_wrong_ends_it_with_the_hubs_own_words(tmp_path: Path) -> None:
    config = tmp_path / "jupyterhub_config.py"
    config.write_text("raise ValueError('this configuration is wrong')\n")
    demo = RunningDemo(tmp_path, "--port", str(reserve_port()), "--config", str(config))
    errors = demo.finish()
    assert demo.process.returncode == 1
    assert "this configuration is wrong" in errors
