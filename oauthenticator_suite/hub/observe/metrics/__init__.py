"""Metrics for Prometheus, on the Hub's own page ``/hub/metrics``.

`definitions` lists every metric: its name, type, labels and meaning. `observer.Metrics` counts facts, and reads the
present state when Prometheus asks. `labels` bounds the values of labels: they come from the code and the configuration,
and never from a user or a provider. `exposition` puts the metrics of the running Hub into JupyterHub's registry.

What happened, in words, is in events. The time and the names of users are never in a metric.

Read first: `definitions`.
"""
