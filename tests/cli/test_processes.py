"""Child processes end, with all that they have started."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from oauthenticator_suite.cli.demo.processes import Child, descendants, living

STUBBORN = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
print("ignoring", flush=True)
time.sleep(600)
"""

ORPHANS = """
import os, signal, sys
from pathlib import Path
from oauthenticator_suite.cli.demo.processes import Child, adopt_orphans, descendants, end_all

assert adopt_orphans()
parent = '''
import subprocess, sys, time
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"], start_new_session=True)
print("started", flush=True)
time.sleep(600)
'''
child = Child("parent", [sys.executable, "-c", parent], env=os.environ, folder=Path(sys.argv[1]))
while "started" not in child.log_tail():
    assert child.exit_status is None
both = descendants(os.getpid())
for pid in both:
    if pid == max(both, key=lambda pid: len(descendants(pid))):
        os.kill(pid, signal.SIGKILL)
while child.exit_status is None:
    pass
left = descendants(os.getpid())
end_all([child], adopting=True, grace=1)
print(len(both), len(left), len(descendants(os.getpid())))
"""


def start(folder: Path, code: str) -> Child:
    return Child("child", [sys.executable, "-c", code], env=os.environ, folder=folder)


def wait_for_log(child: Child, text: str) -> None:
    while text not in child.log_tail():
        assert child.exit_status is None, child.log_tail()


def test_a_child_that_ends_by_itself_tells_its_status_and_its_last_words(tmp_path: Path) -> None:
    child = start(tmp_path, "import sys; print('\\n'.join(map(str, range(100)))); sys.exit(3)")
    while child.exit_status is None:
        pass
    assert child.exit_status == 3
    assert child.log_tail(lines=2) == "98\n99\n"
    child.end()


def test_a_child_that_ignores_the_request_is_killed_with_its_process_group(tmp_path: Path) -> None:
    child = start(tmp_path, STUBBORN)
    wait_for_log(child, "ignoring")
    family = descendants(os.getpid())
    assert len(family) == 2
    child.end(grace=0.1)
    assert child.exit_status == -9
    while family & set(living()):  # killed, and gone as soon as the system gets to it
        pass


def test_ending_twice_does_no_harm(tmp_path: Path) -> None:
    child = start(tmp_path, "import time; time.sleep(600)")
    child.end()
    child.end()
    assert child.exit_status == -15


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lets a process adopt orphans")
def test_an_orphan_in_a_session_of_its_own_ends_too(tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", ORPHANS, str(tmp_path)], capture_output=True, text=True, check=True, timeout=60
    )
    assert result.stdout == "2 1 0\n"
