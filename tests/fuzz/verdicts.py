"""What a fuzz target counts: inputs, and failures of the three kinds that the invariants of logins have too."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field

from hypothesis import HealthCheck, settings

from oauthenticator_suite.errors import SuiteError
from tests.fakes.openid_provider.wire import Wire
from tests.support import Hop, Hub
from tests.support.invariants import SecretLeaked, UnhandledError, WrongAccept

KINDS = {WrongAccept: "wrong accepts", UnhandledError: "500s", SecretLeaked: "secrets"}
"""What a table calls each kind of failure."""


THROUGH_A_HUB = settings(
    max_examples=max(20, settings().max_examples // 5), suppress_health_check=list(HealthCheck), deadline=None
)
"""For properties that ask a Hub: fewer examples than others, and one Hub for all of them."""


@dataclass
class Target:
    """A fuzz target and the number of inputs that it has tried."""

    name: str
    inputs: int = 0
    failures: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS.values(), 0))

    def tries(self, number: int = 1) -> None:
        """Count inputs."""
        self.inputs += number

    @contextmanager
    def only_our_errors(self, *canaries: str) -> Iterator[None]:
        """Count one input. Our own errors pass, unless they show a canary; any other error is a failure."""
        self.tries()
        try:
            yield
        except SuiteError as error:
            text = f"{error} {getattr(error, 'detail', '')} {error.public_message} {error!r}"
            if any(canary in text for canary in canaries):
                raise SecretLeaked(text[:200]) from error
        except AssertionError:
            raise
        except Exception as error:
            raise UnhandledError(repr(error)[:300]) from error


TARGETS: dict[str, Target] = {}


def target(name: str) -> Target:
    """The target with this name; one for all its tests."""
    return TARGETS.setdefault(name, Target(name))


class Watch:
    """Holds what a Hub has shown since the last look against the rules, and forgets it: thousands of inputs go to one Hub."""

    def __init__(self, hub: Hub, provider: Wire) -> None:
        self._hub = hub
        self._provider = provider

    def look(self) -> None:
        """Check log, pages and cookies since the last look.

        Raises
        ------
        UnhandledError
            For a status of 500, a traceback, or an error that only asyncio noticed.
        SecretLeaked
            For a secret or code of the provider's where it must not be.
        """
        log, secrets = self._hub.log, self._provider.canaries()
        for record, line in zip(log.records, log.lines, strict=True):
            of_asyncio = record.name == "asyncio" and record.levelno >= logging.WARNING
            if of_asyncio or "Traceback (most recent call last)" in line:
                raise UnhandledError(line[-1500:])
            self._hide(secrets | self._provider.codes_issued, line, "a log line")
        for browser in self._hub.browsers:
            for hop in browser.hops:
                if hop.url.startswith(self._hub.url):
                    self._page(hop, secrets)
            for name, value in browser.cookies_seen:
                self._hide(secrets | self._provider.codes_issued, value, f"the cookie {name}")

    def forget(self) -> None:
        """Forget what was seen so far, and the tokens of the logins so far: they cannot show up later unless stored."""
        self._hub.log.records.clear()
        self._hub.log.lines.clear()
        for browser in self._hub.browsers:
            browser.hops.clear()
            browser.cookies_seen.clear()
        self._provider.calls.clear()
        self._provider.refusals.clear()
        self._provider.secrets.intersection_update({self._client_secret})
        self._provider.codes_issued.clear()

    @property
    def _client_secret(self) -> str:
        return str(self._provider.client.client_secret)

    def _page(self, hop: Hop, secrets: set[str]) -> None:
        if hop.status >= 500 and hop.status not in (502, 503, 504):
            raise UnhandledError(f"{hop}: {hop.text[:300]}")
        if "Traceback" in hop.body:
            raise UnhandledError(f"a traceback on the page of {hop}")
        shown = "\n".join([hop.body, *hop.set_cookies, *(f"{name}: {value}" for name, value in hop.headers.items())])
        self._hide(secrets, shown, f"the answer to {hop}")
        self._hide(secrets, hop.url, f"the URL of {hop}")

    @staticmethod
    def _hide(secrets: set[str], text: str, where: str) -> None:
        found = [secret for secret in secrets if secret in text]
        if found:
            raise SecretLeaked(f"{len(found)} secrets in {where}, the first beginning {found[0][:8]}")


@asynccontextmanager
async def one_input(hub: Hub, provider: Wire, *, accounts: bool = False) -> AsyncIterator[None]:
    """Around one input to a Hub that serves many. Afterwards what the Hub has shown is checked, and all is as before.

    Parameters
    ----------
    accounts:
        The input makes accounts; delete them.
    """
    watch = Watch(hub, provider)
    try:
        yield
        watch.look()
    finally:
        watch.forget()
        for browser in hub.browsers:
            await browser.close()
        hub.browsers.clear()
        for name in list(hub.accounts()) if accounts else ():
            hub.app.users.delete(hub.app.users[name])
