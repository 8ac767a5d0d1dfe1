"""The command, from the configuration file to the exit status."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from oauthenticator_suite.cli import main
from tests.cli.online.asking import CALLBACK
from tests.fakes.openid_provider import FakeProvider

pytestmark = pytest.mark.hub_versions


async def report(provider: FakeProvider, folder: Path, capsys: Any, **options: Any) -> tuple[int, dict[str, Any]]:
    """The exit status, and the report as JSON. The command runs in a thread with a separate event loop."""
    provider.client.redirect_uris.add(CALLBACK)
    given = {
        "issuer": provider.issuer,
        "client_id": provider.client.client_id,
        "client_secret": provider.client.client_secret,
        "client_auth_method": provider.client.auth_method,
        "oauth_callback_url": CALLBACK,
        "allowed_users": ["alice"],
        **options,
    }
    lines = [f"c.GenericOAuthenticator.{name} = {value!r}" for name, value in given.items()]
    file = folder / "jupyterhub_config.py"
    hub = ('c.JupyterHub.authenticator_class = "suite-generic"', 'c.JupyterHub.public_url = "https://hub.example.org/"')
    file.write_text("\n".join([*hub, *lines]))
    file.chmod(0o600)
    status = await asyncio.to_thread(main, ["check", "-f", str(file), "--online", "--json"])
    output = capsys.readouterr().out
    assert provider.client.client_secret not in output
    return status, json.loads(output)


async def test_a_good_configuration(provider: FakeProvider, tmp_path: Path, capsys: Any) -> None:
    status, told = await report(provider, tmp_path, capsys)
    assert status == 0
    assert [each for each in told["findings"] if each["severity"] != "info"] == []
    assert "authorization-answered" in {each["code"] for each in told["findings"]}


async def test_a_wrong_secret_with_the_line_that_sets_it(provider: FakeProvider, tmp_path: Path, capsys: Any) -> None:
    status, told = await report(provider, tmp_path, capsys, client_secret="another-secret-of-the-hub")
    (wrong,) = [each for each in told["findings"] if each["severity"] == "error"]
    assert (status, wrong["code"], wrong["line"]) == (1, "client-refused", 5)
    assert "another-secret" not in str(told)


@pytest.mark.parametrize("issuer", ["ftp://login.example.org", ""])
async def test_a_configuration_with_errors_is_not_asked_about(
    issuer: str, provider: FakeProvider, tmp_path: Path, capsys: Any
) -> None:
    status, told = await report(provider, tmp_path, capsys, issuer=issuer)
    assert status == 1
    assert "provider-not-asked" in {each["code"] for each in told["findings"]}
    assert provider.calls == []
