"""Step-up authentication: a provider refuses a token because of how or when the user has signed in (RFC 9470)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_CODE = "insufficient_user_authentication"
_MAX_CHALLENGE = 2000
_MAX_VALUES = 10
_MAX_SECONDS = 10 * 365 * 86400
_PARAMETER = re.compile(r'([A-Za-z_]+)=(?:"([^"\\]*)"|([^\s",]+))')
_CONTEXT = re.compile(r"[!#-\[\]-~]{1,200}")
_SECONDS = re.compile(r"[0-9]{1,9}")


def is_step_up(challenge: str) -> bool:
    """Whether the header ``WWW-Authenticate`` of a refusal says that the user must authenticate in another way (§3)."""
    return _CODE in challenge


def demanded_authentication(challenge: str) -> dict[str, str]:
    """What the challenge of a refusal demands of another login: ``acr_values`` and ``max_age`` (§3 and §4).

    Parameters
    ----------
    challenge:
        The header ``WWW-Authenticate``, which is text from outside.

    Returns
    -------
    dict
        Parameters of an authorization request. Empty if the challenge demands neither, is too long, has a parameter
        twice, or one of the two is malformed: a demand that is not understood is not sent on.
    """
    if len(challenge) > _MAX_CHALLENGE:
        return {}
    found: dict[str, str] = {}
    for name, quoted, plain in _PARAMETER.findall(challenge):
        if name.lower() in found:
            return {}
        found[name.lower()] = quoted or plain
    if found.get("error") != _CODE:
        return {}
    demanded: dict[str, str] = {}
    if "acr_values" in found:
        contexts = found["acr_values"].split(" ")
        if len(contexts) > _MAX_VALUES or not all(_CONTEXT.fullmatch(one) for one in contexts):
            return {}
        demanded["acr_values"] = " ".join(contexts)
    if "max_age" in found:
        if not _SECONDS.fullmatch(found["max_age"]) or int(found["max_age"]) > _MAX_SECONDS:
            return {}
        demanded["max_age"] = str(int(found["max_age"]))
    return demanded


def with_demand(params: Mapping[str, str], demanded: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an authorization request that meets `demanded` as well: all contexts, and the lower age."""
    merged = dict(params)
    if "acr_values" in demanded:
        contexts = [*demanded["acr_values"].split(), *params.get("acr_values", "").split()]
        merged["acr_values"] = " ".join(dict.fromkeys(contexts))
    if "max_age" in demanded:
        ages = [int(age) for age in (demanded["max_age"], params.get("max_age", "")) if _SECONDS.fullmatch(age)]
        merged["max_age"] = str(min(ages))
    return merged
