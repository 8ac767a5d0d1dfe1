"""Events: the facts in the form of the schemas in `schemas`, through JupyterHub's event log (``jupyter_events``).

The promise about versions: within one version of a schema, properties keep their names, types and meanings, and new
ones may be added. A property that is removed or changes its meaning makes a new version.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Collection, Mapping
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml

from . import facts
from .facts import Fact
from .observers import Handlers

SCHEMAS = Path(__file__).with_name("schemas")
"""The folder with one file for each kind of event."""

EVENT_ID = "https://oauthenticator-suite.readthedocs.io/events/"
"""The beginning of each schema's ``$id``; the name of the file follows."""

Data = dict[str, Any]

_REFUSED_ACCOUNT = ("AccountConflict", "UnreadableRecord")

_MAX_PENDING = 100
"""Refused users whose `FailedLogin` has not come yet."""


@cache
def schemas() -> Mapping[str, Mapping[str, Any]]:
    """The schema of each kind of event, by kind."""
    return {path.stem: yaml.safe_load(path.read_text("utf-8")) for path in sorted(SCHEMAS.glob("*.yaml"))}


class EventWriter:
    """An observer that writes events to JupyterHub's event log.

    Parameters
    ----------
    eventlog:
        The ``EventLogger`` of the Hub. The schemas are registered with it.
    hash_key:
        The key for hashes of usernames; None to write the names.
    with_refreshes:
        Whether refreshes are events.
    """

    def __init__(self, eventlog: Any, *, hash_key: bytes | None = None, with_refreshes: bool = True) -> None:
        self._eventlog = eventlog
        self._hash_key = hash_key
        self._refused: dict[str, facts.UserRefused] = {}
        kinds = [kind for kind in _MAKERS if with_refreshes or kind is not facts.Refreshed]
        self.handlers: Handlers = {facts.UserRefused: self._keep, **dict.fromkeys(kinds, self._write)}
        for schema in schemas().values():
            eventlog.register_event_schema(dict(schema))

    def _write(self, fact: Fact) -> None:
        """Write the event of a fact, if it has one."""
        found = event_of(fact)
        if found is not None:
            kind, data = found
            if kind == "refusal":
                data.update(_of_rules(self._refused.pop(data["reference"], None)))
            for name in ("username", "by"):
                if name in data and (kind, name) != ("logout", "by"):
                    data[name] = self._shown(data[name])
            self._eventlog.emit(schema_id=f"{EVENT_ID}{kind}", data=data)

    def _keep(self, fact: facts.UserRefused) -> None:
        """Keep what the rules said until the `FailedLogin` of the same login comes."""
        self._refused[fact.reference] = fact
        if len(self._refused) > _MAX_PENDING:
            del self._refused[next(iter(self._refused))]

    def _shown(self, username: str) -> str:
        if self._hash_key is None or not username:
            return username
        return hashed_name(self._hash_key, username)


def hash_key_of(cookie_secret: bytes) -> bytes:
    """The key for hashes of usernames, from the Hub's cookie secret."""
    return hmac.new(cookie_secret, b"oauthenticator_suite: usernames in events", sha256).digest()


def hashed_name(key: bytes, username: str) -> str:
    """The hash of a username: 32 hexadecimal digits. Equal names have equal hashes."""
    return hmac.new(key, username.encode("utf-8", "surrogatepass"), sha256).hexdigest()[:32]


def event_of(fact: Fact) -> tuple[str, Data] | None:
    """The kind of the event of a fact, and its data; None for a fact that is not an event."""
    make = _MAKERS.get(type(fact))
    return None if make is None else make(fact)


def _values(fact: Fact, *names: str) -> Data:
    values = {name: getattr(fact, name) for name in ("provider", *names)}
    return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


def _plain(value: Any) -> Any:
    """A value in JSON's types."""
    if isinstance(value, (str, bool, int, float)) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(name): _plain(each) for name, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, Collection) else str(value)


def _failed(fact: facts.FailedLogin) -> tuple[str, Data]:
    if fact.error == "AccessDenied":
        return "refusal", {**_values(fact, "username", "rule", "reference", "status"), "rules": []}
    if fact.error in _REFUSED_ACCOUNT:
        return "account", {**_values(fact, "username", "error", "reference"), "outcome": "refused", "how": ""}
    return "login-error", _values(fact, "username", "error", "code", "status", "reference")


def _of_rules(fact: facts.UserRefused | None) -> Data:
    """What the rules said about a refused user, and the groups that came, if they are known."""
    if fact is None:
        return {}
    found: Data = {"rules": [{"kind": kind, "name": name, "result": result} for kind, name, result in fact.rules]}
    if fact.groups is not None:
        found["groups"] = [name for name in fact.groups if "@" not in name]  # such a name may be an e-mail address
        found["groups_left_out"] = len(fact.groups) - len(found["groups"])
    return found


def _refreshed(fact: facts.Refreshed) -> tuple[str, Data] | None:
    return ("refresh", _values(fact, "username", "outcome", "reason", "rule")) if fact.asked else None


def _bound(fact: facts.AccountBound) -> tuple[str, Data]:
    return "account", {**_values(fact, "username", "how"), "outcome": "bound", "error": "", "reference": ""}


def _configured(fact: facts.Configured) -> tuple[str, Data]:
    plain = {"findings": _plain(fact.findings), "settings": _plain(fact.settings)}
    return "configuration", {**_values(fact, "authenticator_class", "version"), **plain}


def _plainly(kind: str, *names: str) -> Callable[[Any], tuple[str, Data]]:
    return lambda fact: (kind, _values(fact, *names))


_MAKERS: dict[type[Fact], Callable[[Any], tuple[str, Data] | None]] = {
    facts.LoginSucceeded: _plainly("login", "username", "is_new", "seconds"),
    facts.FailedLogin: _failed,
    facts.Refreshed: _refreshed,
    facts.LoggedOut: _plainly("logout", "username", "by", "everywhere"),
    facts.SessionsEnded: _plainly("session-ended", "username", "reason", "by"),
    facts.RightsChanged: _plainly(
        "rights", "username", "admin", "groups_gained", "groups_lost", "roles_gained", "roles_lost"
    ),
    facts.AccountBound: _bound,
    facts.Throttled: _plainly("throttled", "scope", "seconds"),
    facts.ProviderHealth: _plainly("provider-health", "is_up", "reason"),
    facts.Configured: _configured,
}
