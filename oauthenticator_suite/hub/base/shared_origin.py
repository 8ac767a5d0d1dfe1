"""A start-up check: whether users' servers share the Hub's origin."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jupyterhub.app import JupyterHub

from ..findings.finding import INFO, Problem, check


@check(
    "shared-origin",
    INFO,
    "`JupyterHub.subdomain_host` is not set, so that the Hub and the servers of all users share one origin.",
    "Set `c.JupyterHub.subdomain_host`, unless all users trust each other.",
    stage="options",
)
def shared_origin(authenticator: Any) -> Iterator[Problem]:
    """A user's server can set cookies for the Hub in the browsers of others.

    With several ways to sign in, only their parent is the Hub's authenticator, so that there is one line.
    """
    if isinstance(authenticator.parent, JupyterHub) and not authenticator.parent.subdomain_host:
        yield Problem(
            "c.JupyterHub.subdomain_host",
            "is not set: the Hub and the servers of all users share one origin, so that a user's server can interfere "
            "with the sign-in of users who open it",
            "Set it, unless all users trust each other",
        )
