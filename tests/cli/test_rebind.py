"""``oauthenticator-suite rebind``: accounts that an operator moves to another issuer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jupyterhub.crypto import KEY_ENV
from traitlets.config import Config

from oauthenticator_suite.cli import main
from tests.conftest import generic_config
from tests.contract.logouts import tokens_in
from tests.hub.test_whose_record import KEPT, by_endpoints
from tests.support import HubState, start_hub

PEOPLE = ("alice", "bob")


@pytest.fixture
def state(provider: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> HubState:
    state = HubState(directory=tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    monkeypatch.setenv(KEY_ENV, state.crypt_key)
    monkeypatch.chdir(tmp_path)
    return state


async def logins(config: Config, state: HubState, names: tuple[str, ...] = PEOPLE) -> dict[str, int]:
    """The statuses of logins at a Hub that runs for as long as they last."""
    async with start_hub(config, state) as hub:
        return {name: (await hub.browser().login(name)).status for name in names}


class Operator:
    """Runs the command on the database of one Hub."""

    def __init__(self, state: HubState, capsys: pytest.CaptureFixture[str]) -> None:
        self._db = f"--db=sqlite:///{state.directory}/hub.sqlite"
        self._capsys = capsys

    def rebinds(self, *arguments: str, status: int = 0, db: str = "") -> str:
        """What the command prints."""
        self._capsys.readouterr()
        assert main(["rebind", *([db or self._db]), *arguments]) == status
        printed = self._capsys.readouterr()
        assert "Traceback" not in printed.err
        return printed.out if status == 0 else printed.err


@pytest.fixture
def operator(state: HubState, capsys: pytest.CaptureFixture[str]) -> Operator:
    return Operator(state, capsys)


async def test_from_endpoints_to_an_issuer(provider: Any, state: HubState, operator: Operator) -> None:
    """A dry run changes nothing. After the move the same subjects have their accounts, and no token is left."""
    before, after = generic_config(provider, **KEPT, **by_endpoints(provider)), generic_config(provider, **KEPT)
    await logins(before, state)
    old = f"{provider.issuer}/authorize"
    move = f"--from-issuer={old}", f"--to-issuer={provider.issuer}"
    printed = operator.rebinds(*move)
    assert f"alice: {old} -> {provider.issuer}; subject 'subject-of-alice'; stored tokens are removed" in printed
    assert "2 accounts would change" in printed
    assert "--yes" in printed
    assert await logins(after, state) == dict.fromkeys(PEOPLE, 409)
    assert "1 account changed" in operator.rebinds(*move, "--user=alice", "--yes")
    async with start_hub(after, state) as hub:
        auth_state = await hub.auth_state("alice")
        assert auth_state is not None
        assert set(auth_state) == {"suite"}
    assert await logins(after, state) == {"alice": 200, "bob": 409}
    provider.users["bob"]["sub"] = "another-person"
    operator.rebinds(*move, "--yes")
    assert await logins(after, state, ("bob",)) == {"bob": 409}
    provider.users["bob"]["sub"] = "subject-of-bob"
    assert await logins(after, state, ("bob",)) == {"bob": 200}
    assert f"Recorded issuers: {provider.issuer} (2)" in operator.rebinds(*move, status=1)


async def test_tokens_are_not_sent_to_the_new_issuer(provider: Any, state: HubState, operator: Operator) -> None:
    config = generic_config(provider, **KEPT)
    async with start_hub(config, state) as hub:
        browser = hub.browser("alice")
        assert (await browser.login()).status == 200
        hub.browsers.remove(browser)
    operator.rebinds(f"--from-issuer={provider.issuer}", f"--to-issuer={provider.issuer}", "--yes")
    async with start_hub(config, state) as hub:
        hub.browsers.append(browser)
        asked = provider.count("userinfo")
        assert (await browser.get("/hub/home")).status == 302
        assert provider.count("userinfo") == asked
        assert (await browser.login()).status == 200
        assert tokens_in(await hub.auth_state("alice"))


async def test_records_without_an_issuer(provider: Any, state: HubState, operator: Operator) -> None:
    config = generic_config(provider, **KEPT)
    await logins(config, state)
    async with start_hub(config, state) as hub:
        for name in PEOPLE:
            auth_state = await hub.auth_state(name)
            assert auth_state is not None
            auth_state["suite"]["issuer"] = None
            await hub.app.users[name].save_auth_state(auth_state)
    assert await logins(config, state) == dict.fromkeys(PEOPLE, 409)
    printed = operator.rebinds("--from-issuer=none", f"--to-issuer={provider.issuer}", "--yes")
    assert "alice: no issuer -> " in printed
    assert await logins(config, state) == dict.fromkeys(PEOPLE, 200)


async def test_records_of_another_key(
    provider: Any, state: HubState, operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The command refuses them, unless the operator names the account. Then the next login under the name gets it."""
    config = generic_config(provider, **KEPT)
    await logins(config, state)
    state.crypt_key = "ab" * 32
    monkeypatch.setenv(KEY_ENV, state.crypt_key)
    to = f"--to-issuer={provider.issuer}"
    told = operator.rebinds(f"--from-issuer={provider.issuer}", to, "--yes", status=1)
    assert "2 accounts cannot be decrypted (alice, bob)" in told
    assert await logins(config, state) == dict.fromkeys(PEOPLE, 409)
    printed = operator.rebinds(to, "--user=alice", "--yes")
    assert "alice: cannot be decrypted -> " in printed
    operator.rebinds(to, "--user=bob", "--subject=subject-of-bob", "--yes")
    provider.users["bob"]["sub"] = "another-person"
    assert await logins(config, state) == {"alice": 200, "bob": 409}
    provider.users["alice"]["sub"] = "another-person"
    provider.users["bob"]["sub"] = "subject-of-bob"
    assert await logins(config, state) == {"alice": 409, "bob": 200}


@pytest.mark.parametrize("earlier", [None, {"oauth_user": {"sub": "of another package"}}])
async def test_an_account_without_an_owner_is_bound_to_a_subject(
    provider: Any, state: HubState, operator: Operator, earlier: Any
) -> None:
    """As after a move from a Hub without auth_state: the account waits for one user."""
    config = generic_config(provider, **KEPT)
    await logins(config, state, ("alice",))
    async with start_hub(config, state) as hub:
        await hub.app.users["alice"].save_auth_state(earlier)
    to = f"--to-issuer={provider.issuer}", "--user=alice"
    assert "There is no record of a login" in operator.rebinds(*to, status=1)
    printed = operator.rebinds(*to, "--subject=subject-of-alice", "--yes")
    assert f"-> {provider.issuer}; subject 'subject-of-alice'" in printed
    provider.users["alice"]["sub"] = "another-person"
    assert await logins(config, state, ("alice",)) == {"alice": 409}
    provider.users["alice"]["sub"] = "subject-of-alice"
    assert await logins(config, state, ("alice",)) == {"alice": 200}


async def test_a_bound_account_is_found_by_its_new_owner(provider: Any, state: HubState, operator: Operator) -> None:
    """With `follow_renames`: the index is read again when the Hub starts."""
    config = generic_config(provider, **KEPT, follow_renames=True)
    await logins(config, state, ("alice",))
    to = f"--to-issuer={provider.issuer}", "--user=alice"
    operator.rebinds(f"--from-issuer={provider.issuer}", *to, "--subject=of-alice-now", "--yes")
    provider.users["alice"]["preferred_username"] = "alice.b"
    provider.users["alice"]["sub"] = "of-alice-now"
    async with start_hub(config, state) as hub:
        assert (await hub.browser().login("alice")).status == 200
        assert list(hub.accounts()) == ["alice"]


async def test_no_record_at_all(provider: Any, state: HubState, operator: Operator) -> None:
    config = generic_config(provider, **KEPT)
    await logins(config, state, ("alice",))
    printed = operator.rebinds(f"--from-issuer={provider.issuer}", "--to-issuer=none", "--yes")
    assert "no record" in printed
    provider.users["alice"]["sub"] = "another-person"
    assert await logins(config, state, ("alice",)) == {"alice": 200}


async def test_the_database_of_a_configuration(provider: Any, state: HubState, operator: Operator) -> None:
    await logins(generic_config(provider, **KEPT), state, ("alice",))
    assert state.directory is not None
    (state.directory / "jupyterhub_config.py").write_text(
        f"c.JupyterHub.db_url = 'sqlite:///{state.directory}/hub.sqlite'\n"
    )
    move = f"--from-issuer={provider.issuer}", "--to-issuer=https://new.example"
    assert "1 account would change" in operator.rebinds(*move, db="--config=jupyterhub_config.py")
    (state.directory / "broken.py").write_text("raise RuntimeError('a secret')")
    told = operator.rebinds(*move, db="--config=broken.py", status=1)
    assert "broken.py cannot be read: RuntimeError" in told
    assert "a secret" not in told


async def test_a_login_in_the_meantime(provider: Any, state: HubState, operator: Operator) -> None:
    """The Hub still runs: nothing is overwritten."""
    from oauthenticator_suite.cli.rebinding import CannotRebind, Move, open_hub_database

    config = generic_config(provider, **KEPT)
    await logins(config, state)
    with open_hub_database(Path(), f"sqlite:///{state.directory}/hub.sqlite") as database:
        changes = database.plan(Move(provider.issuer, "https://new.example"))
        await logins(config, state, ("bob",))
        with pytest.raises(CannotRebind, match="bob has signed in in the meantime"):
            database.write(changes)
    assert await logins(config, state) == dict.fromkeys(PEOPLE, 200)


@pytest.mark.parametrize(
    ("arguments", "status", "told"),
    [
        (["--to-issuer=https://new.example"], 2, "--from-issuer or --user is needed"),
        (["--from-issuer=a", "--to-issuer=b", "--subject=s"], 2, "--subject needs exactly one --user"),
        (["--from-issuer=a", "--to-issuer=b", "--user=nobody"], 1, "no account nobody"),
        (["--from-issuer=a", "--to-issuer=b"], 1, "no account has the issuer 'a'"),
        (["--to-issuer=b", "--user=alice"], 1, "--from-issuer is needed"),
        (["--from-issuer=a", "--to-issuer=b", "--db=sqlite:///not-there.sqlite"], 1, "there is no database"),
        (["--from-issuer=a", "--to-issuer=b", "--db=sqlite://"], 1, "no table of users"),
        (["--from-issuer=a", "--to-issuer=b", "--db=nonsense://x:secret@y/z"], 1, "URL cannot be used"),
        (["--from-issuer=a", "--to-issuer=b", "--db=postgresql+psycopg://u:secret@/z?host=/nowhere"], 1, "Operational"),
    ],
)
async def test_mistakes(
    provider: Any, state: HubState, operator: Operator, arguments: list[str], status: int, told: str
) -> None:
    await logins(generic_config(provider, **KEPT), state, ("alice",))
    printed = operator.rebinds(*arguments, status=status)
    assert told in printed
    assert "secret" not in printed


@pytest.mark.parametrize("key", ["", "too short"])
def test_without_a_key(state: HubState, operator: Operator, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    monkeypatch.setenv(KEY_ENV, key)
    told = operator.rebinds("--from-issuer=a", "--to-issuer=b", status=1)
    assert KEY_ENV in told
    assert "too short" not in told


def test_without_a_configuration(state: HubState, operator: Operator) -> None:
    told = operator.rebinds("--from-issuer=a", "--to-issuer=b", db="--config=not-there.py", status=1)
    assert "--db" in told
