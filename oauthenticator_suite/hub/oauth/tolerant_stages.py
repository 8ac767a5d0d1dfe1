"""The stages whose failure does not end a login: the groups, which are then unknown, and the addresses of an option."""

from __future__ import annotations

from typing import Any

from ...errors import SuiteError
from ...policy.claims import names_in
from ...policy.restrictions import is_address, verified_email
from ...policy.unknown import Unknown
from ..accounts.sign_in import SignIn
from ..maybe_await import result_of
from .stages import Stages


async def known_groups(stages: Stages, auth_state: Any) -> tuple[list[str] | None, str]:
    """The user's groups; None, and why, when they are not known. They then stay as they are on the Hub."""
    log, name = stages.log, type(stages).__name__
    try:
        names, complaints = names_in(await result_of(stages.get_user_groups(auth_state)))
    except Unknown as unknown:
        log.warning("%s.auth_state_groups_key: the groups of a user are unknown: %s", name, unknown)
        return None, str(unknown)
    for complaint in complaints:
        log.warning("%s.auth_state_groups_key: the value %s", name, complaint)
    return stages.hub_groups(names), ""


async def verified_emails(stages: Stages, sign_in: SignIn, token_info: dict[str, Any]) -> list[str]:
    """The addresses for `collect_emails`. When the stage fails, the one in the user's data is taken alone."""
    log, name = stages.log, type(stages).__name__
    own = verified_email(sign_in.user_info)
    found: list[Any] = [] if own is None else [own]
    try:
        emails = await result_of(stages.collect_verified_emails(token_info, sign_in.user_info))
        found = [*sign_in.emails, *emails]
    except SuiteError as error:
        log.warning("%s.collect_verified_emails: %s", name, error.detail)
    except Exception:
        log.warning("%s.collect_verified_emails failed", name, exc_info=True)
    return list(dict.fromkeys(email for email in found if isinstance(email, str) and is_address(email)))
