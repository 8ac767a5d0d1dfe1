"""The lines about refreshes and the provider: one line each, whatever a name or a text has, and the fields of the event."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.errors import AccessDenied, ClientRefused, InvalidGrant, ProviderUnreachable
from oauthenticator_suite.hub.observe.json_log import JSONFormatter
from oauthenticator_suite.hub.refresh.client_refusals import ClientRefusals
from oauthenticator_suite.hub.refresh.lines import RefreshLines
from oauthenticator_suite.hub.resilience.circuit_breaker import CircuitBreaker
from oauthenticator_suite.hub.sessions.observed import log_denial
from oauthenticator_suite.hub.sessions.outcome import Outcome, Reason
from tests.support.logs import LogCapture

HOSTILE = "eve\nevent=login user=root\x1b[2K\u202egnp"
"""A name, or a text of a provider, with a line break, a command for the terminal, and a change of direction."""

SHOWN = r"eve\nevent=login user=root\x1b[2K\u202egnp"


class Scene:
    """An authenticator with a log, and the last line of it."""

    def __init__(self) -> None:
        self.log = LogCapture()
        self.logger = logging.getLogger("test of the lines about refreshes")
        self.logger.setLevel(logging.DEBUG)
        self.logger.handlers = [self.log]
        self.logger.propagate = False
        self.authenticator = GenericOAuthenticator(log=self.logger)
        self.lines = RefreshLines(self.authenticator)
        self.log.records.clear()

    def line(self) -> str:
        """The only line. It has the hostile text, escaped."""
        (record,) = self.log.records
        text = record.getMessage()
        assert text.isprintable(), text
        assert SHOWN in text
        return text

    def fields(self) -> dict[str, Any]:
        """The fields of the line as JSON, without those of every line."""
        (record,) = self.log.records
        found: dict[str, Any] = json.loads(JSONFormatter().format(record))
        return {name: value for name, value in found.items() if name not in ("time", "logger", "message")}


@pytest.fixture
def scene() -> Scene:
    return Scene()


def refresh(level: str, outcome: str, user: str = HOSTILE, **more: str) -> dict[str, str]:
    return {"level": level, "event": "refresh", "provider": "generic", "user": user, "outcome": outcome, **more}


def test_must_sign_in(scene: Scene) -> None:
    scene.lines.must_sign_in(HOSTILE, f"the hook says {HOSTILE}", Outcome(False, reason=Reason.GRANT_ENDED))
    assert scene.line() == f"{SHOWN} must sign in again: the hook says {SHOWN}"
    assert scene.fields() == refresh("WARNING", "sign_in_again", reason="grant_ended")


def test_no_login(scene: Scene) -> None:
    scene.lines.has_no_login(HOSTILE, f"No login of {HOSTILE} is stored")
    assert scene.line() == f"No login of {SHOWN} is stored: must sign in again"
    assert scene.fields() == refresh("INFO", "sign_in_again", reason="no_login")


@pytest.mark.parametrize("is_serious", [False, True])
def test_cannot_refresh(scene: Scene, is_serious: bool) -> None:
    scene.lines.cannot_refresh(HOSTILE, ProviderUnreachable(HOSTILE), is_serious=is_serious)
    assert scene.line() == f"{SHOWN} cannot be refreshed for now: {SHOWN}"
    assert scene.fields() == refresh("ERROR" if is_serious else "WARNING", "unknown")


def test_ended_by_the_provider(scene: Scene) -> None:
    scene.lines.ended(HOSTILE, InvalidGrant("invalid_grant", HOSTILE))
    assert scene.line().startswith(f"The session of {SHOWN} ends: InvalidGrant: ")
    assert scene.fields() == refresh("INFO", "sign_in_again", reason="grant_ended")


def test_ended_by_a_rule(scene: Scene) -> None:
    scene.lines.ended(HOSTILE, AccessDenied("allowed_groups", HOSTILE))
    assert scene.line() == f"The session of {SHOWN} ends: AccessDenied: {SHOWN}"
    assert scene.fields() == refresh("INFO", "denied", rule="allowed_groups")


def test_a_denial(scene: Scene) -> None:
    log_denial(scene.authenticator, HOSTILE, AccessDenied("blocked_users", HOSTILE))
    assert scene.line() == f"The session of {SHOWN} ends: rule=blocked_users: {SHOWN}"
    assert scene.fields() == refresh("WARNING", "denied", rule="blocked_users")


def test_the_provider_is_down_and_up_again(scene: Scene) -> None:
    breaker = CircuitBreaker(lambda: 0.0, scene.logger, note_health=scene.lines.note_health)
    breaker.failed(ProviderUnreachable(HOSTILE))
    assert f"The provider does not answer ({SHOWN})." in scene.line()
    health = {"event": "provider-health", "provider": "generic"}
    assert scene.fields() == {"level": "WARNING", **health, "is_up": False, "reason": "ProviderUnreachable"}
    scene.log.records.clear()
    breaker.succeeded()
    assert scene.fields() == {"level": "INFO", **health, "is_up": True}


def test_the_provider_refuses_the_hub(scene: Scene) -> None:
    ClientRefusals(lambda: 0.0, scene.logger).refused("alice", ClientRefused("invalid_client", HOSTILE))
    first = scene.log.records[0].getMessage()
    assert f"refuses this hub, and not a user: {SHOWN}" in first
    assert first.isprintable()
