"""A module is short enough to be read in one go: at most 400 lines, without exceptions."""

from __future__ import annotations

from pathlib import Path

PACKAGE = Path(__file__).parent.parent / "oauthenticator_suite"

MAX_LINES = 400


def too_long(package: Path) -> dict[str, int]:
    """The modules with more lines, and their number of lines."""
    counted = {
        path.relative_to(package).as_posix(): len(path.read_text(encoding="utf-8").splitlines())
        for path in sorted(package.rglob("*.py"))
    }
    return {module: lines for module, lines in counted.items() if lines > MAX_LINES}


def test_no_module_is_too_long() -> None:
    assert too_long(PACKAGE) == {}, "move a concept to a module of its own: see docs/explanation/architecture.md"


def test_a_long_module_is_found(tmp_path: Path) -> None:
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / "long.py").write_text("\n" * (MAX_LINES + 1))
    (tmp_path / "short.py").write_text("\n" * MAX_LINES)
    assert too_long(tmp_path) == {"hub/long.py": MAX_LINES + 1}
