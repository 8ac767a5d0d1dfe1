"""The command line: what it takes, what it refuses, and what it does not import."""

import subprocess
import sys
from pathlib import Path

import pytest

from oauthenticator_suite import __version__
from oauthenticator_suite.cli import COMMANDS, main, make_parser


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["--version"])
    assert exit_info.value.code == 0
    assert capsys.readouterr().out == f"oauthenticator-suite {__version__}\n"


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["demo", "surplus"]])
def test_arguments_that_cannot_be_end_with_status_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(argv)
    assert exit_info.value.code == 2
    assert "usage: oauthenticator-suite" in capsys.readouterr().err


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["--help"])
    assert exit_info.value.code == 0
    text = " ".join(capsys.readouterr().out.split())
    assert [name for name, command in COMMANDS.items() if f"{name} {command.HELP}" not in text] == []


def test_demo_has_defaults() -> None:
    arguments = make_parser().parse_args(["demo"])
    assert (arguments.port, arguments.config) == (8000, None)


def test_demo_takes_a_port_and_a_configuration() -> None:
    arguments = make_parser().parse_args(["demo", "--port", "65535", "--config", "my_config.py"])
    assert (arguments.port, arguments.config) == (65535, Path("my_config.py"))


@pytest.mark.parametrize("port", ["0", "65536", "-1", "8000.5", "eight", "", "١٢٣", "9" * 5000])
def test_demo_refuses_what_is_no_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["demo", f"--port={port}"])
    assert exit_info.value.code == 2
    assert "a port is a number from 1 to 65535" in capsys.readouterr().err


def test_the_command_line_imports_neither_the_hub_nor_the_demo_provider() -> None:
    code = (
        "import sys; from oauthenticator_suite.cli import make_parser; make_parser().parse_args(['demo']); "
        "print(sorted({'jupyterhub', 'tornado', 'canaille', 'flask', 'aiohttp'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout == "[]\n"
