"""Modules about claims of other issuers, and what must not be taken from them, through a real Hub."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from oauthenticator_suite.errors import ConfigurationError
from tests.contract.logins import accepted, refused
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import GONE, both, claim, jose, member, reply_is, set_on, shift, signed_by
from tests.fakes.openid_provider.claim_sources import FakeClaimsProvider
from tests.support import Hub, Time, check_invariants, reference_on

HubMaker = Callable[..., Awaitable[Hub]]
KEPT = {"enable_auth_state": True, "user_data_max_age": 0}


@pytest.fixture
async def source() -> AsyncIterator[FakeClaimsProvider]:
    async with FakeClaimsProvider(groups=["physics"], shoe_size=42, preferred_username="root") as source:
        yield source


def trusting(source: FakeClaimsProvider, *claims: str, **more: object) -> dict[str, object]:
    entry = {"jwks_url": f"{source.origin}/jwks", "claims": list(claims), **more}
    return {
        **KEPT,
        "claim_source_issuers": {source.origin: entry},
        "scope": ["openid", "profile", "groups"],
        "manage_groups": True,
        "allow_all": False,
        "allowed_groups": {"physics"},
    }


def on(change: object) -> Fault:
    return Fault("claims elsewhere", "userinfo", "claims of another issuer", change)


@pytest.mark.conformance("oidcc-client-test-aggregated-claims")
async def test_oidcc_client_test_aggregated_claims(
    provider: FakeProvider, hub_at_provider: HubMaker, source: FakeClaimsProvider
) -> None:
    """oidcc-client-test-aggregated-claims: verified with the keys of their issuer, at a login and at a refresh."""
    provider.faults.on(on(source.aggregated("groups", "shoe_size")))
    hub = await hub_at_provider(**trusting(source, "groups"))
    time = Time(hub)
    browser = await accepted(hub, provider)
    stored = (await hub.auth_state("alice"))["oauth_user"]
    assert stored["groups"] == ["physics"]
    assert "shoe_size" not in stored, "the operator trusts this issuer for groups alone"
    assert stored["preferred_username"] == "alice"
    source.claims["groups"] = ["physics", "staff"]
    source.keys.rotate()
    time.passes(400)
    assert (await browser.get("/hub/home")).status == 200
    assert (await hub.auth_state("alice"))["oauth_user"]["groups"] == ["physics", "staff"]
    assert source.refusals == []
    source.claims["groups"] = ["chemistry"]
    time.passes(400)
    assert (await browser.get("/hub/home")).status == 302
    check_invariants(hub, provider, accounts={"alice"})


@pytest.mark.conformance("oidcc-client-test-distributed-claims")
async def test_oidcc_client_test_distributed_claims(
    provider: FakeProvider, hub_at_provider: HubMaker, source: FakeClaimsProvider
) -> None:
    """oidcc-client-test-distributed-claims: fetched with the access token of the answer; an outage signs no user out."""
    provider.faults.on(on(source.distributed("groups")))
    hub = await hub_at_provider(**trusting(source, "groups"))
    time = Time(hub)
    browser = await accepted(hub, provider)
    assert source.count("claims") == 1
    assert source.refusals == []
    source.faults.on(Fault("down", "claims", "an outage", reply_is(500)))
    for _ in range(2):
        time.passes(400)
        assert (await browser.get("/hub/home")).status == 200
    assert len([line for line in hub.log.lines_with("The claim source s1 is not used") if "WARNING" in line]) == 1
    page = await refused(hub, provider, 502, browser=hub.browser("bob"), accounts={"alice"})
    assert "the provider sends the claim 'groups' as a reference" in hub.log.lines_with(reference_on(page, hub))[0]
    source.faults.off()
    await accepted(hub, provider, hub.browser("bob"), "bob")
    check_invariants(hub, provider, accounts={"alice", "bob"})


DAMAGED = {
    fault.name: fault
    for fault in (
        Fault("another-key", "source_token", "", signed_by(lambda p: p.keys.unpublished())),
        Fault("none", "source_token", "", both(jose("alg", "none"), signed_by(lambda p: None))),
        Fault("hs256", "source_token", "", both(jose("alg", "HS256"), signed_by(lambda p: b"k" * 32))),
        Fault("no-iss", "source_token", "", claim("iss", GONE)),
        Fault("another-iss", "source_token", "", claim("iss", "https://other.example")),
        Fault("another-aud", "source_token", "", claim("aud", "another-client")),
        Fault("expired", "source_token", "", shift("exp", -3600)),
        Fault("text", "source_token", "", set_on(compact="hello")),
        Fault("no-groups", "source_token", "", claim("groups", GONE)),
        Fault("keys-down", "source_keys", "", reply_is(500)),
    )
}


@pytest.mark.parametrize("form", ["aggregated", "distributed"])
@pytest.mark.parametrize("fault", sorted(DAMAGED))
async def test_claims_that_do_not_verify_are_unknown(
    provider: FakeProvider, hub_at_provider: HubMaker, source: FakeClaimsProvider, fault: str, form: str
) -> None:
    """Neither "no" nor "yes": a rule that needs them decides nothing, and another rule does."""
    provider.faults.on(on(getattr(source, form)("groups")))
    source.faults.on(DAMAGED[fault])
    hub = await hub_at_provider(**trusting(source, "groups"), allowed_users={"carol"})
    page = await refused(hub, provider, 502, accounts={"carol"})
    assert "as a reference" in hub.log.lines_with(reference_on(page, hub))[0]
    await accepted(hub, provider, hub.browser("carol"), "carol")
    assert "groups" not in (await hub.auth_state("carol"))["oauth_user"]


async def test_a_source_replaces_nothing(
    provider: FakeProvider, hub_at_provider: HubMaker, source: FakeClaimsProvider
) -> None:
    """The provider's own claims count, and the subject never comes from a source."""
    source.claims["sub"] = "subject-of-bob"
    names = {"groups": "s1", "preferred_username": "s1", "sub": "s1"}
    sources = member("_claim_sources", lambda p: {"s1": {"JWT": source.token()}})
    provider.faults.on(on(both(member("groups", GONE), member("_claim_names", names), sources)))
    hub = await hub_at_provider(**trusting(source, "groups", "preferred_username", "sub"))
    await accepted(hub, provider)
    assert (await hub.auth_state("alice"))["suite"]["subject"] == "subject-of-alice"


@pytest.mark.parametrize(
    ("where", "says"),
    [
        ("elsewhere", "is not in claim_source_issuers"),
        ("http", "its endpoint is a plain http URL"),
        ("user", "its endpoint has a username or password"),
        ("fragment", "its endpoint has a fragment"),
    ],
)
async def test_an_endpoint_that_the_operator_did_not_name_is_not_asked(
    provider: FakeProvider, hub_at_provider: HubMaker, source: FakeClaimsProvider, where: str, says: str
) -> None:
    """The answer cannot choose a host, and no URL that hides its host, or has a part that is not sent."""
    endpoint = {
        "elsewhere": f"{provider.elsewhere}/claims",
        "http": "http://claims.example.org/claims",
        "user": f"https://{source.host}@{source.host}/claims",
        "fragment": f"{source.origin}/claims#part",
    }[where]
    provider.faults.on(on(source.distributed("groups", endpoint=endpoint)))
    hosts = {"claims.example.org"} if where == "http" else {source.host}
    hub = await hub_at_provider(**trusting(source, "groups", hosts=sorted(hosts)))
    await refused(hub, provider, 502)
    assert provider.count("elsewhere") == source.count("claims") == 0
    (line,) = hub.log.lines_with("The claim source s1 is not used")
    assert says in line


async def test_the_host_of_one_issuer_does_not_speak_for_another(
    provider: FakeProvider, hub_at_provider: HubMaker, source: FakeClaimsProvider
) -> None:
    """Both are trusted, each at its own hosts: an old token of the one could be served by the other."""
    provider.faults.on(on(source.distributed("groups")))
    options = trusting(source, "groups", hosts=["elsewhere.example"])
    options["claim_source_issuers"]["https://other.example"] = {
        "jwks_url": f"{source.origin}/jwks",
        "claims": ["groups"],
        "hosts": [source.host],
    }
    hub = await hub_at_provider(**options)
    await refused(hub, provider, 502)
    assert source.count("claims") == 1
    (line,) = hub.log.lines_with("The claim source s1 is not used")
    assert "its endpoint is not on a host of the issuer that it names" in line


async def test_the_address_of_an_endpoint_is_checked_although_its_host_is_trusted(
    provider: FakeProvider, hub_at_provider: HubMaker, source: FakeClaimsProvider
) -> None:
    """The user's data name the endpoint, so it is no configured URL: its host may lead anywhere by now."""
    provider.faults.on(on(source.distributed("groups", endpoint="https://169.254.169.254/claims")))
    hub = await hub_at_provider(**trusting(source, "groups", hosts=["169.254.169.254"]))
    await refused(hub, provider, 502)
    (line,) = hub.log.lines_with("The claim source s1 is not used")
    assert "comes from a document of the provider, not from the configuration. Nothing was sent" in line


async def test_without_the_option_no_source_is_asked(
    provider: FakeProvider, hub_at_provider: HubMaker, source: FakeClaimsProvider
) -> None:
    provider.faults.on(on(source.distributed("groups")))
    options = {**trusting(source, "groups"), "claim_source_issuers": {}}
    await refused(await hub_at_provider(**options), provider, 502)
    assert source.calls == []


@pytest.mark.parametrize(
    "entry",
    [
        {"https://c.example": "https://c.example/jwks"},
        {"https://c.example": {"jwks_url": "https://c.example/jwks"}},
        {"https://c.example": {"jwks_url": "https://c.example/jwks", "claims": []}},
        {"https://c.example": {"jwks_url": "https://c.example/jwks", "claims": "groups"}},
        {"https://c.example": {"jwks_url": "https://c.example/jwks", "claims": ["groups"], "host": ["c.example"]}},
        {"https://c.example": {"jwks_url": "https://c.example/jwks", "claims": ["groups"], "hosts": [7]}},
        {"https://c.example": {"jwks_url": "http://c.example/jwks", "claims": ["groups"]}},
        {"c.example": {"jwks_url": "https://c.example/jwks", "claims": ["groups"]}},
    ],
    ids=str,
)
async def test_mistakes_stop_the_start(hub_at_provider: HubMaker, entry: dict[str, object]) -> None:
    with pytest.raises(ConfigurationError, match="claim_source_issuers has an entry"):
        await hub_at_provider(claim_source_issuers=entry)
