"""Start-up checks of the hosts and addresses to which a provider's documents may lead."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ..findings.finding import ERROR, WARNING, Check, Problem, check

_HOST = re.compile(r"([A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_])?|\[?[0-9A-Fa-f:.]+\]?)(:[0-9]{1,5})?")


@check(
    "trusted-host-malformed",
    ERROR,
    "An entry of `trusted_provider_hosts` is neither a host name nor `host:port`. A wildcard or a domain with a dot at "
    "its beginning does not stand for the hosts below it.",
    "List each host that the provider's metadata name, without a scheme and a path.",
)
def trusted_host_malformed(authenticator: Any) -> Iterator[Problem]:
    """Hosts are compared as a whole, so that ``evil-example.org`` is never taken for ``example.org``."""
    for entry in sorted(authenticator.trusted_provider_hosts):
        if not _HOST.fullmatch(entry.strip()):
            yield Problem("trusted_provider_hosts", f"has the entry {entry[:80]!a}, which is not a host", "")


@check(
    "private-addresses-allowed",
    WARNING,
    "`allow_private_provider_addresses` is on.",
    "Remove it, unless the provider's metadata are at a public address and name endpoints at private ones.",
)
def private_addresses_allowed(authenticator: Any) -> Iterator[Problem]:
    """For endpoints that only the Hub's network knows."""
    if authenticator.allow_private_provider_addresses:
        yield Problem(
            "allow_private_provider_addresses",
            "is on: the provider can have the Hub send requests into your private network",
            "",
        )


ADDRESS_CHECKS: tuple[Check, ...] = (trusted_host_malformed, private_addresses_allowed)
"""The checks of hosts and addresses."""
