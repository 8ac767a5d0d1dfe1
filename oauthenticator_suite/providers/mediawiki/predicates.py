"""What the wiki's words about an account say on access: ``judge(value, who)``, with an option's value."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime, timezone

from ...policy.claims import names_in
from ...policy.identity import Identity

DAY = 86_400.0


def in_wiki_groups(groups: Collection[str], who: Identity) -> bool:
    """Whether one of the user's groups on the wiki is among `groups`."""
    names, _ = names_in(who.claims.get("groups"))
    return not frozenset(groups).isdisjoint(names)


def is_not_blocked(wanted: bool, who: Identity) -> bool:
    """Whether the wiki says that the user is not blocked. If it does not say so, nobody knows."""
    return not wanted or who.claims.get("blocked") is False


def edit_count(least: int, who: Identity) -> bool:
    """Whether the user has `least` edits or more."""
    count = who.claims.get("editcount")
    return isinstance(count, int) and not isinstance(count, bool) and count >= least


def account_age_in_days(least: float, who: Identity) -> bool:
    """Whether the account is `least` days old. None as the date means that it is older than the wiki's records."""
    if "registered" not in who.claims:
        return False
    registered = who.claims["registered"]
    if registered is None:
        return True
    try:
        since = datetime.strptime(str(registered), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    except ValueError:
        return False
    return time.time() - since.timestamp() >= least * DAY


def has_confirmed_email(wanted: bool, who: Identity) -> bool:
    """Whether the wiki says that an e-mail address is confirmed."""
    return not wanted or who.claims.get("confirmed_email") is True
