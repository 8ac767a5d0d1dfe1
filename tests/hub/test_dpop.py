"""DPoP through a real Hub (B10): proofs at the token endpoint, at userinfo and at refreshes, nonces, and where the key is."""

from __future__ import annotations

import asyncio
import json
from typing import Any, ClassVar
from urllib.parse import parse_qsl

import pytest
from joserfc.jwk import ECKey

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError, TokenResponseError
from oauthenticator_suite.extend import UserApi
from oauthenticator_suite.hub.accounts.record import SessionRecord
from oauthenticator_suite.hub.oauth.dpop import MAX_ORIGINS, Nonces, bound_to, current_binding
from oauthenticator_suite.hub.oauth.memberships import Found
from oauthenticator_suite.protocol.dpop import ProofKey
from tests.conftest import generic_config
from tests.fakes.openid_provider import FakeProvider
from tests.fakes.openid_provider.proofs import thumbprint
from tests.hub.visits import stays
from tests.multi.conftest import at, config_of, entry
from tests.support import Hub, HubState, Time, check_invariants, start_hub
from tests.support.database import counting
from tests.support.key_files import write_keys
from tests.support.little_server import LittleServer, start_server

pytestmark = pytest.mark.hub_versions

BOUND = {"enable_dpop": True, "enable_auth_state": True, "user_data_max_age": 0}


@pytest.fixture
def strict(provider: FakeProvider) -> FakeProvider:
    """The provider demands proofs."""
    provider.proofs.mode = "required"
    return provider


async def key_of(hub: Hub, name: str = "alice") -> dict[str, str]:
    """The stored key, which becomes a canary."""
    jwk = (await hub.auth_state(name))["suite"]["dpop_key"]
    assert set(jwk) == {"kty", "crv", "x", "y", "d"}
    return dict(jwk)


def watched(provider: FakeProvider, jwk: dict[str, str]) -> None:
    """From now on no page, log line, cookie or URL may contain the key."""
    provider.secrets.add(jwk["d"])


def schemes(provider: FakeProvider) -> list[str]:
    return [call.headers["authorization"].partition(" ")[0] for call in provider.requests_to("userinfo")]


# --- a login ---------------------------------------------------------------------------------------------------------


async def test_a_login_is_bound_to_its_key(strict: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**BOUND)
    first, second = hub.browser(), hub.browser()
    assert (await first.login("alice")).status == 200
    jwk = await key_of(hub)
    watched(strict, jwk)
    assert (await second.login("bob")).status == 200
    assert strict.refusals == []
    of_alice, of_bob = thumbprint(jwk), thumbprint(await key_of(hub, "bob"))
    assert of_alice != of_bob, "each login has its own key"
    assert strict.proofs.keys == {of_alice, of_bob}
    assert [call.fields["dpop_jkt"] for call in strict.requests_to("authorize")] == [of_alice, of_bob]
    assert (await hub.browser().login("alice")).status == 200
    assert thumbprint(await key_of(hub)) not in (of_alice, of_bob)  # also a later login of the same user
    assert schemes(strict) == ["DPoP", "DPoP", "DPoP"]
    assert strict.count("token") == 3
    check_invariants(hub, strict, accounts=["alice", "bob"])


async def test_a_pushed_request_announces_the_key_and_the_resources(strict: FakeProvider, hub_at_provider: Any) -> None:
    strict.allowed_resources = {"https://api.example.org/", "urn:example:files"}
    hub = await hub_at_provider(enable_par=True, resources=sorted(strict.allowed_resources), **BOUND)
    assert (await hub.browser().login("alice")).status == 200
    (pushed,) = strict.requests_to("par")
    assert pushed.fields["dpop_jkt"] == thumbprint(await key_of(hub))
    assert [value for name, value in parse_qsl(pushed.body) if name == "resource"] == sorted(strict.allowed_resources)
    assert strict.refusals == []
    check_invariants(hub, strict, accounts=["alice"])


async def test_a_restart_while_the_user_is_away(strict: FakeProvider, tmp_path: Any) -> None:
    """The key follows from the attempt's cookie. Nothing is kept in the Hub's memory."""
    state = HubState(tmp_path)
    strict.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(strict, **BOUND), state) as hub:
        browser = hub.browser()
        callback = await browser.walk_to_callback("alice")
        cookies = browser.cookies
    async with start_hub(generic_config(strict, **BOUND), state) as hub:
        browser = hub.browser()
        browser.set_cookies(cookies)
        assert (await browser.open(callback)).status == 200
        assert thumbprint(await key_of(hub)) == strict.requests_to("authorize")[0].fields["dpop_jkt"]
        assert strict.refusals == []


@pytest.mark.conformance("fapi2-security-profile-final-client-test-token-type-case-insensitivity")
@pytest.mark.parametrize("token_type", ["DPoP", "dpop", "DPOP"])
async def test_fapi2_security_profile_final_client_test_token_type_case_insensitivity(
    strict: FakeProvider, hub_at_provider: Any, token_type: str
) -> None:
    strict.proofs.token_type = token_type
    hub = await hub_at_provider(**BOUND)
    browser = hub.browser()
    assert (await browser.login("alice")).status == 200
    assert schemes(strict) == ["DPoP"]
    assert not hub.log.lines_with("access tokens are of the type")
    check_invariants(hub, strict, accounts=["alice"])


async def test_a_bearer_token_in_place_of_a_bound_one_is_refused(strict: FakeProvider, hub_at_provider: Any) -> None:
    strict.proofs.issues_bearer = True
    hub = await hub_at_provider(**BOUND)
    page = await hub.browser().login("alice")
    assert page.status == 502
    assert hub.log.lines_with("token_type is Bearer, not DPoP")
    assert strict.count("userinfo") == 0
    check_invariants(hub, strict)


async def test_without_the_option_the_log_names_it(strict: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider()
    assert (await hub.browser().login("alice")).status == 502
    assert strict.requests_to("token")[0].headers.get("dpop") is None
    assert hub.log.lines_with("set enable_dpop")
    check_invariants(hub, strict)


async def test_a_login_without_dpop_has_no_trace_of_it(provider: FakeProvider, hub_at_provider: Any) -> None:
    provider.proofs.mode = "offered"
    hub = await hub_at_provider(enable_auth_state=True)
    assert (await hub.browser().login("alice")).status == 200
    assert all("dpop" not in call.headers for call in provider.calls)
    assert "dpop_jkt" not in provider.requests_to("authorize")[0].fields
    assert (await hub.auth_state("alice"))["suite"]["dpop_key"] is None


@pytest.mark.parametrize(
    ("mode", "algorithms", "words"),
    [("", [], "does not offer DPoP"), ("required", ["PS256"], "only with PS256, and not with ES256")],
)
async def test_a_provider_that_cannot_is_named_at_start_up(
    provider: FakeProvider, hub_at_provider: Any, mode: str, algorithms: list[str], words: str
) -> None:
    provider.proofs.mode, provider.proofs.algorithms = mode, algorithms
    hub = await hub_at_provider(**BOUND)
    page = await hub.browser().login("alice")
    assert page.status == 500
    found = hub.log.lines_with(words)
    assert found
    assert "enable_dpop" in found[0]
    check_invariants(hub, provider, configuration_error=True)


async def test_the_token_is_sent_in_the_header_only(provider: FakeProvider, hub_at_provider: Any) -> None:
    with pytest.raises(ConfigurationError, match="userdata_token_method"):
        await hub_at_provider(userdata_token_method="body", **BOUND)


# --- nonces ----------------------------------------------------------------------------------------------------------


@pytest.mark.fault("F41")
async def test_f41_one_retry_with_the_nonce_and_another_jti(strict: FakeProvider, hub_at_provider: Any) -> None:
    strict.proofs.nonces = True
    hub = await hub_at_provider(**BOUND)
    assert (await hub.browser().login("alice")).status == 200
    assert [call.status for call in strict.requests_to("token")] == [400, 200]
    assert len(set(strict.proofs.seen)) == len(strict.requests_to("token")) + len(strict.requests_to("userinfo"))
    assert all("use_dpop_nonce" in refusal for refusal in strict.refusals)
    before = len(strict.refusals)
    strict.proofs.new_nonce("resource")
    strict.proofs.new_nonce("authorization")
    assert (await hub.browser().login("bob")).status == 200
    assert len(strict.refusals) - before == 2, "each server refuses once more"
    check_invariants(hub, strict, accounts=["alice", "bob"])


async def test_a_retry_has_another_assertion(strict: FakeProvider, hub_at_provider: Any, tmp_path: Any) -> None:
    """RFC 7523 §3: the provider may have noted the ``jti`` of the request that it has refused for its nonce."""
    strict.proofs.nonces = True
    key = ECKey.generate_key("P-256")
    write_keys(tmp_path / "key", key)
    strict.client.auth_method = "private_key_jwt"
    strict.client.jwks = [{**key.as_dict(private=False), "kid": key.thumbprint()}]
    hub = await hub_at_provider(client_secret="", client_key_file=str(tmp_path / "key"), **BOUND)
    assert (await hub.browser().login("alice")).status == 200
    refused, accepted = strict.requests_to("token")
    assert (refused.status, accepted.status) == (400, 200)
    assert refused.fields["code"] == accepted.fields["code"]
    assert refused.fields["client_assertion"] != accepted.fields["client_assertion"]


async def test_the_latest_nonce_is_used_again(strict: FakeProvider, hub_at_provider: Any) -> None:
    strict.proofs.nonces = True
    nonce = strict.proofs.new_nonce("authorization")
    strict.proofs._nonces["resource"] = nonce
    hub = await hub_at_provider(**BOUND)
    await hub.browser().login("alice")
    await hub.browser().login("bob")
    assert [call.status for call in strict.requests_to("token")] == [400, 200, 200]
    assert [call.status for call in strict.requests_to("userinfo")] == [200, 200]


@pytest.mark.fault("F41")
async def test_endless_demands_for_a_nonce(strict: FakeProvider, hub_at_provider: Any) -> None:
    strict.proofs.nonces = strict.proofs.endless = True
    hub = await hub_at_provider(**BOUND)
    assert (await hub.browser().login("alice")).status == 502
    assert strict.count("token") == 2
    assert hub.log.lines_with("refuses the DPoP nonce that it has just sent")
    check_invariants(hub, strict)


@pytest.mark.parametrize("nonce", ["", "a nonce", 'n"n', "n\\n", "n\tn", "n" * 1025])
async def test_a_nonce_that_no_proof_can_hold(strict: FakeProvider, hub_at_provider: Any, nonce: str) -> None:
    strict.proofs.nonces = True
    strict.proofs.nonce_form = lambda _: nonce
    hub = await hub_at_provider(**BOUND)
    assert (await hub.browser().login("alice")).status == 502
    assert strict.count("token") == 1
    assert hub.log.lines_with("sends none that is valid")
    check_invariants(hub, strict)


async def test_endless_demands_of_userinfo_end_no_session(strict: FakeProvider, hub_at_provider: Any) -> None:
    """The token may be good: it is an outage."""
    hub = await hub_at_provider(**BOUND)
    browser = hub.browser()
    await browser.login("alice")
    strict.proofs.nonces = strict.proofs.endless = True
    assert await stays(hub, browser)
    assert strict.count("userinfo") == 1 + 2
    assert strict.count("token") == 1, "the refresh token was not used"
    check_invariants(hub, strict, accounts=["alice"])


def test_a_key_counts_within_its_block_alone() -> None:
    """What runs afterwards in the same task, for another login, has not this one's key."""

    def key_of_block() -> ProofKey | None:
        binding = current_binding.get()
        return None if binding is None else binding.key

    nonces, one, other = Nonces(), ProofKey.from_seed("a" * 43), ProofKey.from_seed("b" * 43)
    with bound_to(one, nonces):
        with bound_to(other, nonces):
            assert key_of_block() is other
        assert key_of_block() is one
        with bound_to(None, nonces):
            assert key_of_block() is None
    assert current_binding.get() is None


def test_few_nonces_are_remembered() -> None:
    nonces = Nonces()
    for number in range(2 * MAX_ORIGINS):
        nonces.note(f"https://{number}.example/token?a=b", f"n{number}")
    assert len(nonces) == MAX_ORIGINS
    assert nonces.of("https://0.example/") is None
    assert nonces.of(f"https://{2 * MAX_ORIGINS - 1}.EXAMPLE/userinfo") == f"n{2 * MAX_ORIGINS - 1}"
    nonces.note(f"https://{2 * MAX_ORIGINS - 1}.example/", "newer")
    assert nonces.of(f"https://{2 * MAX_ORIGINS - 1}.example/token") == "newer"


# --- refreshes -------------------------------------------------------------------------------------------------------


async def test_a_refresh_uses_the_key_of_the_login(strict: FakeProvider, hub_at_provider: Any) -> None:
    strict.client.auth_method = "none"  # a public client's refresh token is bound to the key
    strict.access_token_lifetime = 60
    hub = await hub_at_provider(client_secret="", **BOUND)
    time = Time(hub)
    browser = hub.browser()
    await browser.login("alice")
    jwk = await key_of(hub)
    watched(strict, jwk)
    for _ in range(2):
        time.passes(700)
        assert (await browser.get("/hub/home")).status == 200
    assert strict.refusals == []
    assert strict.count("token") == 3
    assert schemes(strict) == ["DPoP"] * 3
    assert strict.proofs.keys == {thumbprint(jwk)}
    assert await key_of(hub) == jwk
    check_invariants(hub, strict, accounts=["alice"])


@pytest.mark.parametrize("enable_dpop", [True, False])
async def test_a_refresh_after_a_restart(strict: FakeProvider, tmp_path: Any, enable_dpop: bool) -> None:
    """With the stored key, also when the option has been switched off in between."""
    strict.client.auth_method, strict.access_token_lifetime = "none", 60
    state = HubState(tmp_path)
    strict.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(strict, **{**BOUND, "client_secret": ""}), state) as hub:
        browser = hub.browser()
        await browser.login("alice")
        cookies, jwk = browser.cookies, await key_of(hub)
        watched(strict, jwk)
    traits = {**BOUND, "client_secret": "", "enable_dpop": enable_dpop}
    async with start_hub(generic_config(strict, **traits), state) as hub:
        browser = hub.browser()
        browser.set_cookies(cookies)
        Time(hub).passes(700)
        assert (await browser.get("/hub/home")).status == 200
        assert strict.refusals == []
        assert strict.count("token") == 2
        assert await key_of(hub) == jwk
        check_invariants(hub, strict, accounts=["alice"])


async def test_a_session_without_a_key_goes_on_as_bearer(provider: FakeProvider, tmp_path: Any) -> None:
    """When the option is switched on later. The next login gets a key."""
    provider.access_token_lifetime = 60
    state = HubState(tmp_path)
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    async with start_hub(generic_config(provider, **{**BOUND, "enable_dpop": False}), state) as hub:
        browser = hub.browser()
        await browser.login("alice")
        cookies = browser.cookies
    provider.proofs.mode = "required"
    async with start_hub(generic_config(provider, **BOUND), state) as hub:
        browser = hub.browser()
        browser.set_cookies(cookies)
        Time(hub).passes(700)
        assert (await browser.get("/hub/home")).status == 200
        assert schemes(provider) == ["Bearer", "Bearer"]
        assert (await hub.auth_state("alice"))["suite"]["dpop_key"] is None
        await hub.browser().login("alice")
        await key_of(hub)
        assert schemes(provider)[-1] == "DPoP"


async def test_fifty_requests_refresh_once(strict: FakeProvider, hub_at_provider: Any) -> None:
    strict.proofs.nonces = True
    strict.access_token_lifetime = 60
    hub = await hub_at_provider(**BOUND)
    time = Time(hub)
    browser = hub.browser()
    await browser.login("alice")
    jwk = await key_of(hub)
    before = strict.count("token")
    strict.proofs.new_nonce("authorization")
    time.passes(700)
    pages = await asyncio.gather(*(browser.get("/hub/home") for _ in range(50)))
    assert {page.status for page in pages} == {200}
    assert strict.count("token") - before == 2, "one with the old nonce, one with the new one"
    assert await key_of(hub) == jwk
    check_invariants(hub, strict, accounts=["alice"])


async def test_a_refresh_that_gets_a_bearer_token_keeps_the_session_for_the_grace(
    strict: FakeProvider, hub_at_provider: Any
) -> None:
    strict.access_token_lifetime = 60
    hub = await hub_at_provider(**BOUND)
    time = Time(hub)
    browser = hub.browser()
    await browser.login("alice")
    strict.proofs.issues_bearer = True
    time.passes(700)
    assert (await browser.get("/hub/home")).status == 200
    assert hub.log.lines_with("not DPoP")
    assert schemes(strict) == ["DPoP"], "the Bearer token was not used"
    strict.proofs.issues_bearer = False
    time.passes(700)
    assert (await browser.get("/hub/home")).status == 200
    assert schemes(strict) == ["DPoP", "DPoP"]


async def test_clocks_that_differ(strict: FakeProvider, hub_at_provider: Any) -> None:
    """The log says so, at a login and at a refresh, which ends no session."""
    hub = await hub_at_provider(**BOUND)
    browser = hub.browser()
    await browser.login("alice")
    ours = strict.proofs.clock
    strict.proofs.clock = lambda: ours() + 3600
    assert await stays(hub, browser)
    assert hub.log.lines_with("check the clocks")
    assert (await hub.browser().login("bob")).status == 502
    assert len([line for line in hub.log.lines_with("check the clocks") if "token request" in line]) >= 1
    check_invariants(hub, strict, accounts=["alice"])


async def test_a_stored_key_that_cannot_be_used_is_unknown(strict: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**BOUND)
    browser = hub.browser()
    await browser.login("alice")
    user = hub.app.users["alice"]
    auth_state = await hub.auth_state("alice")
    auth_state["suite"]["dpop_key"]["d"] = "broken"
    await user.save_auth_state(auth_state)
    assert await stays(hub, browser)
    assert hub.log.lines_with("the DPoP key in the auth_state of 'alice' cannot be used")
    assert strict.count("userinfo") == 1
    check_invariants(hub, strict, accounts=["alice"])


# --- other requests --------------------------------------------------------------------------------------------------


class WithMemberships(GenericOAuthenticator):
    """Looks memberships up with the user's token, and with a token of the operator's."""

    async def look_up(self, token_info: Any, user: Any, wanted: Any) -> Found:
        url = f"{self.issuer}/userinfo"
        found = await UserApi(self.transport.send, token_info["access_token"]).object(url, "memberships")
        with pytest.raises(TokenResponseError):
            await UserApi(self.transport.send, "a-token-of-the-operator").get(url, "others")
        return Found(claims={"member_of": found["sub"]})


async def test_memberships_are_asked_for_with_proofs(strict: FakeProvider, hubs: Any) -> None:
    state = HubState()
    strict.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(strict, **BOUND)
    config.JupyterHub.authenticator_class = WithMemberships
    hub = await hubs(config, state)
    assert (await hub.browser().login("alice")).status == 200
    assert (await hub.auth_state("alice"))["oauth_user"]["member_of"] == "subject-of-alice"
    calls = strict.requests_to("userinfo")
    assert sorted((call.headers["authorization"].partition(" ")[0], "dpop" in call.headers) for call in calls) == [
        ("Bearer", False),
        ("DPoP", True),
        ("DPoP", True),
    ]


async def test_the_token_is_validated_with_a_proof(strict: FakeProvider, hub_at_provider: Any) -> None:
    strict.user_claims_in_id_token = True
    hub = await hub_at_provider(
        userdata_from_id_token=True,
        validate_token_url=f"{strict.issuer}/userinfo",
        scope=["openid", "profile"],
        **BOUND,
    )
    browser = hub.browser()
    await browser.login("alice")
    assert await stays(hub, browser)
    assert schemes(strict) == ["DPoP"]
    assert [call.status for call in strict.requests_to("userinfo")] == [200]


async def test_a_hook_that_asks_by_itself(strict: FakeProvider, hub_at_provider: Any) -> None:
    async def hook(authenticator: Any, user: Any, auth_state: Any) -> bool:
        api = UserApi(authenticator.transport.send, auth_state["access_token"])
        return bool((await api.get(f"{strict.issuer}/userinfo", "hook")).status == 200)

    hub = await hub_at_provider(refresh_user_hook=hook, **BOUND)
    browser = hub.browser()
    await browser.login("alice")
    assert await stays(hub, browser)
    assert schemes(strict) == ["DPoP", "DPoP"]
    assert strict.refusals == []


# --- where the key is ------------------------------------------------------------------------------------------------


class KeepsEnvironment(LittleServer):
    """A server that remembers what it was started with."""

    seen: ClassVar[dict[str, str]] = {}

    async def start(self) -> Any:
        KeepsEnvironment.seen = self.get_env()
        return await super().start()


async def test_the_key_is_shown_nowhere(strict: FakeProvider, hubs: Any) -> None:
    state = HubState()
    strict.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(strict, admin_users={"alice"}, **BOUND)
    config.JupyterHub.spawner_class = KeepsEnvironment
    hub = await hubs(config, state)
    browser = hub.browser()
    await browser.login("alice")
    jwk = await key_of(hub)
    watched(strict, jwk)
    await start_server(hub, browser)
    environment = json.dumps(KeepsEnvironment.seen)
    assert jwk["d"] not in environment
    assert "dpop" not in environment
    for page in ("/hub/home", "/hub/token", "/hub/admin", "/hub/auth/status", "/hub/api/user"):
        await browser.get(page)
    record = SessionRecord.of(await hub.auth_state("alice"))
    assert jwk["d"] not in repr(record)
    assert jwk["d"] not in repr(ProofKey.from_jwk(jwk))
    check_invariants(hub, strict, accounts=["alice"])


async def test_a_logout_removes_the_key(strict: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**BOUND)
    browser = hub.browser()
    await browser.login("alice")
    watched(strict, await key_of(hub))
    await browser.open("/hub/logout")
    auth_state = await hub.auth_state("alice")
    assert auth_state["access_token"] is None
    assert auth_state["suite"]["dpop_key"] is None
    check_invariants(hub, strict, accounts=["alice"])


async def test_the_database_is_asked_no_more_often(strict: FakeProvider, hub_at_provider: Any) -> None:
    hub = await hub_at_provider(**BOUND)
    await hub.browser().login("bob")
    costs = []
    for name in ("alice", "alice"):
        browser = hub.browser()
        callback = await browser.walk_to_callback(name)
        with counting(hub) as database:
            assert (await browser.get(callback)).status == 302
        costs.append(database.cost.transactions)
    assert costs == [2, 2]


# --- several providers -----------------------------------------------------------------------------------------------


async def test_one_entry_with_dpop_and_one_without(hubs: Any) -> None:
    async with FakeProvider() as campus, FakeProvider() as lab:
        campus.proofs.mode = "required"
        lab.proofs.mode = "offered"
        state = HubState()
        for provider, name in ((campus, "campus"), (lab, "lab")):
            provider.client.redirect_uris.add(f"{state.url}/hub/auth/{name}/authorize")
        children = [
            entry("campus", **at(campus, enable_dpop=True, user_data_max_age=0)),
            entry("lab", **at(lab, user_data_max_age=0)),
        ]
        hub = await hubs(config_of(children, enable_auth_state=True, username_collision="prefix"), state)
        for provider, name in ((campus, "campus"), (lab, "lab")):
            browser = hub.browser()
            assert (await browser.login("alice", at=name)).status == 200
            user = next(user for user in hub.app.users.values() if user.name.startswith(f"{name}:"))
            user._auth_refreshed = None
            assert (await browser.get("/hub/home")).status == 200
            assert provider.refusals == []
        assert schemes(campus) == ["DPoP", "DPoP"]
        assert schemes(lab) == ["Bearer", "Bearer"]
        assert all("dpop" not in call.headers for call in lab.calls)
