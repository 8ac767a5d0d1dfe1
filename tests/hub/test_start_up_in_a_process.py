"""Mistakes in a configuration, as an operator sees them: the last lines of a `jupyterhub` that does not start."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from traitlets import TraitError

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.findings.one_line import stops_in_one_line
from tests.ports import reserve_port

pytestmark = pytest.mark.hub_versions

REPOSITORY = Path(__file__).parents[2]
JUPYTERHUB_5S_OWN = "ignore:The `version` property of an event schema"
"""A warning about JupyterHub 5 itself, for PYTHONWARNINGS."""

GENERIC = """
c.JupyterHub.authenticator_class = "oauthenticator_suite.GenericOAuthenticator"
c.GenericOAuthenticator.issuer = "https://login.example"
c.GenericOAuthenticator.client_id = "hub"
c.GenericOAuthenticator.allow_all = True
"""

MULTI = """
c.JupyterHub.authenticator_class = "oauthenticator_suite.MultiAuthenticator"
c.MultiAuthenticator.authenticators = [
    {
        "authenticator_class": "oauthenticator_suite.GenericOAuthenticator",
        "config": {"issuer": "https://login.example", "client_id": "hub", "allow_all": True},
    },
    {"authenticator_class": "oauthenticator_suite.GitHubOAuthenticator", "config": GITHUB},
]
"""


def output_of(folder: Path, configuration: str, **environment: str) -> list[str]:
    """The lines that `jupyterhub` writes before it ends with status 1."""
    config = folder / "jupyterhub_config.py"
    config.write_text(
        f"{configuration}\nc.JupyterHub.update(db_url='sqlite:///:memory:', bind_url='http://127.0.0.1:"
        f"{reserve_port()}', hub_bind_url='http://127.0.0.1:{reserve_port()}')\n"
    )
    ended = subprocess.run(
        [sys.executable, "-m", "jupyterhub", "--config", str(config)],
        cwd=folder,
        env={
            **os.environ,
            "PYTHONPATH": str(REPOSITORY),
            "JUPYTERHUB_CRYPT_KEY": "a" * 64,
            "PYTHONWARNINGS": JUPYTERHUB_5S_OWN,
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=110,
        check=False,
    )
    assert ended.returncode == 1, ended.stdout
    return ended.stdout.rstrip("\n").split("\n")


@pytest.mark.parametrize(
    ("configuration", "sentence"),
    [
        pytest.param(
            GENERIC + "c.GenericOAuthenticator.allowed_groups = {'staff'}",
            "c.GenericOAuthenticator.allowed_groups is set, but no groups are known.",
            id="a check of the options",
        ),
        pytest.param(
            MULTI.replace("GITHUB", "{'client_id': 'hub', 'github_url': 'github'}"),
            "c.MultiAuthenticator.authenticators[1]: GitHubOAuthenticator.github_url must be an absolute URL",
            id="a value that an option of one of several refuses",
        ),
    ],
)
def test_the_error_stands_last_and_alone(configuration: str, sentence: str, tmp_path: Path) -> None:
    lines = output_of(tmp_path, configuration)
    assert f"Configuration error: {sentence}" in lines[-1]
    assert lines[-1].startswith("[C ")
    assert all(line.startswith("[") for line in lines), lines  # nothing else: no traceback, no warning of asyncio's


def test_other_failures_keep_their_traceback(tmp_path: Path) -> None:
    mistake = """
class Mine(GenericOAuthenticator):
    def get_handlers(self, app):
        return [*super().get_handlers(app), 1 / 0]

c.JupyterHub.authenticator_class = Mine
"""
    lines = output_of(tmp_path, f"from oauthenticator_suite import GenericOAuthenticator\n{GENERIC}{mistake}")
    assert any("Traceback (most recent call last)" in line for line in lines)
    assert any("ZeroDivisionError" in line for line in lines)


# --- what becomes of the log record, without a process ----------------------------------------------------------------


class Authenticator:
    """As far as the decorator needs one."""

    def __init__(self, log: logging.Logger | logging.LoggerAdapter[logging.Logger], error: Exception) -> None:
        self.log = log
        self.error = error

    @stops_in_one_line
    def start(self) -> None:
        raise self.error


def as_the_hub_logs(error: Exception, level: int = logging.INFO, *, adapted: bool = False) -> list[str]:
    """What JupyterHub's `launch_instance_async` makes of an exception of the start-up."""
    log = logging.Logger("hub", level)  # a name that nothing else uses
    lines: list[str] = []
    handler = logging.Handler()
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    handler.emit = lambda record: lines.append(handler.format(record))  # type: ignore[method-assign]
    log.addHandler(handler)
    authenticator = Authenticator(logging.LoggerAdapter(log, {}) if adapted else log, error)
    with pytest.raises(type(error)):
        authenticator.start()
    try:
        authenticator.start()
    except type(error):
        log.exception("")
    assert len(log.filters) <= 1
    return lines


@pytest.mark.parametrize("error", [ConfigurationError("100% wrong: %s"), TraitError("100% wrong: %s")])
@pytest.mark.parametrize("adapted", [False, True])
def test_a_configuration_error_is_one_entry(error: Exception, adapted: bool) -> None:
    assert as_the_hub_logs(error, adapted=adapted) == ["CRITICAL Configuration error: 100% wrong: %s"]


def test_at_debug_level_the_traceback_is_above_it() -> None:
    traceback, error = as_the_hub_logs(ConfigurationError("wrong"), logging.DEBUG)
    assert traceback.startswith("DEBUG The traceback of the configuration error:\nTraceback (most recent call last)")
    assert error == "CRITICAL Configuration error: wrong"


def test_other_exceptions_are_logged_as_ever() -> None:
    (line,) = as_the_hub_logs(ZeroDivisionError("by zero"))
    assert line.startswith("ERROR \nTraceback (most recent call last)")
