"""The `Local…` class of every provider, whose users need an account of the operating system.

The account `nobody` exists on every system, and its number is above those of system accounts.
"""

from __future__ import annotations

import grp
import pwd
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from oauthenticator_suite.hub.unix.local_users import LocalUsers
from tests.contract.cases import CASES, GenericCase, ProviderCase
from tests.fakes.openid_provider.faults import HOSTILE_NAMES
from tests.support import Browser, Hop, Hub, HubState, check_invariants, reference_on
from tests.support.entry_points import LOCAL, PROVIDERS

Start = Callable[..., Awaitable[Hub]]

NOBODY = pwd.getpwnam("nobody")
ITS_GROUP = grp.getgrgid(NOBODY.pw_gid).gr_name
SYSTEM_ACCOUNTS = ["root", next(account.pw_name for account in pwd.getpwall() if 0 < account.pw_uid < 1000)]
UNKNOWN = "has-no-account-here"

HOSTILE = [
    "-rf",
    "--uid=0",
    "a;reboot",
    "$(reboot)",
    "`reboot`",
    "a b",
    "a&b",
    "a'b",
    "é",
    "a" * 33,
    "1234",
    "USER\nNAME",  # at the end of a mapped name, white space is removed
]
"""Names that must not reach the command that creates accounts."""

FIRST = {case.entry_point: case for case in reversed(CASES)}


@pytest.fixture(params=sorted(LOCAL))
def local(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
async def case(local: str) -> AsyncIterator[ProviderCase]:
    case = FIRST[local.replace("-local", "")]()
    async with case.fake:
        yield case


@pytest.fixture
def start(local: str, case: ProviderCase, hubs: Any) -> Start:
    """`await start(trait=value, …)`: a Hub with the Local class at its provider, and `allow_all` unless traits differ."""

    async def start(**traits: Any) -> Hub:
        state = HubState()
        return await hubs(case.config(state.url, LOCAL[local], **{"allow_all": True, **traits}), state)

    return start


@pytest.fixture
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that the system reads after /etc/passwd. A command of a test adds lines ``name:uid`` to it."""
    file, find = tmp_path / "passwd", pwd.getpwnam

    def getpwnam(name: str) -> pwd.struct_passwd:
        for line in file.read_text().splitlines() if file.exists() else []:
            if line.startswith(f"{name}:"):
                uid = int(line.partition(":")[2])
                return pwd.struct_passwd((name, "x", uid, 65534, "", f"/home/{name}", "/bin/sh"))
        return find(name)

    monkeypatch.setattr(pwd, "getpwnam", getpwnam)
    return file


@pytest.fixture
def command(tmp_path: Path, accounts: Path) -> tuple[list[str], Callable[[], list[str]]]:
    """A harmless `add_user_cmd`, and a function that returns the arguments of its calls, a line each."""
    script, calls = tmp_path / "add-user", tmp_path / "calls"
    script.write_text(
        f'#!/bin/sh\nprintf "%s|" "$@" >> {calls}\nprintf "\\n" >> {calls}\n'
        f'for name in "$@"; do :; done\necho "$name:4711" >> {accounts}\n'
    )
    script.chmod(0o755)
    return [str(script), "--home", "/home/USERNAME"], lambda: calls.read_text().splitlines() if calls.exists() else []


async def sign_in_as(hub: Hub, case: ProviderCase, name: str) -> tuple[Hop, Browser]:
    """Sign in as the member, with `name` as the username on the Hub."""
    hub.authenticator.username_map = {case.member.login: name}
    browser = hub.browser()
    return await browser.login(case.member.key), browser


def test_every_provider_has_a_local_class() -> None:
    assert set(LOCAL) == {name.replace("suite-", "suite-local-") for name in PROVIDERS}
    for name, cls in LOCAL.items():
        provider = PROVIDERS[name.replace("-local", "")]
        assert cls.__mro__[1:3] == (LocalUsers, provider)
        assert cls.__name__ == f"Local{provider.__name__}"


async def test_users_need_an_account_that_is_not_a_system_account(case: ProviderCase, start: Start) -> None:
    """The rules apply in every allow mode, and to administrators."""
    hub = await start()
    for ways in (
        {"allow_all": True},
        {"allow_all": False, "allowed_users": {UNKNOWN, *SYSTEM_ACCOUNTS}},
        {"allow_all": False, "admin_users": {UNKNOWN, *SYSTEM_ACCOUNTS}},
    ):
        for option, value in ways.items():
            setattr(hub.authenticator, option, value)
        for name, rule in ((UNKNOWN, "create_system_users"), *((name, "minimum_uid") for name in SYSTEM_ACCOUNTS)):
            page, browser = await sign_in_as(hub, case, name)
            assert page.status == 403
            (line,) = hub.log.lines_with(reference_on(page, hub))
            assert f"rule={rule}:" in line
            assert not browser.logged_in
    hub.authenticator.allow_all = True
    page, browser = await sign_in_as(hub, case, "nobody")
    assert (page.status, browser.logged_in) == (200, True)
    check_invariants(hub, case.fake, accounts={"nobody"})


async def test_allowed_groups_are_unix_groups(case: ProviderCase, start: Start) -> None:
    hub = await start(allow_all=False, allowed_groups={"no-such-group", "root"})
    assert (await sign_in_as(hub, case, "nobody"))[0].status == 403
    hub.authenticator.allowed_groups = {"no-such-group", ITS_GROUP}
    assert (await sign_in_as(hub, case, "nobody"))[0].status == 200
    assert (await sign_in_as(hub, case, UNKNOWN))[0].status == 403
    check_invariants(hub, case.fake, accounts={"nobody"})


async def test_accounts_are_created_and_hostile_names_reach_no_command(
    case: ProviderCase, start: Start, command: tuple[list[str], Callable[[], list[str]]]
) -> None:
    add_user_cmd, calls = command
    hub = await start(create_system_users=True, add_user_cmd=add_user_cmd, uids={UNKNOWN: 4711})
    for name in HOSTILE:
        page, browser = await sign_in_as(hub, case, name)
        assert page.status == 403, name
        assert not browser.logged_in
    assert (await sign_in_as(hub, case, "root"))[0].status == 403
    assert (await sign_in_as(hub, case, "nobody"))[0].status == 200
    assert calls() == []
    assert (await sign_in_as(hub, case, UNKNOWN))[0].status == 200
    assert calls() == [f"--home|/home/{UNKNOWN}|--uid|4711|{UNKNOWN}|"]
    check_invariants(hub, case.fake, accounts={"nobody", UNKNOWN})


async def test_hostile_names_of_the_provider_reach_no_command(
    hubs: Any, command: tuple[list[str], Callable[[], list[str]]]
) -> None:
    """The provider sends the hostile names (fault F69)."""
    add_user_cmd, calls = command
    case = GenericCase()
    async with case.fake:
        traits = {"allow_all": True, "create_system_users": True, "add_user_cmd": add_user_cmd}
        hub = await hubs(case.config((state := HubState()).url, LOCAL["suite-local-generic"], **traits), state)
        for name in (*HOSTILE, *HOSTILE_NAMES.values()):
            case.fake.users["alice"]["preferred_username"] = name
            assert (await hub.browser().login("alice")).status == 403, ascii(name)[:100]
        assert calls() == []
        check_invariants(hub, case.fake)


def executable(folder: Path, text: str) -> Path:
    """An `add_user_cmd`: a program with this text."""
    script = folder / "add-user"
    script.write_text(text)
    script.chmod(0o755)
    return script


async def hub_with_command(hubs: Any, case: GenericCase, script: Path) -> Any:
    """A Hub that creates accounts with this program."""
    traits = {"allow_all": True, "create_system_users": True, "add_user_cmd": [str(script)]}
    return await hubs(case.config((state := HubState()).url, LOCAL["suite-local-generic"], **traits), state)


@pytest.mark.parametrize("lines", ["#!/bin/sh\necho there is no room\nexit 1", "#!/no/such/interpreter"])
async def test_a_failed_account_creation_leaves_no_hub_account(
    hubs: Any, tmp_path: Path, accounts: Path, lines: str
) -> None:
    """The next login tries again (as nativeauthenticator 1.3.0 did not)."""
    script = executable(tmp_path, f"{lines}\n")
    case = GenericCase()
    async with case.fake:
        hub = await hub_with_command(hubs, case, script)
        for _ in range(2):
            page, browser = await sign_in_as(hub, case, UNKNOWN)
            assert page.status == 500
            (line,) = hub.log.lines_with(reference_on(page, hub))
            assert "LocalGenericOAuthenticator.add_user_cmd" in line
            assert "no room" in line or "No such file" in line
            assert not browser.logged_in
            assert hub.accounts() == {}
        script.write_text(f"#!/bin/sh\necho {UNKNOWN}:4711 > {accounts}\n")
        assert (await sign_in_as(hub, case, UNKNOWN))[0].status == 200
        assert set(hub.accounts()) == {UNKNOWN}
        check_invariants(hub, case.fake, accounts={UNKNOWN}, configuration_error=True)


@pytest.mark.parametrize(
    ("account", "why"),
    [("", "the system has no account"), (f"{UNKNOWN}:999", "user number 999, which is below minimum_uid (1000)")],
)
async def test_a_command_without_the_right_effect_is_not_believed(
    hubs: Any, tmp_path: Path, accounts: Path, monkeypatch: pytest.MonkeyPatch, account: str, why: str
) -> None:
    monkeypatch.setattr("oauthenticator_suite.hub.unix.account_creation.VISIBLE_WITHIN", 0.2)
    script = executable(tmp_path, f"#!/bin/sh\necho '{account}' > {accounts}\n")
    case = GenericCase()
    async with case.fake:
        hub = await hub_with_command(hubs, case, script)
        page, browser = await sign_in_as(hub, case, UNKNOWN)
        assert page.status == 500
        (line,) = hub.log.lines_with(reference_on(page, hub))
        assert "LocalGenericOAuthenticator.add_user_cmd" in line
        assert why in line
        assert not browser.logged_in
        assert hub.accounts() == {}


async def test_an_account_that_becomes_visible_later(
    hubs: Any, tmp_path: Path, accounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cache of the system, such as SSSD's, may remember for some seconds that there was no such account."""
    script = executable(tmp_path, "#!/bin/sh\n")
    asked = 0
    find = pwd.getpwnam

    def getpwnam(name: str) -> pwd.struct_passwd:
        nonlocal asked
        asked += name == UNKNOWN
        if asked == 4:
            accounts.write_text(f"{UNKNOWN}:4711\n")
        return find(name)

    monkeypatch.setattr(pwd, "getpwnam", getpwnam)
    case = GenericCase()
    async with case.fake:
        hub = await hub_with_command(hubs, case, script)
        assert (await sign_in_as(hub, case, UNKNOWN))[0].status == 200
        assert asked >= 4


async def test_an_empty_argument_is_empty(
    case: ProviderCase, start: Start, command: tuple[list[str], Callable[[], list[str]]]
) -> None:
    """JupyterHub's default writes an empty comment (GECOS) as two quotes, as in a shell: no account is to have those."""
    (script, *_), calls = command
    default = LOCAL["suite-local-generic"]().add_user_cmd
    assert '""' in default
    hub = await start(create_system_users=True, add_user_cmd=[script, *default[1:]])
    assert (await sign_in_as(hub, case, UNKNOWN))[0].status == 200
    assert calls() == [f"-q|--gecos||--disabled-password|{UNKNOWN}|"]


@pytest.mark.parametrize("last", ["wait", "exit 0"])
async def test_a_command_past_its_time_limit_is_stopped(
    hubs: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    """Also if the command has ended, and its child process keeps the output open."""
    monkeypatch.setattr("oauthenticator_suite.hub.unix.account_creation.TIME_LIMIT", 0.2)
    script = executable(tmp_path, f"#!/bin/sh\nsleep 1000 &\n{last}\n")
    case = GenericCase()
    async with case.fake:
        hub = await hub_with_command(hubs, case, script)
        page, browser = await sign_in_as(hub, case, UNKNOWN)
        assert page.status == 500
        (line,) = hub.log.lines_with(reference_on(page, hub))
        assert "add_user_cmd did not end within 0.2 s" in line
        assert not browser.logged_in
        assert hub.accounts() == {}
