"""``oauthenticator-suite sign-in-again``, against a real Hub."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from oauthenticator_suite.cli import main
from tests.fakes.openid_provider import FakeProvider
from tests.support.signed_in import SERVICE_TOKEN, World


async def run(*arguments: str) -> int:
    """The command blocks, and the Hub runs in this thread."""
    return await asyncio.to_thread(main, ["sign-in-again", *arguments])


@pytest.fixture
async def world(tmp_path: Any, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", SERVICE_TOKEN)
    world = await World("dictionary", tmp_path, provider).start()
    yield world
    await world.remove()


@pytest.mark.parametrize(
    ("arguments", "printed"),
    [(["--user", "ada"], "ada must sign in again."), (["--everyone"], "All users must sign in again.")],
)
async def test_it_ends_sessions(
    world: World, arguments: list[str], printed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    browser = await world.sign_in()
    assert await run("--hub-url", f"{world.state.url}/hub", *arguments) == 0
    assert capsys.readouterr().out == f"{printed}\n"
    assert (await browser.get("/hub/home")).status == 302


@pytest.mark.parametrize(
    ("url", "arguments", "token", "status", "says"),
    [
        ("/hub", ["--user", "nobody-of-this-name"], SERVICE_TOKEN, 1, "No such user: nobody-of-this-name"),
        ("/hub", ["--everyone"], "unknown", 1, "lacks the scope admin:users"),
        ("/hub", ["--everyone"], "", 2, "set JUPYTERHUB_API_TOKEN"),
        (
            "/nowhere",
            ["--everyone"],
            SERVICE_TOKEN,
            1,
            "HTTP 403; is this the address of the Hub, with /hub at its end?",
        ),
        ("", ["--user", "ada"], SERVICE_TOKEN, 1, "is this the address of the Hub, with /hub at its end?"),
    ],
)
async def test_what_cannot_be_done(
    world: World,
    url: str,
    arguments: list[str],
    token: str,
    status: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    browser = await world.sign_in()
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", token)
    assert await run("--hub-url", f"{world.state.url}{url}", *arguments) == status
    error = capsys.readouterr().err
    assert says in error
    assert SERVICE_TOKEN not in error
    assert (await browser.get("/hub/home")).status == 200


async def test_a_hub_that_is_not_there(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    url = f"{world.state.url}/hub"
    await world.stop()
    assert await run("--hub-url", url, "--everyone") == 1
    assert "no connection; is the Hub running at this address?" in capsys.readouterr().err


async def test_an_address_without_a_scheme(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", SERVICE_TOKEN)
    assert await run("--hub-url", "hub.example.org/hub", "--everyone") == 2
    assert "--hub-url must begin with https:// or http://, and is 'hub.example.org/hub'" in capsys.readouterr().err
