"""Classes that a configuration derives, and the methods that they override."""

from __future__ import annotations

import pytest

from oauthenticator_suite.hub.base.startup_checks import SEALED
from oauthenticator_suite.hub.oauth import override_checks
from oauthenticator_suite.hub.oauth.older_methods import NEVER_CALLED

from .conftest import Migrate

BEGIN = "from oauthenticator.generic import GenericOAuthenticator\n\n\nclass Ours(GenericOAuthenticator):\n"
END = "\n\nc.JupyterHub.authenticator_class = Ours\n"


@pytest.mark.parametrize("name", sorted(override_checks.ARGUMENTS))
def test_a_method_with_the_same_arguments_stays(migrated: Migrate, name: str) -> None:
    arguments = ", ".join(("self", *override_checks.ARGUMENTS[name]))
    found = migrated(f"{BEGIN}    def {name}({arguments}):\n        return super().{name}({arguments[6:]})\n{END}")
    assert found.verdicts(f"Ours.{name}") == ["stays"]


@pytest.mark.parametrize("name", sorted(override_checks.ARGUMENTS))
def test_a_method_with_other_arguments_is_named(migrated: Migrate, name: str) -> None:
    found = migrated(f"{BEGIN}    def {name}(self, one, two, three, four, five):\n        return None\n{END}")
    assert "change" in found.verdicts(f"Ours.{name}")
    assert found.by_hand
    assert found.line(f"Ours.{name}") == 5


@pytest.mark.parametrize("name", sorted(NEVER_CALLED["OAuthenticator"]))
def test_a_method_that_is_never_called_is_named(migrated: Migrate, name: str) -> None:
    found = migrated(f"{BEGIN}    async def {name}(self, *args, **kwargs):\n        pass\n{END}")
    assert found.verdicts(f"Ours.{name}") == ["gone"]


@pytest.mark.parametrize("name", sorted(SEALED))
def test_a_method_that_stops_the_start_is_named(migrated: Migrate, name: str) -> None:
    found = migrated(f"{BEGIN}    def {name}(self):\n        pass\n{END}")
    assert "gone" in found.verdicts(f"Ours.{name}")


@pytest.mark.parametrize("name", ["authenticate", "refresh_user", "get_handlers"])
def test_a_method_that_needs_a_review_is_named(migrated: Migrate, name: str) -> None:
    found = migrated(f"{BEGIN}    async def {name}(self, *args, **kwargs):\n        return await super()\n{END}")
    assert found.verdicts(f"Ours.{name}") == ["look"]


def test_own_methods_and_options_are_not_mentioned(migrated: Migrate) -> None:
    found = migrated(
        f"{BEGIN}    lab_url = Unicode(config=True)\n\n    def in_lab(self, name):\n        return True\n{END}"
        'c.Ours.lab_url = "https://lab.example"\nc.Ours.issuer = "https://login.example"\n'
    )
    assert found.verdicts("Ours.in_lab") == []
    assert found.verdicts("c.Ours.lab_url") == ["stays"]
    assert not found.by_hand


def test_old_option_names_in_the_section_of_a_subclass(migrated: Migrate) -> None:
    found = migrated(f"{BEGIN}    pass\n{END}c.Ours.username_key = 'email'\n")
    assert found.after.endswith("c.Ours.username_claim = 'email'\n")


def test_a_handler_is_looked_at(migrated: Migrate) -> None:
    found = migrated(f"{BEGIN}    login_handler = MyHandler\n{END}")
    assert found.verdicts("Ours.login_handler") == ["look"]


def test_a_class_of_another_package_is_not_mentioned(migrated: Migrate) -> None:
    found = migrated("from lab import Base\nclass Ours(Base):\n    def update_auth_model(self): pass\nc.Ours.x = 1\n")
    assert found.remarks == []


def test_a_wrapped_walk_is_not_taken_for_one_that_leaves_out_the_base_class(migrated: Migrate) -> None:
    found = migrated(
        f"{BEGIN}    async def _token_to_auth_model(self, token_info):\n"
        f"        return await super()._token_to_auth_model(token_info)\n{END}"
    )
    assert found.verdicts("Ours._token_to_auth_model") == ["stays"]
    assert not any("does not call super" in remark.text for remark in found.remarks)


def test_a_failure_of_the_checks_is_no_traceback(migrated: Migrate, monkeypatch) -> None:
    from oauthenticator_suite.cli.migrate import rules

    def fail(cls, settings):
        raise AttributeError(cls)

    monkeypatch.setattr(rules, "findings_of", fail)
    found = migrated(f"{BEGIN}    pass\n{END}")
    assert "look" in found.verdicts("Ours")
    assert "cannot be tried (AttributeError)" in found.text("Ours")
