"""What `extra_authorize_params` demands of the sign-in at the provider is checked in the ID token.

The parameters travel through the user's browser, which can remove them; `ignores_demands` stands for that.
"""

from __future__ import annotations

import json
import time

import pytest

from oauthenticator_suite.errors import ConfigurationError
from tests.support import check_invariants, reference_on, refresh_is_due

pytestmark = pytest.mark.hub_versions

CLAIMS = json.dumps({"id_token": {"acr": {"essential": True, "values": ["gold", "silver"]}}})


async def refused(hub, says):
    page = await hub.browser().login()
    assert page.status == 403
    assert "the way that JupyterHub demands" in page.text
    (line,) = hub.log.lines_with(reference_on(page, hub))
    assert says in line
    assert hub.accounts() == {}


@pytest.mark.parametrize("max_age", [0, 60, "3600"])
async def test_max_age_is_followed(hub_at_provider, provider, max_age):
    """The provider has the user sign in again where the last time is too long ago."""
    provider.signed_in_at = time.time() - 10_000
    hub = await hub_at_provider(extra_authorize_params={"max_age": max_age}, enable_auth_state=True)
    assert (await hub.browser().login()).status == 200
    assert provider.requests_to("authorize")[-1].fields["max_age"] == str(max_age)
    assert (await hub.auth_state("alice"))["suite"]["auth_time"] >= time.time() - 60
    check_invariants(hub, provider, accounts=["alice"])


@pytest.mark.parametrize("seconds", [0, 3600])
async def test_reauthenticate_after(hub_at_provider, provider, seconds):
    """The provider asks the user again, and a login that does not show that is refused."""
    provider.signed_in_at = time.time() - 10_000
    hub = await hub_at_provider(reauthenticate_after=seconds)
    assert (await hub.browser().login()).status == 200
    fields = provider.requests_to("authorize")[-1].fields
    assert fields["max_age"] == str(seconds)
    assert fields.get("prompt") == ("login" if seconds == 0 else None)
    provider.ignores_demands = True
    provider.signed_in_at = time.time() - 10_000
    assert (await hub.browser().login()).status == 403


@pytest.mark.parametrize("demand", [{"acr_values": ["gold"]}, {"reauthenticate_after": 60}])
async def test_a_login_without_an_id_token_shows_nothing(hub_at_provider, provider, demand):
    """Also where nothing else needs one: without an issuer, the user's data come from userinfo."""
    urls = {f"{name}_url": f"{provider.issuer}/{name}" for name in ("authorize", "token")}
    urls["userdata_url"] = f"{provider.issuer}/userinfo"
    hub = await hub_at_provider(issuer="", scope=["openid", "profile"], **urls, **demand)
    provider.faults.on("F39", times=1)
    page = await hub.browser().login()
    assert page.status == 502
    assert "the token response has no id_token" in hub.log.lines_with(reference_on(page, hub))[0]
    assert hub.accounts() == {}


async def test_reauthenticate_after_needs_an_id_token(hub_at_provider):
    with pytest.raises(ConfigurationError, match="reauthenticate_after is set, and no ID token shows"):
        await hub_at_provider(reauthenticate_after=60, scope=["profile"])


async def test_max_age_that_nobody_follows_refuses_the_login(hub_at_provider, provider):
    provider.ignores_demands = True
    provider.signed_in_at = time.time() - 10_000
    hub = await hub_at_provider(extra_authorize_params={"max_age": 3600})
    await refused(hub, "before the request, which demands 3600 s at most")
    check_invariants(hub, provider)


@pytest.mark.parametrize(("ago", "status"), [(3600 + 55, 200), (3600 + 90, 403)])
async def test_clock_tolerance_counts(hub_at_provider, provider, ago, status):
    provider.ignores_demands = True
    provider.signed_in_at = time.time() - ago
    hub = await hub_at_provider(extra_authorize_params={"max_age": 3600})
    assert (await hub.browser().login()).status == status


@pytest.mark.parametrize(("acr", "status"), [("gold", 200), ("silver", 200), ("bronze", 403), ("gold silver", 403)])
@pytest.mark.parametrize("params", [{"acr_values": "gold silver"}, {"claims": CLAIMS}], ids=["acr_values", "claims"])
async def test_acr(hub_at_provider, provider, params, acr, status):
    provider.acr = acr
    hub = await hub_at_provider(extra_authorize_params=params)
    assert (await hub.browser().login()).status == status


@pytest.mark.parametrize(("acr", "status"), [("gold", 200), ("silver", 200), ("bronze", 403)])
async def test_acr_values(hub_at_provider, provider, acr, status):
    provider.acr = acr
    hub = await hub_at_provider(acr_values=["gold", "silver"], extra_authorize_params={"acr_values": "bronze"})
    assert (await hub.browser().login()).status == status
    assert provider.requests_to("authorize")[-1].fields["acr_values"] == "gold silver"


async def test_acr_values_need_an_id_token(hub_at_provider):
    with pytest.raises(ConfigurationError, match="acr_values demands how the user signs in"):
        await hub_at_provider(acr_values=["gold"], scope=["profile"])


async def test_an_acr_that_is_missing(hub_at_provider, provider):
    hub = await hub_at_provider(extra_authorize_params={"claims": CLAIMS})
    await refused(hub, "acr is missing")


@pytest.mark.parametrize(("ignores", "status"), [(False, 200), (True, 403)])
async def test_prompt_login_is_checked_where_the_provider_says_when(hub_at_provider, provider, ignores, status):
    provider.ignores_demands = ignores
    provider.signed_in_at = time.time() - 1000
    hub = await hub_at_provider(extra_authorize_params={"prompt": "login"})
    assert hub.log.lines_with("[prompt-login]")
    assert (await hub.browser().login()).status == status


async def test_a_refresh_is_no_new_sign_in(hub_at_provider, provider):
    provider.access_token_lifetime = 1
    provider.acr = "gold"
    hub = await hub_at_provider(
        extra_authorize_params={"acr_values": "gold", "max_age": 60}, enable_auth_state=True, user_data_max_age=0
    )
    browser = hub.browser()
    assert (await browser.login()).status == 200
    refresh_is_due(hub)
    assert (await browser.get("/hub/home")).status == 200
    assert (await hub.auth_state("alice"))["suite"]["auth_time"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"extra_authorize_params": {"max_age": "soon"}}, "max_age must be a whole number of seconds"),
        ({"extra_authorize_params": {"max_age": -1}}, "max_age must be a whole number of seconds"),
        ({"extra_authorize_params": {"claims": "acr"}}, "claims must be a JSON object"),
        (
            {"extra_authorize_params": {"claims": '{"userinfo": {"acr": {"value": "gold"}}}'}},
            "set required_claims instead",
        ),
        ({"extra_authorize_params": {"max_age": 60}, "scope": ["profile"]}, "no ID token shows it"),
        ({"extra_authorize_params": {"acr_values": "gold"}, "scope": []}, "Add 'openid' to"),
    ],
)
async def test_what_cannot_be_checked_stops_the_start(hub_at_provider, options, says):
    with pytest.raises(ConfigurationError, match="extra_authorize_params") as caught:
        await hub_at_provider(**options)
    assert says in str(caught.value)
    assert "[authentication-demand]" in str(caught.value)
