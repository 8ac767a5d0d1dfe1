"""The metrics of the running Hub in the registry that JupyterHub shows at ``/hub/metrics``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from weakref import ref

from prometheus_client import REGISTRY, CollectorRegistry, Metric
from prometheus_client.registry import Collector

from ..observers import Observer
from .definitions import METRICS
from .observer import Metrics, Observed, head


class RunningHub(Collector):
    """The collector for the registry of the process: the metrics of the Hub that has started last.

    It is registered once, and keeps only a weak reference. When a process starts another Hub, as tests do, that Hub's
    metrics take the place of the earlier ones. When the Hub is gone, there are none.
    """

    def __init__(self, registry: CollectorRegistry = REGISTRY) -> None:
        self._registry = registry
        self._is_registered = False
        self._metrics: ref[Metrics] | None = None

    def show(self, metrics: Metrics) -> None:
        """Show these metrics from now on, in place of earlier ones.

        Raises
        ------
        ValueError
            When other code has registered a metric of the same name.
        """
        self._metrics = ref(metrics)
        if not self._is_registered:
            self._registry.register(self)
            self._is_registered = True

    def describe(self) -> Iterator[Metric]:
        """Names and types of all metrics, by which the registry finds two of one name."""
        for definition in METRICS:
            name, meaning = head(definition)
            yield Metric(name.removesuffix("_total"), meaning, definition.kind)

    def collect(self) -> Iterator[Metric]:
        """All metrics; none when no Hub runs."""
        metrics = None if self._metrics is None else self._metrics()
        if metrics is not None:
            yield from metrics.collect()


RUNNING_HUB = RunningHub()
"""The collector in JupyterHub's registry."""


def count_in_metrics(authenticator: Observed, app: Any) -> Observer:
    """Begin to count for a Hub that starts, and show the metrics at ``/hub/metrics``.

    Returns
    -------
    The observer, which counts facts. The metrics are shown as long as it exists.
    """
    metrics = Metrics(authenticator)
    try:
        RUNNING_HUB.show(metrics)
    except ValueError as error:
        authenticator.log.warning("The metrics of logins are not shown: %s", error)
    return metrics
