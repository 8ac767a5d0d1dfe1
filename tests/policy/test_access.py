"""The access decision: its order, for every combination of rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.policy.access import AccessPolicy, Decision, Rule, Unknown
from oauthenticator_suite.policy.explanation import evaluate
from oauthenticator_suite.policy.identity import Identity

WHO = Identity(username="ada")


def rules(kind: str, answers: list[bool]) -> tuple[Rule, ...]:
    return tuple(Rule(f"{kind}-{i}", lambda _who, a=answer: a) for i, answer in enumerate(answers))


answers = st.lists(st.booleans(), max_size=3)


@given(required=answers, blocked=answers, admin=answers, allowed=answers, authoritative=st.booleans())
def test_order_of_the_decision(required, blocked, admin, allowed, authoritative):
    """H (GHSA-gprj-3p75-f996, CVE-2026-33175): no allow or admin rule overrides a restriction or a block."""
    policy = AccessPolicy(
        rules("required", required),
        rules("blocked", blocked),
        rules("admin", admin),
        rules("allowed", allowed),
        authoritative,
    )
    decision = policy.decide(WHO)
    lost = False if authoritative else None
    if not all(required):
        assert decision == Decision(False, f"required-{required.index(False)}", barred=True)
    elif any(blocked):
        assert decision == Decision(False, f"blocked-{blocked.index(True)}", barred=True)
    elif any(admin):
        assert decision == Decision(True, f"admin-{admin.index(True)}", admin=True)
    elif any(allowed):
        assert decision == Decision(True, f"allowed-{allowed.index(True)}", admin=lost)
    else:
        assert decision == Decision(False, "no allow rule matches", admin=lost)


def test_without_rules_nobody_comes_in():
    assert not AccessPolicy().decide(WHO).allowed


def test_rules_are_asked_about_the_identity_itself():
    policy = AccessPolicy(allowed=(Rule("group", lambda who: "staff" in who.groups),))
    assert policy.decide(Identity(username="ada", groups=frozenset({"staff"}))).allowed
    assert not policy.decide(Identity(username="staff")).allowed
    staff = Identity(username="ada", groups=frozenset({"staff"}))
    for part in ("required", "blocked", "admin", "allowed"):
        asked = []
        AccessPolicy(**{part: (Rule(part, lambda who, asked=asked: bool(asked.append(who))),)}).decide(staff)
        assert asked == [staff]


# --- rules without data --------------------------------------------------------------------------------------------


def yes(_who):
    return True


def cannot_tell(_who):
    raise Unknown("silence")


@pytest.mark.parametrize(
    ("holds", "decision"),
    [
        ({"required": cannot_tell, "allowed": yes}, Decision(True, "allowed", admin=False, unknown="silence")),
        ({"required": cannot_tell}, Decision(False, "no allow rule matches", admin=False, unknown="silence")),
        ({"required": cannot_tell, "blocked": yes}, Decision(False, "blocked", barred=True, unknown="silence")),
        ({"blocked": cannot_tell, "allowed": yes}, Decision(True, "allowed", admin=False, unknown="silence")),
        ({"admin": cannot_tell, "allowed": yes}, Decision(True, "allowed", admin=None)),
        ({"admin": cannot_tell}, Decision(True, "unknown", admin=None, unknown="silence")),
        ({"allowed": cannot_tell}, Decision(True, "unknown", admin=False, unknown="silence")),
        ({"admin": yes, "allowed": cannot_tell}, Decision(True, "admin", admin=True)),
    ],
)
def test_a_rule_that_cannot_tell_bars_nobody_and_takes_no_rights(holds, decision):
    """If only the rule with missing data could allow the user, the decision is provisional; otherwise it is definite."""
    parts = {part: (Rule(part, predicate),) for part, predicate in holds.items()}
    assert AccessPolicy(**parts, authoritative_admin=True).decide(WHO) == decision


def cannot_tell_ever(_who):
    raise Unknown("not sent", retry=False)


@pytest.mark.parametrize(
    ("holds", "rule", "unknown"),
    [
        ({"required": (cannot_tell_ever, lambda _who: False)}, "required-1", "not sent"),
        ({"required": (cannot_tell_ever,), "blocked": (yes,)}, "blocked-0", "not sent"),
        ({"blocked": (cannot_tell_ever,), "admin": (yes,)}, "admin-0", "not sent"),
        ({"required": (cannot_tell_ever,), "allowed": (yes,)}, "allowed-0", "not sent"),
        ({"admin": (cannot_tell_ever,), "allowed": (yes,)}, "allowed-0", ""),
    ],
)
def test_a_decision_names_missing_data_of_restrictions_and_blocks_before_the_deciding_rule(holds, rule, unknown):
    """It also says that asking again does not help."""
    parts = {
        part: tuple(Rule(f"{part}-{number}", predicate) for number, predicate in enumerate(predicates))
        for part, predicates in holds.items()
    }
    decision = AccessPolicy(**parts).decide(WHO)
    assert (decision.rule, decision.unknown, decision.retry) == (rule, unknown, not unknown)


def test_every_rule_is_evaluated_for_an_explanation():
    def unknown(identity):
        raise Unknown("the directory does not answer")

    def broken(identity):
        raise ZeroDivisionError

    policy = AccessPolicy(
        required=(Rule("domain", lambda identity: False), Rule("directory", unknown)),
        blocked=(Rule("blocked_users", lambda identity: identity.username == "alice"),),
        admin=(Rule("admin_users", lambda identity: False),),
        allowed=(Rule("odd", broken), Rule("allow_all", lambda identity: True)),
    )
    assert evaluate(policy, Identity("alice")).rules == (
        ("required", "domain", False),
        ("required", "directory", None),
        ("blocked", "blocked_users", True),
        ("admin", "admin_users", False),
        ("allowed", "odd", None),
        ("allowed", "allow_all", True),
    )
