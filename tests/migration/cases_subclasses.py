"""Configurations with subclasses of the generic class, and with hooks that send requests."""

from __future__ import annotations

from .case import Case, Outcome, named, spawner_environment
from .cases_generic import at_keycloak

CASES = [
    at_keycloak(
        "own-handler.py",
        *("alice", "bob"),
        expected=named(alice="alice", bob=None),
    ),
    at_keycloak(
        "keycloak-roles-subclass.py",
        *("alice", "bob", "carol"),
        expected=Outcome(
            {"alice": "alice", "bob": "bob", "carol": None},
            frozenset({"alice"}),
            {"alice": frozenset({"/lab", "/lab/staff"}), "bob": frozenset({"/students"})},
        ),
    ),
    at_keycloak(
        "permissions-subclass.py",
        *("alice", "bob", "carol"),
        expected=named(admins="alice", alice="alice", bob="bob", carol=None),
    ),
    at_keycloak(
        "own-provider.py",
        *("alice", "bob", "carol"),
        expected=named(admins="alice", alice="alice", bob="bob", carol=None),
    ),
    Case(
        "canvas.yaml",
        "canvas",
        ("alice", "bob"),
        expected=Outcome(
            {"alice": "alice@campus.example", "bob": None},
            groups={"alice@campus.example": frozenset({"course::101", "course::102"})},
        ),
    ),
    Case(
        "exchange.yaml",
        "exchange",
        ("alice", "bob", "carol"),
        look=spawner_environment,
        expected=Outcome(
            {"alice": "alice@campus.example", "bob": "bob@campus.example", "carol": None},
            frozenset({"alice@campus.example"}),
            {"alice@campus.example": frozenset({"70001"}), "bob@campus.example": frozenset({"70002"})},
            {"alice@campus.example": ["EXCHANGE_TOKEN"], "bob@campus.example": ["EXCHANGE_TOKEN"]},
        ),
    ),
]
