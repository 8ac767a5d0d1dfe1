"""The page on the status page names every member of its JSON form, and every state."""

from __future__ import annotations

import re
from dataclasses import fields
from typing import get_args

import pytest

from oauthenticator_suite.hub.status.handlers import STATUS_API, STATUS_PAGE
from oauthenticator_suite.hub.status.scope import ADMIN_UI, ASK_USERS, READ_STATUS
from oauthenticator_suite.hub.status.status import FindingStatus, KeyStatus, QueueStatus, State, Status, WayStatus
from oauthenticator_suite.hub.store.refusals import RuleRefusals

from .pages import page

PARTS = {
    "ways": WayStatus,
    "findings": FindingStatus,
    "refusals": RuleRefusals,
    "queue": QueueStatus,
    "keys": KeyStatus,
}


def rows() -> dict[str, str]:
    """The rows of the table of members."""
    table = page("how-to/status-page.md").partition("| member | content |")[2]
    return dict(re.findall(r"^\| (`[^|]*`) \| (.*) \|$", table, re.MULTILINE))


def test_each_member() -> None:
    named = [member for row in rows() for member in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(field.name for field in fields(Status))


@pytest.mark.parametrize("part", PARTS)
def test_each_member_of_a_part(part: str) -> None:
    values = {*get_args(State), "keys", "client_secret"}
    named = set(re.findall(r"`(\w+)`", rows()[f"`{part}`"])) - values
    assert named == {field.name for field in fields(PARTS[part])}


def test_each_state() -> None:
    assert set(get_args(State)) <= set(re.findall(r"`(\w+)`", rows()["`ways`"]))


@pytest.mark.parametrize("name", [f"/hub{STATUS_PAGE}", f"/hub{STATUS_API}", READ_STATUS, ADMIN_UI, ASK_USERS])
def test_addresses_and_scopes(name: str) -> None:
    assert f"{name}`" in page("how-to/status-page.md")
