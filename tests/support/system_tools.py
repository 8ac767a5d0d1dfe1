"""What tests need of the machine in addition to Python: scripts/system-tools.sh installs it."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.e2e.certified_provider import skip_or_fail

LIBRARIES = ("/lib", "/usr/lib", "/lib64", "/usr/lib64")


def require_library(pattern: str, package: str) -> Path:
    """The file of this pattern below one of the system's folders of libraries; Debian's `package` has it."""
    found = sorted(path for folder in LIBRARIES for path in Path(folder).glob(pattern))
    if not found:
        skip_or_fail(f"no {pattern} on this machine: apt-get install --no-install-recommends {package}")
    return found[0]


def require_program(name: str, folders: str, package: str) -> Path:
    """The program of this name in the PATH, or in the last of the folders of this pattern; Debian's `package` has it."""
    on_path = shutil.which(name)
    found = [Path(on_path)] if on_path else sorted(Path("/").glob(f"{folders.strip('/')}/{name}"))
    if not found:
        skip_or_fail(f"no {name} on this machine: apt-get install --no-install-recommends {package}")
    return found[-1]
