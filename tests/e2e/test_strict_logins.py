"""The suite at real providers that each demand a protection: login, userinfo, refresh and logout.

``test_strict_providers.py`` shows that the providers refuse a client that does less.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field

import pytest

from .checks import fit_log
from .processes import wait_for
from .strict_hub import StrictHub, StrictWay, start_strict_hub
from .strict_logins import ENTRIES, WITHOUT_USERINFO
from .web_client import WebClient

BACK_CHANNEL = ["no-userinfo", "encrypted-id-token", "profile-a"]
"""Providers whose logout tokens differ: plain, and encrypted, for keys that are registered or that the Hub publishes."""


@dataclass
class Sessions:
    """One browser for each provider. The tests of all providers go on together, so that none has to wait for time."""

    strict: StrictHub
    cleanup: ExitStack
    browsers: dict[str, WebClient] = field(default_factory=dict)

    def browser(self, name: str) -> WebClient:
        """The browser in which the user of a provider has signed in."""
        if name not in self.browsers:
            browser = self.cleanup.enter_context(self.strict.providers.browser())
            self.strict.providers.forget(name)
            page = self.strict.log_in(browser, name)
            assert (page.status, page.path) == (200, "/hub/home"), page
            self.browsers[name] = browser
        return self.browsers[name]


@pytest.fixture(scope="module")
def sessions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sessions]:
    with ExitStack() as cleanup:
        yield Sessions(start_strict_hub(tmp_path_factory.mktemp("strict"), cleanup, ENTRIES), cleanup)


@pytest.fixture
def way(sessions: Sessions, name: str) -> Iterator[StrictWay]:
    """The Hub and one provider. Afterwards the Hub's log is checked for errors and secrets."""
    way = sessions.strict.way(name)
    browser = sessions.browser(name)
    with fit_log(way, browser):
        yield way


@pytest.mark.parametrize("name", ENTRIES)
def test_login(sessions: Sessions, way: StrictWay, name: str) -> None:
    assert way.signed_in_as(sessions.browser(name)) == name
    seen = sessions.strict.providers.seen(name)
    assert seen.grants["authorization_code"] == 1
    assert ("userinfo" in seen.requests) is (name not in WITHOUT_USERINFO)
    assert not refusals(seen.refusals), seen


@pytest.mark.parametrize("name", ENTRIES)
@pytest.mark.parametrize("count", [1, 2])
def test_refresh(sessions: Sessions, way: StrictWay, name: str, count: int) -> None:
    """Each renewal with another refresh token, which is good once."""

    def renewed() -> bool:
        assert way.signed_in_as(sessions.browser(name)) == name
        return sessions.strict.providers.seen(name).grants.get("refresh_token", 0) >= count

    wait_for("new tokens", renewed)
    assert not refusals(sessions.strict.providers.seen(name).refusals)


@pytest.mark.parametrize("name", ENTRIES)
def test_logout(sessions: Sessions, way: StrictWay, name: str) -> None:
    """Here, and on the provider's page; the tokens are revoked, and the provider tells the Hub, too."""
    browser = sessions.browser(name)
    page = browser.get(sessions.strict.hub.page("logout"))
    assert page.url.startswith(way.site.issuer), page
    page = browser.submit(page, page.form(having="xsrf"), {"logout": "yes"})
    assert page.url.startswith(sessions.strict.hub.url), page
    assert way.signed_in_as(browser) is None
    del sessions.browsers[name]
    seen = sessions.strict.providers.seen(name)
    assert seen.requests["revocation"] >= 1
    assert list(seen.backchannel) == ["told hub"]
    assert not refusals(seen.refusals), seen


@pytest.mark.parametrize("name", BACK_CHANNEL)
def test_a_logout_at_the_provider_ends_the_session_here(sessions: Sessions, way: StrictWay, name: str) -> None:
    browser = sessions.browser(name)
    page = browser.get(f"{way.site.issuer}/session/end")
    browser.submit(page, page.form(having="xsrf"), {"logout": "yes"})
    assert list(sessions.strict.providers.seen(name).backchannel) == ["told hub"]
    assert way.signed_in_as(browser) is None


def refusals(seen: Iterable[str]) -> list[str]:
    """Without those that a nonce for the next request comes with."""
    return [refusal for refusal in seen if not refusal.endswith(": use_dpop_nonce")]
