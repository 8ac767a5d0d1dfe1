"""``oauthenticator-suite explain --reference``: what it proposes lets the user in, tried with logins at a real Hub."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.openid_provider import FakeProvider

from .explain_desk import CLASS, Desk, proposals

pytestmark = pytest.mark.hub_versions


@pytest.fixture
def desk(provider: FakeProvider, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: Any) -> Desk:
    return Desk(provider, tmp_path, capsys, monkeypatch)


GROUPS = f"c.{CLASS}.manage_groups = True\n"

CASES: dict[str, tuple[str, str, dict[str, Any], int]] = {
    # the configuration, the rule that decides, the user at the provider, the number of proposals
    "nothing is set": ("", "no allow rule matches", {}, 1),
    "a list of names": (f"c.{CLASS}.allowed_users = ['bob']\n", "no allow rule matches", {}, 1),
    "a set of names": (f"c.{CLASS}.allowed_users = {{'bob'}}\n", "no allow rule matches", {}, 1),
    "a tuple of names": (f"c.{CLASS}.allowed_users = ('bob',)\n", "no allow rule matches", {}, 1),
    "names that were added": (f"c.{CLASS}.allowed_users.add('bob')\n", "no allow rule matches", {}, 1),
    "names for all authenticators": ("c.Authenticator.allowed_users = {'bob'}\n", "no allow rule matches", {}, 1),
    "administrators only": (f"c.{CLASS}.admin_users = {{'root'}}\n", "no allow rule matches", {}, 1),
    "groups": (
        f"{GROUPS}c.{CLASS}.allowed_groups = {{'staff'}}\n",
        "no allow rule matches",
        {"groups": ["students", 'tea "time"']},
        3,
    ),
    "groups that no option names": (
        f"{GROUPS}c.{CLASS}.allowed_users = {{'bob'}}\n",
        "no allow rule matches",
        {"groups": ["students"]},
        2,
    ),
    "administrators by group": (
        f"{GROUPS}c.{CLASS}.admin_groups = {{'admins'}}\n",
        "no allow rule matches",
        {"groups": ["students"]},
        2,
    ),
    "blocked": (f"c.{CLASS}.update(allow_all=True, blocked_users={{'bob', 'Alice'}})\n", "blocked_users", {}, 1),
    "blocked in a list": (f"c.{CLASS}.update(allow_all=True, blocked_users=['alice'])\n", "blocked_users", {}, 1),
    "blocked for all authenticators": (
        f"c.{CLASS}.allow_all = True\nc.Authenticator.blocked_users = {{'alice'}}\n",
        "blocked_users",
        {},
        1,
    ),
    "blocked, and not allowed": (f"c.{CLASS}.blocked_users = {{'alice'}}\n", "blocked_users", {}, 1),
    "an address that is not verified": (
        f"c.{CLASS}.update(allow_all=True, require_verified_email=True)\n",
        "require_verified_email",
        {"email": "alice@example.org", "email_verified": False},
        1,
    ),
    "an address of another domain": (
        f"c.{CLASS}.update(allow_all=True, allowed_email_domains={{'example.org'}})\n",
        "allowed_email_domains",
        {"email": "alice@Example.NET", "email_verified": True},
        1,
    ),
    "a required claim": (
        f"c.{CLASS}.update(allow_all=True, required_claims={{'department': ['it', 'hr']}})\n",
        "required_claims",
        {"department": "physics"},
        1,
    ),
    "two restrictions, and no rule": (
        f"c.{CLASS}.update(required_claims={{'department': 'it'}}, require_verified_email=True)\n",
        "require_verified_email",
        {"department": "physics", "email": "alice@example.org", "email_verified": False},
        1,
    ),
    "groups that are not known": (
        f"{GROUPS}c.{CLASS}.allowed_groups = {{'staff'}}\n",
        "",
        {"hasgroups": True},
        1,
    ),
}


@pytest.mark.parametrize("case", CASES)
async def test_each_proposal_lets_the_user_in(desk: Desk, case: str) -> None:
    """Also: the answer names the rule, and the command says afterwards that the user would be allowed."""
    text, rule, person, number = CASES[case]
    desk.provider.users["alice"].pop("groups", None)
    desk.provider.users["alice"].update(person)
    desk.configure(text)
    page, reference = await desk.login()
    assert page.status in (403, 502)
    before = desk.file.read_text()
    answer = await desk.answer(reference)
    assert (answer["reference"], answer["provider"], answer["username"]) == (reference, "generic", "alice")
    found = proposals(answer)
    assert len(found) == number, answer
    words = await desk.ask("--reference", reference)
    assert rule in words
    if "groups" in person:
        assert answer["groups"] == sorted(person["groups"])
        assert "Groups that came: students" in words
    for lines in found:
        for line in lines:
            assert line in words
        desk.file.write_text(before)
        desk.add(lines)
        assert (await desk.login())[0].status == 200, lines
        after = await desk.ask("--reference", reference, status=0)
        assert "With the present configuration this user would be allowed" in after
        assert "What would let the user in" not in after


PAGE = Path(__file__).parents[2] / "docs/how-to/why-was-a-user-refused.md"


async def test_the_example_in_the_documentation(desk: Desk) -> None:
    page = PAGE.read_text(encoding="utf-8")
    options, output = (re.search(rf"```{form}\n(.*?)```", page, re.DOTALL)[1] for form in ("python", "text"))
    desk.configure(options)
    desk.provider.users["alice"]["groups"] = ["students"]
    _, reference = await desk.login()
    words = await desk.ask("--reference", reference)
    words = re.sub(r"on [0-9-]+ at [0-9:]+ UTC", "on 2026-02-03 at 04:05:06 UTC", words.replace(reference, "7QK2-M4XD"))
    assert words == output
