"""The file with the claims of a user."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...hub.accounts.record import KEY, SessionRecord
from .configured import CannotExplain


@dataclass(frozen=True)
class GivenUser:
    """What the file says about a user.

    Attributes
    ----------
    claims:
        The claims, as the provider's userinfo response or ID token has them.
    memberships:
        The names of which the user is a member at the provider, by kind; only for kinds that the file has.
    partial:
        By kind, the names of which the user is known to be a member, where others are not known.
    scopes:
        The granted scopes; None when the file does not say.
    """

    claims: Mapping[str, Any]
    memberships: Mapping[str, frozenset[str]] = field(default_factory=dict)
    partial: Mapping[str, frozenset[str]] = field(default_factory=dict)
    scopes: tuple[str, ...] | None = None


def read_json(name: str) -> Mapping[str, Any]:
    """The JSON object in a file, or in the standard input for ``-``.

    Raises
    ------
    CannotExplain
        When it cannot be read, or is not an object.
    """
    try:
        text = sys.stdin.read() if name == "-" else Path(name).read_text("utf-8-sig")
        content = json.loads(text)
    except OSError as error:
        raise CannotExplain(f"{name} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CannotExplain(f"{name} is not UTF-8") from None
    except (ValueError, RecursionError) as error:
        line = f" in line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise CannotExplain(f"{name} is not JSON{line}") from None
    if not isinstance(content, dict):
        raise CannotExplain(f"{name} has a {type(content).__name__}, not an object with claims")
    return content


def user_in(content: Mapping[str, Any], user_auth_state_key: str = "") -> GivenUser:
    """The user in the content of a file: ``{"claims": …, "memberships": …}``, an `auth_state`, or the claims alone.

    Parameters
    ----------
    user_auth_state_key:
        The key of the user's data in an `auth_state` of the authenticator.

    Raises
    ------
    CannotExplain
        When ``memberships`` has another form than ``{"organization": ["example"]}``.
    """
    if isinstance(content.get("claims"), Mapping):
        memberships = content.get("memberships") or {}
        if not isinstance(memberships, Mapping) or not all(_is_names(names) for names in memberships.values()):
            raise CannotExplain('memberships must be lists of names by kind, as in {"organization": ["example"]}')
        found = {str(kind): frozenset(names) for kind, names in memberships.items()}
        return GivenUser(content["claims"], found, scopes=_scopes(content.get("scopes")))
    user_info = content.get(user_auth_state_key)
    if isinstance(user_info, Mapping):
        record = SessionRecord.of(content) if KEY in content else SessionRecord()
        partial = {kind: frozenset(names) for kind, names in record.memberships.items()}
        return GivenUser(user_info, partial=partial, scopes=_scopes(content.get("scope")))
    return GivenUser(content)


def _is_names(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _scopes(value: Any) -> tuple[str, ...] | None:
    return tuple(value) if _is_names(value) else None
