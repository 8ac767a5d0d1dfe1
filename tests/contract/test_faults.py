"""A provider that misbehaves, end to end through a real Hub: refused cleanly, or accepted where that is right.

Each refusal has its status, a reference number on the page that one line of the log bears too, the reason in that line,
no session, no account, and no secret anywhere (see `tests.support.invariants`).
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import pytest

from tests.contract.logins import accepted, ready, refused
from tests.fakes.openid_provider import FAULTS, HTTP_FAULTS, FakeProvider
from tests.support import Hop, Hub, check_invariants, reference_on

pytestmark = pytest.mark.usefixtures("clock")  # an answer is late when the provider is late, never when the machine is

HubMaker = Callable[..., Awaitable[Hub]]


def reason(hub: Hub, page: Hop) -> str:
    (line,) = hub.log.lines_with(reference_on(page, hub))
    return line


# fault → status, and what the line of the log must speak of
REFUSED = {
    # Token endpoint
    "F34": (502, "access_denied"),
    "F35": (400, "invalid_grant"),
    "F37": (502, "the access token is not accepted"),
    "F38-int": (502, "access_token"),
    "F38-crlf": (502, "access_token"),
    "F38-1MB": (502, "access_token"),
    "F38-missing": (502, "access_token"),
    "F39": (502, "id_token"),
    "F41": (502, "use_dpop_nonce"),
    # ID token
    "F42": (502, "not signed"),
    "F42-null": (502, "not signed"),
    "F43": (502, "alg"),
    "F43-secret": (502, "alg"),
    "F44": (502, "signature"),
    "F45-jwk": (502, "jwk"),
    "F45-jku": (502, "jku"),
    "F46": (502, "crit"),
    "F46-b64": (502, "b64"),
    "F47": (502, "key"),
    "F48-wrong": (502, "iss"),
    "F48-missing": (502, "iss"),
    "F48-slash": (502, "iss"),
    "F49-wrong": (502, "aud"),
    "F49-missing": (502, "aud"),
    "F50-no-azp": (502, "azp"),
    "F50-azp": (502, "azp"),
    "F51-past": (502, "exp"),
    "F51-missing": (502, "exp"),
    "F51-string": (502, "exp"),
    "F51-huge": (502, "exp"),
    "F52-missing": (502, "iat"),
    "F52-future": (502, "issued 7[0-9]* s in the future"),
    "F52-old": (502, "issued more than a day ago"),
    "F53": (502, "valid only in"),
    "F54-missing": (502, "sub"),
    "F54-empty": (502, "sub"),
    "F54-int": (502, "sub"),
    "F54-long": (502, "sub"),
    "F55-wrong": (502, "nonce"),
    "F55-missing": (502, "nonce"),
    "F56": (502, "at_hash"),
    "F57": (502, "duplicate"),
    "F58": (502, "JWE"),
    # Userinfo
    "F65-wrong": (502, "sub"),
    "F65-missing": (502, "sub"),
    "F65-id-token": (502, "sub"),
    "F66-401": (502, "userinfo"),
    "F66-500": (502, "userinfo"),
    "F66-reset": (502, "userinfo"),
    "F67": (502, "userinfo"),
    "F68-list": (403, "preferred_username"),
    "F68-null": (403, "preferred_username"),
    "F68-missing": (403, "preferred_username"),
    # Authorization response
    "F72": (400, "attempt"),
    "F72-missing": (400, "attempt"),
    "F73-code": (400, "twice"),
    "F73-state": (400, "twice"),
    "F74-wrong": (400, "iss"),
    "F74-missing": (400, "iss"),
    "F75": (400, "error without a state"),
}
BEFORE_TOKEN = ("F72", "F73", "F74", "F75")
BEFORE_USERINFO = ("F3", "F4", "F50", "F51", "F52", "F53", "F54", "F55", "F56", "F57", "F58")


@pytest.mark.parametrize("fault", sorted(REFUSED))
async def test_refused(hub: Hub, provider: FakeProvider, fault: str) -> None:
    """F34-F58, F65-F68, F72-F75: refused once, with the reason in the log; a good login afterwards succeeds."""
    status, word = REFUSED[fault]
    await ready(hub)
    provider.faults.on(fault)
    page = await refused(hub, provider, status)
    assert provider.faults.applied[fault] == 1 + (fault == "F66-reset")  # a GET whose connection breaks is sent twice
    assert re.search(rf"\b{word}", reason(hub, page)), reason(hub, page)
    assert provider.count("token") == (0 if fault.startswith(BEFORE_TOKEN) else 1)
    if fault.startswith(BEFORE_USERINFO) and fault != "F37":  # this provider refuses the scheme
        assert provider.count("userinfo") == 0
    provider.faults.off()
    await accepted(hub, provider)
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.parametrize("fault", ["F36", "F37-case", "F40", "F49-list", "F76"])
async def test_accepted(hub: Hub, provider: FakeProvider, fault: str) -> None:
    """F36, F40, F76 and right things that look odd: the login succeeds."""
    provider.faults.on(fault)
    await accepted(hub, provider)
    assert provider.faults.applied[fault] == 1
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.fault("F40")
async def test_f40_scopes_that_were_not_granted_let_nobody_in(
    provider: FakeProvider, hub_at_provider: HubMaker
) -> None:
    """F40: with allowed_scopes, what was granted counts, not what was asked."""
    hub = await hub_at_provider(
        allow_all=False, scope=["openid", "profile", "email"], allowed_scopes=["openid", "email"]
    )
    await accepted(hub, provider)
    provider.faults.on("F40")
    await refused(hub, provider, 403, browser=hub.browser("bob"), accounts={"alice"})


@pytest.mark.fault("F47")
async def test_f47_unknown_kid_asks_for_the_keys_once(hub: Hub, provider: FakeProvider) -> None:
    """F47: one refetch, then refused."""
    await ready(hub)
    before = provider.count("jwks")
    provider.faults.on("F47")
    await refused(hub, provider, 502)
    assert provider.count("jwks") == before + 1


@pytest.mark.fault("F61")
async def test_f61_many_unknown_kids_ask_for_the_keys_once(hub: Hub, provider: FakeProvider) -> None:
    """F61: however many tokens name unknown keys, the keys are asked for at most once a minute."""
    await ready(hub)
    before = provider.count("jwks")
    provider.faults.on("F47")
    for _ in range(10):
        await refused(hub, provider, 502)
    assert provider.count("jwks") == before + 1
    provider.faults.off()
    await accepted(hub, provider)


@pytest.mark.fault("F59")
async def test_f59_rotation_in_mid_login(hub: Hub, provider: FakeProvider) -> None:
    """F59: keys rotated after the browser left for the provider, and before that: accepted after one refetch each."""
    await ready(hub)
    browser = hub.browser()
    callback = await browser.walk_to_callback()
    provider.keys.rotate()
    assert (await browser.open(callback)).path == "/hub/home"
    assert provider.count("jwks") == 2
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.fault("F60")
async def test_f60_broken_and_post_quantum_keys_beside_ours(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """F60: a key set with unreadable keys is used for its other keys."""
    provider.faults.on("F60")
    await accepted(await hub_at_provider(), provider)
    assert provider.faults.applied["F60"] >= 1


@pytest.mark.parametrize(("fault", "word"), [("F62", "issuer"), ("F63", "trusted_provider_hosts")])
async def test_f62_f63_metadata_that_cannot_be_trusted(
    provider: FakeProvider, hub_at_provider: HubMaker, fault: str, word: str
) -> None:
    """F62, F63: the start-up log names the option; no user is sent to the provider."""
    provider.faults.on(fault)
    hub = await hub_at_provider()
    line = await hub.log.until("No user can sign in")
    assert line.startswith("CRITICAL")
    assert word in line
    page = await refused(hub, provider, 500, configuration_error=True)
    assert word in reason(hub, page)
    assert provider.count("authorize") == 0


@pytest.mark.fault("F63")
async def test_f63_keys_on_another_host(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """F63: keys are not fetched from a host that the issuer did not vouch for."""
    provider.faults.on("F63-jwks")
    hub = await hub_at_provider()
    await refused(hub, provider, 500, configuration_error=True)
    assert provider.count("jwks") == 0


@pytest.mark.fault("F64")
async def test_f64_keys_out_of_order_with_a_warm_cache(hub: Hub, provider: FakeProvider) -> None:
    """F64: known keys serve on while the provider's key set is away, also when a token names an unknown one."""
    await ready(hub)
    provider.faults.on("F64")
    await accepted(hub, provider)
    provider.faults.on("F47", times=1)
    await refused(hub, provider, {502, 503}, accounts={"alice"})
    await accepted(hub, provider)


@pytest.mark.fault("F64")
async def test_f64_keys_out_of_order_from_the_start(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """F64: without any keys no user is let in."""
    provider.faults.on("F64")
    await refused(await hub_at_provider(), provider, 502)


@pytest.mark.fault("F66")
async def test_f66_userinfo_that_never_answers(provider: FakeProvider, hub_at_provider: HubMaker) -> None:
    """F66: bounded by provider_timeout."""
    hub = await ready(await hub_at_provider())
    provider.faults.on("F66-hang")
    page = await refused(hub, provider, 504)
    assert "in time" in page.text


@pytest.mark.fault("F68")
async def test_f68_a_number_as_name_becomes_a_string(hub: Hub, provider: FakeProvider) -> None:
    """F68: an int claim is a name all the same."""
    provider.faults.on("F68-int")
    await accepted(hub, provider, name="12345")


@pytest.mark.parametrize("fault", sorted(name for name in FAULTS if name.startswith("F69")))
async def test_f69_hostile_names(hub: Hub, provider: FakeProvider, fault: str) -> None:
    """F69: refused, or an account whose name is harmless and not another's."""
    provider.faults.on(fault)
    browser = hub.browser()
    page = await browser.login()
    if page.status == 200:
        (name,) = hub.accounts()
        assert re.fullmatch(r"[\w.@-]{1,255}", name), ascii(name)
        assert name not in {"alice", "kelvin"}
    else:
        assert page.status == 403
        reference_on(page, hub)
        assert not browser.logged_in
    assert "<script>alert" not in page.body
    assert not any(
        "\n" in record.getMessage().strip() for record in hub.log.records if "refused" in record.getMessage()
    )
    check_invariants(hub, provider, accounts=hub.accounts())


@pytest.mark.parametrize(
    ("fault", "groups"),
    [
        ("F70-string", {"hub-admins"}),
        ("F70-dict", set()),
        ("F70-mixed", {"staff"}),
        ("F70-many", None),
    ],
)
async def test_f70_odd_groups(
    provider: FakeProvider, hub_at_provider: HubMaker, fault: str, groups: set[str] | None
) -> None:
    """F70: a string is one group; values that are not names are dropped; the number is bounded; it is logged."""
    hub = await hub_at_provider(
        manage_groups=True, admin_groups={"hub-admins"}, scope=["openid", "profile", "email", "groups"]
    )
    provider.faults.on(fault)
    await accepted(hub, provider)
    (user,) = hub.app.users.values()
    names = {group.name for group in user.groups}
    if groups is None:
        assert 0 < len(names) <= 1_000
    else:
        assert names == groups
    assert hub.accounts() == {"alice": fault == "F70-string"}
    if fault != "F70-string":
        assert hub.log.lines_with("the Hub stores 1000" if groups is None else "auth_state_groups_key")
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.fault("F75")
@pytest.mark.parametrize(
    ("error", "status"),
    [
        ("access_denied", 403),
        ("login_required", 400),
        ("invalid_scope", 400),
        ("server_error", 400),
        ("temporarily_unavailable", 400),
        ("<script>alert(1)</script>", 400),
    ],
)
async def test_the_provider_says_no(hub: Hub, provider: FakeProvider, error: str, status: int) -> None:
    """F75 with state: a sentence of ours says what happened; the provider's own words only escaped."""
    provider.deny = error
    page = await refused(hub, provider, {status, 502, 503} if status == 400 else status)
    assert "<script>alert" not in page.body
    assert "<b>the provider</b>" not in page.body
    assert provider.count("token") == 0


# Faults of HTTP. What the page says; a number in it is the status.
HTTP_STATUS = {"F1": 504, "F2": 504, "F16": 503, "F17": 503}


WITHOUT_F25 = sorted(set(HTTP_FAULTS) - {"F25"})  # key sets and metadata go by many content types


@pytest.mark.parametrize("fault", WITHOUT_F25)
async def test_http_fault_during_a_login(provider: FakeProvider, hub_at_provider: HubMaker, fault: str) -> None:
    """F1-F5, F15-F33 at the token endpoint, then at userinfo: refused; and when it is over, all is well again."""
    hub = await ready(await hub_at_provider())
    for number, endpoint in enumerate(("token", "userinfo"), start=1):
        provider.faults.on(fault, at=endpoint)
        page = await refused(hub, provider, HTTP_STATUS.get(fault, 502))
        assert endpoint in reason(hub, page)
        assert provider.faults.applied[fault] >= number
        assert provider.count("token") == number  # a code is sent once, whatever happens (F5, F20)
        if fault in ("F16", "F17"):
            assert page.headers["retry-after"] == "7"
        provider.faults.off()
    await accepted(hub, provider)
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.fault("F25")
@pytest.mark.parametrize("endpoint", ["token", "userinfo"])
async def test_f25_json_that_is_called_html(hub: Hub, provider: FakeProvider, endpoint: str) -> None:
    """F25: an answer that says it is a page is not read as a token response or as claims."""
    provider.faults.on("F25", at=endpoint)
    await refused(hub, provider, 502)


@pytest.mark.parametrize("fault", WITHOUT_F25)
async def test_http_fault_at_the_metadata(provider: FakeProvider, hub_at_provider: HubMaker, fault: str) -> None:
    """F1-F5, F15-F33 in a Hub that has no metadata yet: no user is sent to the provider."""
    provider.faults.on(fault, at="metadata")
    hub = await hub_at_provider()
    page = await refused(hub, provider, HTTP_STATUS.get(fault, 502))
    assert page.path == "/hub/oauth_login"
    assert provider.count("authorize") == 0
    assert "discovery" in reason(hub, page)


@pytest.mark.parametrize("fault", WITHOUT_F25)
async def test_http_fault_at_the_keys(provider: FakeProvider, hub_at_provider: HubMaker, fault: str) -> None:
    """F1-F5, F15-F33 in a Hub that has no keys yet: the start-up log says so, and no user is let in."""
    provider.faults.on(fault, at="jwks")
    hub = await hub_at_provider()
    line = await hub.log.until("No user can sign in")
    assert line.startswith("WARNING")
    assert re.search("key|JWK", line.partition(" yet: ")[2])
    page = await refused(hub, provider, {502, HTTP_STATUS.get(fault, 502)})
    assert page.path.startswith("/hub/auth/result/")
    assert "key" in reason(hub, page)
    assert provider.count("userinfo") == 0


@pytest.mark.parametrize("endpoint", ["metadata", "jwks"])
async def test_a_hub_that_started_before_its_provider_recovers(
    provider: FakeProvider, hub_at_provider: HubMaker, endpoint: str
) -> None:
    """F15 at start-up, for a while: the Hub asks again by itself, says when all is well, and lets people in."""
    provider.faults.on("F15", at=endpoint)
    hub = await hub_at_provider()
    await refused(hub, provider, 502)
    provider.faults.off()
    await ready(hub)
    await accepted(hub, provider)
    check_invariants(hub, provider, accounts={"alice"})
