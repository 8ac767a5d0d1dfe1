"""Start-up checks of every login with a form."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...hub.findings.finding import ERROR, Check, Problem, check
from ...hub.web.client_address import network_of


@check("auto-login-with-form", ERROR, "`auto_login` is set for a login with a form.", "Remove it.")
def auto_login_with_form(authenticator: Any) -> Iterator[Problem]:
    """There is no page to which the browser could be redirected."""
    if authenticator.auto_login:
        yield Problem("auto_login", "has no effect on a login with a form")


@check("form-provider", ERROR, "`provider` of a login with a form cannot be part of a URL.", "Use letters and digits.")
def provider_is_no_path(authenticator: Any) -> Iterator[Problem]:
    """Browsers remove dots from paths."""
    if not authenticator.provider.strip("."):
        yield Problem("provider", "is part of a URL, so it cannot be empty or consist of dots")


@check(
    "trusted-proxies",
    ERROR,
    "`trusted_proxies` has an entry that is neither an address nor a network.",
    "Write it as `192.0.2.1` or `10.1.0.0/16`.",
)
def trusted_proxies(authenticator: Any) -> Iterator[Problem]:
    """Addresses from which a header with the client's address is believed."""
    for entry in authenticator.trusted_proxies:
        try:
            network_of(entry)
        except ValueError:
            yield Problem("trusted_proxies", f"contains {entry!r}, which is neither an address nor a network")


FORM_CHECKS: tuple[Check, ...] = (auto_login_with_form, provider_is_no_path, trusted_proxies)
"""The checks of every login with a form."""
