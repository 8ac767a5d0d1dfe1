"""``oauthenticator-suite hash-password``: `DictionaryAuthenticator` accepts the hash that it prints."""

import os
import pty
import subprocess
import sys

import pytest

from oauthenticator_suite.local.password_hashes import Verifier

AT_A_TERMINAL = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""
COMMAND = [sys.executable, "-m", "oauthenticator_suite.cli", "hash-password"]


def run(text: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(COMMAND, input=text, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("text", ["happy\n", "happy", "happy\r\n", "happy\nsecond line\n"])
def test_a_line_of_standard_input(text: str) -> None:
    result = run(text)
    assert (result.returncode, result.stderr) == (0, "")
    (stored,) = result.stdout.splitlines()
    assert Verifier([stored]).verify(stored, "happy")


def test_white_space_is_part_of_it() -> None:
    stored = run("  happy \n").stdout.strip()
    assert Verifier([stored]).verify(stored, "  happy ")


@pytest.mark.parametrize("text", ["", "\n"])
def test_nothing_is_no_password(text: str) -> None:
    result = run(text)
    assert (result.returncode, result.stdout) == (1, "")
    assert "empty" in result.stderr


def test_none_on_the_command_line() -> None:
    result = subprocess.run([*COMMAND, "happy"], capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == 2


def type_at_a_terminal(*keys: str) -> tuple[int, str]:
    """The exit status, and the text on the terminal, after typing `keys` at the prompts."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        # a session with this terminal as its own, so that Ctrl-C in it is a signal to the command
        [sys.executable, "-c", AT_A_TERMINAL, *COMMAND],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    shown = ""
    for prompt, answer in zip(("Password: ", "Repeat password: "), keys, strict=False):
        while not shown.endswith(prompt):
            shown += os.read(ours, 1024).decode()
        os.write(ours, answer.encode())
    while True:
        try:
            part = os.read(ours, 1024).decode()
        except OSError:  # the other side is closed
            break
        if not part:
            break
        shown += part
    os.close(ours)
    return process.wait(60), shown


def test_at_a_terminal_it_is_asked_twice_and_not_shown() -> None:
    status, shown = type_at_a_terminal("happy\n", "happy\n")
    assert status == 0
    assert "happy" not in shown
    stored = shown.split()[-1]
    assert Verifier([stored]).verify(stored, "happy")


def test_a_mistyped_one_is_noticed() -> None:
    status, shown = type_at_a_terminal("happy\n", "hapyp\n")
    assert status == 1
    assert "do not match" in shown
    assert "$argon2" not in shown


@pytest.mark.parametrize("keys", [("\x03",), ("happy\n", "\x03")])
def test_ctrl_c_ends_it_quietly(keys: tuple[str, ...]) -> None:
    status, shown = type_at_a_terminal(*keys)
    assert status == 130
    assert "Traceback" not in shown
    assert "KeyboardInterrupt" not in shown


def test_ctrl_d_is_no_password() -> None:
    status, shown = type_at_a_terminal("\x04")
    assert status == 1
    assert "No password was entered." in shown
    assert "Traceback" not in shown
