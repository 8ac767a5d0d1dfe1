"""The demo, as somebody at a terminal has it: started, logged in to, interrupted, and gone without a trace."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from oauthenticator_suite.cli.demo.people import PEOPLE, Person, table
from oauthenticator_suite.cli.demo.processes import descendants, living
from tests.ports import reserve_port

from .processes import wait_for
from .provider_sites import Account, CanailleSite
from .web_client import Page, WebClient
from .worlds import is_hub_callback

ALICE, BOB, CAROL = PEOPLE
TIME_LIMIT = 120.0


class RunningDemo:
    """A demo in a process of its own, whose words are read up to ``ready``. Its files lie in `folder`."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "oauthenticator_suite.cli", "demo", *arguments],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | {"TMPDIR": str(folder)},
            start_new_session=True,
        )
        self.said = ""

    def wait_until_ready(self) -> None:
        assert self.process.stdout is not None
        too_long = threading.Timer(TIME_LIMIT, self.process.terminate)
        too_long.start()
        try:
            for line in self.process.stdout:
                self.said += line
                if line.startswith("ready"):
                    return
        finally:
            too_long.cancel()
        pytest.fail(f"the demo has ended before it was ready:\n{self.said}\n{self.finish()}")

    def finish(self) -> str:
        """Wait for its end; what it has written to standard error."""
        _, errors = self.process.communicate(timeout=TIME_LIMIT)
        return errors

    def end(self, number: signal.Signals) -> None:
        """Send a signal: it must end with status 0, and leave no process, no listening port and no file."""
        family = descendants(self.process.pid)
        self.process.send_signal(number)
        errors = self.finish()
        assert (self.process.returncode, errors) == (0, "")
        assert not family & set(living())
        assert list(self.folder.iterdir()) == []

    def value(self, label: str) -> str:
        """What the introduction says behind a label."""
        match = re.search(rf"^ +{label} +(\S+)", self.said, re.MULTILINE)
        assert match is not None, self.said
        return match[1]

    @property
    def hub_url(self) -> str:
        return self.value("Hub")

    def log_in(self, client: WebClient, person: Person, password: str | None = None) -> Page:
        """From the Hub's login page, through the provider's pages, to where that leads."""
        site = CanailleSite(self.value("Provider"))
        page = client.get(self.hub_url + "/hub/login")
        page = client.get(page.link("Sign in with"))
        return site.sign_in(client, page, Account(person.username, password or person.password))

    def own_page(self, client: WebClient, person: Person) -> Page:
        """The page of the person's own server, once it runs."""
        url = f"{self.hub_url}/user/{person.username}/"
        pages: list[Page] = []

        def there() -> bool:
            pages.append(client.get(url))
            return pages[-1].status == 200 and pages[-1].path == f"/user/{person.username}/"

        wait_for(f"the server of {person.username}", there, timeout=30)
        return pages[-1]


@contextmanager
def busy_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningDemo]:
    """A demo whose wanted port is in use, ended by SIGTERM."""
    with ExitStack() as stack:
        wanted = stack.enter_context(busy_port())
        running = RunningDemo(tmp_path_factory.mktemp("demo"), "--port", str(wanted))
        stack.callback(lambda: running.process.poll() is None and running.end(signal.SIGTERM))
        running.wait_until_ready()
        assert f"(port {wanted} is in use)" in running.said
        assert wanted < int(running.hub_url.rpartition(":")[2]) < wanted + 100
        yield running


@pytest.fixture
def client() -> Iterator[WebClient]:
    with WebClient() as client:
        yield client


def test_it_says_where_it_is_and_who_may_log_in(demo: RunningDemo) -> None:
    assert table() in demo.said
    progress = [line for line in demo.said.splitlines() if line.startswith(("starting", "ready"))]
    assert progress == [
        "starting the OpenID provider ...",
        "starting JupyterHub and its proxy ...",
        "ready - press Ctrl-C to end everything",
    ]
    assert demo.value("Configuration").endswith("examples/jupyterhub_config.py")


def test_the_admin_gets_a_page_of_her_own_and_the_admin_panel(demo: RunningDemo, client: WebClient) -> None:
    assert demo.log_in(client, ALICE).status == 200
    page = demo.own_page(client, ALICE)
    assert "Hello, alice!" in page.text
    groups = page.soup.find(id="groups")
    assert groups is not None
    assert groups.text == "hub-admins, hub-users"
    home = client.get(page.link("control panel"))
    assert (home.status, home.path) == (200, "/hub/home")
    assert client.get(demo.hub_url + "/hub/admin").status == 200


def test_the_allowed_user_gets_a_page_but_not_the_admin_panel(demo: RunningDemo, client: WebClient) -> None:
    assert demo.log_in(client, BOB).status == 200
    assert "Hello, bob!" in demo.own_page(client, BOB).text
    assert client.get(demo.hub_url + "/hub/admin").status == 403


def test_after_signing_out_somebody_else_may_sign_in_with_the_same_browser(
    demo: RunningDemo, client: WebClient
) -> None:
    demo.log_in(client, ALICE)
    page = client.get(demo.own_page(client, ALICE).link("Sign out"))
    assert client.opened(demo.value("Provider") + "/oauth/end_session")
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


def test_the_third_is_refused_with_a_page_that_says_whom_to_ask(demo: RunningDemo, client: WebClient) -> None:
    page = demo.log_in(client, CAROL)
    assert page.status == 403
    assert "ask its administrator" in page.text
    assert client.get(demo.hub_url + "/hub/home").path == "/hub/login"


def test_a_wrong_password_does_not_leave_the_provider(demo: RunningDemo, client: WebClient) -> None:
    with pytest.raises(AssertionError, match="the provider asks and asks"):
        demo.log_in(client, ALICE, password="guessed")
    assert client.get(demo.hub_url + "/hub/home").path == "/hub/login"


def test_a_login_that_somebody_left_unfinished_harms_nobody(demo: RunningDemo, client: WebClient) -> None:
    """An authorization code that was never used must not be found instead of the next person's."""
    with WebClient() as leaver:
        site = CanailleSite(demo.value("Provider"))
        page = leaver.get(demo.hub_url + "/hub/oauth_login")
        account = Account(BOB.username, BOB.password)
        page = site.sign_in(leaver, page, account, stop_before=is_hub_callback)
        assert "code=" in page.headers["Location"]
    for _ in range(3):
        with WebClient() as other:
            assert demo.log_in(other, ALICE).status == 200
            assert "Hello, alice!" in demo.own_page(other, ALICE).text


def test_ctrl_c_ends_everything_also_the_users_servers(client: WebClient, tmp_path: Path) -> None:
    demo = RunningDemo(tmp_path, "--port", str(reserve_port()))
    try:
        demo.wait_until_ready()
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
        os.kill(hub, signal.SIGKILL)  # it cannot end its proxy any more
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
