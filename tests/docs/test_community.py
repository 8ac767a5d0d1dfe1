"""The files that GitHub, Read the Docs and PyPI read: they name what exists, and agree with setup.py.

`scripts/lint-community.sh` validates workflows and `.readthedocs.yaml` against schemas, and checks their security.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

from oauthenticator_suite import __version__

REPOSITORY = Path(__file__).parents[2]
GITHUB = REPOSITORY / ".github"
WORKFLOWS = sorted((GITHUB / "workflows").glob("*.yml"))
ISSUE_FORMS = sorted(path for path in (GITHUB / "ISSUE_TEMPLATE").glob("*.yml") if path.name != "config.yml")
SETUP = ast.parse((REPOSITORY / "setup.py").read_text(encoding="utf-8"))

_TEXT = {"type": "string", "minLength": 1}
ISSUE_FORM = {
    # docs.github.com: "Syntax for issue forms" and "Syntax for GitHub's form schema", for the elements that are used
    "type": "object",
    "required": ["name", "description", "body"],
    "additionalProperties": False,
    "properties": {
        "name": _TEXT,
        "description": _TEXT,
        "labels": {"type": "array", "items": _TEXT},
        "body": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["type", "attributes"],
                "additionalProperties": False,
                "properties": {
                    "type": {"enum": ["markdown", "textarea", "input"]},
                    "id": {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"},
                    "attributes": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": dict.fromkeys(("label", "description", "placeholder", "value", "render"), _TEXT),
                    },
                    "validations": {
                        "type": "object",
                        "additionalProperties": False,
                        "properties": {"required": {"type": "boolean"}},
                    },
                },
                "if": {"properties": {"type": {"const": "markdown"}}},
                "then": {"properties": {"attributes": {"required": ["value"]}}},
                "else": {"required": ["id"], "properties": {"attributes": {"required": ["label"]}}},
            },
        },
    },
}


def load(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def setup_argument(name: str) -> ast.expr:
    """The value of an argument of `setup()`."""
    calls = [node for node in ast.walk(SETUP) if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "setup"]
    (value,) = (keyword.value for keyword in calls[0].keywords if keyword.arg == name)
    return value


def repository_url() -> str:
    """The only place where the address is defined; files that cannot import it are compared with it."""
    (value,) = (
        node.value
        for node in SETUP.body
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "REPOSITORY"
    )
    url: str = ast.literal_eval(value)
    return url


def jobs() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Workflow, name of the job, and the job."""
    for path in WORKFLOWS:
        for name, job in load(path)["jobs"].items():
            yield path.name, name, job


def make_targets() -> set[str]:
    text = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", text, re.MULTILINE))


def test_workflows_run_commands_that_exist() -> None:
    seen = set()
    for workflow, name, job in jobs():
        for step in job["steps"]:
            command = str(step.get("run", ""))
            for target in re.findall(r'\bmake "?([$\w-]+)', command):
                chosen = job["strategy"]["matrix"]["target"] if target == "$TARGET" else [target]
                assert set(chosen) <= make_targets(), (workflow, name)
                seen |= set(chosen)
            for script in re.findall(r"(?:^|\s)((?:scripts|\.ci)/\S+)", command):
                assert os.access(REPOSITORY / script, os.X_OK), (workflow, name, script)
                seen.add(script)
    assert seen >= {"test", "lint", "docs", "scripts/oldest.sh", ".ci/run"}


def test_what_a_commit_is_checked_with_is_locked() -> None:
    """Scheduled runs take the newest releases instead: they find out what breaks without a commit."""
    locked = {}
    for workflow, name, job in jobs():
        for step in job["steps"]:
            if re.search(r"\bmake ", str(step.get("run", ""))):
                locked[workflow, name] = step.get("env", {}).get("LOCKED")
    assert locked == {
        ("checks.yml", "checks"): "1",
        ("links.yml", "links"): "1",
        ("tests.yml", "tests"): "${{ github.event_name != 'schedule' && '1' || '' }}",
    }


def test_the_audit_reads_every_locked_file() -> None:
    workflow = load(GITHUB / "workflows" / "audit.yml")
    assert {"pull_request", "schedule"} <= workflow[True].keys()
    commands = " ".join(str(step.get("run", "")) for step in workflow["jobs"]["audit"]["steps"])
    assert "--require-hashes --requirement requirements/audit.txt" in commands
    assert "for file in requirements/*.txt" in commands
    assert '--disable-pip --requirement "$file"' in commands


def test_workflows_have_the_least_permissions() -> None:
    for path in WORKFLOWS:
        assert load(path)["permissions"] in ({}, {"contents": "read"}), path
    granted = {(workflow, name): job["permissions"] for workflow, name, job in jobs() if "permissions" in job}
    assert granted == {
        ("release.yml", "build"): {"contents": "read"},
        ("release.yml", "publish"): {"id-token": "write"},
    }


def test_only_a_pushed_tag_is_published() -> None:
    workflow = load(GITHUB / "workflows" / "release.yml")
    publish = workflow["jobs"]["publish"]
    assert workflow[True]["push"] == {"tags": ["v*"]}  # YAML 1.1 reads the key "on" as True
    assert publish["if"] == "github.event_name == 'push'"
    assert (publish["needs"], publish["environment"]["name"]) == ("build", "pypi")


def test_actions_are_pinned_to_a_commit_and_name_its_version() -> None:
    lines = [line for path in WORKFLOWS for line in path.read_text(encoding="utf-8").splitlines() if "uses:" in line]
    assert len(lines) > 8
    assert [line for line in lines if not re.search(r"uses: [\w./-]+@[0-9a-f]{40}  # v\d+\.\d+\.\d+$", line)] == []


def test_the_tests_run_with_every_python_that_setup_names() -> None:
    matrix = load(GITHUB / "workflows" / "tests.yml")["jobs"]["tests"]["strategy"]["matrix"]["python"]
    assert matrix == [f"3.{minor}" for minor in range(10, 15)]
    assert ast.literal_eval(setup_argument("python_requires")) == f">={matrix[0]}"
    assert "Python :: 3.{minor}' for minor in range(10, 15)" in ast.unparse(setup_argument("classifiers"))


def test_the_oldest_dependencies_are_the_lower_bounds_of_setup() -> None:
    bounds = {}
    for text in ast.literal_eval(setup_argument("install_requires")):
        requirement = Requirement(text)
        lower = [one.version for one in requirement.specifier if one.operator == ">="]
        if lower:
            bounds[requirement.name] = Version(lower[0])
    pinned = {}
    for line in (GITHUB / "oldest-constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            name, _, version = line.partition("==")
            pinned[name] = Version(version)
    assert pinned == bounds


@pytest.mark.parametrize("path", ISSUE_FORMS, ids=lambda path: path.name)
def test_issue_forms_are_valid(path: Path) -> None:
    form = load(path)
    jsonschema.Draft7Validator(ISSUE_FORM).validate(form)
    ids = [element["id"] for element in form["body"] if "id" in element]
    assert len(ids) == len(set(ids))


def test_links_of_the_issue_forms_lead_to_the_repository() -> None:
    config = load(GITHUB / "ISSUE_TEMPLATE" / "config.yml")
    assert config["contact_links"][0]["url"] == f"{repository_url()}/security/advisories/new"
    for path in [*ISSUE_FORMS, GITHUB / "ISSUE_TEMPLATE" / "config.yml", REPOSITORY / "CITATION.cff"]:
        for url in re.findall(r"https://github\.com/[\w-]+/[\w-]+", path.read_text(encoding="utf-8")):
            assert url == repository_url(), path


def test_dependabot_looks_at_every_lock_file() -> None:
    updates = load(GITHUB / "dependabot.yml")["updates"]
    npm = {entry["directory"] for entry in updates if entry["package-ecosystem"] == "npm"}
    locks = (REPOSITORY / "tests").glob("e2e/*/package-lock.json")
    assert npm == {f"/{lock.parent.relative_to(REPOSITORY)}" for lock in locks}
    assert "github-actions" in {entry["package-ecosystem"] for entry in updates}


def test_owners_are_named_for_paths_that_exist() -> None:
    lines = (GITHUB / "CODEOWNERS").read_text(encoding="utf-8").splitlines()
    rules = [line.split() for line in lines if line and not line.startswith("#")]
    assert rules[0][0] == "*"
    for pattern, *owners in rules:
        assert owners
        assert pattern == "*" or (REPOSITORY / pattern.strip("/")).is_dir(), pattern


def test_read_the_docs_builds_what_make_docs_builds() -> None:
    config = load(REPOSITORY / ".readthedocs.yaml")
    assert (REPOSITORY / config["sphinx"]["configuration"]).is_file()
    assert config["sphinx"]["fail_on_warning"] is True
    locked, package = config["python"]["install"]
    assert (REPOSITORY / locked["requirements"]).is_file()
    assert package == {"method": "pip", "path": "."}, "what it needs is locked"


def test_the_citation_is_of_this_version() -> None:
    """The members that the Citation File Format 1.2.0 requires, and those that must agree with the package."""
    citation = load(REPOSITORY / "CITATION.cff")
    assert citation.keys() >= {"cff-version", "message", "title", "authors"}
    assert (str(citation["cff-version"]), citation["type"]) == ("1.2.0", "software")
    assert citation["version"] == __version__
    assert citation["license"] == ast.literal_eval(setup_argument("license"))
    assert citation["repository-code"] == repository_url()
    assert all(author.get("name") for author in citation["authors"])
    released = "date-released" in citation
    assert released == (Version(__version__).dev is None), "a release has a date, and a development version has none"
    assert not released or isinstance(citation["date-released"], date)


def test_the_newest_section_of_the_changelog_is_of_this_version() -> None:
    """A release has a section with its date and a summary; a development version has *Unreleased* above the last one."""
    changelog = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## \[([^]]+)\](.*)$", changelog, re.MULTILINE)
    assert headings[0] == ("Unreleased", "")
    if Version(__version__).dev is None:
        citation = load(REPOSITORY / "CITATION.cff")
        assert headings[1] == (__version__, f" - {citation['date-released']}")
        summary = changelog.partition(f"## [{__version__}]")[2].partition("\n### ")[0]
        assert len(summary.split()) > 50


@pytest.mark.parametrize("name", ["RELEASE.md", "CODE_OF_CONDUCT.md", ".github/pull_request_template.md"])
def test_files_that_the_texts_name_exist(name: str) -> None:
    text = (REPOSITORY / name).read_text(encoding="utf-8")
    for path in re.findall(r"`([\w./-]+\.(?:py|md|cff|yml)|\.ci/run)`", text):
        assert (REPOSITORY / path).exists() or (GITHUB / "workflows" / path).exists(), path
    for link in re.findall(r"\]\((\.\.?/[^)#]+)", text):
        assert ((REPOSITORY / name).parent / link).exists(), link
