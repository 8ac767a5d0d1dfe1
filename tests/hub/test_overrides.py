"""What an operator's own code may change, and what it cannot."""

import asyncio
from functools import cached_property
from typing import ClassVar

import pytest
from tornado import web

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from tests.conftest import generic_config
from tests.support import HubState, Time, check_invariants, reference_on

pytestmark = pytest.mark.hub_versions


@pytest.fixture
def hub_with(provider, hubs):
    """`await hub_with(cls, **traits)`: a Hub with an operator's subclass."""

    async def start(cls, **traits):
        state = HubState()
        provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(provider, **traits)
        config.JupyterHub.authenticator_class = cls
        return await hubs(config, state)

    return start


class EveryStage(GenericOAuthenticator):
    """Overrides all documented stages and calls on."""

    seen: ClassVar[list[str]] = []

    async def authenticate(self, handler, data=None, **kwargs):
        self.seen.append("authenticate")
        return await super().authenticate(handler, data, **kwargs)

    def build_access_tokens_request_params(self, handler, data=None):
        self.seen.append("params")
        return super().build_access_tokens_request_params(handler, data)

    async def get_token_info(self, handler, params):
        self.seen.append("token_info")
        assert params["grant_type"] == "authorization_code"
        return await super().get_token_info(handler, params)

    async def token_to_user(self, token_info):
        self.seen.append("user")
        return {**await super().token_to_user(token_info), "shoe_size": 39}

    def user_info_to_username(self, user_info):
        self.seen.append("username")
        return super().user_info_to_username(user_info) + "-of-lab"

    def normalize_username(self, username):
        return super().normalize_username(username).replace("-of-", "-at-")

    async def build_auth_state_dict(self, token_info, user_info):
        self.seen.append("auth_state")
        return {**super().build_auth_state_dict(token_info, user_info), "extra": 1}

    async def update_auth_model(self, auth_model):
        self.seen.append("model")
        auth_model["groups"] = ["from-override"]
        return await super().update_auth_model(auth_model)

    async def check_allowed(self, username, auth_model=None):
        self.seen.append("allowed")
        return await super().check_allowed(username, auth_model) or username == "bob-at-lab"


async def test_every_documented_stage(hub_with, provider):
    EveryStage.seen.clear()
    hub = await hub_with(
        EveryStage, allow_all=False, allowed_users={"alice-at-lab"}, manage_groups=True, enable_auth_state=True
    )
    await hub.browser().login("alice")
    assert EveryStage.seen == [
        "authenticate", "params", "token_info", "user", "username", "auth_state", "model", "allowed",
    ]  # fmt: skip
    state = await hub.auth_state("alice-at-lab")
    assert state["extra"] == 1
    assert state["oauth_user"]["shoe_size"] == 39
    assert [group.name for group in hub.app.users["alice-at-lab"].groups] == ["from-override"]
    assert (await hub.browser().login("bob")).status == 200
    assert (await hub.browser().login("carol")).status == 403


class YesToEverybody(GenericOAuthenticator):
    """Tries to let everybody in."""

    async def check_blocked_users(self, username, auth_model=None):
        return True

    async def check_allowed(self, username, auth_model=None):
        return True


async def test_no_override_gets_around_a_block(hub_with, provider):
    hub = await hub_with(YesToEverybody, blocked_users={"bob"}, allow_all=False)
    assert (await hub.browser().login("alice")).status == 200
    page = await hub.browser().login("bob")
    assert page.status == 403
    assert "rule=blocked_users" in hub.log.lines_with(reference_on(page, hub))[0]


class DropsParameters(GenericOAuthenticator):
    def build_access_tokens_request_params(self, handler, data=None):
        return {"code": "another", "code_verifier": "x"}


async def test_the_grant_cannot_be_dropped_from_the_token_request(hub_with, provider):
    """B6: the strict provider would refuse a token request without this attempt's verifier."""
    hub = await hub_with(DropsParameters)
    assert (await hub.browser().login("alice")).status == 200


class AnotherPersonsData(GenericOAuthenticator):
    async def token_to_user(self, token_info):
        return {"sub": "subject-of-carol", "preferred_username": "carol"}


async def test_user_data_of_another_subject_are_refused_from_an_override_too(hub_with, provider):
    """B20, F65."""
    hub = await hub_with(AnotherPersonsData)
    page = await hub.browser().login("alice")
    assert page.status == 502
    check_invariants(hub, provider)


class BadNames(GenericOAuthenticator):
    answer: ClassVar[object] = None

    def user_info_to_username(self, user_info):
        return self.answer


@pytest.mark.parametrize("answer", [None, 5, "", "../x", "a\u200bb", ["x"]], ids=repr)
async def test_names_from_an_override_are_vetted(hub_with, provider, answer):
    """F68, F69."""
    BadNames.answer = answer
    hub = await hub_with(BadNames)
    page = await hub.browser().login("alice")
    assert page.status == 403
    check_invariants(hub, provider)


class ForgesTheToken(GenericOAuthenticator):
    """Swaps in a token response that did not come from this login."""

    async def get_token_info(self, handler, params):
        info = await super().get_token_info(handler, params)
        return {**info, "id_token": self.other_id_token}


async def test_an_override_of_get_token_info_does_not_skip_the_id_tokens_checks(hub_with, provider):
    hub = await hub_with(GenericOAuthenticator, enable_auth_state=True)
    await hub.browser().login("bob")
    ForgesTheToken.other_id_token = (await hub.auth_state("bob"))["id_token"]
    hub.app.authenticator.__class__ = ForgesTheToken
    page = await hub.browser().login("alice")
    assert page.status == 502
    assert "nonce" in hub.log.lines_with(reference_on(page, hub))[0]


@pytest.mark.parametrize("kind", ["sync", "async"])
async def test_post_auth_hook(hub_at_provider, kind):
    def sync_hook(authenticator, handler, auth_model):
        auth_model["auth_state"]["hooked"] = auth_model["name"]
        return auth_model

    async def async_hook(authenticator, handler, auth_model):
        return sync_hook(authenticator, handler, auth_model)

    hub = await hub_at_provider(post_auth_hook=sync_hook if kind == "sync" else async_hook, enable_auth_state=True)
    await hub.browser().login("alice")
    assert (await hub.auth_state("alice"))["hooked"] == "alice"


async def test_post_auth_hook_cannot_rename_into_a_blocked_user(hub_at_provider, provider):
    def hook(authenticator, handler, auth_model):
        return {**auth_model, "name": "mallory"}

    hub = await hub_at_provider(post_auth_hook=hook, blocked_users={"mallory"})
    assert (await hub.browser().login("alice")).status == 403
    check_invariants(hub, provider)


async def test_post_auth_hook_that_returns_nothing_refuses(hub_at_provider, provider):
    hub = await hub_at_provider(post_auth_hook=lambda authenticator, handler, auth_model: None)
    page = await hub.browser().login("alice")
    assert page.status == 403
    assert "must return the auth_model" in hub.log.lines_with(reference_on(page, hub))[0]
    check_invariants(hub, provider)


@pytest.mark.parametrize("option", ["post_auth_hook", "modify_auth_state_hook"])
async def test_a_hook_that_raises_refuses_with_a_reference(hub_at_provider, option):
    """Never half a login; the traceback is in the log alone."""

    def hook(*args):
        raise RuntimeError("the hook's own trouble")

    hub = await hub_at_provider(**{option: hook})
    page = await hub.browser().login("alice")
    assert page.status == 500
    assert "trouble" not in page.body
    line = hub.log.lines_with(reference_on(page, hub))[0]
    assert option in line
    assert "the hook's own trouble" in line
    assert not hub.accounts()


async def test_a_hook_may_choose_the_hubs_own_error_page(hub_at_provider):
    def hook(*args):
        raise web.HTTPError(403, "Sign the terms of use first.")

    hub = await hub_at_provider(post_auth_hook=hook)
    page = await hub.browser().login("alice")
    assert page.status == 403
    assert "Sign the terms of use first." in page.text


async def test_modify_auth_state_hook(hub_at_provider):
    async def hook(authenticator, auth_state):
        auth_state["oauth_user"]["groups"] = ["from-hook"]
        return auth_state

    hub = await hub_at_provider(modify_auth_state_hook=hook, manage_groups=True)
    await hub.browser().login("alice")
    assert [group.name for group in hub.app.users["alice"].groups] == ["from-hook"]


async def test_auth_state_keys(hub_at_provider, provider):
    hub = await hub_at_provider(enable_auth_state=True)
    await hub.browser().login("alice")
    state = await hub.auth_state("alice")
    assert set(state) == {"access_token", "refresh_token", "id_token", "scope", "token_response", "oauth_user", "suite"}
    assert state["scope"] == ["openid", "profile", "email"]
    assert state["oauth_user"]["email"] == "alice@example.org"


async def test_httpfetch_is_the_subclasss_way_to_the_provider(hub, provider):
    metadata = await hub.authenticator.httpfetch(f"{provider.issuer}/.well-known/openid-configuration", "a look")
    assert metadata["issuer"] == provider.issuer
    response = await hub.authenticator.httpfetch(
        f"{provider.issuer}/.well-known/openid-configuration", "a look", parse_json=False,
        headers={"Accept": "application/json"},
    )  # fmt: skip
    assert provider.issuer in response.body.decode()
    with pytest.raises(TypeError, match="follow_redirects"):
        await hub.authenticator.httpfetch(provider.issuer, "a look", follow_redirects=True)


async def test_an_override_that_takes_its_time_uses_no_old_refresh_token(hub_with, provider):
    """Two pages look up facts; when the second continues, a refresh for the first has already replaced the token."""
    may_go_on = {2: asyncio.Event(), 3: asyncio.Event()}  # the first page, the second one; 1 is the login
    calls, both_have_asked = [], asyncio.Event()

    class Slow(GenericOAuthenticator):
        async def facts_about(self, username):
            calls.append(username)
            number = len(calls)
            if number == 3:
                both_have_asked.set()
            if number in may_go_on:
                await may_go_on[number].wait()
            return {}

    provider.access_token_lifetime = 1
    hub = await hub_with(Slow, enable_auth_state=True)
    time = Time(hub)
    assert (await hub.browser().login("alice")).status == 200
    time.passes(hub.authenticator.auth_refresh_age)
    user = hub.app.users["alice"]
    first, second = (asyncio.ensure_future(hub.authenticator.refresh_user(user)) for _ in range(2))
    await both_have_asked.wait()
    may_go_on[2].set()
    assert await first is True
    before = (await hub.auth_state("alice"))["refresh_token"]
    time.passes(60)
    may_go_on[3].set()
    assert await second is True
    assert (await hub.auth_state("alice"))["refresh_token"] != before
    assert provider.count("token") == 3
    assert not [refusal for refusal in provider.refusals if "refresh" in refusal]


class AsksForGroups(GenericOAuthenticator):
    """As people write it: groups from an API of the provider's, at every login and at every decision about a user."""

    async def update_auth_model(self, auth_model):
        token = auth_model["auth_state"]["access_token"]
        told = await self.httpfetch(f"{self.issuer}/userinfo", "groups", headers={"Authorization": f"Bearer {token}"})
        auth_model["groups"] = told["groups"]
        return auth_model


class AsksWhoIsAllowed(GenericOAuthenticator):
    """The same, with a request at every decision whether the user is allowed."""

    async def check_allowed(self, username, auth_model=None):
        token = auth_model["auth_state"]["access_token"]
        await self.httpfetch(f"{self.issuer}/userinfo", "membership", headers={"Authorization": f"Bearer {token}"})
        return True


@pytest.mark.parametrize("max_age", [0, 10_000])
@pytest.mark.parametrize("cls", [AsksForGroups, AsksWhoIsAllowed])
async def test_an_override_that_asks_logs_nobody_out_in_an_outage(hub_with, provider, cls, max_age):
    """The Hub decides with stored data: no new user can sign in, and a blocked user is signed out."""
    traits = {"allow_all": False, "allowed_groups": {"staff"}, "admin_groups": {"hub-admins"}}
    scope = ["openid", "profile", "groups"]
    hub = await hub_with(
        cls, enable_auth_state=True, manage_groups=True, scope=scope, user_data_max_age=max_age, **traits
    )
    browser, time = hub.browser(), Time(hub)
    assert (await browser.login("alice")).status == 200
    before = hub.accounts(), [group.name for group in hub.app.users["alice"].groups]
    provider.faults.on("F15", at="userinfo")
    for _ in range(3):
        time.passes(hub.authenticator.auth_refresh_age)
        assert (await browser.get("/hub/home")).status == 200
        assert before == (hub.accounts(), [group.name for group in hub.app.users["alice"].groups])
    hub.authenticator.blocked_users = {"alice"}
    time.passes(hub.authenticator.auth_refresh_age)
    assert "/hub/login" in (await browser.get("/hub/home")).location


class AnotherSignature(GenericOAuthenticator):
    async def token_to_user(self, token_info, http_client):
        return {}


class NeverCalled(GenericOAuthenticator):
    async def _apply_managed_groups(self, auth_model):
        return {}


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (AnotherSignature, ["AnotherSignature.token_to_user", "(self, token_info)"]),
        (NeverCalled, ["NeverCalled._apply_managed_groups", "get_user_groups"]),
    ],
)
async def test_an_override_that_cannot_work_stops_the_start_up(hub_with, cls, names):
    with pytest.raises(ConfigurationError) as error:
        await hub_with(cls)
    assert all(name in error.value.detail for name in names)


class OwnHelper(GenericOAuthenticator):
    """Uses its own `_apply_managed_groups`, and wraps `_token_to_auth_model`, in functions inside of methods."""

    def _apply_managed_groups(self, auth_model):
        return auth_model

    @cached_property
    def applied(self):
        return [self._apply_managed_groups(model) for model in ({},)]

    async def _token_to_auth_model(self, token_info):
        async def usual():
            return await super(OwnHelper, self)._token_to_auth_model(token_info)

        return await usual()


class HelperOfAProperty(GenericOAuthenticator):
    def _apply_managed_groups(self):
        return ["lab"]

    @property
    def lab_groups(self):
        return self._apply_managed_groups()


@pytest.mark.parametrize("cls", [OwnHelper, HelperOfAProperty])
async def test_helpers_of_a_subclass_do_not_stop_the_start_up(hub_with, cls):
    hub = await hub_with(cls)
    assert (await hub.browser().login()).status == 200


async def test_update_auth_model_gets_the_complete_model(hub_with, provider):
    """And its groups, admin and roles are kept; a name that it changes is normalised."""
    seen = []

    class Looks(GenericOAuthenticator):
        async def update_auth_model(self, auth_model):
            seen.append({name: auth_model[name] for name in ("name", "admin", "groups")})
            assert auth_model["auth_state"]["suite"]["subject"]
            return {**auth_model, "name": "COUNTESS"} if auth_model["name"] == "bob" else auth_model

    scope = ["openid", "profile", "groups"]
    traits = {"username_map": {"alice": "ada"}, "admin_users": {"ada", "bob"}, "scope": scope}
    hub = await hub_with(Looks, manage_groups=True, enable_auth_state=True, **traits)
    assert (await hub.browser().login("alice")).status == 200
    assert (await hub.browser().login("bob")).status == 200
    assert seen[0] == {"name": "ada", "admin": True, "groups": provider.users["alice"]["groups"]}
    assert hub.app.users["ada"].admin
    assert not hub.app.users["countess"].admin, "the administrator is bob, and no longer this user"


async def test_a_question_inside_a_stage_is_answered_by_the_rules(hub_with):
    answers = {}

    class Asks(GenericOAuthenticator):
        async def update_auth_model(self, auth_model):
            answers[auth_model["name"]] = await self.check_allowed(auth_model["name"], auth_model)
            return auth_model

    claims = {"required_claims": {"email_verified": True}}
    hub = await hub_with(Asks, allow_all=False, allowed_users={"alice"}, **claims)
    await hub.browser().login("alice")
    await hub.browser().login("bob")
    assert answers == {"alice": True, "bob": False}


async def test_authenticate_may_return_a_new_model(hub_with, provider):
    """The identity is known all the same: restrictions hold, and the account belongs to the subject."""

    class Fresh(GenericOAuthenticator):
        async def authenticate(self, handler, data=None, **kwargs):
            model = await super().authenticate(handler, data, **kwargs)
            return {"name": model["name"], "auth_state": {"mine": 1}}

    hub = await hub_with(Fresh, enable_auth_state=True, required_claims={"preferred_username": "alice"})
    assert (await hub.browser().login("bob")).status == 403
    assert (await hub.browser().login("alice")).status == 200
    state = await hub.auth_state("alice")
    assert state["mine"] == 1
    assert state["suite"]["subject"] == provider.users["alice"]["sub"]


async def test_groups_that_a_hook_has_removed_stay_removed_while_the_data_are_young(hub_at_provider):
    """The refresh decides on the groups that the login gave, and not on those before `post_auth_hook`."""

    def hook(authenticator, handler, auth_model):
        return {**auth_model, "groups": ["students"]}

    traits = {"allowed_groups": {"students"}, "admin_groups": {"staff"}, "allow_all": False}
    hub = await hub_at_provider(
        manage_groups=True, enable_auth_state=True, scope=["openid", "profile", "groups"], post_auth_hook=hook, **traits
    )
    browser = hub.browser()
    assert (await browser.login("alice")).status == 200
    hub.app.users["alice"].admin = False  # as an administrator would set it
    hub.app.db.commit()
    Time(hub).passes(hub.authenticator.auth_refresh_age)
    hub.authenticator.user_data_max_age = 10_000
    assert (await browser.get("/hub/home")).status == 200
    assert not hub.app.users["alice"].admin
    assert [group.name for group in hub.app.users["alice"].groups] == ["students"]
