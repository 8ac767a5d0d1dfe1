"""Tools against overload and outages. None of them knows users, tokens or providers.

Here belong the circuit breaker, the outage clock, single-flight, the refresh queue and event-loop pacing. Each is kept
only because a benchmark shows what it buys; the figures are in `docs/explanation/architecture.md`.

Read first: `circuit_breaker.py`.
"""
