"""The built documentation. A warning of the build fails all tests."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder with the pages that `make docs` makes."""
    build = subprocess.run(["scripts/docs.sh"], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert build.returncode == 0, build.stdout[-3000:] + build.stderr[-6000:]
    return REPOSITORY / "docs" / "_build" / "html"
