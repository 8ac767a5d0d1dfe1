"""examples/monitoring and its page: Prometheus and Grafana accept the files, and every name in them is in the code."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest
import yaml
from traitlets.config import PyFileConfigLoader

from oauthenticator_suite.hub.observe.metrics.definitions import METRICS, Definition
from tests.docs.pages import DOCS, page
from tests.docs.preset_table import anchor
from tests.support.system_tools import require_program

FOLDER = DOCS.parent / "examples" / "monitoring"
RULES = yaml.safe_load((FOLDER / "rules.yml").read_text(encoding="utf-8"))
UNIT_TESTS = yaml.safe_load((FOLDER / "rules_test.yml").read_text(encoding="utf-8"))
DASHBOARD = json.loads((FOLDER / "dashboard.json").read_text(encoding="utf-8"))
ALERTS = {rule["alert"]: rule for group in RULES["groups"] for rule in group["rules"] if "alert" in rule}
RECORDED = {rule["record"]: rule for group in RULES["groups"] for rule in group["rules"] if "record" in rule}
PAGE_URL = "https://oauthenticator-suite.readthedocs.io/en/latest/how-to/monitoring.html"


@pytest.fixture(scope="module")
def promtool() -> Path:
    return require_program("promtool", "/usr/bin", "prometheus")


def run(promtool: Path, *arguments: str, folder: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([promtool, *arguments], cwd=folder, capture_output=True, text=True, timeout=60, **options)


def write_tests(folder: Path, rules: Any, alert: str) -> None:
    """Other rules, with the unit tests in which this alert fires, and the one in which all is well."""
    tests = [test for test in UNIT_TESTS["tests"] if f'"{alert}' in json.dumps(test).replace("\\", "")]
    assert tests, f"no unit test of {alert}"
    chosen = {**UNIT_TESTS, "tests": [UNIT_TESTS["tests"][0], *tests]}
    (folder / "rules_test.yml").write_text(yaml.safe_dump(chosen), encoding="utf-8")
    (folder / "rules.yml").write_text(yaml.safe_dump(rules), encoding="utf-8")


# --- Prometheus ------------------------------------------------------------------------------------------------------


def test_prometheus_accepts_the_configuration_and_the_rules(promtool: Path, tmp_path: Path) -> None:
    for name in ("prometheus.yml", "rules.yml"):
        shutil.copy(FOLDER / name, tmp_path)
    (tmp_path / "jupyterhub-token").write_text("a-token")
    checked = run(promtool, "check", "config", "prometheus.yml", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(ALERTS) + len(RECORDED)} rules found" in checked.stdout


def test_the_unit_tests_of_the_rules_succeed(promtool: Path) -> None:
    tested = run(promtool, "test", "rules", "rules_test.yml", folder=FOLDER)
    assert tested.returncode == 0, tested.stdout + tested.stderr


@pytest.mark.parametrize("always", [True, False], ids=["fires always", "never fires"])
@pytest.mark.parametrize("name", ALERTS)
def test_the_unit_tests_notice_an_alert_that_does_not_work(
    name: str, always: bool, promtool: Path, tmp_path: Path
) -> None:
    rules = json.loads(json.dumps(RULES))
    for group in rules["groups"]:
        for rule in group["rules"]:
            if rule.get("alert") == name:
                rule.update({"expr": "vector(1)" if always else "vector(1) > 2"})
    write_tests(tmp_path, rules, name)
    tested = run(promtool, "test", "rules", "rules_test.yml", folder=tmp_path)
    assert tested.returncode == 1, tested.stdout + tested.stderr
    assert "FAILED" in tested.stdout + tested.stderr


def test_the_configuration_of_the_hub_gives_the_token_one_scope(tmp_path: Path) -> None:
    """`tests/hub/test_metrics_page.py` reads the metrics of a Hub with it."""
    (tmp_path / "prometheus-token").write_text("a-token\n")
    text = (FOLDER / "jupyterhub_config.py").read_text(encoding="utf-8")
    (tmp_path / "here.py").write_text(text.replace("/etc/jupyterhub", str(tmp_path)), encoding="utf-8")
    config = PyFileConfigLoader("here.py", str(tmp_path)).load_config()
    assert config.JupyterHub.services == [{"name": "prometheus", "api_token": "a-token"}]
    (role,) = config.JupyterHub.load_roles
    assert role == {"name": "prometheus", "scopes": ["read:metrics"], "services": ["prometheus"]}


# --- names -----------------------------------------------------------------------------------------------------------

BY_NAME = {f"jupyterhub_{each.name}": each for each in METRICS}
OF_PROMETHEUS = {"instance", "job", "le"}
_SELECTOR = re.compile(r"(?<![\w:])(jupyterhub_suite_\w+)(?:\{([^}]*)\})?")
_MATCHER = re.compile(r'(\w+)\s*(=~|!~|!=|=)\s*"([^"]*)"')


def queries_of_dashboard() -> Iterator[str]:
    for panel in DASHBOARD["panels"]:
        yield from (target["expr"] for target in panel.get("targets", ()))


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in (*ALERTS.values(), *RECORDED.values()))
    yield from queries_of_dashboard()
    yield from (
        variable["query"]["query"] for variable in DASHBOARD["templating"]["list"] if variable["type"] == "query"
    )


def metric_of(name: str) -> Definition:
    found = BY_NAME.get(name) or BY_NAME.get(re.sub(r"_(bucket|count|sum)$", "", name))
    assert found is not None, f"no metric {name}"
    return found


@pytest.mark.parametrize("expression", sorted({*expressions()}))
def test_every_metric_and_label_value_is_in_the_code(expression: str) -> None:
    selectors = _SELECTOR.findall(expression)
    assert selectors or "instance_provider:" in expression
    for name, matchers in selectors:
        metric = metric_of(name)
        for label, _, value in _MATCHER.findall(matchers):
            assert label in {*metric.labels, *OF_PROMETHEUS}, f"{name} has no label {label}"
            values = metric.labels.get(label, ())
            if values and not value.startswith("$"):
                unknown = [part for part in value.split("|") if not any(re.fullmatch(part, each) for each in values)]
                assert unknown == [], f"{name}: {label}={unknown}"


def test_series_of_the_unit_tests_are_in_the_code() -> None:
    for test in UNIT_TESTS["tests"]:
        for series in test["input_series"]:
            name, _, labels = series["series"].partition("{")
            if name == "up":
                continue
            metric = metric_of(name)
            for label, _, value in _MATCHER.findall(labels):
                assert label in {*metric.labels, *OF_PROMETHEUS}, series
                assert not metric.labels.get(label) or value in metric.labels[label], series


def test_every_metric_is_on_the_dashboard() -> None:
    shown = {metric_of(name).name for query in queries_of_dashboard() for name, _ in _SELECTOR.findall(query)}
    assert shown == {each.name for each in METRICS}


# --- the page --------------------------------------------------------------------------------------------------------


def test_the_page_explains_each_alert_where_the_alert_says() -> None:
    text = page("how-to/monitoring.md")
    section = text.split("## What each alert means", 1)[1].split("\n## ", 1)[0]
    headings = re.findall(r"^### `?(\w+)`?$", section, re.MULTILINE)
    anchors = {anchor(heading): heading for heading in headings}
    assert {rule["annotations"]["runbook_url"] for rule in ALERTS.values()} == {
        f"{PAGE_URL}#{each}" for each in anchors
    }
    for name, rule in ALERTS.items():
        assert name in section, name
        assert rule["labels"]["severity"] in ("critical", "warning", "info")
    for heading in headings:
        body = section.split(f"### {heading}\n", 1)[1].split("\n### ", 1)[0]
        assert "What to do" in body, heading


def test_files_that_the_pages_name_exist() -> None:
    for text in (page("how-to/monitoring.md"), (FOLDER / "README.md").read_text(encoding="utf-8")):
        for name in re.findall(r"`(?:examples/monitoring/)?([\w-]+\.(?:yml|json|py))`", text):
            assert (FOLDER / name).exists(), name


# --- Grafana ---------------------------------------------------------------------------------------------------------


def test_prometheus_can_read_every_query_of_the_dashboard(promtool: Path, tmp_path: Path) -> None:
    values = {"$__rate_interval": "5m", "$instance": ".*", "$provider": ".*"}
    rules = []
    for number, query in enumerate(queries_of_dashboard()):
        for variable, value in values.items():
            query = query.replace(variable, value)
        assert "$" not in query
        rules.append({"record": f"query:{number}", "expr": query})
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}))
    checked = run(promtool, "check", "rules", "rules.yml", folder=tmp_path)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    assert f"{len(rules)} rules found" in checked.stdout


def test_panels_have_numbers_of_their_own_and_do_not_overlap() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert not cells & taken, panel["title"]
        taken |= cells
        assert panel["title"].endswith("?")


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Grafana's model of a dashboard needs Python 3.11")
def test_grafanas_model_of_a_dashboard_has_every_member_with_its_type() -> None:
    from grafana_foundation_sdk.cog.encoder import JSONEncoder
    from grafana_foundation_sdk.cog.plugins import register_default_plugins
    from grafana_foundation_sdk.models.dashboard import Dashboard

    register_default_plugins()
    model = Dashboard.from_json(DASHBOARD)
    assert list(unknown(DASHBOARD, json.loads(json.dumps(model, cls=JSONEncoder)), "")) == []
    assert list(of_wrong_type(model, "")) == []


def unknown(given: Any, understood: Any, where: str) -> Iterator[str]:
    """What the model has left out or changed."""
    if isinstance(given, dict) and isinstance(understood, dict):
        for name, value in given.items():
            if name not in understood:
                yield f"{where}.{name} is unknown"
            else:
                yield from unknown(value, understood[name], f"{where}.{name}")
    elif isinstance(given, list) and isinstance(understood, list) and len(given) == len(understood):
        for number, (one, other) in enumerate(zip(given, understood, strict=True)):
            yield from unknown(one, other, f"{where}[{number}]")
    elif given != understood:
        yield f"{where}: {given!r} is understood as {understood!r}"


def of_wrong_type(model: Any, where: str) -> Iterator[str]:
    """Attributes of a model and of the models in it whose type is not the annotated one."""
    for name, kind in get_type_hints(type(model)).items():
        value = getattr(model, name)
        if not is_of(value, kind):
            yield f"{where}.{name} is {value!r}, not {kind}"
        for each in value if isinstance(value, list) else [value]:
            if type(each).__module__.startswith("grafana_foundation_sdk.models"):
                yield from of_wrong_type(each, f"{where}.{name}")


def is_of(value: Any, kind: Any) -> bool:
    origin, arguments = get_origin(kind), get_args(kind)
    if kind in (Any, object):
        return True
    if origin is list:
        return isinstance(value, list) and all(is_of(each, arguments[0]) for each in value)
    if origin is dict:
        return isinstance(value, dict) and all(is_of(each, arguments[1]) for each in value.values())
    if origin is not None and str(origin) == "typing.Literal":
        return value in arguments
    if arguments:  # a union
        return any(is_of(value, each) for each in arguments)
    if kind is float:
        return isinstance(value, (int, float)) and not isinstance(value, bool)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return value in [each.value for each in kind]
    if isinstance(kind, type):
        return isinstance(value, kind)
    return True


def test_the_checks_of_the_dashboard_can_fail() -> None:
    assert list(unknown({"a": 1, "b": [1]}, {"b": [2]}, "")) == [".a is unknown", ".b[0]: 1 is understood as 2"]
    assert is_of("x", str)
    assert not is_of(1, str)
    assert not is_of(["x"], list[int])
    with pytest.raises(AssertionError, match="no metric"):
        metric_of("jupyterhub_suite_nothing_total")
