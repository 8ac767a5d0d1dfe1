"""What tests need of the machine beside Python: scripts/system-tools.sh installs it."""

from __future__ import annotations

from pathlib import Path

from tests.e2e.certified_provider import skip_or_fail

LIBRARIES = ("/lib", "/usr/lib", "/lib64", "/usr/lib64")


def require_library(pattern: str, package: str) -> Path:
    """The file of this pattern below one of the system's folders of libraries; Debian's `package` has it."""
    found = sorted(path for folder in LIBRARIES for path in Path(folder).glob(pattern))
    if not found:
        skip_or_fail(f"no {pattern} on this machine: apt-get install --no-install-recommends {package}")
    return found[0]
