"""Fixtures for the commands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new current folder with a secret, and the environment of a Hub."""
    for name in list(os.environ):
        if name.startswith(("OAUTH", "OIDC", "GITHUB", "JUPYTERHUB")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("JUPYTERHUB_CRYPT_KEY", "a" * 64)
    monkeypatch.chdir(tmp_path)
    secret = tmp_path / "secret"
    secret.write_text("a-client-secret")
    secret.chmod(0o600)
    return tmp_path
