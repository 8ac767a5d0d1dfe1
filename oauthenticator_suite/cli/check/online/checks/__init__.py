"""The checks of what a provider answered: one module for each subject."""

from __future__ import annotations

from .....hub.findings.finding import Check
from .discovery import DISCOVERY_ONLINE_CHECKS
from .features import FEATURE_ONLINE_CHECKS
from .keys import KEY_ONLINE_CHECKS
from .login import LOGIN_ONLINE_CHECKS
from .network import NETWORK_ONLINE_CHECKS
from .protections import PROTECTION_ONLINE_CHECKS

PROVIDER_CHECKS: tuple[Check, ...] = (
    *NETWORK_ONLINE_CHECKS,
    *DISCOVERY_ONLINE_CHECKS,
    *KEY_ONLINE_CHECKS,
    *FEATURE_ONLINE_CHECKS,
    *PROTECTION_ONLINE_CHECKS,
    *LOGIN_ONLINE_CHECKS,
)
"""The checks of the answers of every provider, in the order of a report."""
