"""Which of the package's files and functions one login goes through, and in which order.

    python benchmarks/trace_login.py [SCENARIO ...] [--functions] [--check]

The logins are real: a Hub in this process, and one of the fake providers of the tests. So the checkout and the
development environment are needed (``pip install -e '.[test]'``). See README.md in this folder.
"""

from __future__ import annotations

import argparse
import asyncio
import dis
import functools
import itertools
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

CHECKOUT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(CHECKOUT))

from traitlets.config import Config  # noqa: E402

import oauthenticator_suite  # noqa: E402
from oauthenticator_suite import DictionaryAuthenticator, GenericOAuthenticator, GitHubOAuthenticator  # noqa: E402
from oauthenticator_suite.multi import MultiAuthenticator  # noqa: E402
from tests.fakes.github import FakeGitHub  # noqa: E402
from tests.fakes.openid_provider import FakeProvider  # noqa: E402
from tests.support import Browser, Hub, HubState, start_hub  # noqa: E402

PACKAGE = f"{Path(oauthenticator_suite.__file__).parent}/"
GROUPS = {"enable_auth_state": True, "manage_groups": True, "scope": ["openid", "profile", "groups"]}
PASSWORD = "a secret of the benchmark"


class Call(NamedTuple):
    """A call of one of the package's functions."""

    file: str
    function: str


class Limit(NamedTuple):
    """The most files that a login may enter, and the most switches between them."""

    files: int
    switches: int


@dataclass
class Trace:
    """The calls of the package's functions, in their order."""

    calls: list[Call] = field(default_factory=list)

    @property
    def files(self) -> list[str]:
        """The files that were entered, in the order of their first call."""
        return list(dict.fromkeys(call.file for call in self.calls))

    @property
    def switches(self) -> int:
        """How often a call is in another file than the call before it."""
        return sum(before.file != after.file for before, after in itertools.pairwise(self.calls))

    def runs(self) -> Iterator[tuple[str, list[str]]]:
        """The calls, split where they switch to another file: the file, and its functions."""
        for file, calls in itertools.groupby(self.calls, key=lambda call: call.file):
            yield file, [call.function for call in calls]


@functools.cache
def first_resume(code: CodeType) -> int:
    """The offset up to which a frame of this code has just begun (-1 before Python 3.11)."""
    return next((step.offset for step in dis.get_instructions(code) if step.opname == "RESUME"), -1)


@contextmanager
def tracing() -> Iterator[Trace]:
    """Records the calls in this thread.

    A coroutine or a generator counts once, when it begins, and not each time it continues. Comprehensions, generator
    expressions and lambdas do not count: which of them are frames of their own depends on the version of Python.
    """
    trace = Trace()

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event != "call" or not code.co_filename.startswith(PACKAGE) or code.co_name.startswith("<"):
            return
        if frame.f_lasti <= first_resume(code):
            trace.calls.append(Call(code.co_filename.removeprefix(PACKAGE), code.co_name))

    sys.setprofile(note)
    try:
        yield trace
    finally:
        sys.setprofile(None)


async def of_request(request: Awaitable[Any], status: int) -> Trace:
    """The calls from when the request begins until the Hub's answer, which has this status, is there."""
    with tracing() as trace:
        answer = await request
    if answer.status != status:
        sys.exit(f"the Hub answered {answer.status} instead of {status}: {answer.text[:300]}")
    return trace


def openid_options(provider: FakeProvider) -> dict[str, Any]:
    return {
        "issuer": provider.issuer,
        "client_id": provider.client.client_id,
        "client_secret": provider.client.client_secret,
        "client_auth_method": provider.client.auth_method,
        "allow_all": True,
    }


def config_of(cls: type, options: dict[str, Any]) -> Config:
    config = Config()
    config.JupyterHub.authenticator_class = cls
    config[cls.__name__].update(options)
    return config


async def callback_of(hub: Hub, name: str, at: str | None = None) -> Trace:
    """The first login of `name`, `at` one of several providers: the request that brings the authorization code."""
    browser = hub.browser()
    callback = await browser.walk_to_callback(name, at=at)
    return await of_request(browser.get(callback), 302)


async def openid() -> Trace:
    """Sign in with an OpenID provider (GenericOAuthenticator, with groups)."""
    async with FakeProvider() as provider:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        async with start_hub(config_of(GenericOAuthenticator, {**openid_options(provider), **GROUPS}), state) as hub:
            await hub.browser().login("bob")  # from here on the Hub has the provider's metadata and keys
            return await callback_of(hub, "alice")


async def github() -> Trace:
    """Sign in with GitHub, for the members of an organization."""
    async with FakeGitHub() as provider:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        options = {
            "github_url": provider.issuer,
            "client_id": provider.client.client_id,
            "client_secret": provider.client.client_secret,
            "scope": ["read:org", "user:email"],
            "allowed_organizations": {"lab"},
            "enable_auth_state": True,
        }
        async with start_hub(config_of(GitHubOAuthenticator, options), state) as hub:
            await hub.browser().login("bob")
            return await callback_of(hub, "alice")


@asynccontextmanager
async def hub_with_several() -> AsyncIterator[Hub]:
    """A Hub with two OpenID providers and a form."""
    async with FakeProvider() as campus, FakeProvider() as lab:
        state = HubState()
        entries: list[dict[str, Any]] = []
        for name, provider in (("campus", campus), ("lab", lab)):
            provider.client.redirect_uris.add(f"{state.url}/hub/auth/{name}/authorize")
            entries.append(
                {
                    "authenticator_class": GenericOAuthenticator,
                    "provider": name,
                    "login_service": name.title(),
                    "config": openid_options(provider),
                }
            )
        form = {"passwords": {"alice": PASSWORD}, "allow_all": True}
        entries.append({"authenticator_class": DictionaryAuthenticator, "provider": "dictionary", "config": form})
        options = {"authenticators": entries, "enable_auth_state": True}
        async with start_hub(config_of(MultiAuthenticator, options), state) as hub:
            yield hub


async def several() -> Trace:
    """Sign in with one of several: an OpenID provider, next to a second one and a form. The first login of the Hub."""
    async with hub_with_several() as hub:
        await hub.log.until("is ready")
        return await callback_of(hub, "alice", at="campus")


async def several_warm() -> Trace:
    """The same, when another user has signed in before: what the Hub makes at its first login is there."""
    async with hub_with_several() as hub:
        await hub.browser().login("bob", at="campus")
        return await callback_of(hub, "alice", at="campus")


async def form() -> Trace:
    """Sign in with a name and a password (DictionaryAuthenticator): the request that sends the form."""
    options = {"passwords": {"alice": PASSWORD}, "allow_all": True, "enable_auth_state": True}
    async with start_hub(config_of(DictionaryAuthenticator, options)) as hub:
        browser = hub.browser()
        page = await browser.open("/hub/login?next=%2Fhub%2Fhome")
        fields = {"username": "alice", "password": PASSWORD, "_xsrf": xsrf_in(browser)}
        return await of_request(browser.request("POST", page.url, data=fields), 302)


def xsrf_in(browser: Browser) -> str:
    """The value of the cookie against cross-site requests, which a form of JupyterHub repeats."""
    return browser.cookies["_xsrf"]


async def refresh() -> Trace:
    """A page for which the provider is asked again about the user (GenericOAuthenticator, with groups)."""
    async with FakeProvider() as provider:
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        options = {**openid_options(provider), **GROUPS, "user_data_max_age": 0}
        async with start_hub(config_of(GenericOAuthenticator, options), state) as hub:
            browser = hub.browser()
            await browser.login("alice")
            await browser.get("/hub/home")
            hub.app.users["alice"]._auth_refreshed = None
            return await of_request(browser.get("/hub/home"), 200)


SCENARIOS: dict[str, Callable[[], Coroutine[Any, Any, Trace]]] = {
    scenario.__name__: scenario for scenario in (openid, github, several, several_warm, form, refresh)
}
LIMITS = {
    "openid": Limit(files=97, switches=380),
    "several_warm": Limit(files=97, switches=410),
    "refresh": Limit(files=70, switches=280),
}
"""A little more than now, because a login that the event loop interrupts makes some calls more."""


def report(name: str, trace: Trace, *, functions: bool) -> None:
    """Print the figures of a trace, and what was called."""
    about = (SCENARIOS[name].__doc__ or "").strip()
    print(f"\n{name}: {about}")
    print(f"  {len(trace.calls)} calls, {len(trace.files)} files, {trace.switches} switches between files")
    if functions:
        for file, names in trace.runs():
            print(f"  {file}: {', '.join(names)}")
        return
    for number, file in enumerate(trace.files, 1):
        names = dict.fromkeys(call.function for call in trace.calls if call.file == file)
        print(f"  {number:3} {file}: {', '.join(names)}")


def exceeded(name: str, trace: Trace) -> list[str]:
    """The limits that the trace exceeds, as sentences."""
    if name not in LIMITS:
        return []
    found = zip(("files", "switches"), (len(trace.files), trace.switches), LIMITS[name], strict=True)
    return [f"{name}: {count} {what}, the limit is {most}" for what, count, most in found if count > most]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="*", help=f"what to trace, by default all: {', '.join(SCENARIOS)}")
    parser.add_argument("--functions", action="store_true", help="list the calls in their order, a line per switch")
    parser.add_argument(
        "--check", action="store_true", help="fail when a login takes more files or switches than its limit"
    )
    args = parser.parse_args()
    if unknown := set(args.scenario) - SCENARIOS.keys():
        parser.error(f"unknown: {', '.join(sorted(unknown))}; known are {', '.join(SCENARIOS)}")

    failures = []
    for name in args.scenario or SCENARIOS:
        trace = asyncio.run(SCENARIOS[name]())
        report(name, trace, functions=args.functions)
        failures += exceeded(name, trace)
    if failures:
        print("\n" + "\n".join(failures))
    if failures and args.check:
        sys.exit(1)


if __name__ == "__main__":
    main()
