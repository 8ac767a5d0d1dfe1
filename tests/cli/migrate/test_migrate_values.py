"""Values of the Helm chart, and the configuration of The Littlest JupyterHub."""

from __future__ import annotations

import textwrap

import pytest

from oauthenticator_suite.cli.migrate.python_reader import UnreadableConfiguration

from .conftest import Migrate

VALUES = """\
# the Hub of the lab
jupyterhub:   # a subchart
  hub:
    config:
      JupyterHub:
        authenticator_class: "github"  # why
      GitHubOAuthenticator: &gh
        client_id: 'x'
        github_client_secret: s3cr3t-s3cr3t   # secret
        github_organization_whitelist: ["a", bb]
        nonsense:
          - 1
          # a comment in it
          - 2
        allowed_users: bob
      Authenticator: {whitelist: [a1, b1], admin_users: [a1]}
    extraConfig:
      00-first: |
        # Python
        from oauthenticator.github import GitHubOAuthenticator

        c.GitHubOAuthenticator.junk = [

            1,
        ]
        if c.JupyterHub.authenticator_class == "github":
            c.GitHubOAuthenticator.junk = 1
        # the end

      # a comment of YAML
      second: "c.GitHubOAuthenticator.github_client_id = 1"
    extraEnv:
      OAUTH_CALLBACK_URL: https://hub.example.org/hub/oauth_callback
other: *gh
---
second: document
"""
MOVED = """\
# the Hub of the lab
jupyterhub:   # a subchart
  hub:
    config:
      JupyterHub:
        authenticator_class: "suite-github"  # why
      GitHubOAuthenticator: &gh
        client_id: 'x'
        client_secret: s3cr3t-s3cr3t   # secret
        allowed_organizations: ["a", bb]
        # not an option: c.GitHubOAuthenticator.nonsense had no effect
        # nonsense:
        #   - 1
        #   # a comment in it
        #   - 2
        allowed_users: ["bob"]
      Authenticator: {allowed_users: [a1, b1], admin_users: [a1]}
    extraConfig:
      00-first: |
        # Python
        from oauthenticator_suite import GitHubOAuthenticator

        # not an option: c.GitHubOAuthenticator.junk had no effect
        # c.GitHubOAuthenticator.junk = [

        #     1,
        # ]
        if c.JupyterHub.authenticator_class == "suite-github":
            # not an option: c.GitHubOAuthenticator.junk had no effect
            pass
            # c.GitHubOAuthenticator.junk = 1
        # the end

      # a comment of YAML
      second: "c.GitHubOAuthenticator.github_client_id = 1"
    extraEnv:
      OAUTH_CALLBACK_URL: https://hub.example.org/hub/oauth_callback
other: *gh
---
second: document
"""


def test_values_are_changed_where_names_are(migrated: Migrate) -> None:
    found = migrated(VALUES, "values.yaml")
    assert found.after == MOVED
    assert found.line("c.GitHubOAuthenticator.github_client_secret") == 9
    assert found.line("from oauthenticator.github import GitHubOAuthenticator") == 20
    assert found.verdicts("OAUTH_CALLBACK_URL") == ["stays"]
    assert "s3cr3t-s3cr3t" not in "\n".join(map(str, found.remarks))


def test_the_result_is_left_as_it_is(migrated: Migrate) -> None:
    again = migrated(MOVED, "values.yaml")
    assert again.after == MOVED
    assert not again.configuration.is_changed


def test_code_outside_of_a_block_is_changed_by_hand(migrated: Migrate) -> None:
    found = migrated("hub:\n  extraConfig: \"c.JupyterHub.authenticator_class = 'github'\"\n", "values.yaml")
    assert not found.configuration.is_changed
    assert found.by_hand
    assert found.remarks[0].line == 2


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["|", "|-", "|+"])
def test_a_block_with_any_ends_of_lines(migrated: Migrate, tmp_path, newline: str, mark: str) -> None:
    text = f"hub:\n  extraConfig:\n    a: {mark}\n       c.Authenticator.whitelist = {{'a'}}\n\n       x = 1\n"
    file = tmp_path / "v.yaml"
    file.write_bytes(text.replace("\n", newline).encode())
    from oauthenticator_suite.cli.migrate.files import read

    after = read(file).files[0].after
    assert after == text.replace("whitelist", "allowed_users").replace("\n", newline)


def test_the_littlest_jupyterhub(migrated: Migrate) -> None:
    text = """\
    users:
      admin: [alice]
    auth:
      type: oauthenticator.github.GitHubOAuthenticator
      GitHubOAuthenticator:
        client_id: x
        github_client_secret: y
    """
    after = migrated(text, "config.yaml").after
    assert after == textwrap.dedent(text).replace("oauthenticator.github.", "oauthenticator_suite.").replace(
        "github_client_secret", "client_secret"
    )


def test_the_form_of_old_charts_is_named(migrated: Migrate) -> None:
    found = migrated("hub: {}\nauth:\n  type: github\n  github:\n    clientId: x\n", "values.yaml")
    assert found.verdicts("auth") == ["look"]


def test_files_of_the_chart(migrated: Migrate) -> None:
    found = migrated(
        "hub:\n  extraFiles:\n    mine:\n      mountPath: /usr/local/etc/jupyterhub/jupyterhub_config.d/a.py\n"
        "      stringData: |\n        c.Authenticator.whitelist = {'a'}\n",
        "values.yaml",
    )
    assert "c.Authenticator.allowed_users" in found.after


def test_code_that_is_not_python_is_looked_at(migrated: Migrate) -> None:
    found = migrated("hub:\n  extraConfig:\n    a: |\n      {{ template }} = 1\n", "values.yaml")
    assert found.verdicts("hub.extraConfig.a") == ["look"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a: b\n", "has no hub.config"),
        ("- a\n", "has no hub.config"),
        ("", "has no hub.config"),
        ("a: [\n", r"values\.yaml:\d+ is not valid YAML"),
        ("hub: *nothing\n", "not valid YAML"),
    ],
)
def test_other_files_are_refused(migrated: Migrate, text: str, why: str) -> None:
    with pytest.raises(UnreadableConfiguration, match=why):
        migrated(text, "values.yaml")


def test_an_old_groups_key_gets_its_new_value(migrated: Migrate) -> None:
    found = migrated("hub: {config: {GenericOAuthenticator: {claim_groups_key: a.b}}}\n", "values.yaml")
    assert found.after == 'hub: {config: {GenericOAuthenticator: {auth_state_groups_key: "oauth_user.a.b"}}}\n'
