"""What the commands print about users: no character of a name, group or claim acts on the operator's terminal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.crypto import KEY_ENV

from oauthenticator_suite.cli import main

HOSTILE = "\x1b[2J\x9b31m\u202e\u2028\ud800\x7f"


@pytest.mark.hub_versions
def test_claims_in_an_explanation(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    config, claims = tmp_path / "jupyterhub_config.py", tmp_path / "claims.json"
    config.write_text(
        "c = get_config()\nc.JupyterHub.authenticator_class = 'oauthenticator_suite.GenericOAuthenticator'\n"
        "c.GenericOAuthenticator.update(client_id='hub', client_secret='a-secret', issuer='https://op.example.org', "
        "manage_groups=True, auth_state_groups_key='oauth_user.groups', allowed_groups={'staff'})\n"
    )
    data: dict[str, Any] = {"sub": "1", "preferred_username": f"alice{HOSTILE}", "name": f"Alice {HOSTILE}"}
    claims.write_text(json.dumps({**data, "groups": ["students", f"x{HOSTILE}"]}))
    monkeypatch.setenv(KEY_ENV, "ab" * 32)
    for arguments in ([], ["--json"]):
        capsys.readouterr()
        status = main(["explain", f"--config={config}", f"--claims={claims}", *arguments])
        printed = capsys.readouterr()
        assert status == 1, printed.err
        assert "Alice" in printed.out
        assert all(line.isprintable() for line in (printed.out + printed.err).split("\n"))


def test_names_in_an_event(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Another program than the Hub may have written the file of events: nothing filters it before it is printed."""
    config, events = tmp_path / "jupyterhub_config.py", tmp_path / "events.log"
    config.write_text(
        "c = get_config()\nc.JupyterHub.authenticator_class = 'oauthenticator_suite.GenericOAuthenticator'\n"
        "c.GenericOAuthenticator.update(client_id='hub', client_secret='a-secret', issuer='https://op.example.org', "
        "manage_groups=True, auth_state_groups_key='oauth_user.groups', allowed_groups={'staff'})\n"
    )
    event = {"reference": "7QK2-M4XD", "provider": "generic", "rule": "no allow rule matches", "status": 403}
    hostile = {"username": f"alice{HOSTILE}", "groups": [f"x{HOSTILE}"]}
    events.write_text(json.dumps({**event, **hostile}))
    monkeypatch.setenv(KEY_ENV, "ab" * 32)
    status = main(["explain", f"--config={config}", f"--events={events}", "--reference=7QK2-M4XD"])
    printed = capsys.readouterr()
    assert status == 1, printed.err
    assert "alice" in printed.out
    assert all(line.isprintable() for line in (printed.out + printed.err).split("\n"))


@pytest.mark.hub_versions
@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_names_in_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    config = tmp_path / "jupyterhub_config.py"
    config.write_text(
        "c = get_config()\nc.JupyterHub.authenticator_class = 'suite-dictionary'\n"
        f"setattr(c.DictionaryAuthenticator, 'allow_all{ascii(HOSTILE)[1:-1]}', True)\n"
    )
    main(["check", f"--config={config}", f"--format={form}"])
    printed = capsys.readouterr()
    assert "allow_all" in printed.out, printed.err
    assert all(line.isprintable() for line in (printed.out + printed.err).split("\n"))


def test_a_terminal_that_lacks_a_character(tmp_path: Path) -> None:
    config = tmp_path / "jupyterhub_config.py"
    config.write_text(
        "c = get_config()\nc.JupyterHub.authenticator_class = 'suite-dictionary'\n"
        "c.DictionaryAuthenticator.update(passwords={'ada': 'x'}, blocked_users={'ada', 'Zo\u00eb \u674e'}, "
        "allowed_users={'ada', 'Zo\u00eb \u674e'})\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, "-m", "oauthenticator_suite", "check", f"--config={config}"],
        env={**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONWARNINGS": "ignore"},
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=100,
    )
    assert "Traceback" not in done.stderr
    assert "Zo\\xeb \\u674e" in done.stdout
