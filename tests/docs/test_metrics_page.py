"""The page of metrics is the code's list of them, and each label is explained."""

from __future__ import annotations

from oauthenticator_suite.hub.observe.metrics.definitions import METRICS
from tests.docs.metrics_table import FROM_CONFIGURATION, PAGE, TABLES, page_with_tables


def test_the_page_has_the_tables_of_the_code() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert page_with_tables(text) == text, "run: python -m tests.docs.metrics_table"
    assert all(f"<!-- {name}: end -->" in text for name in TABLES)


def test_every_label_is_explained() -> None:
    """The values are listed, or the table says where they come from."""
    open_labels = {label for each in METRICS for label, values in each.labels.items() if not values}
    assert open_labels == {*FROM_CONFIGURATION}


def test_no_two_metrics_have_one_name() -> None:
    names = [each.name for each in METRICS]
    assert sorted({*names}) == sorted(names)
