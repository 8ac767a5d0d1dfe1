"""The reference of events is made from the schemas, and the configurations of the guide have the described effect."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from oauthenticator_suite import GitHubOAuthenticator
from oauthenticator_suite.hub.observe.events import hash_key_of, hashed_name
from tests.docs.events_table import PAGE, page_with_reference
from tests.docs.pages import DOCS, Block, blocks
from tests.ports import reserve_port


def blocks_of_guide() -> list[Block]:
    return [block for block in blocks() if block.page.name == "events-and-logs.md"]


def test_the_reference_has_the_schemas() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page_with_reference(text) == text, "run: python -m tests.docs.events_table"


def test_the_options_of_the_guide(tmp_path: Path) -> None:
    (block,) = (block for block in blocks_of_guide() if "hash_event" in block.code)
    authenticator = GitHubOAuthenticator(config=block.load(tmp_path), client_id="hub", client_secret="secret")
    assert authenticator.hash_event_usernames
    assert not authenticator.event_on_refresh


def test_a_hub_with_the_configurations_of_the_guide(tmp_path: Path) -> None:
    """A separate Hub process writes the event about its start, and its log as JSON."""
    events = tmp_path / "events.jsonl"
    code = "\n".join(block.code for block in blocks_of_guide() if "hash_event" not in block.code)
    code = code.replace("/var/log/jupyterhub/events.jsonl", str(events))
    port, proxy_port = reserve_port(), reserve_port()
    (tmp_path / "jupyterhub_config.py").write_text(
        f"""c = get_config()
{code}
c.JupyterHub.authenticator_class = "oauthenticator_suite.DictionaryAuthenticator"
c.DictionaryAuthenticator.passwords = {{"alice": "correct-horse"}}
c.DictionaryAuthenticator.allow_all = True
c.DictionaryAuthenticator.enable_auth_state = False
c.JupyterHub.hub_port = {port}
c.ConfigurableHTTPProxy.command = ["false"]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.JupyterHub.db_url = "sqlite://"
"""
    )
    hub = subprocess.run(
        [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"],
        cwd=tmp_path,
        env={**os.environ, "CONFIGPROXY_AUTH_TOKEN": "token"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )  # it ends when the proxy does not start
    lines = [json.loads(line) for line in hub.stderr.splitlines() if line.startswith('{"time"')]
    (start,) = (line for line in lines if line.get("event") == "configuration")
    assert (start["provider"], start["authenticator_class"]) == ("dictionary", "DictionaryAuthenticator")
    assert {"time", "level", "logger", "message"} <= set(start)
    (event,) = (json.loads(line) for line in events.read_text().splitlines())
    assert event["__schema__"].endswith("/events/configuration")
    assert event["provider"] == "dictionary"


def test_the_program_of_the_guide_prints_the_hash_of_a_name(tmp_path: Path) -> None:
    program = (DOCS / "how-to" / "events-and-logs.md").read_text().partition("<<'END'\n")[2].partition("\nEND\n")[0]
    secret = b"a cookie secret of 32 bytes, yes"
    (tmp_path / "jupyterhub_cookie_secret").write_text(f"{secret.hex()}\n")
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, check=True, capture_output=True, text=True, timeout=100
    )
    assert ended.stdout == f"{hashed_name(hash_key_of(secret), 'alice')}\n"
