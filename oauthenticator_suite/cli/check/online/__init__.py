"""``check --online``: what a tool can ask of a provider before a user does.

Two steps. First the questions, which send requests and keep what came of them: `questions` for every provider, and
`services` for single ones. Then the checks, in `checks` and `services`: functions that read the answers (`Facts`) and
yield problems, declared like the start-up checks of an authenticator, with the stage ``online``.

The rules of the requests:

- They go through the authenticator's own transport, with its limits, TLS settings and proxy.
- Nothing is changed at the provider. No secret is sent to an endpoint to which a login would not send it, with the
  exceptions that `services` documents, and none is printed.
- A question that cannot be answered is a finding that says so. "Unknown" is neither yes nor no.

Read first: `probe`, then `facts`.
"""

from .probe import probe

__all__ = ["probe"]
