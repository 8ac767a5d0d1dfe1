"""Plug-ins that other packages bring: real distributions on disk, some of them broken in every way."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import pytest
from jupyterhub.auth import Authenticator, DummyAuthenticator
from traitlets import Unicode
from traitlets.config import Config

from oauthenticator_suite import GitHubOAuthenticator, OAuthenticator, SimpleAuthenticator
from oauthenticator_suite.errors import ConfigurationError
from oauthenticator_suite.hub.base.authenticator import SuiteAuthenticator
from oauthenticator_suite.plugins import discover_plugins, wants_to_be_active
from tests.conftest import Install

pytestmark = pytest.mark.hub_versions

GOOD = """
from oauthenticator_suite import SimpleAuthenticator

class GoodAuthenticator(SimpleAuthenticator):
    'Somebody else has written it.'
"""


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> logging.Logger:
    caplog.set_level(logging.DEBUG)
    return logging.getLogger("plug-ins")


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]


def names_of(found: dict[str, type[Authenticator]]) -> dict[str, str]:
    return {name: cls.__name__ for name, cls in found.items()}


def test_there_are_none_by_themselves(log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    """The suite's own classes are not plug-ins: `discover_plugins` brings what others have written."""
    assert discover_plugins(log) == {}
    assert caplog.records == []


def test_a_plug_in_is_found(install: Install, log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    install("suite-good", "good-login = good_login:GoodAuthenticator", good_login=GOOD)
    found = discover_plugins(log)
    assert names_of(found) == {"good-login": "GoodAuthenticator"}
    assert issubclass(found["good-login"], SimpleAuthenticator)
    assert caplog.records == []


def test_one_that_knows_only_jupyterhub_is_found(install: Install, log: logging.Logger) -> None:
    install("dummy", "dummy = jupyterhub.auth:DummyAuthenticator")
    assert discover_plugins(log) == {"dummy": DummyAuthenticator}


BROKEN = {
    "raises": ("raise RuntimeError('the password is hunter2')", "loading it raised: RuntimeError"),
    "exits": ("raise SystemExit(3)", "loading it raised: SystemExit"),
    "is cancelled": ("import asyncio\nraise asyncio.CancelledError", "loading it raised: CancelledError"),
    "imports what is missing": ("import ldap_of_nobody", "ModuleNotFoundError: No module named 'ldap_of_nobody'"),
    "is no Python": ("class GoodAuthenticator(", "loading it raised: SyntaxError"),
    "lacks the class": ("", "loading it raised: AttributeError"),
    "is a function": ("def GoodAuthenticator(): pass", "it is not an Authenticator class"),
    "is another class": ("class GoodAuthenticator: pass", "it is not an Authenticator class"),
    "is an object": (GOOD + "GoodAuthenticator = GoodAuthenticator()", "it is not an Authenticator class"),
}


@pytest.mark.parametrize(("source", "why"), BROKEN.values(), ids=BROKEN)
def test_a_broken_one_is_skipped_and_the_others_are_there(
    install: Install, log: logging.Logger, caplog: pytest.LogCaptureFixture, source: str, why: str
) -> None:
    install("a-broken-one", "broken-login = broken_login:GoodAuthenticator", broken_login=source)
    install("suite-good", "good-login = good_login:GoodAuthenticator", good_login=GOOD)
    assert names_of(discover_plugins(log)) == {"good-login": "GoodAuthenticator"}
    (warning,) = warnings(caplog)
    assert warning.startswith("The plug-in 'broken-login' of 'a-broken-one' is skipped: ")
    assert why in warning
    assert "hunter2" not in warning
    for record in caplog.records:
        assert record.levelno == logging.DEBUG or record.exc_info is None
    assert ("raised" in warning) == any(record.exc_info for record in caplog.records)


def test_the_operator_may_still_interrupt(install: Install, log: logging.Logger) -> None:
    install("a-slow-one", "slow-login = slow_login:Any", slow_login="raise KeyboardInterrupt")
    with pytest.raises(KeyboardInterrupt):
        discover_plugins(log)


def test_a_file_of_entry_points_that_cannot_be_read(
    install: Install, log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    install("a-broken-one", "this line has no equals sign")
    install("suite-good", "good-login = good_login:GoodAuthenticator", good_login=GOOD)
    assert names_of(discover_plugins(log)) == {"good-login": "GoodAuthenticator"}
    (warning,) = warnings(caplog)
    assert warning.startswith("The plug-ins of 'a-broken-one' are skipped: their entry_points.txt cannot be read: ")


@pytest.mark.parametrize("metadata", [None, b"", b"Name: another\n", b"\xff\xfe\x00"], ids=str)
def test_a_distribution_that_does_not_say_what_it_is_stops_nothing(
    install: Install, log: logging.Logger, tmp_path: Path, metadata: bytes | None
) -> None:
    install("a-broken-one", "broken-login = no_such_module:GoodAuthenticator")
    path = tmp_path / "site" / "a_broken_one-1.0.dist-info" / "METADATA"
    path.unlink()
    if metadata is not None:
        path.write_bytes(metadata)
    install("suite-good", "good-login = good_login:GoodAuthenticator", good_login=GOOD)
    assert names_of(discover_plugins(log)) == {"good-login": "GoodAuthenticator"}


@pytest.mark.parametrize(
    "name", ["Good", "-good", "_good", "good.login", "good login", "../good", "gööd", "ɡood", "g" * 64]
)
def test_a_name_that_would_not_do_in_a_url_is_not_even_loaded(
    install: Install, log: logging.Logger, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    install("suite-good", f"{name} = good_login:GoodAuthenticator", good_login=f"raise RuntimeError\n{GOOD}")
    assert discover_plugins(log) == {}
    (warning,) = warnings(caplog)
    assert warning.startswith(f"The plug-in {name!a} of 'suite-good' is skipped: its name must fit ")
    assert "good_login" not in sys.modules


def test_of_two_with_one_name_the_first_distribution_counts(
    install: Install, log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    install("zebra", "login = zebra_login:GoodAuthenticator", zebra_login=GOOD)
    install("Aardvark", "login = aardvark_login:GoodAuthenticator", "earlier", aardvark_login=GOOD)
    assert discover_plugins(log)["login"].__module__ == "aardvark_login"
    assert warnings(caplog) == ["The plug-in 'login' of 'zebra' is skipped: 'aardvark' has a plug-in of the same name"]


def test_a_name_does_not_go_over_to_another_package_when_its_own_breaks(
    install: Install, log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    """Accounts are found by the name of the login; their owners must not change with an update."""
    install("zebra", "login = zebra_login:GoodAuthenticator", zebra_login=GOOD)
    install("aardvark", "login = aardvark_login:GoodAuthenticator", aardvark_login="raise RuntimeError")
    assert discover_plugins(log) == {}
    assert len(warnings(caplog)) == 2


def test_an_older_copy_further_down_the_path_does_not_count(
    install: Install, log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    install("suite_good", "old-login = old_login:GoodAuthenticator", "older", old_login=GOOD)
    install("Suite-Good", "new-login = new_login:GoodAuthenticator", "newer", new_login=GOOD)
    assert names_of(discover_plugins(log)) == {"new-login": "GoodAuthenticator"}
    assert caplog.records == []


# --- active or not ----------------------------------------------------------------------------------------------------


class LabAuthenticator(SimpleAuthenticator):
    """A plug-in as most are."""

    room = Unicode(config=True)


class PickyAuthenticator(LabAuthenticator):
    """One that decides by itself."""

    def configure(self) -> None:
        if self.room == "on fire":
            raise SystemExit
        self.is_enabled = self.room == "open"


class StrangersAuthenticator(Authenticator):
    """One that has never heard of this package."""

    async def authenticate(self, handler: object, data: object) -> None:
        return None


class House(Authenticator):
    """Something that has authenticators."""


def config_of(**sections: dict[str, object]) -> Config:
    return Config({name: Config(options) for name, options in sections.items()})


@pytest.mark.parametrize("cls", [LabAuthenticator, StrangersAuthenticator])
@pytest.mark.parametrize(
    ("sections", "active"),
    [
        ({}, False),
        ({"Authenticator": {"allow_all": True}}, False),
        ({"SuiteAuthenticator": {"allow_all": True}, "SimpleAuthenticator": {"allow_all": True}}, False),
        ({"OAuthenticator": {"allow_all": True}}, False),
        ({"<own>": {}}, False),
        ({"<own>": {"allow_all": True}}, True),
        ({"<own>": {"admin_users": {"ada"}}}, True),
        ({"House": {"<own>": Config({"allow_all": True})}}, True),
        ({"House": {"allow_all": True}}, False),
    ],
    ids=str,
)
def test_an_option_under_the_own_name_makes_it_active(
    cls: type[Authenticator], sections: dict[str, dict[str, object]], active: bool, log: logging.Logger
) -> None:
    def named(part: dict[str, object]) -> dict[str, object]:
        return {cls.__name__ if name == "<own>" else name: value for name, value in part.items()}

    config = config_of(**{name: named(options) for name, options in named(sections).items()})
    before = str(config)
    authenticator = cls(parent=House(config=config))
    assert wants_to_be_active(authenticator, log) is active
    assert getattr(authenticator, "is_enabled", active) is active
    assert str(config) == before


def test_what_was_put_into_its_own_copy_says_nothing(log: logging.Logger) -> None:
    """`MultiAuthenticator` gives each child a copy of the configuration in which it has put some options."""
    copy = config_of(LabAuthenticator={"provider": "lab"})
    assert not wants_to_be_active(LabAuthenticator(parent=House(config=Config()), config=copy), log)


def test_one_that_nobody_has_asked_is_active() -> None:
    """`authenticator_class` names it, and no `configure` is called."""
    assert LabAuthenticator(config=Config()).is_enabled


@pytest.mark.parametrize(("room", "active"), [("open", True), ("closed", False), ("on fire", False)])
def test_a_plug_in_may_decide_by_itself(
    room: str, active: bool, log: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    config = config_of(PickyAuthenticator={"room": room})
    assert wants_to_be_active(PickyAuthenticator(config=config), log) is active
    expected = ["PickyAuthenticator.configure() raised: SystemExit"] if room == "on fire" else []
    assert warnings(caplog) == expected


def test_configure_may_take_the_configuration(log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    """As in other projects: ``configure(self, config)``. It gets the whole configuration of the Hub."""

    class Positional(LabAuthenticator):
        def configure(self, config: Config) -> None:  # type: ignore[override]
            self.is_enabled = config.Somewhere.room == "open"

    class OtherName(LabAuthenticator):
        def configure(self, settings: Config) -> None:  # type: ignore[override]
            self.is_enabled = settings.Somewhere.room == "open"

    class ByKeyword(LabAuthenticator):
        def configure(self, *, config: Config) -> None:  # type: ignore[override]
            self.is_enabled = config.Somewhere.room == "open"

    class Anything(LabAuthenticator):
        def configure(self, *args: object, **kwargs: object) -> None:
            super().configure()
            self.is_enabled = not args
            assert not kwargs

    class Defaults(LabAuthenticator):
        def configure(self, strict: bool = False, config: object = None) -> None:
            self.is_enabled = not strict

    given = config_of(Somewhere={"room": "open"})
    for cls in (Positional, OtherName, ByKeyword, Anything, Defaults):
        assert wants_to_be_active(cls(config=given), log), cls
        copy = config_of(Somewhere={"room": "closed"})
        assert wants_to_be_active(cls(parent=House(config=given), config=copy), log), cls
    assert warnings(caplog) == []


def test_a_configure_with_other_parameters_is_named(log: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    class Demanding(LabAuthenticator):
        def configure(self, config: Config, app: object) -> None:  # type: ignore[override]
            raise AssertionError

    assert not wants_to_be_active(Demanding(config=Config()), log)
    (warning,) = warnings(caplog)
    assert "Demanding.configure" in warning
    assert "configure() or configure(config)" in warning


def test_a_class_without_authenticate_does_not_start() -> None:
    class Forgetful(SuiteAuthenticator):
        pass

    class Complete(SuiteAuthenticator):
        async def authenticate(self, handler: object, data: object) -> None:
            return None

    with pytest.raises(ConfigurationError, match="Forgetful does not define authenticate"):
        Forgetful(config=Config()).check_configuration()
    Complete(config=Config()).check_configuration()


@pytest.mark.parametrize("cls", [LabAuthenticator, SimpleAuthenticator, OAuthenticator, GitHubOAuthenticator])
async def test_a_class_that_asks_nobody_does_not_know_of_a_token(cls: type[SuiteAuthenticator]) -> None:
    assert await cls(config=Config()).validate_token("anything") is None
