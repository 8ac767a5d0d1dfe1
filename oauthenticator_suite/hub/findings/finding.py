"""The mechanism: checks, findings, and what happens with them at start-up.

::

    @check("two-secrets", ERROR, "`client_secret` and `client_secret_file` are both set.", "Remove one of them.")
    def secret_given_twice(authenticator: Any) -> Iterator[Problem]:
        if authenticator.client_secret and authenticator.client_secret_file:
            yield Problem("client_secret", "and client_secret_file are both set")

    class OAuthenticator(…):
        startup_checks = (secret_given_twice,)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from logging import Logger, LoggerAdapter
from typing import Any, Literal, NamedTuple

from traitlets import TraitError

from ...errors import ConfigurationError

Severity = Literal["error", "warning", "info"]

ERROR: Severity = "error"
"""The Hub does not start: it would be open to users that the operator wants to exclude, or work for no user."""

WARNING: Severity = "warning"
"""The Hub starts and logs a warning: an option has no effect, or a login is weaker than it could be."""

INFO: Severity = "info"
"""The Hub starts and logs a line: a consequence of the configuration that an operator may not expect."""

SEVERITIES: tuple[Severity, ...] = (ERROR, WARNING, INFO)
"""The worst one first: the order in which findings are shown."""

Stage = Literal["sections", "values", "options", "children", "start", "system", "advice", "online"]
"""When a check runs, and what it gets.

``sections``: before options are loaded; a `hub.findings.loaded.LoadedConfig` with all active classes.
``values``: the same, for each authenticator, with its class.
``options``: when the authenticator is created; the authenticator.
``children``: the same, when its children have been created.
``start``: when the Hub starts; the authenticator with its final options.
``system``: after that, as to the system that the Hub runs on.
``advice``: what never stops the Hub, such as a secret that others can read: with `log_findings`, after that.
``online``: only when an operator asks for it; the `cli.check.online.facts.Facts` that the provider was asked for.
"""


class Problem(NamedTuple):
    """What a check yields.

    Attributes
    ----------
    option:
        The name of the option, which the finding shows as ``c.Class.option``; a full name that begins with ``c.``; or
        an empty string when the problem is about no option.
    reason:
        What is wrong, as the rest of a sentence that begins with the option: ``is not set``. Without secrets.
    fix:
        What to do, as a sentence without a full stop. Empty: the fix of the check.
    """

    option: str
    reason: str
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """A problem in the configuration.

    Attributes
    ----------
    code:
        The stable name of the check, such as ``unknown-option``.
    severity:
        ``error``, ``warning`` or ``info``.
    option:
        The option as it is written in the configuration, such as ``c.GitHubOAuthenticator.scope``; may be empty.
    reason, fix:
        See `Problem`.
    """

    code: str
    severity: Severity
    option: str
    reason: str
    fix: str

    def __str__(self) -> str:
        subject = f"{self.option} " if self.option else ""
        fix = f". {self.fix}" if self.fix else ""
        return f"{subject}{self.reason}{fix}"


@dataclass(frozen=True, slots=True)
class Check:
    """A rule on the configuration. Made by `check`.

    Attributes
    ----------
    code, severity:
        Of its findings.
    what, fix:
        What it finds, and what to do about it: sentences for the documentation, with options in backquotes.
    stage:
        When it runs.
    find:
        The function. It may also raise a `ConfigurationError` or a `TraitError`, which becomes a finding.
    """

    code: str
    severity: Severity
    what: str
    fix: str
    stage: Stage
    find: Callable[[Any], Iterable[Problem]]

    def findings(self, subject: Any, section: str) -> Iterator[Finding]:
        """The findings about an authenticator whose section in the configuration is `section`, such as ``c.Class``."""
        try:
            for option, reason, fix in self.find(subject):
                full = f"{section}.{option}" if option and not option.startswith("c.") else option
                yield Finding(self.code, self.severity, full, reason, fix or self.fix.replace("`", "'").rstrip("."))
        except ConfigurationError as error:
            yield Finding(self.code, self.severity, "", error.detail, "")
        except TraitError as error:
            yield Finding(self.code, self.severity, "", str(error), "")


def check(
    code: str, severity: Severity, what: str, fix: str, *, stage: Stage = "start"
) -> Callable[[Callable[[Any], Iterable[Problem]]], Check]:
    """Make a `Check` of a function that yields the problems of an authenticator. Arguments: see `Check`."""

    def decorate(find: Callable[[Any], Iterable[Problem]]) -> Check:
        return Check(code, severity, what, fix, stage, find)

    return decorate


def section(authenticator: Any) -> str:
    """The section of an authenticator in the configuration: ``c.GitHubOAuthenticator``."""
    return f"c.{type(authenticator).__name__}"


def checks_of(cls: type) -> list[Check]:
    """The checks of a class and its base classes, in the order in which they run: those of base classes first."""
    found: dict[str, Check] = {}
    for base in reversed(cls.__mro__):
        for each in vars(base).get("startup_checks", ()):
            found.setdefault(each.code, each)
    return list(found.values())


def find(subject: Any, stage: Stage, cls: type | None = None) -> list[Finding]:
    """The findings of one stage.

    Parameters
    ----------
    subject:
        What the checks of this stage read: see `Stage`.
    cls:
        The authenticator's class, where `subject` is not the authenticator.

    Raises
    ------
    Exception
        What a check raises that cannot be explained by an error that was found before.
    """
    cls = cls or type(subject)
    findings: list[Finding] = []
    for each in checks_of(cls):
        if each.stage != stage:
            continue
        try:
            findings += each.findings(subject, f"c.{cls.__name__}")
        except Exception:
            if not any(finding.severity == ERROR for finding in findings):
                raise
    return findings


_collected: ContextVar[list[Finding] | None] = ContextVar("findings that are collected and not reported", default=None)


@contextmanager
def collecting() -> Iterator[list[Finding]]:
    """Collect the findings that `report` gets within the ``with`` block: none is logged, and no error is raised."""
    found: list[Finding] = []
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


def report(findings: Iterable[Finding], log: Logger | LoggerAdapter[Any]) -> None:
    """Log warnings and information, one line each, with the code at the end.

    Raises
    ------
    ConfigurationError
        When there are errors. The detail lists all of them.
    """
    collected = _collected.get()
    if collected is not None:
        collected += findings
        return
    errors = []
    for finding in findings:
        if finding.severity == ERROR:
            errors.append(f"{finding} [{finding.code}]")
        else:
            write = log.warning if finding.severity == WARNING else log.info
            write("%s. [%s]", finding, finding.code)
    if len(errors) == 1:
        raise ConfigurationError(errors[0])
    if errors:
        lines = "".join(f"\n  {number}. {error}" for number, error in enumerate(errors, 1))
        raise ConfigurationError(f"the configuration has {len(errors)} errors:{lines}")
