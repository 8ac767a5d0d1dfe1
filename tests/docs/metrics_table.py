"""The tables of all metrics and of the values of their labels, made from the code.

``python -m tests.docs.metrics_table`` writes them into their page of the documentation.
"""

from __future__ import annotations

from collections.abc import Iterable

from oauthenticator_suite.hub.observe.metrics.definitions import COUNTED, METRICS, PRESENT, Definition
from tests.docs.pages import DOCS

PAGE = DOCS / "reference" / "metrics.md"

FROM_CONFIGURATION = {
    "provider": "The name of the way to sign in: `github`, or the name of the entry of `authenticators`. An empty value "
    "stands for the whole Hub.",
    "rule": "The option or rule that refused the user. `no_allow_rule`: no rule allows the user.",
    "authenticator_class": "The class of the authenticator, as it is configured.",
    "version": "The version of this package.",
}


def _rows(metrics: Iterable[Definition]) -> str:
    lines = ["| metric | type | labels | meaning |\n", "|---|---|---|---|\n"]
    for each in metrics:
        labels = ", ".join(f"`{label}`" for label in each.labels)
        lines.append(f"| `jupyterhub_{each.name}` | {each.kind} | {labels} | {each.meaning} |\n")
    return "".join(lines)


def _values() -> str:
    lines = ["| label | metric | values |\n", "|---|---|---|\n"]
    lines += [f"| `{label}` | all that have it | {text} |\n" for label, text in FROM_CONFIGURATION.items()]
    for each in METRICS:
        for label, values in each.labels.items():
            if values:
                listed = ", ".join(f"`{value}`" for value in values)
                lines.append(f"| `{label}` | `{each.name}` | {listed} |\n")
    return "".join(lines)


TABLES = {"counted": _rows(COUNTED), "present": _rows(PRESENT), "values": _values()}


def page_with_tables(text: str) -> str:
    """The text of the page, with each table between its marks."""
    for name, table in TABLES.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page_with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
