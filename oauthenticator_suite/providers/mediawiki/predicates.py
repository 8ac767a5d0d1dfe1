"""Access rules on the wiki's data: each function is ``predicate(value, identity)`` for an option's value."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime, timezone

from ...policy.claims import names_in
from ...policy.identity import Identity

DAY = 86_400.0


def in_wiki_groups(groups: Collection[str], identity: Identity) -> bool:
    """Whether one of the user's groups on the wiki is among `groups`."""
    names, _ = names_in(identity.claims.get("groups"))
    return not frozenset(groups).isdisjoint(names)


def is_not_blocked(wanted: bool, identity: Identity) -> bool:
    """Whether the wiki states that the user is not blocked. Without that statement the answer is no."""
    return not wanted or identity.claims.get("blocked") is False


def edit_count(minimum: int, identity: Identity) -> bool:
    """Whether the user has at least `minimum` edits."""
    count = identity.claims.get("editcount")
    return isinstance(count, int) and not isinstance(count, bool) and count >= minimum


def account_age_in_days(minimum: float, identity: Identity) -> bool:
    """Whether the account is at least `minimum` days old. A date of None means older than the wiki's records."""
    if "registered" not in identity.claims:
        return False
    registered = identity.claims["registered"]
    if registered is None:
        return True
    try:
        since = datetime.strptime(str(registered), "%Y%m%d%H%M%S").replace(tzinfo=timezone.utc)
    except ValueError:
        return False
    return time.time() - since.timestamp() >= minimum * DAY


def has_confirmed_email(wanted: bool, identity: Identity) -> bool:
    """Whether the wiki states that an e-mail address is confirmed."""
    return not wanted or identity.claims.get("confirmed_email") is True
