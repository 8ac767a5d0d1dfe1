"""A provider is a configuration face: what makes a login safe is not its to define."""

from __future__ import annotations

import inspect
from importlib import import_module
from pkgutil import walk_packages

import pytest
from jupyterhub.handlers import BaseHandler
from traitlets import HasTraits

import oauthenticator_suite.providers
from oauthenticator_suite.hub.base.authenticator import SuiteAuthenticator
from tests.support.entry_points import LOCAL, PROVIDERS

pytestmark = pytest.mark.hub_versions

SEALED = {
    "authenticate", "refresh_user", "check_allowed", "check_blocked_users", "get_authenticated_user",
    "authentication_model", "get_handlers", "policy", "decide", "readmit", "is_admin",
    "refuse_anothers_account", "login_start", "connection", "pipeline", "refresher", "logouts", "attempts",
    "id_token_claims", "is_of_this_provider",
    "may_own", "recorded_owner", "blocked_rules",
}  # fmt: skip

MODULES = [
    import_module(module.name)
    for module in walk_packages(oauthenticator_suite.providers.__path__, "oauthenticator_suite.providers.")
]
CLASSES = {
    cls
    for module in MODULES
    for _, cls in inspect.getmembers(module, inspect.isclass)
    if cls.__module__ == module.__name__ and issubclass(cls, SuiteAuthenticator)
}


@pytest.mark.parametrize("cls", sorted(CLASSES, key=lambda cls: cls.__name__))
def test_no_provider_defines_a_sealed_name(cls: type) -> None:
    assert not vars(cls).keys() & SEALED


def test_no_provider_has_handlers_of_its_own() -> None:
    handlers = [
        cls
        for module in MODULES
        for _, cls in inspect.getmembers(module, inspect.isclass)
        if cls.__module__ == module.__name__ and issubclass(cls, BaseHandler)
    ]
    assert handlers == []


def test_all_that_is_sealed_is_there() -> None:
    """And all classes that are offered were looked at."""
    for cls in (*PROVIDERS.values(), *LOCAL.values()):
        assert cls in CLASSES
        assert {name for name in SEALED if not hasattr(cls, name)} == set()


@pytest.mark.parametrize("cls", sorted(PROVIDERS.values(), key=lambda cls: cls.__name__))
def test_an_inherited_class_brings_options(cls: type[SuiteAuthenticator]) -> None:
    """Inherit for configuration, compose for behaviour: only the bases have no options of their own.

    `ProviderRequests` and `OperatorRequests` are parts of `OAuthenticator` in separate files.
    """
    inherited = [base for base in cls.__mro__[1:] if base.__module__.startswith("oauthenticator_suite")]
    with_options = {base for base in inherited if issubclass(base, HasTraits) and base.class_own_traits(config=True)}
    without = {base.__name__ for base in inherited if base not in with_options}
    assert without == {"OAuthenticator", "ProviderRequests", "OperatorRequests", "SuiteAuthenticator"}


@pytest.mark.parametrize("cls", sorted(PROVIDERS.values(), key=lambda cls: cls.__name__))
def test_no_check_runs_twice(cls: type[SuiteAuthenticator]) -> None:
    checks = [check for base in cls.__mro__ for check in vars(base).get("startup_checks", ())]
    assert [check.code for check in checks if checks.count(check) > 1] == []
