"""The command line: arguments, error messages, completion, and imports."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from oauthenticator_suite import __version__
from oauthenticator_suite.cli import COMMANDS, OUTPUT_CLOSED, main, make_parser


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["--version"])
    assert exit_info.value.code == 0
    assert capsys.readouterr().out == f"oauthenticator-suite {__version__}\n"


@pytest.mark.parametrize("argv", [[], ["nonsense"], ["demo", "surplus"]])
def test_invalid_arguments_end_with_status_2(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
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
def test_demo_refuses_an_invalid_port(port: str, capsys: pytest.CaptureFixture[str]) -> None:
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


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (["dmeo"], "did you mean demo?"),
        (["hash-pasword"], "did you mean hash-password?"),
        (["demo", "--prot", "9000"], "did you mean --port?"),
        (["demo", "--confg=x.py"], "did you mean --config?"),
        (["new", "lab", "--kind", "oath"], "did you mean oauth?"),
    ],
)
def test_a_misspelled_word_is_corrected(argv: list[str], expected: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(argv)
    assert exit_info.value.code == 2
    assert capsys.readouterr().err.rstrip().endswith(expected)


@pytest.mark.parametrize("argv", [["xyzzy"], ["demo", "--frobnicate"], ["demo", "surplus"]])
def test_no_word_is_suggested_for_one_that_is_similar_to_none(
    argv: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(argv)
    assert exit_info.value.code == 2
    assert "did you mean" not in capsys.readouterr().err


def test_an_unknown_option_is_reported_with_the_usage_of_its_subcommand(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["demo", "--prot", "9000"])
    assert capsys.readouterr().err.startswith("usage: oauthenticator-suite demo ")


def test_a_reader_that_has_read_enough_gets_no_traceback(tmp_path: Path) -> None:
    """As `oauthenticator-suite check --json | head -1`, when `head` has ended."""
    config = tmp_path / "jupyterhub_config.py"
    config.write_text("")
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "oauthenticator_suite", "check", "--json", "-f", str(config)]
    result = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
    os.close(writer)
    assert (result.returncode, result.stderr) == (OUTPUT_CLOSED, "")


@pytest.mark.parametrize("module", ["oauthenticator_suite", "oauthenticator_suite.cli"])
def test_python_runs_the_package_as_the_command(module: str) -> None:
    result = subprocess.run(
        [sys.executable, "-m", module, "--version"], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout == f"oauthenticator-suite {__version__}\n"


def complete_in_bash(script: str, *words: str) -> list[str]:
    """The words that bash offers for the last of `words`."""
    function = re.search(r"^complete .*-F (\w+) oauthenticator-suite$", script, re.MULTILINE)
    assert function is not None
    line = " ".join(f"'{word}'" for word in words)
    commands = [
        script,
        f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}",
        f"{function[1]} '{words[0]}' '{words[-1]}' '{words[-2]}'",
        'printf "%s\\n" "${COMPREPLY[@]}"',
    ]
    result = subprocess.run(
        ["bash", "--noprofile", "--norc", "-c", "\n".join(commands)],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return result.stdout.split()


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_bash_completes_subcommands_options_and_values(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["--print-completion", "bash"])
    assert exit_info.value.code == 0
    script = capsys.readouterr().out
    assert complete_in_bash(script, "oauthenticator-suite", "ha") == ["hash-password"]
    assert complete_in_bash(script, "oauthenticator-suite", "demo", "--p") == ["--port"]
    assert complete_in_bash(script, "oauthenticator-suite", "new", "--kind", "") == ["form", "oauth", "base"]


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_there_are_scripts_for_other_shells(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_info:
        main(["--print-completion", shell])
    assert exit_info.value.code == 0
    assert "hash-password" in capsys.readouterr().out


def test_completion_without_its_package_says_how_to_install_it() -> None:
    code = "import sys; sys.modules['shtab'] = None; from oauthenticator_suite.cli import main; main(sys.argv[1:])"
    result = subprocess.run(
        [sys.executable, "-c", code, "--print-completion", "bash"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == 'Completion needs the package shtab: pip install "oauthenticator_suite[completion]"\n'


def test_the_reference_describes_every_option() -> None:
    reference = (Path(__file__).parents[2] / "docs/reference/command-line.md").read_text(encoding="utf-8")
    general, *sections = re.split(r"^## oauthenticator-suite ", reference, flags=re.MULTILINE)
    texts = {section.split("\n", 1)[0]: section for section in sections}
    parser = make_parser()
    assert texts.keys() == parser.subcommands.keys()
    for text, described in [(general, parser), *((texts[name], one) for name, one in parser.subcommands.items())]:
        for action in described.declared:
            for option in action.option_strings:
                assert option in ("-h", "--help") or re.search(rf"^`{option}[` ]", text, re.MULTILINE), option
