"""The attempt's cookie: sealed, taken once, and of no use when anything about it is changed."""

import random
from base64 import urlsafe_b64decode
from urllib.parse import urlsplit

import pytest

from oauthenticator_suite.hub.oauth.attempt_cookies import MAX_ATTEMPTS
from oauthenticator_suite.hub.oauth.attempts import LIFETIME
from tests.support import check_invariants

pytestmark = pytest.mark.hub_versions


def attempt_cookies(browser):
    return {name: value for name, value in browser.cookies.items() if "oauth-attempt-" in name}


async def test_its_attributes(hub, browser):
    hop = await browser.get("/hub/oauth_login")
    (line,) = [line for line in hop.set_cookies if "oauth-attempt-" in line]
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    assert {"httponly", "samesite=lax", "path=/hub/", f"max-age={LIFETIME}"} <= attributes
    assert len(line) < 300


async def test_on_https_no_sibling_can_plant_it(hub_at_provider):
    """F (login CSRF by a planted cookie): __Host-, Secure, no Domain."""
    hub = await hub_at_provider(oauth_callback_url="https://hub.example/hub/oauth_callback")
    hop = await hub.browser().get("/hub/oauth_login")
    (line,) = [line for line in hop.set_cookies if "oauth-attempt-" in line]
    attributes = {part.strip().lower() for part in line.split(";")[1:]}
    assert line.startswith("__Host-oauth-attempt-")
    assert {"secure", "httponly", "path=/"} <= attributes
    assert not any(attribute.startswith("domain") for attribute in attributes)


async def test_it_tells_its_bearer_nothing(hub, provider, browser):
    """A signed cookie can be read; this one cannot. Neither state, nonce, verifier nor destination shows."""
    callback = await browser.walk_to_callback("alice", next_url="/hub/secret-place")
    values = [value for name, value in browser.cookies.items() if name.startswith("oauth-")]
    assert len(values) == 2  # the attempt and its destination
    state = dict(p.split("=", 1) for p in urlsplit(callback).query.split("&"))["state"]
    for value in values:
        sealed = urlsafe_b64decode(value + "==")
        assert not [
            text for text in ("secret-place", "/hub/", "http", state) if text in value or text.encode() in sealed
        ]
    check_invariants(hub, provider)


async def test_any_change_voids_it(hub, provider, browser):
    """Fuzz target 2: bits flipped, cut, doubled, another's; never a server error, never a login."""
    callback = await browser.walk_to_callback("alice")
    ((name, value),) = attempt_cookies(browser).items()
    other = hub.browser()
    await other.walk_to_callback("bob")
    (others,) = attempt_cookies(other).values()
    dice = random.Random(7)
    changed = [others, "", "x", value[:-1], value + value, value[::-1], "=" * 100, "gAAAAA" * 5000, "caf\u00e9"]
    for _ in range(100):
        at = dice.randrange(len(value))
        letter = dice.choice("ABCDEFGHabcdefgh0123456789-_".replace(value[at], ""))
        changed.append(value[:at] + letter + value[at + 1 :])
    for cookie in changed:
        page = await hub.browser().get(callback, headers={"Cookie": f"{name}={cookie}".encode().decode("latin-1")})
        assert page.status == 400, cookie[:60]
    assert provider.count("token") == 0
    check_invariants(hub, provider)
    assert (await browser.open(callback)).status == 200


async def test_one_cookie_for_another_state_is_refused(hub, browser):
    """B3: swapping. The cookie of one tab under the name of another's."""
    one = await browser.walk_to_callback("alice")
    ((name, _),) = attempt_cookies(browser).items()
    other = hub.browser()
    await other.walk_to_callback("alice")
    (others,) = attempt_cookies(other).values()
    page = await hub.browser().get(one, headers={"Cookie": f"{name}={others}"})
    assert page.status == 400


async def test_old_attempts_are_dropped_when_another_is_begun(hub, provider, browser):
    for _ in range(3):
        await browser.get("/hub/oauth_login")
    hub.authenticator.attempts._clock = lambda: provider.clock() + LIFETIME + 1
    await browser.get("/hub/oauth_login")
    assert len(attempt_cookies(browser)) == 1


async def test_at_most_eight_are_kept(browser):
    for _ in range(MAX_ATTEMPTS + 3):
        await browser.get("/hub/oauth_login")
    assert len(attempt_cookies(browser)) == MAX_ATTEMPTS


async def test_what_is_remembered_is_bounded(hub, provider):
    """Invariant: the store of taken states forgets."""
    attempts = hub.authenticator.attempts
    now = provider.clock()
    attempts._clock = lambda: now
    for i in range(1000):
        attempts._mark_used(f"state-{i}")
    now += 2 * LIFETIME + 1
    attempts._mark_used("one more")
    assert len(attempts._used_states) == 1


@pytest.mark.parametrize("options", [{"SameSite": "None", "Secure": True}, {"samesite": "Strict"}])
async def test_an_operators_cookie_options_hold(provider, hubs, options):
    from tests.conftest import generic_config

    config = generic_config(provider)
    config.JupyterHub.tornado_settings = {"cookie_options": options}
    hub = await hubs(config)
    hop = await hub.browser().get("/hub/oauth_login")
    (line,) = [line for line in hop.set_cookies if "oauth-attempt-" in line]
    assert f"samesite={next(iter(options.values())).lower()}" in line.lower()
    assert "httponly" in line.lower()


async def test_a_code_does_not_go_to_a_provider_that_was_put_in_place_of_the_asked_one(hub_at_provider, provider):
    """B4: without an issuer, what counts is the token endpoint."""
    urls = {
        name: f"{provider.issuer}/{path}" for name, path in (("authorize_url", "authorize"), ("token_url", "token"))
    }
    hub = await hub_at_provider(issuer="", userdata_url=f"{provider.issuer}/userinfo", scope=["profile"],
                                username_claim="preferred_username", **urls)  # fmt: skip
    browser = hub.browser()
    callback = await browser.walk_to_callback()
    hub.authenticator.token_url = f"{provider.elsewhere}/token"
    page = await browser.open(callback)
    assert page.status == 400
    assert provider.count("elsewhere") == provider.count("token") == 0
