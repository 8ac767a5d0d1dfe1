"""Configurations with the classes of other providers."""

from __future__ import annotations

from tests.fakes.entra import CAMPUS

from .case import Case, Differs, Outcome, named, spawner_environment

CASES = [
    Case(
        "azuread.py",
        "entra",
        ("alice", "bob"),
        environment={"AAD_TENANT_ID": CAMPUS},
        expected=named(alice="alice@campus.example", bob=None),
    ),
    Case(
        "azuread-groups.yaml",
        "entra",
        ("alice", "bob"),
        expected=Outcome(
            {"alice": "alice example", "bob": None},
            frozenset({"alice example"}),
            {"alice example": frozenset({"a-group", "staff"})},
        ),
    ),
    Case(
        "auth0.yaml",
        "auth0",
        ("alice", "bob", "carol"),
        expected=named(alice="alice@example.org", bob=None, carol=None),
    ),
    Case(
        "globus.py",
        "globus",
        ("alice", "bob", "carol"),
        look=spawner_environment,
        expected=Outcome(
            {"alice": "alice", "bob": "bob", "carol": None},
            frozenset({"bob"}),
            more={name: ["GLOBUS_DATA", "GLOBUS_LOCAL_ENDPOINT"] for name in ("alice", "bob")},
        ),
    ),
    Case(
        "globus-groups.yaml",
        "globus",
        ("alice", "bob", "carol"),
        expected=named(admins="bob", alice="alice", bob="bob", carol=None),
        differs=Differs(
            reported=("without identity_provider, usernames keep their domain",),
            outcome=named(
                admins="bob@campus.example", alice="alice@campus.example", bob="bob@campus.example", carol=None
            ),
        ),
    ),
    Case("gitlab.py", "gitlab", ("alice", "carol"), expected=named(admins="alice", alice="alice", carol=None)),
    Case(
        "bitbucket.py",
        "bitbucket",
        ("alice", "bob", "carol"),
        expected=named(admins="bob", alice="alice", bob="bob", carol=None),
    ),
    Case(
        "bitbucket-teams.py",
        "bitbucket",
        ("alice", "carol"),
        expected=named(alice=None, carol=None),
        differs=Differs(
            reported=("Bitbucket no longer lists display names",), outcome=named(alice="alice", carol=None)
        ),
    ),
    Case(
        "openshift.yaml",
        "openshift",
        ("alice", "bob", "carol"),
        expected=Outcome({"alice": "alice", "bob": None, "carol": None}, groups={"alice": frozenset({"staff"})}),
    ),
    Case(
        "mediawiki.yaml",
        "mediawiki",
        ("Alice", "Bob van Dyke"),
        look=spawner_environment,
        expected=Outcome(
            {"Alice": "Alice", "Bob van Dyke": "Bob_van_Dyke"},
            more={
                name: ["ACCESS_KEY", "ACCESS_SECRET", "WIKI_MAY_EDIT", "WIKI_USER"]
                for name in ("Alice", "Bob_van_Dyke")
            },
        ),
    ),
]
