"""What the commands print about users: no character of a name, group or claim acts on the operator's terminal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterhub.crypto import KEY_ENV

from oauthenticator_suite.cli import main
from oauthenticator_suite.cli.printable import printable

HOSTILE = "\x1b[2J\x9b31m\u202e\u2028\ud800\x7f"


@given(st.text(st.characters()))
def test_every_character_is_printed(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    shown.encode()
    assert text != shown or text.isprintable()


@pytest.mark.parametrize("text", ["", "Zoë Çelik", "李明", "a 'b' \\x1b", "🙂"])
def test_printable_text_stays(text: str) -> None:
    assert printable(text) == text


def test_names_of_the_wrong_kind_are_escaped() -> None:
    assert printable("a\x1b[31mb\nc") == "a\\x1b[31mb\\nc"
    assert printable("\u202eecila\ud800\U000e0001") == "\\u202eecila\\ud800\\U000e0001"


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


@pytest.mark.hub_versions
@pytest.mark.parametrize("form", ["text", "json", "github"])
def test_names_in_a_report(tmp_path: Path, capsys: pytest.CaptureFixture[str], form: str) -> None:
    config = tmp_path / "jupyterhub_config.py"
    config.write_text(
        "c = get_config()\nc.JupyterHub.authenticator_class = 'suite-dictionary'\n"
        f"c.DictionaryAuthenticator.passwords = {{'ada': 'x'}}\n"
        f"setattr(c.DictionaryAuthenticator, 'allow_all{ascii(HOSTILE)[1:-1]}', True)\n"
    )
    main(["check", f"--config={config}", f"--format={form}"])
    printed = capsys.readouterr()
    assert "allow_all" in printed.out, printed.err
    assert all(line.isprintable() for line in (printed.out + printed.err).split("\n"))
