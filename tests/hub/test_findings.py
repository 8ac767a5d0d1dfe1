"""The mechanism of configuration checks: order, severities, one message, and what a check may raise."""

import logging

import pytest
from traitlets import TraitError

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.findings.finding import ERROR, INFO, WARNING, Finding, Problem, check, find, report


def raising(error):
    def find_nothing(subject):
        raise error

    return find_nothing


def yielding(*problems):
    return lambda subject: iter(problems)


def made(*checks):
    class Base:
        startup_checks = checks[:1]

    class Example(Base):
        startup_checks = checks

    return Example()


MISSING = Problem("client_id", "is not set")


def test_a_finding_has_the_full_name_of_the_option_and_the_fix_of_its_check():
    each = check("missing", ERROR, "What.", "Set `client_id`.")(
        yielding(MISSING, Problem("c.JupyterHub.port", "is 0", "Take 80"))
    )
    findings = find(made(each), "start")
    assert findings == [
        Finding("missing", ERROR, "c.Example.client_id", "is not set", "Set 'client_id'"),
        Finding("missing", ERROR, "c.JupyterHub.port", "is 0", "Take 80"),
    ]
    assert str(findings[0]) == "c.Example.client_id is not set. Set 'client_id'"


def test_checks_run_once_those_of_base_classes_first_and_by_stage():
    first, second = (check(code, INFO, "What.", "Fix.")(yielding(MISSING)) for code in ("first", "second"))
    later = check("later", INFO, "What.", "Fix.", stage="system")(yielding(MISSING))
    example = made(second, first, later)
    assert [finding.code for finding in find(example, "start")] == ["second", "first"]
    assert [finding.code for finding in find(example, "system")] == ["later"]


@pytest.mark.parametrize("error", [ConfigurationError("no such file"), TraitError("no such file")])
def test_an_error_that_names_the_fix_is_a_finding(error):
    (finding,) = find(made(check("file", ERROR, "What.", "Fix.")(raising(error))), "start")
    assert (finding.severity, str(finding)) == (ERROR, "no such file")


def test_what_else_a_check_raises_is_raised_unless_an_error_explains_it():
    broken = check("broken", WARNING, "What.", "Fix.")(raising(KeyError("x")))
    with pytest.raises(KeyError):
        find(made(broken), "start")
    error = check("error", ERROR, "What.", "Fix.")(yielding(MISSING))
    assert [finding.code for finding in find(made(error, broken), "start")] == ["error"]


def test_all_errors_are_in_one_message_and_each_warning_is_a_line(hub_log):
    findings = [
        Finding("a", WARNING, "c.X.one", "is odd", "Fix it"),
        Finding("b", ERROR, "c.X.two", "is wrong", "Fix it"),
        Finding("c", INFO, "c.X.three", "is so", ""),
        Finding("d", ERROR, "", "nothing fits", ""),
    ]
    log = logging.getLogger("traitlets")
    with pytest.raises(ConfigurationError) as caught:
        report(findings, log)
    assert caught.value.detail == (
        "the configuration has 2 errors:\n  1. c.X.two is wrong. Fix it [b]\n  2. nothing fits [d]"
    )
    assert hub_log.lines == ["WARNING traitlets: c.X.one is odd. Fix it. [a]", "INFO traitlets: c.X.three is so. [c]"]
    with pytest.raises(ConfigurationError, match=r"^c\.X\.two is wrong\. Fix it \[b\]$"):
        report(findings[1:2], log)
