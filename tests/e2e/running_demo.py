"""The demo in a separate process, and a client that walks through its pages without a browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from oauthenticator_suite.cli.demo.people import Person
from oauthenticator_suite.cli.demo.processes import descendants, living

from .processes import wait_for
from .provider_sites import Account, CanailleSite
from .web_client import Page, WebClient

TIME_LIMIT = 120.0


class RunningDemo:
    """A demo in a separate process, whose output is read up to ``ready``. Its files are in `folder`."""

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

    @property
    def provider_url(self) -> str:
        return self.value("Start here")

    def log_in(self, client: WebClient, person: Person, password: str | None = None) -> Page:
        """From the Hub's login page, through the provider's pages, to where that leads."""
        page = client.get(self.hub_url + "/hub/login")
        return self.at_the_provider(client, client.get(page.link("Sign in with")), person, password)

    def at_the_provider(self, client: WebClient, page: Page, person: Person, password: str | None = None) -> Page:
        """Through the provider's pages, of which `page` is the first."""
        site = CanailleSite(self.provider_url)
        return site.sign_in(client, page, Account(person.username, password or person.password))

    def turn(self, client: WebClient, on: bool) -> None:
        """Turn the provider on or off, on its landing page."""
        page = client.get(self.provider_url)
        form = page.form(having="turn")
        assert form.find(attrs={"name": "turn", "value": "on" if on else "off"}), page
        page = client.submit(page, form, {})
        assert page.path == "/"
        assert f"Demo University is {'on' if on else 'off'}" in page.text

    def status(self, client: WebClient) -> Page:
        """The status page, as the landing page links to it."""
        return client.get(client.get(self.provider_url).link("Sign-in status"))

    def own_page(self, client: WebClient, person: Person) -> Page:
        """The page of the person's own server, once it runs."""
        url = f"{self.hub_url}/user/{person.username}/"
        pages: list[Page] = []

        def there() -> bool:
            pages.append(client.get(url))
            return pages[-1].status == 200 and pages[-1].path == f"/user/{person.username}/"

        wait_for(f"the server of {person.username}", there, timeout=30)
        return pages[-1]
