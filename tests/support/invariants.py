"""What must hold after every login, however the provider, the browser or the user behaved.

A broken invariant is an `AssertionError` of one of the kinds below, which ``make faults`` counts.
"""

from __future__ import annotations

import logging
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable
from urllib.parse import unquote, urlsplit

from prometheus_client import REGISTRY, generate_latest

from tests.fakes.openid_provider.wire import Wire

from .browser import Browser, Hop
from .hub import Hub

MAX_ATTEMPT_COOKIES = 16  # eight attempts, each with a destination
MAX_ATTEMPT_BYTES = 4000

checked = 0
"""How many outcomes `check_invariants` has found right in this process."""


class UnhandledError(AssertionError):
    """An error 500 or a traceback."""

    what = "unhandled errors"


class SecretLeaked(AssertionError):
    """A secret, code or token where it must not be, or a request to an unexpected host."""

    what = "secrets"


class WrongAccept(AssertionError):
    """Something was accepted that must be refused, or a user got a session, an account or a right of another one."""

    what = "wrong accepts"


class LoopBlocked(AssertionError):
    """A call in the thread of the event loop that waits for something else: meanwhile, the Hub answers no request."""

    what = "blocking calls"


def must(condition: object, kind: type[AssertionError], sentence: object) -> None:
    """Assert, with a kind of error."""
    if not condition:
        raise kind(str(sentence))


REFERENCE = re.compile(r"<code[^>]*>([2-9A-HJ-NP-Z]{4}-[2-9A-HJ-NP-Z]{4})</code>")


def reference_on(page: Hop, hub: Hub) -> str:
    """The page's reference number, which exactly one line of the log bears too."""
    found = REFERENCE.findall(page.body)
    assert len(found) == 1, f"{page} has no reference number: {page.text[:500]}"
    lines = hub.log.lines_with(found[0])
    assert len(lines) == 1, f"log lines with {found[0]}: {lines}"
    return found[0]


def check_invariants(
    hub: Hub,
    provider: Wire,
    *,
    accounts: Iterable[str] = (),
    browsers: Iterable[Browser] | None = None,
    configuration_error: bool = False,
) -> None:
    """Hold everything that was seen of a Hub against the rules.

    Parameters
    ----------
    accounts:
        The Hub's users, exactly.
    configuration_error:
        A page with status 500 is right here, because an option or the provider's metadata is wrong.
    """
    global checked
    seen = list(hub.browsers if browsers is None else browsers)
    pages = [hop for browser in seen for hop in browser.hops if hop.url.startswith(hub.url)]
    _no_unhandled_error(hub, pages, configuration_error)
    _no_secret_leaked(hub, provider, seen)
    must(not hub.loop_watch.calls, LoopBlocked, (hub.loop_watch.calls or [""])[0])
    must(set(hub.accounts()) == set(accounts), WrongAccept, f"accounts {set(hub.accounts())}, not {set(accounts)}")
    must(provider.count("elsewhere") == 0, SecretLeaked, "a request went to another server")
    for browser in seen:
        strangers = [
            hop for hop in browser.hops if urlsplit(hop.url).netloc not in (urlsplit(hub.url).netloc, provider.host)
        ]
        must(not strangers, SecretLeaked, f"the browser was sent away: {strangers}")
        _pending_logins_are_bounded(browser)
    _used_states_were_given_out(hub, [*hub.browsers, *seen])
    checked += 1


def _pending_logins_are_bounded(browser: Browser) -> None:
    """A browser holds its own pending logins, and a bounded number of them. The Hub stores none."""
    pending = {
        name: value
        for name, value in browser.cookies.items()
        if (name, value) not in browser.planted and ("oauth-attempt" in name or "oauth-next" in name)
    }
    assert len(pending) <= MAX_ATTEMPT_COOKIES, f"{len(pending)} cookies of pending logins"
    length = sum(len(name) + len(value) for name, value in pending.items())
    assert length <= MAX_ATTEMPT_BYTES, f"{length} bytes of pending logins"


def _used_states_were_given_out(hub: Hub, browsers: Iterable[Browser]) -> None:
    """A response with an invented state costs the Hub no memory: it remembers only states that it gave out.

    A browser got a cookie with each of them, whose name ends with a part of the hash that the Hub remembers.
    """
    given = {name[-16:] for browser in browsers for name, _ in browser.cookies_seen if "oauth-attempt-" in name}
    one_or_several = getattr(hub.authenticator, "children", {"": hub.authenticator}).values()
    used = {
        digest for each in one_or_several for digest in getattr(getattr(each, "attempts", None), "_used_states", ())
    }
    invented = [digest for digest in used if urlsafe_b64encode(digest[:12]).decode() not in given]
    assert not invented, f"{len(invented)} of {len(used)} used states were not given out"


def _no_unhandled_error(hub: Hub, pages: list[Hop], configuration_error: bool) -> None:
    for page in pages:
        may_be_500 = configuration_error and REFERENCE.search(page.body)
        must(page.status != 500 or may_be_500, UnhandledError, f"{page}: {page.text[:500]}")
        must("Traceback" not in page.body, UnhandledError, page)
    must(not hub.log.tracebacks(), UnhandledError, (hub.log.tracebacks() or [""])[0])
    loop_complaints = [
        record for record in hub.log.records if record.name == "asyncio" and record.levelno >= logging.WARNING
    ]
    assert not loop_complaints, loop_complaints[0].getMessage()


def _no_secret_leaked(hub: Hub, provider: Wire, browsers: list[Browser]) -> None:
    """No client secret, verifier or token in any log line, page, cookie, URL or metric; no code but in the callback's URL."""
    secrets = provider.canaries()
    codes = provider.codes_issued
    log = hub.log.text
    _absent(secrets | codes, log, "the log")
    _absent(secrets | codes, generate_latest(REGISTRY).decode(), "the metrics")
    for browser in browsers:
        for name, value in browser.cookies_seen:
            for text in _readings(value):
                _absent(secrets | codes, text, f"cookie {name}")
        for hop in browser.hops:
            where = urlsplit(hop.url)
            if where.netloc == provider.host:
                # RP-initiated logout sends the ID token back to where it came from
                _absent(secrets, re.sub(r"id_token_hint=[^&]*", "", hop.url), "a URL of the provider")
                continue
            is_callback = where.path.endswith("/oauth_callback")
            _absent(secrets if is_callback else secrets | codes, hop.url, f"the URL of {hop}")
            headers = "\n".join(f"{name}: {value}" for name, value in hop.headers.items() if name != "location")
            _absent(secrets | codes, headers + "\n".join(hop.set_cookies), f"the headers of {hop}")
            _absent(secrets | codes, hop.body, f"the page of {hop}")
            location = hop.headers.get("location", "")
            _absent(secrets | codes, re.sub(r"id_token_hint=[^&]*", "", location), f"the redirect of {hop}")


def _absent(canaries: Iterable[str], text: str, where: str) -> None:
    leaked = [canary for canary in canaries if canary in text]
    must(not leaked, SecretLeaked, f"{len(leaked)} secrets in {where}, the first beginning {(leaked or [''])[0][:8]}")


def _readings(value: str) -> list[str]:
    """A cookie's value as it is, unquoted, and each of its parts decoded of base64."""
    texts = [value, unquote(value)]
    for part in re.split(r"[|.:\"]", value):
        if re.fullmatch(r"[A-Za-z0-9_+/-]{8,}={0,2}", part):
            padded = part.rstrip("=").replace("+", "-").replace("/", "_")
            if len(padded) % 4 != 1:
                texts.append(urlsafe_b64decode(padded + "=" * (-len(padded) % 4)).decode("latin-1"))
    return texts
