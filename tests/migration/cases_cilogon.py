"""Configurations with CILogon."""

from __future__ import annotations

from tests.fakes.cilogon import COLLEGE, GOOGLE, MICROSOFT

from .case import Case, Differs, named
from .worlds import CILogon

ORCID = "http://orcid.org/oauth/authorize"


def more_people(cilogon: CILogon) -> None:
    """People of further identity providers."""
    cilogon.idps.add(ORCID)
    for number, (name, idp, email) in enumerate(
        (
            ("erin", COLLEGE, "erin@college.example"),
            ("pat", GOOGLE, "Pat@partner.example"),
            ("dean", MICROSOFT, "dean@campus.example"),
            ("mel", MICROSOFT, "mel@elsewhere.example"),
            ("eve", GOOGLE, "eve@evilcampus.example"),
            ("olga", ORCID, ""),
        ),
        101,
    ):
        user = {
            **cilogon.users["dave"],
            "sub": f"http://cilogon.org/serverA/users/{number}",
            "idp": idp,
            "email": email,
        }
        cilogon.users[name] = {**user, "name": name.title(), "given_name": name.title(), "preferred_username": name}
    cilogon.users["olga"]["oidc"] = "https://orcid.org/0000-0001-2345-678X"


def case(file: str, *people: str, **fields: object) -> Case:
    return Case(f"cilogon-{file}", "cilogon", people, prepare=more_people, **fields)  # type: ignore[arg-type]


CASES = [
    case(
        "two-idps.yaml",
        *("alice", "carol", "pat", "dave"),
        expected=named(
            admins="carol@gmail.example prof@campus.example",
            alice="alice@campus.example",
            carol="carol@gmail.example",
            pat=None,
            dave=None,
        ),
    ),
    case(
        "google-microsoft.yaml",
        *("pat", "dean", "mel", "carol", "alice"),
        expected=named(
            admins="dean@campus.example",
            pat="pat@partner.example",
            dean="dean@campus.example",
            mel=None,
            carol=None,
            alice=None,
        ),
    ),
    case(
        "prefix.py",
        *("alice", "dave", "carol"),
        expected=named(admins="alice", alice="alice", dave="github:dave", carol=None),
    ),
    case("strip.py", "alice", "bob", expected=named(alice="alice", bob=None)),
    case(
        "environment.py",
        *("alice", "bob", "carol"),
        environment={
            "CILOGON_CLIENT_ID": "a-client-id",
            "CILOGON_CLIENT_SECRET": "a-client-secret",
            "STUDENTS": "bob@med.campus.example",
            "TEACHERS": "alice@campus.example",
        },
        expected=named(
            admins="alice@campus.example", alice="alice@campus.example", bob="bob@med.campus.example", carol=None
        ),
    ),
    case(
        "three-idps.yaml",
        *("alice", "erin", "carol"),
        expected=named(
            admins="operator@gmail.example", alice="alice@campus.example", erin="erin@college.example", carol=None
        ),
    ),
    case("two-defaults.yaml", "alice", "carol", expected=named(alice="alice@campus.example", carol=None)),
    case("subclass.yaml", "olga", "carol", expected=named(olga="0000-0001-2345-678x", carol=None)),
    case(
        "no-idps.yaml",
        "alice",
        expected=named(alice=None),
        differs=Differs(reported=("idps: the Hub does not start: is not set",), stops="idps is not set"),
    ),
    case("domains-claim.py", "dave", "carol", expected=named(dave="dave", carol=None)),
    case(
        "loop.py",
        *("alice", "erin", "carol"),
        expected=named(
            admins="alice@campus.example provost@campus.example",
            alice="alice@campus.example",
            erin="erin@college.example",
            carol=None,
        ),
    ),
    case(
        "named-users.py",
        *("alice", "erin", "bob"),
        expected=named(
            admins="erin@college.example", alice="alice@campus.example", erin="erin@college.example", bob=None
        ),
    ),
    case("subdomains.yaml", "bob", "alice", expected=named(bob="bob@med.campus.example", alice=None)),
    case(
        "loose-domain.yaml",
        *("eve", "pat"),
        expected=named(eve="eve@evilcampus.example", pat=None),
        differs=Differs(
            reported=("'*campus.example' also allows domains that only end like it",),
            stops="'*campus.example' also allows",
        ),
    ),
    case(
        "anonymised.yaml",
        *("alice", "bob", "carol"),
        expected=named(
            admins="bob@med.campus.example", alice="student-12113e6b7b38", bob="bob@med.campus.example", carol=None
        ),
    ),
    case(
        "two-strips.py",
        *("alice", "erin"),
        expected=named(alice="alice", erin="erin"),
        differs=Differs(reported=("so that two people could have the same username",), stops="strip different domains"),
    ),
    case("username-function.py", "alice", "carol", expected=named(alice="alice-campus.example", carol=None)),
]
