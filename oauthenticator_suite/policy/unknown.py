"""`Unknown`: data that an access rule needs and that were not delivered. It is neither a yes nor a no."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .claims import find_claim, sent_by_reference

_REFERENCE = (
    "the provider sends the claim {claim!r} as a reference (_claim_names, hasgroups), which the Hub does not follow. "
    "Have the provider send the claim itself. Microsoft Entra does so for at most 200 groups: let it send only the "
    "groups that are assigned to the application, or use application roles (claim 'roles')"
)

CUT_OFF_MARK = "_cut_off"
"""The key under which claims say which of their lists the provider has cut off. No provider sends it."""


class Unknown(Exception):
    """Raised by a rule that cannot be evaluated because data are missing.

    Parameters
    ----------
    reason:
        Names the data, for the log.
    retry:
        Whether asking again may help. It does not if the provider leaves the data out on purpose.
    """

    def __init__(self, reason: str, *, retry: bool = True) -> None:
        super().__init__(reason)
        self.retry = retry


def refuse_reference(claims: Mapping[str, Any], key: str) -> None:
    """Raise if the claim at `key` is missing because the provider sends it as a reference.

    A reference to a claim (OpenID Connect Core 1.0 §5.6.2) says that there is a value, and not which one.

    Raises
    ------
    Unknown
        Naming the claim, and what to do.
    """
    referenced = sent_by_reference(claims)
    if not referenced or find_claim(claims, key) is not None:
        return
    claim = next((name for name in (key, key.partition(".")[0]) if name in referenced), None)
    if claim is not None:
        raise Unknown(_REFERENCE.format(claim=claim), retry=False)


def cut_off(claim: str, reason: str) -> dict[str, Any]:
    """Return the mark that the list in a claim may be incomplete, for the user's data.

    Parameters
    ----------
    claim:
        The name of the claim.
    reason:
        Why it may be incomplete and what to do, for the log.
    """
    return {CUT_OFF_MARK: {claim: reason}}


def refuse_cut_off(claims: Mapping[str, Any], key: str) -> None:
    """Raise if the claim at `key` is marked as incomplete, for a caller that has not found a value in it.

    Raises
    ------
    Unknown
        With the reason of the mark.
    """
    marks = claims.get(CUT_OFF_MARK)
    if isinstance(marks, Mapping) and key in marks:
        raise Unknown(str(marks[key]), retry=False)
