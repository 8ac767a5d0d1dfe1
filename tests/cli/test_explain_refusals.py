"""Refusals by providers' own rules, by code and by names; several providers; PostgreSQL; the event log; mistakes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.crypto import KEY_ENV

from oauthenticator_suite.cli import main
from tests.contract.cases.github import GitHubCase
from tests.contract.cases.google import GoogleCase
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import at
from tests.support.postgresql import postgresql

from .explain_desk import CLASS, Desk, proposals

pytestmark = pytest.mark.hub_versions


@pytest.fixture
def desk(
    provider: FakeProvider, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Desk:
    return Desk(provider, tmp_path, capsys, monkeypatch)


async def lets_in(desk: Desk, lines: list[str], user: str = "alice", way: str | None = None) -> None:
    """The lines let the user in; the file is as before afterwards."""
    before = desk.file.read_text()
    desk.add(lines)
    page, reference = await desk.login(user, at=way)
    assert page.status == 200, (lines, reference)
    desk.file.write_text(before)


# --- providers ---------------------------------------------------------------------------------------------------------


async def test_the_hosted_domain_of_google(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = GoogleCase()
    async with case.fake:
        desk = Desk(case.fake, tmp_path, capsys, monkeypatch)
        options = {**case.options(), "allow_all": True, "hosted_domain": ["example.net"]}
        options = {name: value for name, value in options.items() if "google_service" not in name and name[:2] != "gs"}
        desk.write("oauthenticator_suite.GoogleOAuthenticator", options)
        page, reference = await desk.login("alice")
        assert page.status == 403
        answer = await desk.answer(reference)
        assert answer["why"][0] == "The user does not satisfy hosted_domain, which applies to every user."
        assert proposals(answer) == [['c.GoogleOAuthenticator.hosted_domain.append("example.org")']]
        await lets_in(desk, proposals(answer)[0])


async def test_an_organization_of_github(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    case = GitHubCase()
    async with case.fake as github:
        desk = Desk(github, tmp_path, capsys, monkeypatch)
        desk.write("oauthenticator_suite.GitHubOAuthenticator", {**case.options(), "allowed_organizations": {"lab"}})
        page, reference = await desk.login("carol")
        assert page.status == 403
        words = await desk.ask("--reference", reference)
        assert 'The user joins one of these organizations (allowed_organizations): "lab".' in words
        await lets_in(desk, ['c.GitHubOAuthenticator.allowed_users.add("carol")'], "carol")
        desk.add(['c.GitHubOAuthenticator.allowed_organizations = {"lab", "another"}'])
        (now,) = (rule for rule in (await desk.answer(reference))["now_rules"])
        assert (now["name"], now["result"]) == ("allowed_organizations", None)
        assert "the provider was not asked for these names" in now["reason"]
        desk.file.write_text(desk.file.read_text().replace('"lab", "another"', '"lab"'))
        github.orgs["lab"].members[github.users["carol"].id] = github.orgs["lab"].members[github.users["alice"].id]
        assert (await desk.login("carol"))[0].status == 200


# --- code --------------------------------------------------------------------------------------------------------------

OWN_CLASS = """
from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.extend import Rule
ALUMNI = {"bob"}
class OurOAuthenticator(GenericOAuthenticator):
    def extra_required_rules(self):
        return [Rule("no alumni", lambda identity: identity.claims.get("status") != "alumnus")]
c.JupyterHub.authenticator_class = OurOAuthenticator
c.OurOAuthenticator.allow_all = True
"""


async def test_a_rule_in_code(desk: Desk) -> None:
    desk.configure(OWN_CLASS)
    desk.provider.users["alice"]["status"] = "alumnus"
    page, reference = await desk.login()
    assert page.status == 403
    words = await desk.ask("--reference", reference)
    assert "The user does not satisfy no alumni, which applies to every user." in words
    assert "The rule 'no alumni' must hold. It is in the code of OurOAuthenticator, not an option." in words
    desk.file.write_text(desk.file.read_text().replace('"alumnus"', '"nobody"'))
    words = await desk.ask("--reference", reference, status=0)
    assert "With the present configuration this user would be allowed: allow_all." in words


HOOK = f"""
c.{CLASS}.allow_all = True
def refuse(authenticator, handler, auth_model):
    return None
c.{CLASS}.post_auth_hook = refuse
"""


async def test_a_hook_that_refuses(desk: Desk) -> None:
    desk.configure(HOOK)
    page, reference = await desk.login()
    assert page.status == 403
    words = await desk.ask("--reference", reference)
    assert "The function in post_auth_hook refused the user." in words
    assert "Change the code that decides: post_auth_hook." in words


# --- names -------------------------------------------------------------------------------------------------------------


async def test_a_name_that_is_taken(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    desk.configure(f"c.{CLASS}.update(allowed_users={{'alice'}}, enable_auth_state=True)\n")
    assert (await desk.login())[0].status == 200
    desk.provider.users["alice"]["sub"] = "another-person"
    page, reference = await desk.login()
    assert page.status == 409
    answer = await desk.answer(reference)
    assert answer["why"][0] == "The Hub has an account of this name, and it belongs to another user."
    (renamed,) = proposals(answer)
    assert renamed == [f'c.{CLASS}.username_map.update({{"alice": "alice-2"}})']  # allowed_users is mapped too
    await lets_in(desk, renamed)
    command = next(line for remedy in answer["others"] for line in remedy["lines"] if line.startswith("oauth"))
    assert main([*shlex.split(command)[1:], *desk.database]) == 0
    assert (await desk.login())[0].status == 200


async def test_no_proposal_makes_an_administrator(desk: Desk) -> None:
    """The name in admin_users, which is mapped too, is that of the account's owner."""
    desk.configure(f"c.{CLASS}.update(admin_users={{'alice'}}, enable_auth_state=True)\n")
    assert (await desk.login())[0].status == 200
    desk.provider.users["alice"]["sub"] = "another-person"
    _, reference = await desk.login()
    assert "username_map" not in await desk.ask("--reference", reference)


async def test_a_name_that_the_pattern_excludes(desk: Desk) -> None:
    desk.configure(f"c.{CLASS}.update(allow_all=True, username_pattern='.*-2')\n")
    page, reference = await desk.login()
    assert page.status == 403
    answer = await desk.answer(reference)
    assert answer["now"].endswith("alice is not a valid username.")
    await lets_in(desk, proposals(answer)[0])


async def test_a_name_that_is_missing(desk: Desk) -> None:
    desk.configure(f"c.{CLASS}.update(allow_all=True, username_claim='nickname')\n")
    page, reference = await desk.login()
    assert page.status == 403
    words = await desk.ask("--reference", reference)
    assert "The provider's data contain no username that the Hub can use." in words
    assert "the claim 'nickname' is missing. Available claims: " in words


# --- the configuration has changed -------------------------------------------------------------------------------------


async def test_what_was_not_recorded_is_not_known(desk: Desk) -> None:
    """A rule that did not exist then reads a claim that is not in the record."""
    desk.configure(f"c.{CLASS}.allowed_users = {{'bob'}}\n")
    _, reference = await desk.login()
    desk.add([f"c.{CLASS}.allow_all = True", f"c.{CLASS}.required_claims = {{'department': 'it'}}"])
    words = await desk.ask("--reference", reference)
    assert "With the present configuration it is not known whether the user would be allowed." in words
    assert "has no claim 'department', because no rule read it then" in words


async def test_another_username(desk: Desk) -> None:
    desk.configure(f"c.{CLASS}.allowed_users = {{'bob'}}\n")
    _, reference = await desk.login()
    desk.add([f"c.{CLASS}.username_map = {{'alice': 'bob'}}"])
    words = await desk.ask("--reference", reference, status=0)
    assert "With the present configuration this user would be allowed: allowed_users." in words


async def test_an_account_that_is_allowed_because_it_exists(desk: Desk) -> None:
    desk.configure(f"c.{CLASS}.allow_all = True\n")
    assert (await desk.login())[0].status == 200
    desk.configure(f"c.{CLASS}.allowed_users = {{'bob'}}\n")
    page, reference = await desk.login()
    assert page.status == 403
    desk.add([f"c.{CLASS}.allow_existing_users = True"])
    await desk.ask("--reference", reference, status=0)
    await lets_in(desk, [])


# --- several providers -------------------------------------------------------------------------------------------------


def several(desk: Desk, **options: Any) -> str:
    """The configuration of a Hub with the provider `campus` and a form."""
    desk.provider.client.redirect_uris.add(f"{desk.state.url}/hub/auth/campus/authorize")
    campus = {**at(desk.provider), "allow_all": False, "scope": ["openid", "profile", "groups"], **options}
    entries = [
        {
            "authenticator_class": "suite-generic",
            "provider": "campus",
            "config": {"auth_state_groups_key": "oauth_user.groups", **campus},
        },
        {"authenticator_class": "suite-dictionary", "provider": "guests", "config": {"passwords": {"eve": "x" * 9}}},
    ]
    return (
        "c = get_config()\nc.JupyterHub.authenticator_class = 'suite-multi'\n"
        f"c.MultiAuthenticator.authenticators = {entries!r}\n"
        "c.MultiAuthenticator.update(username_collision='prefix', enable_auth_state=False)\n"
    )


@pytest.mark.parametrize("own_names", [False, True], ids=["names of all", "own names"])
async def test_with_several_providers(desk: Desk, own_names: bool) -> None:
    options = {"allowed_users": {"bob"}} if own_names else {}
    desk.file.write_text(several(desk, manage_groups=True, allowed_groups={"staff"}, **options))
    desk.provider.users["alice"]["groups"] = ["students"]
    page, reference = await desk.login(at="campus")
    assert page.status == 403
    answer = await desk.answer(reference)
    assert (answer["provider"], answer["username"], answer["groups"]) == ("campus", "campus:alice", ["students"])
    found = proposals(answer)
    in_entry = 'c.MultiAuthenticator.authenticators[0]["config"]'
    assert [lines[0] for lines in found][:1] == [
        f'{in_entry}["allowed_users"].add("alice")'
        if own_names
        else 'c.MultiAuthenticator.allowed_users.add("campus:alice")'
    ]
    assert [f'{in_entry}["allowed_groups"].add("students")'] in found
    for lines in found:
        await lets_in(desk, lines, way="campus")


@pytest.mark.parametrize("blocked", ["alice", "campus:alice"])
async def test_blocked_at_several_providers(desk: Desk, blocked: str) -> None:
    desk.file.write_text(
        several(desk, allow_all=True) + f"c.MultiAuthenticator.blocked_users = {{{blocked!r}, 'bob'}}\n"
    )
    page, reference = await desk.login(at="campus")
    assert page.status == 403
    (lines,) = proposals(await desk.answer(reference))
    assert lines == [f'c.MultiAuthenticator.blocked_users.remove("{blocked}")']
    await lets_in(desk, lines, way="campus")


async def test_a_provider_that_is_no_longer_configured(desk: Desk) -> None:
    desk.file.write_text(several(desk))
    _, reference = await desk.login(at="campus")
    desk.configure("")
    words = await desk.ask("--reference", reference)
    assert "No rule allows the user." in words
    assert "there is no provider 'campus' in this configuration: there is generic" in words


# --- the database, the key and the event log ---------------------------------------------------------------------------


async def test_on_postgresql_and_by_the_url_in_the_configuration(desk: Desk) -> None:
    with postgresql() as server:
        desk.configure(f"c.JupyterHub.update(db_url={server.url!r}, db_kwargs={{'connect_args': {{}}}})\n")
        desk.database = []
        _, reference = await desk.login()
        (lines,) = proposals(await desk.answer(reference))
        await lets_in(desk, lines)


async def test_nothing_is_written(desk: Desk) -> None:
    desk.configure("")
    _, reference = await desk.login()
    before = (desk.state.directory / "hub.sqlite").read_bytes()
    await desk.ask("--reference", reference)
    assert (desk.state.directory / "hub.sqlite").read_bytes() == before


async def test_as_the_user_reads_it_out(desk: Desk) -> None:
    desk.configure("")
    _, reference = await desk.login()
    assert reference in await desk.ask("--reference", f" {reference.replace('-', '').lower()} ")


@pytest.mark.parametrize(("key", "reason"), [("", "set JUPYTERHUB_CRYPT_KEY"), ("ab" * 32, "another key")])
async def test_without_the_key(desk: Desk, monkeypatch: pytest.MonkeyPatch, key: str, reason: str) -> None:
    desk.configure("")
    _, reference = await desk.login()
    monkeypatch.setenv(KEY_ENV, key)
    words = await desk.ask("--reference", reference)
    assert "A user was refused on " in words
    assert "allowed   allowed_users  does not allow the user" in words
    assert reason in words
    assert "alice" not in words


async def test_an_event(desk: Desk, tmp_path: Path) -> None:
    """An event has no claims: what depends on them is not known."""
    desk.configure(f"{GROUPS}c.{CLASS}.update(allowed_groups={{'staff'}}, required_claims={{'department': 'it'}})\n")
    reference = "7QK2-M4XD"
    event = {
        "__timestamp__": "2026-02-03T04:05:06.789012Z",
        "reference": reference,
        "provider": "generic",
        "username": "alice",
        "rule": "no allow rule matches",
        "status": 403,
    }
    other = {"reference": reference, "error": "ProviderTimeout"}
    lines = [
        "not JSON 7QK2-M4XD",
        json.dumps(other),
        json.dumps(event),
        json.dumps({**event, "reference": "AAAA-BBBB"}),
    ]
    log = tmp_path / "events.log"
    log.write_text("\n".join(lines))
    words = await desk.ask("--reference", reference, "--events", str(log))
    assert "7QK2-M4XD: alice was refused on 2026-02-03 at 04:05:06 UTC, at generic (AccessDenied)." in words
    assert "the event does not have the groups of the user" in words
    assert f'c.{CLASS}.allowed_users.add("alice")' in words
    assert "an event has no claims, so the claim 'department' of this user is not known" in words
    log.write_text(json.dumps({**event, "username": "ab" * 16, "groups": ["students"]}))
    words = await desk.ask("--reference", reference, "--events", str(log))
    assert "the event does not have the username" in words
    assert "Groups that came: students." in words
    error = await desk.ask("--reference", "CCCC-DDDD", "--events", str(log), status=2)
    assert "there is no event of a refusal with the reference CCCC-DDDD" in error
    assert "cannot be read" in await desk.ask("--reference", reference, "--events", str(tmp_path / "no"), status=2)


@pytest.mark.parametrize("left_out", [0, 2])
async def test_an_event_with_rules_and_groups(desk: Desk, tmp_path: Path, left_out: int) -> None:
    desk.configure(f"{GROUPS}c.{CLASS}.allowed_groups = {{'staff'}}\n")
    event = {
        "reference": "7QK2-M4XD",
        "provider": "generic",
        "username": "alice",
        "rule": "no allow rule matches",
        "rules": [
            {"kind": "allowed", "name": "allowed_groups", "result": False},
            {"kind": "blocked", "name": "blocked_users", "result": "?"},
            "no rule",
        ],
        "groups": ["students"],
        "groups_left_out": left_out,
    }
    log = tmp_path / "events.log"
    log.write_text(json.dumps(event))
    words = await desk.ask("--reference", "7QK2-M4XD", "--events", str(log))
    assert "allowed   allowed_groups  does not allow the user" in words
    assert "blocked   blocked_users   cannot tell" in words
    assert "Groups that came: students." in words
    assert ("leaves out 2 of the user's groups" in words) is bool(left_out)


GROUPS = f"c.{CLASS}.manage_groups = True\n"


# --- mistakes ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--reference", "AAAA-BBBB"], "there is no refusal AAAA-BBBB in the database. Refusals are kept for 7 days"),
        (["--reference", "AAA0-BBBB"], "is not a reference: it has eight letters and digits"),
        (["--reference", "AAAA-BBBB", "--user", "alice"], "--user and --provider need --claims"),
        (["--claims", "x.json", "--events", "x"], "--events needs --reference"),
        (["--reference", "AAAA-BBBB", "--db=sqlite:///no.sqlite"], "there is no database no.sqlite"),
        (["--reference", "AAAA-BBBB", "--db=x://y"], "the database's URL cannot be used"),
        (["--reference", "AAAA-BBBB", "--config", "no.py"], "no.py: there is no such file"),
    ],
)
async def test_a_question_without_an_answer(desk: Desk, arguments: list[str], reason: str) -> None:
    desk.configure("")
    await desk.login()
    assert reason in await desk.ask(*arguments, status=2)


async def test_a_database_of_another_program(desk: Desk) -> None:
    desk.configure("")
    (desk.state.directory / "hub.sqlite").touch()
    assert "the database has no table of refusals" in await desk.ask("--reference", "AAAA-BBBB", status=2)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("c.GenericOAuthenticator.allowed_users = 'alice'\n", "the Hub does not start with this configuration: "),
        ("c.GenericOAuthenticator.allow_all = 'perhaps'\n", "the Hub does not start with this configuration: "),
        ("c.JupyterHub.authenticator_class = 'dummy'\n", "is not one of this package"),
        ("raise RuntimeError('secret')\n", "RuntimeError (its message may contain a secret, and is not shown)"),
    ],
)
async def test_a_configuration_that_cannot_be_used(desk: Desk, text: str, reason: str) -> None:
    desk.configure("")
    _, reference = await desk.login()
    desk.configure(text)
    status = 1 if "dummy" in text else 2
    assert reason in await desk.ask("--reference", reference, status=status)
