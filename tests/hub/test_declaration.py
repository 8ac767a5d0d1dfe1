"""What a provider's class declares becomes defaults of options; operators and subclasses take precedence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from traitlets import Unicode, default

from oauthenticator_suite import GenericOAuthenticator, GitHubOAuthenticator, OAuthenticator
from oauthenticator_suite.hub.options.declaration import Claims, Endpoints
from oauthenticator_suite.hub.options.template import fill, from_environment, placeholders
from oauthenticator_suite.hub.options.trait_types import URL, Grants
from oauthenticator_suite.policy.profile import ProfileClaims


class LabOAuthenticator(OAuthenticator):
    """A provider with everything that can be declared."""

    service = "Example Lab"
    environment = "LAB"
    user_auth_state_key = "lab_user"
    endpoints = Endpoints(
        issuer="{lab_url}",
        authorize="{lab_url}/authorize",
        token="{lab_api}/token",
        userdata="{lab_api}/me",
        jwks="{lab_url}/keys",
        revocation="{lab_url}/revoke",
        end_session="{lab_url}/bye",
        site="{lab_url}",
        grants_page="{lab_url}/grants/{client_id}",
    )
    claims = Claims(subject="account.number", username="login", groups="teams", name="full_name", picture="photo")
    default_scope = ("openid", "teams")

    lab_url = URL("https://lab.example", env=("LAB_URL", "https://{LAB_HOST}"), config=True)
    lab_api = URL("{lab_url}/api/v1", config=True)
    allowed_teams = Grants("team", scope="teams", help="")
    allowed_rooms = Grants("room", help="")


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LAB_URL", "LAB_HOST", "LAB_CLIENT_ID", "OAUTH_CLIENT_ID", "OIDC_ISSUER", "OAUTH2_TOKEN_URL"):
        monkeypatch.delenv(name, raising=False)


DECLARED = {
    "issuer": "https://lab.example",
    "authorize_url": "https://lab.example/authorize",
    "token_url": "https://lab.example/api/v1/token",
    "userdata_url": "https://lab.example/api/v1/me",
    "jwks_url": "https://lab.example/keys",
    "revocation_url": "https://lab.example/revoke",
    "end_session_url": "https://lab.example/bye",
    "rp_initiated_logout": True,
    "scope": ["openid", "teams"],
    "username_claim": "login",
    "auth_state_groups_key": "lab_user.teams",
    "login_service": "Example Lab",
}


@pytest.mark.parametrize("option", DECLARED)
def test_a_declaration_is_the_default_of_an_option(option: str) -> None:
    assert getattr(LabOAuthenticator(), option) == DECLARED[option]


def test_other_attributes_follow() -> None:
    lab = LabOAuthenticator(client_id="hub")
    assert (lab.client_id_env, lab.client_secret_env) == ("LAB_CLIENT_ID", "LAB_CLIENT_SECRET")
    assert lab.profile_claims == Claims(
        subject="account.number", username="login", groups="teams", name="full_name", picture="photo"
    )
    assert lab.revoke_url == "https://lab.example/grants/hub"
    assert lab.account_issuer == "https://lab.example"
    assert lab.scopes_for == {"allowed_teams": ("teams",)}


@pytest.mark.parametrize(
    ("number", "subject"), [(17, "17"), ("17", "17"), ("", None), (True, None), (None, None), (1.5, None), ([1], None)]
)
def test_the_subject_is_the_declared_claim(number: Any, subject: str | None) -> None:
    assert LabOAuthenticator().subject_of({"account": {"number": number}, "sub": "another"}) == subject


def test_an_option_that_other_options_follow() -> None:
    lab = LabOAuthenticator(lab_url="https://lab.example/there/")
    assert lab.issuer == "https://lab.example/there/", "an issuer keeps its slash"
    assert lab.account_issuer == "https://lab.example/there"
    assert lab.lab_api == "https://lab.example/there/api/v1"
    assert lab.token_url == "https://lab.example/there/api/v1/token"
    assert LabOAuthenticator(lab_api="https://api.example").token_url == "https://api.example/token"
    assert LabOAuthenticator(lab_url="").token_url == "", "an unknown address makes no half of a URL"


def test_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_HOST", "host.example")
    assert LabOAuthenticator().authorize_url == "https://host.example/authorize"
    monkeypatch.setenv("LAB_URL", "https://url.example")
    assert LabOAuthenticator().authorize_url == "https://url.example/authorize"
    monkeypatch.setenv("OAUTH_CLIENT_ID", "of all")
    assert LabOAuthenticator().client_id == "of all"
    monkeypatch.setenv("LAB_CLIENT_ID", "its own")
    assert LabOAuthenticator().client_id == "its own"


def test_variables_of_the_generic_class_do_not_change_another_provider(monkeypatch: pytest.MonkeyPatch) -> None:
    """An issuer in the environment is the generic provider's: on a Hub with both, each signs in at its own."""
    monkeypatch.setenv("OIDC_ISSUER", "https://login.example/realms/x/")
    monkeypatch.setenv("OAUTH2_TOKEN_URL", "https://login.example/token")
    assert GenericOAuthenticator().issuer == "https://login.example/realms/x/"
    assert GenericOAuthenticator().token_url == "https://login.example/token"
    for cls in (OAuthenticator, GitHubOAuthenticator):
        assert cls().issuer == ""
        assert "login.example" not in cls().token_url
    assert LabOAuthenticator().issuer == "https://lab.example"


class ClassAttributes(LabOAuthenticator):
    username_claim = "email"
    client_id_env = "OTHER_ID"
    endpoints = replace(LabOAuthenticator.endpoints, token="{lab_url}/other")


class Defaults(LabOAuthenticator):
    @default("username_claim")
    def _name(self) -> str:
        return "email"

    @default("token_url")
    def _token_url_default(self) -> str:
        return f"{super()._token_url_default()}?own"


class Traits(LabOAuthenticator):
    username_claim = Unicode("email", config=True)
    profile_claims = ProfileClaims(name="nick")


def test_subclasses_take_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTHER_ID", "other")
    for cls in (ClassAttributes, Defaults, Traits):
        assert cls().username_claim == "email"
    assert ClassAttributes().token_url == "https://lab.example/other"
    assert ClassAttributes().client_id == "other"
    assert Defaults().token_url == "https://lab.example/api/v1/token?own"
    assert Traits().profile_claims.name == "nick"


def test_the_operator_takes_precedence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAB_URL", "https://environment.example")
    for option, value in (("issuer", ""), ("scope", []), ("username_claim", "sub"), ("token_url", "https://t.example")):
        assert getattr(LabOAuthenticator(**{option: value}), option) == value


def test_a_misspelt_placeholder_stops_the_import() -> None:
    with pytest.raises(TypeError, match=r"Wrong\.endpoints\.token: Wrong has no 'lab_ulr'"):
        type("Wrong", (LabOAuthenticator,), {"endpoints": Endpoints(token="{lab_ulr}/token")})
    with pytest.raises(TypeError, match=r"Wrong\.lab_api: Wrong has no 'lab_ulr'"):
        type("Wrong", (LabOAuthenticator,), {"lab_api": URL("{lab_ulr}/api")})


def test_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    class Owner:
        url, number, empty = "https://a.example/", 4, ""

    monkeypatch.setenv("LAB_HOST", "host.example")
    for template, filled in (
        ("", ""),
        ("https://b.example", "https://b.example"),
        ("{url}", "https://a.example/"),
        ("{url}/v{number}", "https://a.example/v4"),
        ("{url}?x={number}", "https://a.example/?x=4"),
        ("{url}/{empty}", ""),
        ("{LAB_HOST}/{number}", "host.example/4"),
        ("{LAB_URL}/{number}", ""),
    ):
        assert fill(template, Owner()) == filled, template
    assert placeholders("{a}/{B_C}/{d_e}") == ["a", "d_e"]
    assert from_environment("", "LAB_URL", "http://{LAB_URL}", "http://{LAB_HOST}/x") == "http://host.example/x"
