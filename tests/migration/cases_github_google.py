"""Configurations with GitHub and Google."""

from __future__ import annotations

from typing import Any

from tests.fakes.google.people import person
from tests.support import Hub

from .case import Case, Differs, Outcome, named, spawner_environment

SERVICE_USER = "deployment-service-check"


async def refresh_of_service_user(hub: Hub) -> Any:
    """Whether a user without an account at the provider stays signed in at a refresh."""
    return bool(await hub.authenticator.refresh_user(hub.app.users[SERVICE_USER]))


def github(file: str, *people: str, **fields: Any) -> Case:
    return Case(f"github-{file}", "github", people, **fields)


def google(file: str, *people: str, **fields: Any) -> Case:
    return Case(f"google-{file}", "google", people, **fields)


def two_domains(fake: Any) -> None:
    fake.users["alice"]["hd"] = "example.org"
    fake.users["walter"] = person("walter", "walter@third.example", hd="third.example")


CASES = [
    github(
        "organization.py", "alice", "carol", "bob", expected=named(admins="bob", alice="alice", carol=None, bob="bob")
    ),
    github(
        "teams.yaml",
        *("alice", "bob", "carol"),
        expected=Outcome(
            {"alice": "alice", "bob": "bob", "carol": "carol"},
            groups={"alice": frozenset({"lab:ops"}), "bob": frozenset({"lab:ops-night"})},
        ),
    ),
    github(
        "named-users.yaml",
        "alice",
        "bob",
        "carol",
        expected=named(admins="alice", alice="alice", bob="bob", carol=None),
    ),
    github(
        "existing-users.yaml",
        *("alice", "bob", "carol"),
        accounts=("bob",),
        expected=named(admins="alice", alice="alice", bob="bob", carol=None),
    ),
    github(
        "token-for-servers.yaml",
        *("alice", "carol"),
        look=spawner_environment,
        expected=Outcome(
            {"alice": "alice", "carol": None},
            more={"alice": ["GITHUB_CAN_PUSH", "GITHUB_TOKEN", "GIT_AUTHOR_EMAIL", "GIT_AUTHOR_NAME"]},
        ),
    ),
    github(
        "service-user.yaml",
        *("alice", "carol"),
        accounts=(SERVICE_USER,),
        look=refresh_of_service_user,
        expected=Outcome({"alice": "alice", "carol": "carol"}, more=True),
    ),
    github(
        "subclass.py",
        *("alice", "carol"),
        look=spawner_environment,
        expected=Outcome(
            {"alice": "alice", "carol": None}, more={"alice": ["GITHUB_EMAIL", "GITHUB_TOKEN", "GITHUB_USER"]}
        ),
    ),
    github("enterprise.py", "carol", "bob", expected=named(carol="caroline", bob=None)),
    github(
        "old-names.py",
        *("alice", "carol"),
        environment={
            "GITHUB_CLIENT_ID": "a-client-id",
            "GITHUB_CLIENT_SECRET": "a-client-secret",
            "JUPYTERHUB_ADMIN": "alice,Dean",
        },
        expected=named(admins="alice dean", alice="alice", carol=None),
    ),
    github(
        "branches.py",
        *("alice", "carol"),
        environment={"INSTITUTE": "physics"},
        look=spawner_environment,
        expected=Outcome({"alice": "alice", "carol": None}, frozenset({"alice"}), more={"alice": ["LOGIN"]}),
    ),
    Case(
        "fleet-base.yaml",
        "github",
        ("alice", "bob", "carol"),
        expected=named(admins="bob carol", alice="alice", bob="bob", carol="carol"),
    ),
    Case("multi.py", "github", ("alice", "carol"), entry="github", expected=named(alice="github:alice", carol=None)),
    Case(
        "tljh-github",
        "github",
        ("alice", "carol", "bob"),
        expected=named(admins="alice", alice="alice", carol="carol", bob=None),
    ),
    google("strip.yaml", "alice", "mallory", expected=named(admins="alice", alice="alice", mallory=None)),
    google(
        "two-domains.py",
        *("alice", "bob", "walter", "mallory"),
        prepare=two_domains,
        expected=named(admins="bob@example.org", alice="alice", bob="bob@example.org", walter=None, mallory=None),
    ),
    google(
        "everybody.yaml",
        *("alice", "alice-at-gmail", "unverified"),
        expected=Outcome(
            {"alice": "alice@example.org", "alice-at-gmail": "alice@gmail.com", "unverified": "carol@example.org"}
        ),
        differs=Differs(
            reported=("unverified e-mail address",),
            outcome=Outcome({"alice": "alice@example.org", "alice-at-gmail": "alice@gmail.com", "unverified": None}),
        ),
    ),
    google(
        "groups.py", "alice", "bob", "mallory", expected=named(admins="alice", alice="alice", bob="bob", mallory=None)
    ),
]
