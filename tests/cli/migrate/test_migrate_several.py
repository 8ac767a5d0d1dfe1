"""Entries of jupyterhub-multiauthenticator."""

from __future__ import annotations

import pytest

from .conftest import Migrate

BEFORE = """\
from multiauthenticator.multiauthenticator import MultiAuthenticator
from jupyterhub.auth import PAMAuthenticator
from oauthenticator.github import GitHubOAuthenticator
c.JupyterHub.authenticator_class = "multiauthenticator"
c.MultiAuthenticator.authenticators = [
    # the lab
    (GitHubOAuthenticator, "/github", {
        "client_id": "x",  # of the app
        "github_client_secret": "y",
        "oauth_callback_url": "https://hub.example.org/hub/github/oauth_callback",
    }),
    {
        "authenticator_class": "generic-oauth",
        "url_prefix": "/campus",
        "config": {"service_name": "campus", "username_key": "email"},
    },
    (PAMAuthenticator, "/local", {"service_name": "local"}),
]
"""
AFTER = """\
from oauthenticator_suite import MultiAuthenticator
from jupyterhub.auth import PAMAuthenticator
from oauthenticator_suite import GitHubOAuthenticator
c.JupyterHub.authenticator_class = "suite-multi"
c.MultiAuthenticator.authenticators = [
    # the lab
    {"authenticator_class": GitHubOAuthenticator, "provider": "github", "config": {
        "client_id": "x",  # of the app
        "client_secret": "y",
        "oauth_callback_url": "https://hub.example.org/hub/auth/github/authorize",
    }},
    {
        "authenticator_class": "suite-generic",
        "provider": "campus",
        "config": {"login_service": "campus", "username_claim": "email"},
    },
    {"authenticator_class": PAMAuthenticator, "provider": "local", "config": {}, "login_service": "local"},
]
c.MultiAuthenticator.username_collision = "prefix"
"""


def test_entries_get_the_form_of_this_package(migrated: Migrate) -> None:
    found = migrated(BEFORE)
    assert found.after == AFTER
    assert found.verdicts("the callback URL of /github") == ["look"]
    assert not [text for text in found.by_hand if "usernames" in text]


def test_the_result_is_left_as_it_is(migrated: Migrate) -> None:
    found = migrated(AFTER)
    assert found.after == AFTER


def test_usernames_that_cannot_stay_are_named(migrated: Migrate) -> None:
    found = migrated(
        'c.JupyterHub.authenticator_class = "multiauthenticator"\n'
        'c.MultiAuthenticator.authenticators = [("generic-oauth", "/uni", {"client_id": "x"})]\n'
    )
    assert "'oauth 2.0:' there, and with 'uni:' here" in found.text("usernames of /uni")


@pytest.mark.parametrize("prefix", ['""', '"all:"'])
def test_another_prefix_is_work_by_hand(migrated: Migrate, prefix: str) -> None:
    found = migrated(BEFORE + f"c.MultiAuthenticator.username_prefix = {prefix}\n")
    assert found.verdicts("c.MultiAuthenticator.username_prefix") == ["gone"]
    assert "username_collision" not in found.after.replace("# see username_collision", "")
    assert found.by_hand


def test_computed_entries_are_looked_at(migrated: Migrate) -> None:
    found = migrated("c.MultiAuthenticator.authenticators = [entry(name) for name in names]\n")
    assert "look" in found.verdicts("c.MultiAuthenticator.authenticators")


def test_in_values(migrated: Migrate) -> None:
    found = migrated(
        """\
        hub:
          config:
            JupyterHub:
              authenticator_class: multiauthenticator
            MultiAuthenticator:
              authenticators:
                - authenticator_class: github
                  url_prefix: /github
                  config:
                    client_id: x   # of the app
        """,
        "values.yaml",
    )
    assert (
        found.after
        == """\
hub:
  config:
    JupyterHub:
      authenticator_class: suite-multi
    MultiAuthenticator:
      username_collision: prefix
      authenticators:
        - authenticator_class: suite-github
          provider: github
          config:
            client_id: x   # of the app
"""
    )
