"""B12: what each class requests by default."""

from __future__ import annotations

import re

import pytest

from oauthenticator_suite import OAuthenticator
from tests.support.entry_points import ENTRY_POINTS

CLASSES = {name: cls for name, cls in ENTRY_POINTS.items() if issubclass(cls, OAuthenticator)}
READS = re.compile(r"openid|profile|email|offline_access|read:[\w:!]+|user:info|org\.cilogon\.userinfo")
TRANSFERS = {"urn:globus:auth:scope:transfer.api.globus.org:all"}
"""Users of Globus transfer files from their servers with the token of the login, as the class has always offered."""


@pytest.mark.parametrize("name", CLASSES)
def test_no_class_requests_a_right_to_change_anything(name: str) -> None:
    """B12: only names of what may be read; Globus has the one exception."""
    scopes = set(CLASSES[name]().scope)
    if "globus" in name:
        assert scopes >= TRANSFERS
        scopes -= TRANSFERS
    assert [scope for scope in scopes if not READS.fullmatch(scope)] == []
