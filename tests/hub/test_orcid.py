"""`ORCIDOAuthenticator` through a real Hub: ORCID's own rules. The rules for all providers are in tests/contract."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.providers.orcid import is_orcid_id
from tests.contract.cases.orcid import ORCIDCase
from tests.fakes.orcid import ALICE, BOB, CAROL, FakeORCID
from tests.hub.visits import Start, comes_in, kept, refused_with, signs_in, starting, stays
from tests.support import HubState, check_invariants

DIGITS = "0123456789X"


@pytest.fixture
async def case() -> AsyncIterator[ORCIDCase]:
    case = ORCIDCase()
    async with case.fake:
        yield case


@pytest.fixture
def orcid(case: ORCIDCase) -> FakeORCID:
    return case.fake


@pytest.fixture
def start(case: ORCIDCase, hubs: Any) -> Start:
    return starting(case, hubs)


# --- the check digit -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "known", ["0000-0002-1825-0097", "0000-0001-5109-3700", "0000-0002-1694-233X", "0000-0001-2281-955X"]
)
def test_known_ids(known: str) -> None:
    """From ORCID's documentation."""
    assert is_orcid_id(known)


@given(st.from_regex(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}", fullmatch=True))
def test_one_check_digit_fits(body: str) -> None:
    assert len([digit for digit in DIGITS if is_orcid_id(f"{body}{digit}")]) == 1


@given(st.from_regex(r"[0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}", fullmatch=True), st.data())
def test_one_wrong_digit_is_found(body: str, data: st.DataObject) -> None:
    right = next(f"{body}{digit}" for digit in DIGITS if is_orcid_id(f"{body}{digit}"))
    place = data.draw(st.sampled_from([place for place, digit in enumerate(body) if digit != "-"]))
    digit = data.draw(st.sampled_from([digit for digit in "0123456789" if digit != right[place]]))
    assert not is_orcid_id(f"{right[:place]}{digit}{right[place + 1 :]}")


@pytest.mark.parametrize(
    "wrong",
    [
        "",
        "0000-0002-1694-233x",
        "0000000216942330",
        "000000021694233X",
        f"https://orcid.org/{ALICE}",
        f"{ALICE}\n",
        "٠٠٠٠-0002-1825-0097",
        "0000-0002-1825-00970",
        None,
        7,
    ],
)
def test_other_forms_are_refused(wrong: object) -> None:
    assert not is_orcid_id(wrong)


# --- a login ---------------------------------------------------------------------------------------------------------


async def test_the_username_is_the_id(start: Start, orcid: FakeORCID) -> None:
    """In lower case, which only an X shows; lists may have either."""
    hub = await start(allowed_users={ALICE}, admin_users={BOB}, enable_auth_state=True)
    assert {user for user in orcid.users if await comes_in(hub, user)} == {"alice", "bob"}
    assert hub.accounts() == {ALICE.lower(): False, BOB: True}
    auth_state = await kept(hub, ALICE.lower())
    assert auth_state["orcid_user"]["sub"] == ALICE
    assert orcid.count("token") == orcid.count("userinfo") == 3
    check_invariants(hub, orcid, accounts={ALICE.lower(), BOB})


async def test_a_blocked_id_may_be_in_either_case(start: Start) -> None:
    hub = await start(allow_all=True, blocked_users={ALICE})
    await refused_with(hub, "alice")
    await signs_in(hub, "bob")


@pytest.mark.parametrize("missing", [None, ""])
async def test_a_hidden_name(start: Start, orcid: FakeORCID, missing: str | None) -> None:
    """The user decides who may see the name."""
    orcid.users["alice"].update(name=missing, given_name=missing, family_name=missing)
    orcid.member_api = True
    hub = await start(allow_all=True, enable_auth_state=True, user_data_max_age=0)
    browser = await signs_in(hub, "alice")
    assert await stays(hub, browser, ALICE.lower())


@pytest.mark.parametrize("subject", ["0000-0002-1694-2339", "alice", f"https://orcid.org/{ALICE}", ALICE.lower()])
async def test_a_subject_that_is_no_id(start: Start, orcid: FakeORCID, subject: str) -> None:
    orcid.users["alice"]["sub"] = subject
    hub = await start(allow_all=True)
    _, line = await refused_with(hub, "alice")
    assert "sub is not an ORCID iD, or its check digit is wrong" in line
    assert subject not in line
    assert hub.accounts() == {}


async def test_an_override_of_the_username_keeps_the_check(case: ORCIDCase, hubs: Any) -> None:
    class Named(case.cls):  # type: ignore[misc, name-defined]
        def user_info_to_username(self, user_info: dict[str, Any]) -> str:
            return "chosen"

    case.fake.users["alice"]["sub"] = "0000-0002-1694-2339"
    state = HubState()
    hub = await hubs(case.config(state.url, Named, allow_all=True), state)
    await refused_with(hub, "alice")
    await signs_in(hub, "bob")
    assert hub.accounts() == {"chosen": False}


async def test_revocation_at_logout(start: Start, orcid: FakeORCID) -> None:
    """ORCID's metadata do not name the endpoint."""
    hub = await start(allow_all=True, enable_auth_state=True, revoke_tokens_on_logout=True)
    browser = await signs_in(hub, "carol")
    await browser.open("/hub/logout")
    assert orcid.count("revoke") > 0
    assert (await hub.auth_state(CAROL) or {}).get("access_token") is None


# --- start-up --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", ["admin_users", "allowed_users", "blocked_users", "username_map"])
@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("0000-0002-1694-2339", "whose check digit is wrong. Correct the iD"),
        (f"https://orcid.org/{ALICE}", f"which is a URL. Write '{ALICE.lower()}'"),
        ("https://orcid.org/0000-0002-1694-2339", "whose check digit is wrong"),
    ],
)
def test_names_that_match_no_user(case: ORCIDCase, option: str, name: str, words: str) -> None:
    """Before JupyterHub looks at the names, which refuses one with a slash without saying where it is."""
    with pytest.raises(ConfigurationError) as error:
        case.cls(**{option: {name: "bob"} if option == "username_map" else {name}})
    assert f"c.ORCIDOAuthenticator.{option} contains '{name}', {words}" in str(error.value)


def test_usernames_are_in_lower_case(case: ORCIDCase) -> None:
    with pytest.raises(ConfigurationError) as error:
        case.cls(username_map={ALICE: "alice", BOB: "bob"}, allowed_users={ALICE, "carol"})
    assert f"usernames are in lower case. Write '{ALICE.lower()}' [orcid-id]" in str(error.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"scope": ["/authenticate"]}, "[orcid-scope]"),
        ({"allowed_users": {f"https://orcid.org/{ALICE}"}}, f"which is a URL. Write '{ALICE.lower()}'"),
        ({"allowed_email_domains": {"example.org"}}, "ORCID sends no e-mail address"),
        ({"require_verified_email": True}, "ORCID sends no e-mail address"),
        ({"collect_emails": True, "enable_auth_state": True}, "ORCID sends no e-mail address"),
    ],
)
async def test_a_configuration_that_stops_the_start_up(start: Start, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ConfigurationError) as error:
        await start(allow_all=True, **options)
    assert words in str(error.value)


@pytest.mark.parametrize("url", ["https://sandbox.orcid.org", "https://sandbox.orcid.org/"])
def test_the_sandbox(case: ORCIDCase, url: str) -> None:
    authenticator = case.cls(orcid_url=url)
    assert authenticator.issuer == "https://sandbox.orcid.org"
    assert authenticator.revocation_url == "https://sandbox.orcid.org/oauth/revoke"
    assert authenticator.public_provider == "ORCID's sandbox"
