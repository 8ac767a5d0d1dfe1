"""How and when the user has signed in at the provider: what an authorization request demands, checked in the ID token.

A parameter of the authorization request is a wish. The user's browser carries it and can remove it, and a provider may
ignore it. Only the claims of the ID token show what has happened: ``auth_time`` and ``acr`` (OpenID Connect Core 1.0
§2, §3.1.2.1, §3.1.3.7, items 12 and 13, and §5.5.1.1).
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..errors import ClockDifference, ConfigurationError, InsufficientAuthentication
from .text import quoted

_SECONDS = re.compile(r"[0-9]{1,9}")
_MAX_SECONDS = 10 * 365 * 86400


@dataclass(frozen=True, slots=True)
class AuthenticationDemand:
    """What the parameters of an authorization request demand of the ID token.

    Attributes
    ----------
    max_age:
        The greatest accepted time since the user's last authentication at the provider, in seconds; None for any.
    is_fresh:
        Whether ``prompt=login`` demands a new authentication. It is checked if the ID token has ``auth_time``.
    required:
        Claims that must be present.
    accepted:
        For claims with demanded values, the values of which the ID token must have one.
    """

    max_age: float | None = None
    is_fresh: bool = False
    required: frozenset[str] = frozenset()
    accepted: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, params: Mapping[str, str]) -> AuthenticationDemand:
        """The demand in ``max_age``, ``acr_values``, ``prompt`` and ``claims``.

        Raises
        ------
        ConfigurationError
            If one of them is malformed, or demands what the Hub does not check.
        """

        def words(name: str) -> list[str]:
            return params.get(name, "").split()

        required, accepted = _demanded_claims(params.get("claims"))
        if values := words("acr_values"):
            accepted["acr"] = tuple(values)
        max_age = None
        if (text := params.get("max_age")) is not None:
            if not _SECONDS.fullmatch(text) or int(text) > _MAX_SECONDS:
                raise ConfigurationError("max_age must be a whole number of seconds")
            max_age = float(text)
        return cls(max_age, "login" in words("prompt"), frozenset(required), accepted)

    @property
    def needs_id_token(self) -> bool:
        """Whether only an ID token can show that the demand is met."""
        return self.max_age is not None or bool(self.required or self.accepted)

    def check(self, claims: Mapping[str, Any], *, requested_at: float, now: float, leeway: float) -> None:
        """Check the claims of the verified ID token of a login.

        The user may have taken some minutes at the provider, so the age counts at the time of the request.

        Parameters
        ----------
        requested_at, now:
            The times of the authorization request and of this check, in seconds since 1970.
        leeway:
            The accepted difference between the clocks, in seconds.

        Raises
        ------
        InsufficientAuthentication
            `claim` is the claim that is missing or has another value.
        ClockDifference
            If ``auth_time`` is in the future.
        """
        for name in sorted(self.required):
            if claims.get(name) is None:
                raise InsufficientAuthentication(name, f"ID token: {name} is missing, though it was demanded")
        for name, values in sorted(self.accepted.items()):
            value = claims.get(name)
            if not any(type(value) is type(one) and value == one for one in values):
                received = quoted(value) if isinstance(value, str) else f"a {type(value).__name__}"
                detail = "is missing" if value is None else f"is {received}"
                demanded = ", ".join(map(str, values))
                raise InsufficientAuthentication(name, f"ID token: {name} {detail}; the request demands {demanded}")
        self._check_time(claims, requested_at, now, leeway)

    def _check_time(self, claims: Mapping[str, Any], requested_at: float, now: float, leeway: float) -> None:
        max_age = 0.0 if self.is_fresh else self.max_age
        if max_age is None or (self.max_age is None and "auth_time" not in claims):
            return
        time = authentication_time(claims)
        if time is None:
            problem = "is not a time" if "auth_time" in claims else "is missing, though max_age was sent"
            raise InsufficientAuthentication("auth_time", f"ID token: auth_time {problem}")
        if time - now > leeway:
            raise ClockDifference(
                "auth_time",
                f"ID token: auth_time is {time - now:.0f} s in the future; clock_tolerance allows {leeway:g} s. Please "
                "set the clocks of the Hub and the provider",
            )
        age = requested_at - time
        if age > max_age + leeway:
            raise InsufficientAuthentication(
                "auth_time",
                f"ID token: the user's last authentication at the provider was {age:.0f} s before the request, which "
                f"demands {max_age:.0f} s at most",
            )


def authentication_time(claims: Mapping[str, Any] | None) -> float | None:
    """When the user last authenticated at the provider, in seconds since 1970 (``auth_time``); None if not known.

    The age of the authentication is the current time minus this.
    """
    value = (claims or {}).get("auth_time")
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value):
        return None
    return float(value) if 0 <= value <= 2**53 else None


def _demanded_claims(text: str | None) -> tuple[set[str], dict[str, tuple[Any, ...]]]:
    """The essential claims, and claims with demanded values, of the parameter ``claims`` (§5.5)."""
    required: set[str] = set()
    accepted: dict[str, tuple[Any, ...]] = {}
    if not text:
        return required, accepted
    try:
        wanted = json.loads(text)
    except (ValueError, RecursionError):
        wanted = None
    if not isinstance(wanted, dict) or not all(isinstance(members, dict | None) for members in wanted.values()):
        raise ConfigurationError("claims must be a JSON object with the members userinfo and id_token, as text")
    for place, members in wanted.items():
        for name, demand in (members or {}).items():
            values = _values(demand)
            if place != "id_token" and values:
                raise ConfigurationError(f"claims demands a value of {name!r} in {place}: set required_claims instead")
            if place == "id_token" and values:
                accepted[name] = values
            if place == "id_token" and isinstance(demand, dict) and demand.get("essential") is True:
                required.add(name)
    return required, accepted


def _values(demand: Any) -> tuple[Any, ...]:
    if not isinstance(demand, dict):
        return ()
    values = demand.get("values")
    return tuple(values) if isinstance(values, list) else (demand["value"],) if "value" in demand else ()
