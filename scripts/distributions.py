#!/usr/bin/env python3
"""Builds what is published, from the last commit, and checks it as a user would get it.

``distributions.py [FOLDER]`` writes a source distribution, a wheel and a bill of materials into FOLDER (``dist``):

1. The last commit is exported twice, to different folders, and built in each. Both builds must be equal byte by byte.
2. A wheel that is built from the source distribution must be equal to the other.
3. `twine check` and `check-wheel-contents` must find nothing, the description must have no relative link, and the
   source distribution must have every file of the repository, so that its tests run.
4. The wheel is installed in a clean environment of each Python that is found, alone, and next to `oauthenticator`.
   There, all authenticators are imported, and the command runs.
5. The packages of a clean environment are written as a CycloneDX bill of materials.

It needs git and network access to PyPI. `PYTHONS` in the environment names interpreters, separated by white space. The
exit status is 0 when everything is in order.
"""

from __future__ import annotations

import email
import gzip
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[1]
TOOLS = ("build>=1.2", "setuptools>=77", "twine>=6", "check-wheel-contents>=0.6", "cyclonedx-bom>=5")
PYTHONS = ("python3.10", "python3.11", "python3.12", "python3.13", "python3.14")

USE = """
import importlib.metadata
points = importlib.metadata.entry_points(group="jupyterhub.authenticators")
points = [point for point in points if point.name.startswith("suite-")]
for point in points:
    point.load()
print(len(points), "authenticators")
"""
"""Imports every authenticator."""


def main() -> int:
    """Build and check; the exit status."""
    target = Path(sys.argv[1] if len(sys.argv) > 1 else "dist").resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tools = environment(folder / "tools", sys.executable, *TOOLS)
        files = build_twice(folder, tools)
        check(files, tools)
        target.mkdir(parents=True, exist_ok=True)
        for file in files:
            shutil.copy(file, target)
        wheel = next(file for file in files if file.suffix == ".whl")
        for python in found_pythons():
            use(folder / f"alone-{python.name}", python, wheel)
            use(folder / f"next-to-oauthenticator-{python.name}", python, wheel, "oauthenticator")
        write_bill_of_materials(folder, tools, wheel, target)
        report_size(folder, wheel)
    for file in sorted(target.iterdir()):
        print(f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}")
    return 0


def run(*command: str | Path, cwd: Path | None = None, **variables: str) -> str:
    """The output of a command. Exits with its output when it fails."""
    result = subprocess.run(
        [*map(str, command)], cwd=cwd, env={**os.environ, **variables}, capture_output=True, text=True, check=False
    )
    if result.returncode:
        sys.exit(f"{' '.join(map(str, command))}\n{result.stdout}{result.stderr}")
    return result.stdout


def environment(folder: Path, python: str | Path, *requirements: str | Path) -> Path:
    """The folder of the programs of a new virtual environment with these packages."""
    programs = folder / "bin"
    uv = shutil.which("uv") or shutil.which("uv", path=REPOSITORY / ".venv" / "bin")
    if uv:
        run(uv, "venv", "--quiet", "--seed", "--python", python, folder)
        run(uv, "pip", "install", "--quiet", "--python", programs / "python", *requirements)
    else:
        run(python, "-m", "venv", folder)
        run(programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *requirements)
    return programs


def found_pythons() -> Iterator[Path]:
    """The interpreters to install into."""
    for name in os.environ.get("PYTHONS", " ".join(PYTHONS)).split():
        path = shutil.which(name)
        works = (
            path
            and not subprocess.run([path, "-c", "import venv, ensurepip"], capture_output=True, check=False).returncode
        )
        if path and works:
            yield Path(path)
        else:
            print(f"{name}: not on this machine")


# --- building --------------------------------------------------------------------------------------------------------


def build_twice(folder: Path, tools: Path) -> list[Path]:
    """The files of one build. Exits when another build, from another folder, differs."""
    epoch = run("git", "log", "-1", "--format=%ct", cwd=REPOSITORY).strip()
    builds = []
    for number in ("first", "second/deeper"):
        source, out = folder / "source" / number, folder / "built" / number
        source.mkdir(parents=True)
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=REPOSITORY, capture_output=True, check=True).stdout
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
            tar.extractall(source, filter="data")
        run(tools / "python", "-m", "build", "--no-isolation", "--outdir", out, cwd=source, SOURCE_DATE_EPOCH=epoch)
        normalise(next(out.glob("*.tar.gz")), int(epoch))
        builds.append(sorted(out.iterdir()))
    for first, second in zip(*builds, strict=True):
        if first.read_bytes() != second.read_bytes():
            sys.exit(f"two builds of {first.name} differ: {' '.join(differences(first, second)[:10])}")
    print("two builds are equal")
    return builds[0]


def normalise(sdist: Path, epoch: int) -> None:
    """Rewrite a source distribution without what depends on the machine: times, owners and the order of the files."""
    with tarfile.open(sdist) as before:
        members = [(member, before.extractfile(member)) for member in before if member.isfile()]
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as after:
            for member, content in sorted(members, key=lambda each: each[0].name):
                clean = tarfile.TarInfo(member.name)
                clean.size, clean.mtime = member.size, epoch
                clean.mode = 0o755 if member.mode & 0o100 else 0o644
                after.addfile(clean, content)
    with sdist.open("wb") as file, gzip.GzipFile(filename="", fileobj=file, mode="wb", mtime=epoch) as compressed:
        compressed.write(packed.getvalue())


def differences(first: Path, second: Path) -> list[str]:
    """The names of the files that differ in two archives."""
    one, other = contents(first), contents(second)
    return sorted(name for name in {*one, *other} if one.get(name) != other.get(name)) or ["(the archive itself)"]


def contents(archive: Path) -> dict[str, bytes]:
    """The files of a source distribution or a wheel."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            return {name: wheel.read(name) for name in wheel.namelist()}
    with tarfile.open(archive) as tar:
        return {member.name: (tar.extractfile(member) or io.BytesIO()).read() for member in tar if member.isfile()}


# --- checking --------------------------------------------------------------------------------------------------------


def check(files: list[Path], tools: Path) -> None:
    """Check the archives and their metadata."""
    print(run(tools / "twine", "--no-color", "check", "--strict", *files).strip())
    wheel, sdist = sorted(files, key=lambda file: file.suffix, reverse=True)
    run(tools / "check-wheel-contents", "--config", REPOSITORY / "pyproject.toml", wheel)
    of_wheel = contents(wheel)
    metadata = next(text for name, text in of_wheel.items() if name.endswith(".dist-info/METADATA"))
    description = email.message_from_bytes(metadata).get_payload()
    relative = re.findall(r"\]\((?!https://|#)[^)]+\)", str(description))
    if relative:
        sys.exit(f"the description on PyPI would have relative links: {' '.join(relative[:5])}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with tarfile.open(sdist) as tar:
            tar.extractall(folder, filter="data")
        (unpacked,) = folder.iterdir()
        run(tools / "python", "-m", "build", "--no-isolation", "--wheel", "--outdir", folder / "wheel", cwd=unpacked)
        (again,) = (folder / "wheel").iterdir()
        from_sdist = contents(again)
        differing = {name for name in {*of_wheel, *from_sdist} if of_wheel.get(name) != from_sdist.get(name)}
        if differing:
            sys.exit(f"the wheel of the source distribution differs: {' '.join(sorted(differing)[:10])}")
    tracked = set(run("git", "ls-files", cwd=REPOSITORY).splitlines())
    missing = tracked - {name.partition("/")[2] for name in contents(sdist)}
    if missing:
        sys.exit(f"the source distribution lacks files of the repository: {' '.join(sorted(missing))}")
    print("check-wheel-contents, links, files and the wheel of the source distribution: in order")


def use(folder: Path, python: Path, wheel: Path, *others: str) -> None:
    """Install the wheel in a clean environment, and use what it installs."""
    programs = environment(folder, python, wheel, *others)
    run(programs / "python", "-m", "pip", "check")
    found = run(programs / "python", "-W", "error::SyntaxWarning", "-c", USE, cwd=folder).strip()
    version = run(programs / "oauthenticator-suite", "--version").strip()
    beside = f" next to {' '.join(others)}" if others else ""
    print(f"{python.name}{beside}: {version}, {found}")


def write_bill_of_materials(folder: Path, tools: Path, wheel: Path, target: Path) -> None:
    """Write what a clean environment with the wheel has, as CycloneDX in JSON."""
    programs = environment(folder / "materials", sys.executable, wheel)
    bill = target / f"{wheel.name.split('-py3')[0]}.cdx.json"
    run(
        *(tools / "cyclonedx-py", "environment", "--output-reproducible", "--of", "JSON", "--output-file", bill),
        programs / "python",
    )


def report_size(folder: Path, wheel: Path) -> None:
    """Print what an environment with JupyterHub gains."""
    programs = environment(folder / "hub", sys.executable, "jupyterhub")
    before = packages(folder / "hub")
    run(programs / "python", "-m", "pip", "install", "--quiet", "--no-compile", wheel)
    gained = {name: size for name, size in packages(folder / "hub").items() if name not in before}
    sizes = ", ".join(f"{name} {size / 1e6:.1f}" for name, size in sorted(gained.items(), key=lambda each: -each[1]))
    print(f"an environment with JupyterHub gains {sum(gained.values()) / 1e6:.1f} MB: {sizes}")


def packages(environment: Path) -> dict[str, int]:
    """The size in bytes of each package of an environment, without compiled modules."""
    found: dict[str, int] = {}
    for info in environment.glob("lib/python*/site-packages/*.dist-info"):
        files = [line.rsplit(",", 2)[0] for line in (info / "RECORD").read_text(encoding="utf-8").splitlines()]
        paths = [info.parent / file for file in files if not file.endswith(".pyc")]
        found[info.name.split("-")[0]] = sum(path.stat().st_size for path in paths if path.is_file())
    return found


if __name__ == "__main__":
    sys.exit(main())
