"""Remarks that depend on what a configuration sets or leaves out."""

from __future__ import annotations

import pytest

from .conftest import Migrate


@pytest.mark.parametrize(("name", "cls"), [("google", "GoogleOAuthenticator"), ("auth0", "Auth0OAuthenticator")])
def test_unverified_addresses(migrated: Migrate, name: str, cls: str) -> None:
    found = migrated(f"c.JupyterHub.authenticator_class = {name!r}")
    assert "a user with an unverified e-mail address is refused also with allow_all" in found.text(cls)


@pytest.mark.parametrize("claim", ["unique_name", "upn"])
def test_claims_that_microsoft_no_longer_sends(migrated: Migrate, claim: str) -> None:
    found = migrated(f"""
        c.JupyterHub.authenticator_class = "azuread"
        c.AzureAdOAuthenticator.username_claim = "{claim}"  # as before
    """)
    assert found.verdicts("c.AzureAdOAuthenticator.username_claim") == ["change"]
    assert found.after.endswith('c.AzureAdOAuthenticator.username_claim = "preferred_username"  # as before\n')
    assert "compare the usernames of guests" in found.text("c.AzureAdOAuthenticator.username_claim")


def test_without_an_authenticator_the_hub_uses_pam(migrated: Migrate) -> None:
    found = migrated("c.LocalAuthenticator.create_system_users = True")
    assert found.verdicts("c.LocalAuthenticator.create_system_users") == ["stays"]
    assert "uses PAM" in found.text("c.LocalAuthenticator.create_system_users")


def test_a_section_that_no_named_authenticator_reads(migrated: Migrate) -> None:
    found = migrated("""
        c.JupyterHub.authenticator_class = "github"
        c.LocalAuthenticator.create_system_users = True
    """)
    assert "is read by no authenticator" in found.text("c.LocalAuthenticator.create_system_users")


IDP = "https://idp.example.org/shibboleth"
ALLOWED = '"username_derivation": {"username_claim": "email"}'


@pytest.mark.parametrize(
    ("value", "is_told"),
    [
        (f'{{"{IDP}": {{{ALLOWED}}}}}', False),
        (f'{{"{IDP}": {{{ALLOWED}, "allowed_domains": ["example.org"]}}}}', True),
        (f'{{"{IDP}": {{{ALLOWED}, **more()}}}}', True),
        ("read_from_a_file()", True),
    ],
)
def test_domains_of_identity_providers(migrated: Migrate, value: str, is_told: bool) -> None:
    """The note is about `allowed_domains`, which the value may have where it cannot be read."""
    found = migrated(f"""
        c.JupyterHub.authenticator_class = "cilogon"
        c.CILogonOAuthenticator.allowed_idps = {value}
    """)
    assert ("the value of allowed_domains is compared" in str(found.remarks)) is is_told
