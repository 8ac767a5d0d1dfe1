"""Every option that all OAuth authenticators have: set alone, it does something that can be seen through a real Hub.

Most are shown where their subject is tested: `SHOWN_IN` says where. The others are shown here, by a function of the
option's name.
"""

import ast
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from aiohttp import web

from tests.conftest import generic_config
from tests.contract.test_options_table import NEWER, TABLE
from tests.fakes.openid_provider import FakeProvider
from tests.hub.certificates import certificate, server_context
from tests.support import HubState, refresh_is_due, start_hub
from tests.support.little_server import LittleServer, start_server

pytestmark = pytest.mark.hub_versions

TESTS = Path(__file__).parents[1]

SHOWN_IN = {
    "admin_groups": "hub/test_access_options.py::test_who_comes_in",
    "admin_users": "hub/test_access_options.py::test_who_comes_in",
    "allow_private_provider_addresses": "hub/test_address_checks.py::test_allow_private_provider_addresses",
    "allow_all": "hub/test_access_options.py::test_who_comes_in",
    "allow_existing_users": "hub/test_access_options.py::test_existing_users",
    "allowed_email_domains": "hub/test_access_options.py::test_who_comes_in",
    "allowed_groups": "hub/test_access_options.py::test_who_comes_in",
    "allowed_scopes": "hub/test_access_options.py::test_who_comes_in",
    "allowed_users": "hub/test_access_options.py::test_who_comes_in",
    "any_allow_config": "hub/test_configuration.py::test_a_hub_that_nobody_may_use_says_so",
    "auth_state_groups_key": "hub/test_access_options.py::test_groups_are_the_hubs_groups",
    "auto_login": "hub/test_login.py::test_auto_login_keeps_next",
    "blocked_users": "hub/test_access_options.py::test_who_comes_in",
    "client_auth_method": "contract/test_conformance_basic_rp.py::test_oidcc_client_test_client_secret_basic",
    "claim_source_issuers": "contract/test_conformance_claims.py::test_oidcc_client_test_aggregated_claims",
    "client_decryption_key_file": "hub/test_encrypted_tokens.py::test_a_login_and_a_refresh",
    "id_token_encrypted_response_alg": "hub/test_encrypted_tokens.py::test_encryption_is_demanded",
    "userinfo_encrypted_response_alg": "hub/test_encrypted_tokens.py::test_userinfo_that_is_not_as_demanded",
    "userinfo_signed_response_alg": "hub/test_encrypted_tokens.py::test_signed_userinfo_at_a_login_and_a_refresh",
    "enable_dpop": "hub/test_dpop.py::test_a_login_is_bound_to_its_key",
    "introspection_url": "hub/test_active_tokens.py::test_the_option_asks_although_there_is_a_refresh_token",
    "resources": "hub/test_resources.py::test_resources_are_in_every_request",
    "initiate_login": "hub/test_initiated_login.py::test_oidcc_client_test_3rd_party_init_login",
    "client_key_file": "hub/test_client_key_file.py::test_the_public_keys_are_published_before_during_and_after_a_rotation",
    "client_assertion_file": "hub/test_client_assertions.py::test_the_token_is_read_again_for_each_request",
    "client_certificate_file": "hub/test_mutual_tls.py::test_a_client_with_a_certificate_signs_users_in",
    "client_certificate_key_file": "hub/test_mutual_tls.py::test_a_client_with_a_certificate_signs_users_in",
    "client_secret_expires_at": "hub/test_client_secrets.py::test_an_expired_secret_does_not_stop_the_hub",
    "previous_client_secret": "hub/test_client_secrets.py::test_logins_go_on_while_the_provider_changes_to_the_new_secret",
    "previous_client_secret_file": "hub/test_client_secrets.py::test_both_secrets_in_files_that_change",
    "clock_tolerance": "hub/test_clocks.py::test_clock_tolerance",
    "collect_emails": "hub/test_profile_and_token.py::test_collect_emails",
    "custom_403_message": "hub/test_access_options.py::test_the_refusal_says_what_the_operator_wrote_and_the_log_names_the_rule",
    "enable_auth_state": "hub/test_overrides.py::test_auth_state_keys",
    "end_session_url": "hub/test_logging_out.py::test_end_session_url_is_enough",
    "security_profile": "hub/test_security_profile.py::test_one_option_is_enough",
    "enable_par": "hub/test_pushed_requests.py::test_the_browser_carries_a_reference_only",
    "request_object": "hub/test_request_objects.py::test_a_login",
    "response_mode": "hub/test_form_post.py::test_a_login",
    "follow_renames": "hub/test_renamed_users.py::test_follow_renames",
    "entitlement_namespaces": "hub/test_entitlements.py::test_entitlement_namespaces",
    "groups_case_sensitive": "hub/test_group_forms.py::test_groups_case_sensitive",
    "groups_format": "hub/test_group_forms.py::test_groups_format",
    "groups_name_key": "hub/test_group_forms.py::test_groups_format",
    "groups_separator": "hub/test_group_forms.py::test_groups_format",
    "merge_id_token_claims": "hub/test_merged_claims.py::test_groups_that_only_the_id_token_has",
    "log_findings": "hub/test_advice.py::test_advice_is_logged_at_the_start_unless_log_findings_is_off",
    "hash_event_usernames": "hub/test_events.py::test_hashed_usernames",
    "event_on_refresh": "hub/test_events.py::test_refreshes_can_be_left_out",
    "hub_name": "pages/test_pages.py::test_the_only_provider_is_one_button",
    "support_contact": "pages/test_pages.py::test_a_refused_user_can_ask",
    "privacy_url": "pages/test_pages.py::test_the_links_below_the_card",
    "terms_url": "pages/test_pages.py::test_the_links_below_the_card",
    "logo_url": "pages/test_pages.py::test_the_links_below_the_card",
    "status_url": "hub/test_status_url.py::test_the_page_of_a_provider_that_is_down",
    "page_language": "pages/test_pages.py::test_an_operator_may_fix_the_language",
    "group_roles": "hub/test_roles.py::test_roles_follow_the_groups_at_login",
    "login_service": "hub/test_login.py::test_the_sign_in_button",
    "acr_values": "hub/test_authentication_demands.py::test_acr_values",
    "reauthenticate_after": "hub/test_authentication_demands.py::test_reauthenticate_after",
    "session_idle_timeout": "hub/test_session_limits.py::test_idle_sessions",
    "session_max_age": "hub/test_session_limits.py::test_the_maximum_age",
    "logout_scope": "hub/test_sessions_end.py::test_logout_scope_browser",
    "logout_redirect_url": "hub/test_login.py::test_logout_redirect_url",
    "manage_groups": "hub/test_access_options.py::test_groups_are_the_hubs_groups",
    "manage_roles": "hub/test_roles.py::test_manage_roles_alone",
    "max_provider_connections": "hub/test_crowd.py::test_everybody_at_once",
    "modify_auth_state_hook": "hub/test_hooks.py::test_modify_auth_state_hook",
    "otp_prompt": "hub/test_hooks.py::test_an_option_of_forms_stops_the_start",
    "post_auth_hook": "hub/test_overrides.py::test_post_auth_hook",
    "provider_timeout": "contract/test_faults.py::test_f66_userinfo_that_never_answers",
    "reconcile_auth_state_hook": "hub/test_hooks.py::test_reconcile_gets_the_old_and_the_new_and_decides",
    "refresh_outage_grace": "hub/test_outage.py::test_the_grace_ends",
    "refresh_user_hook": "hub/test_refresh.py::test_refresh_user_hook",
    "request_otp": "hub/test_hooks.py::test_an_option_of_forms_stops_the_start",
    "require_verified_email": "hub/test_access_options.py::test_who_comes_in",
    "required_claims": "hub/test_access_options.py::test_who_comes_in",
    "reset_managed_roles_on_startup": "hub/test_roles.py::test_a_restart_and_the_next_page",
    "revoke_tokens_on_denial": "hub/test_sessions_end.py::test_revoke_tokens_on_denial",
    "stop_servers_on_denial": "hub/test_sessions_end.py::test_stop_servers_on_denial",
    "revoke_tokens_on_logout": "hub/test_logging_out.py::test_revoking",
    "scope": "contract/test_conformance_basic_rp.py::test_oidcc_client_test_scope_userinfo_claims",
    "userdata_from_id_token": "hub/test_refresh.py::test_with_user_data_from_the_id_token",
    "username_claim": "hub/test_access_options.py::test_username_claim",
    "username_map": "hub/test_access_options.py::test_username_map_applies_once",
    "username_pattern": "hub/test_access_options.py::test_who_comes_in",
    "validate_token_url": "hub/test_profile_and_token.py::test_a_refresh_asks_whether_the_token_is_good",
    "access_token_url": "hub/test_contract_of_others.py::test_options_by_other_names",
    "api_base_url": "hub/test_contract_of_others.py::test_options_by_other_names",
    "whitelist": "hub/test_old_names.py::test_an_old_restriction_restricts",
}

SCENARIOS: dict[str, Callable[["Scene"], Awaitable[None]]] = {}


def scenario(function):
    SCENARIOS[function.__name__] = function
    return function


class TwoAddresses(FakeProvider):
    """Has each endpoint below ``/own`` as well, which its metadata do not tell."""

    def endpoints(self):
        known = super().endpoints()
        return known | {f"/own{path}": endpoint for path, endpoint in known.items()}


class Scene:
    """A provider, the Hub that a scenario starts there, and what the provider was asked."""

    def __init__(self, provider, hubs, folder):
        self.provider = provider
        self.folder = folder
        self._hubs = hubs

    async def hub(self, spawner_class="simple", services=(), **traits):
        state = HubState()
        self.provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
        config = generic_config(self.provider, **traits)
        config.JupyterHub.update(spawner_class=spawner_class, services=list(services))
        return await self._hubs(config, state)

    async def login(self, **traits):
        """alice's login at a Hub with these options: the status and path that it ends with, and the rest."""
        hub = await self.hub(**traits)
        browser = hub.browser()
        page = await browser.login("alice")
        return SimpleNamespace(hub=hub, browser=browser, status=page.status, path=page.path)

    def asked(self, endpoint):
        """The last request to one of the provider's endpoints."""
        return self.provider.requests_to(endpoint)[-1]


@pytest.fixture
async def provider():
    async with TwoAddresses() as provider:
        yield provider


@pytest.fixture
def scene(provider, hubs, tmp_path):
    return Scene(provider, hubs, tmp_path)


@pytest.mark.parametrize("option", sorted(TABLE.keys() - SHOWN_IN.keys() - NEWER))
async def test_option(scene, option):
    await SCENARIOS[option](scene)


# --- where the provider is -------------------------------------------------------------------------------------------


@scenario
async def issuer(scene):
    """The endpoints without an option are those of the metadata."""
    assert (await scene.login()).status == 200
    assert scene.asked("metadata").path == "/.well-known/openid-configuration"
    assert scene.asked("token").path == "/token"


@scenario
async def discovery_url(scene):
    await scene.login(discovery_url=f"{scene.provider.issuer}/own/.well-known/openid-configuration")
    assert {call.path for call in scene.provider.requests_to("metadata")} == {"/own/.well-known/openid-configuration"}


@scenario
async def jwks_url(scene):
    assert (await scene.login(jwks_url=f"{scene.provider.issuer}/jwks?by=option")).status == 200
    assert {call.query for call in scene.provider.requests_to("jwks")} == {"by=option"}


@scenario
async def authorize_url(scene):
    assert (await scene.login(authorize_url=f"{scene.provider.issuer}/own/authorize")).status == 200
    assert scene.asked("authorize").path == "/own/authorize"


@scenario
async def token_url(scene):
    assert (await scene.login(token_url=f"{scene.provider.issuer}/own/token")).status == 200
    assert scene.asked("token").path == "/own/token"


@scenario
async def userdata_url(scene):
    assert (await scene.login(userdata_url=f"{scene.provider.issuer}/own/userinfo")).status == 200
    assert scene.asked("userinfo").path == "/own/userinfo"


@scenario
async def id_token_signed_response_alg(scene):
    """The provider signs with RS256."""
    assert (await scene.login(id_token_signed_response_alg={"ES256"})).status == 502


# --- this Hub as its client ------------------------------------------------------------------------------------------


@scenario
async def client_id(scene):
    another = scene.provider.register("another", scene.provider.client.client_secret)
    login = await scene.hub(client_id="another")
    another.redirect_uris.add(login.callback_url)
    assert (await login.browser().login("alice")).status == 200
    assert scene.asked("authorize").fields["client_id"] == "another"


@scenario
async def client_secret(scene):
    assert (await scene.login(client_secret="not the secret that the provider knows")).status == 502
    assert scene.asked("token").status == 401


@scenario
async def client_secret_file(scene):
    file = scene.folder / "secret"
    file.write_text(f"{scene.provider.client.client_secret}\n")
    login = await scene.login(client_secret="", client_secret_file=str(file))
    assert login.status == 200
    file.write_text("another, that the provider does not know")
    assert (await login.hub.browser().login("bob")).status == 502


@scenario
async def basic_auth(scene):
    """The provider offers both ways, and this client is registered for Basic."""
    assert (await scene.login(client_auth_method="", basic_auth=True)).status == 200
    assert scene.asked("token").headers["authorization"].startswith("Basic ")


@scenario
async def enable_pkce(scene):
    """This provider insists on it."""
    assert (await scene.login(enable_pkce=False)).status == 400
    assert not {"code_challenge", "code_challenge_method"} & scene.asked("authorize").fields.keys()


@scenario
async def oauth_callback_url(scene):
    url = "https://hub.example.org/hub/oauth_callback"
    scene.provider.client.redirect_uris.add(url)
    hub = await scene.hub(oauth_callback_url=url)
    browser = hub.browser("alice")
    page = await browser.follow(await browser.get("/hub/oauth_login"), stop_before=url)
    assert page.location.startswith(f"{url}?code=")


@scenario
async def extra_authorize_params(scene):
    assert (await scene.login(extra_authorize_params={"prompt": "consent", "max_age": 60})).status == 200
    fields = scene.asked("authorize").fields
    assert (fields["prompt"], fields["max_age"]) == ("consent", "60")


@scenario
async def token_params(scene):
    """This provider takes no fields that it does not know."""
    assert (await scene.login(token_params={"audience": "https://api.example.org"})).status == 502
    assert scene.asked("token").fields["audience"] == "https://api.example.org"


# --- requests to the provider ----------------------------------------------------------------------------------------


@scenario
async def userdata_params(scene):
    """This provider wants no query."""
    assert (await scene.login(userdata_params={"fields": "name,email"})).status == 502
    assert scene.asked("userinfo").query == "fields=name%2Cemail"


@scenario
async def userdata_token_method(scene):
    """This provider wants the token in the header."""
    assert (await scene.login(userdata_token_method="url")).status == 502
    assert scene.asked("userinfo").query.startswith("access_token=")
    assert "authorization" not in scene.asked("userinfo").headers


@scenario
async def user_agent(scene):
    assert (await scene.login(user_agent="Example Hub (hub@example.org)")).status == 200
    assert {scene.asked(endpoint).headers["user-agent"] for endpoint in ("metadata", "token", "userinfo")} == {
        "Example Hub (hub@example.org)"
    }


@scenario
async def http_request_kwargs(scene):
    assert (await scene.login(http_request_kwargs={"user_agent": "By kwargs"})).status == 200
    assert scene.asked("token").headers["user-agent"] == "By kwargs"


@scenario
async def validate_server_cert(scene):
    """User data from a server whose certificate is not trusted."""

    async def me(request):
        return web.json_response({**scene.provider.users["alice"], "preferred_username": "by-tls"})

    tls = server_context(certificate("localhost").save(scene.folder / "server.pem"))
    runner = web.AppRunner(web.Application(), access_log=None)
    runner.app.router.add_get("/me", me)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls).start()
    try:
        url = f"https://localhost:{runner.addresses[0][1]}/me"
        login = await scene.login(userdata_url=url, validate_server_cert=False)
        assert login.status == 200
        assert login.hub.accounts() == {"by-tls": False}
    finally:
        await runner.cleanup()


# --- the Hub's own ---------------------------------------------------------------------------------------------------


@scenario
async def auto_login_oauth2_authorize(scene):
    """A user who comes from an application is sent to the provider without a click. No other user is."""
    application = {
        "name": "notes",
        "oauth_client_id": "service-notes",
        "oauth_redirect_uri": "https://notes.example.org/back",
        "api_token": "t" * 32,
    }
    hub = await scene.hub(auto_login_oauth2_authorize=True, services=[application])
    browser = hub.browser("alice")
    query = "client_id=service-notes&response_type=code&redirect_uri=https%3A%2F%2Fnotes.example.org%2Fback"
    page = await browser.follow(
        await browser.get(f"/hub/api/oauth2/authorize?{query}"), stop_before=f"{scene.provider.issuer}/authorize"
    )
    assert page.path == "/hub/oauth_login"
    assert (await browser.open("/hub/home")).path == "/hub/login"


@scenario
async def delete_invalid_users(scene):
    """Who is in the database and may not be there by `username_pattern` goes at the next start."""
    state = HubState(directory=scene.folder)
    scene.provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    config = generic_config(scene.provider)
    async with start_hub(config, state) as hub:
        for name in ("alice", "bob"):
            assert (await hub.browser().login(name)).status == 200
    config.GenericOAuthenticator.update(username_pattern="b.*", delete_invalid_users=True)
    async with start_hub(config, state) as hub:
        assert set(hub.accounts()) == {"bob"}


KEPT = {"enable_auth_state": True, "user_data_max_age": 0}


@scenario
async def auth_refresh_age(scene):
    """0: the provider is never asked again."""
    login = await scene.login(auth_refresh_age=0, **KEPT)
    refresh_is_due(login.hub)
    asked = len(scene.provider.calls)
    assert (await login.browser.get("/hub/home")).status == 200
    assert len(scene.provider.calls) == asked


@scenario
async def auth_refresh_strict(scene):
    """A script's API token is worth nothing when its owner must log in again."""
    login = await scene.login(auth_refresh_strict=True, **KEPT)
    token = login.hub.app.users["alice"].new_api_token()

    async def who_am_i():
        refresh_is_due(login.hub)
        return await login.hub.browser().get("/hub/api/user", headers={"Authorization": f"token {token}"})

    assert json.loads((await who_am_i()).body)["name"] == "alice"
    scene.provider.revoke_everything()
    assert (await who_am_i()).status == 403
    login.hub.authenticator.auth_refresh_strict = False
    assert (await who_am_i()).status == 200


@scenario
async def refresh_pre_spawn(scene):
    """A server starts with tokens of just now, although the Hub would not ask yet."""
    login = await scene.login(refresh_pre_spawn=True, spawner_class=LittleServer, **KEPT)
    asked = scene.provider.count("userinfo")
    user = await start_server(login.hub, login.browser)
    assert scene.provider.count("userinfo") == asked + 1
    await user.stop()


@scenario
async def refresh_pre_stop(scene):
    """Before a server stops the provider is asked about its user, although the Hub would not ask yet."""
    login = await scene.login(refresh_pre_stop=True, spawner_class=LittleServer, **KEPT)
    user = await start_server(login.hub, login.browser)
    asked = scene.provider.count("userinfo")
    token = {"Authorization": f"token {user.new_api_token()}"}
    await login.hub.browser().request("DELETE", "/hub/api/users/alice/server", headers=token)
    assert scene.provider.count("userinfo") == asked + 1
    await user.stop()


# --- and nothing is left out ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("option", sorted(SHOWN_IN | SCENARIOS | TABLE))
def test_every_option_is_shown_in_one_place(option):
    """Here or there, where a test of this name speaks of the option."""
    assert (option in SCENARIOS) is not (option in SHOWN_IN)
    assert option in TABLE
    if option in SHOWN_IN:
        file, _, test = SHOWN_IN[option].partition("::")
        source = (TESTS / file).read_text("utf-8")
        functions = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert test in {node.name for node in ast.parse(source).body if isinstance(node, functions)}
        assert option in source
