"""``make fuzz TARGETS=…``: a misspelled target is named, together with those that there are."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent


def test_a_target_that_does_not_exist() -> None:
    command = [sys.executable, "scripts/fuzz.py", "1", "next", "urls"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "no such target: urls; there are access, " in done.stderr
    assert "id_tokens" in done.stderr
