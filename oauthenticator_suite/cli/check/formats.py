"""The forms of a report: text for people, JSON, and annotations of GitHub workflows."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...hub.findings.finding import ERROR, INFO, SEVERITIES, WARNING, Severity
from ...protocol.text import printable
from .report import Report, ReportedFinding

JSON_VERSION = 1
"""The version of the JSON form. It changes when a member is removed or gets another meaning."""

_HEADINGS: dict[Severity, str] = {ERROR: "Errors", WARNING: "Warnings", INFO: "Remarks"}
_COLOURS: dict[Severity, str] = {ERROR: "\033[31m", WARNING: "\033[33m", INFO: "\033[36m"}
_END = "\033[0m"
_ANNOTATIONS: dict[Severity, str] = {ERROR: "error", WARNING: "warning", INFO: "notice"}


def as_text(report: Report, *, colour: bool) -> Iterator[str]:
    """The report in lines: findings grouped by severity, each with its place first, and a summary."""
    for severity in SEVERITIES:
        group = [each for each in report.findings if each.severity == severity]
        if not group:
            continue
        heading = f"{_HEADINGS[severity]} ({len(group)})"
        yield f"{_COLOURS[severity]}{heading}{_END}" if colour else heading
        for each in group:
            yield from _lines(each)
        yield ""
    yield printable(f"Authenticator: {report.authenticator or 'none'}")
    for provider, url in report.callbacks.items():
        known = url if "://" in url else f"{url} at the address that the browser uses"
        yield printable(f"Callback URL{f' of {provider}' if provider else ''}: {known}")
    numbers = ((report.count(ERROR), "error"), (report.count(WARNING), "warning"), (report.count(INFO), "remark"))
    yield ", ".join(f"{number} {name}{'' if number == 1 else 's'}" for number, name in numbers) + "."


def _lines(each: ReportedFinding) -> Iterator[str]:
    finding = each.finding
    place = f"{shown(each.place.file)}:{each.place.line}: " if each.place else ""
    provider = f"{each.provider}: " if each.provider else ""
    subject = f"{finding.option} " if finding.option else ""
    yield printable(f"{place}{provider}{subject}{finding.reason} [{finding.code}]")
    if finding.fix:
        yield printable(f"    {finding.fix}{'' if finding.fix.endswith('?') else '.'}")


def shown(file: str) -> str:
    """The path of a file below the current directory, else the whole path."""
    try:
        return str(Path(file).relative_to(Path.cwd()))
    except ValueError:
        return file


def as_json(report: Report) -> str:
    """The report as one JSON object: see the page of the documentation about the command line."""
    return json.dumps(
        {
            "version": JSON_VERSION,
            "authenticator": report.authenticator,
            "providers": list(report.providers),
            "callback_urls": report.callbacks,
            "files": [str(path) for path in report.files],
            "counts": {severity: report.count(severity) for severity in SEVERITIES},
            "findings": [_members(each) for each in report.findings],
        },
        indent=2,
    )


def _members(each: ReportedFinding) -> dict[str, Any]:
    finding = each.finding
    return {
        "code": finding.code,
        "severity": finding.severity,
        "file": each.place.file if each.place else None,
        "line": each.place.line if each.place else None,
        "provider": each.provider or None,
        "option": each.option or None,
        "reason": finding.reason,
        "fix": finding.fix or None,
    }


def as_github(report: Report) -> Iterator[str]:
    """The findings as workflow commands, which GitHub shows at the lines of a pull request."""
    for each in report.findings:
        finding = each.finding
        file, line = (each.place.file, each.place.line) if each.place else (None, None)
        text = f"{each.provider}: {finding}" if each.provider else str(finding)
        yield annotation(_ANNOTATIONS[each.severity], file, line, finding.code, text)


def annotation(kind: str, file: str | None, line: int | None, title: str, text: str) -> str:
    """One workflow command."""
    properties = {"file": _in_repository(file) if file else None, "line": line, "title": title}
    listed = ",".join(f"{name}={_escaped(str(value), ':,')}" for name, value in properties.items() if value)
    return printable(f"::{kind} {listed}::{_escaped(text)}")


def _in_repository(file: str) -> str:
    root = os.environ.get("GITHUB_WORKSPACE") or str(Path.cwd())
    path = Path(file)
    return str(path.relative_to(root) if path.is_relative_to(root) else path)


def _escaped(text: str, also: str = "") -> str:
    """Text as a workflow command needs it: percent signs, ends of lines, and in properties colons and commas."""
    for character in f"%\r\n{also}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text
