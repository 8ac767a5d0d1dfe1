"""Tools against overload and outages. None of them knows users, tokens or providers.

Here belong the circuit breaker, the outage clock, single-flight, the refresh queue, the limit on requests and
event-loop pacing. Each but the limit is kept only because a benchmark shows what it buys; the figures are in
`docs/explanation/architecture.md`.
`user_faults` tells the failures of one user from those of the provider, so that no user can stop the refreshes of
others. `request_limit` bounds what visitors without an account can cause at the provider.

Read first: `circuit_breaker.py`.
"""
