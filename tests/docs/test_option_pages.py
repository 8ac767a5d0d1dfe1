"""The reference of options is made from the classes: every option of each, with its default and its variables.

What the pages look like when they are built is in `test_site`.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from oauthenticator_suite import OAuthenticator, registry
from oauthenticator_suite.hub.options.trait_types import Renamed
from reference_pages.environment import all_variables
from reference_pages.kinds import default_of
from reference_pages.options import options_of, public_classes
from reference_pages.subjects import NOT_FOR_PROVIDERS, SUBJECTS, subject_of
from tests.contract.own_options import OWN_OPTIONS
from tests.contract.test_options_table import ENVIRONMENT
from tests.docs.pages import DOCS, blocks, page
from tests.support.entry_points import PROVIDERS

CLASSES = {"OAuthenticator": OAuthenticator, **public_classes()}
every_class = pytest.mark.parametrize("cls", CLASSES.values(), ids=CLASSES)
every_provider = pytest.mark.parametrize("cls", PROVIDERS.values(), ids=lambda cls: cls.__name__)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in all_variables():
        monkeypatch.delenv(variable.name, raising=False)


@every_class
def test_a_page_has_every_option_of_the_class_once(cls: type[Any]) -> None:
    names = [option.name for option in options_of(cls).all]
    left_out = NOT_FOR_PROVIDERS if issubclass(cls, OAuthenticator) else set()
    assert sorted(names) == sorted(cls.class_traits(config=True).keys() - left_out)


@every_provider
def test_the_options_and_defaults_of_its_own_are_the_documented_ones(cls: type[Any]) -> None:
    expected = OWN_OPTIONS[cls.__name__]
    found = options_of(cls)
    assert {option.name: option.default for option in found.own} == {
        name: option.default for name, option in expected.own.items()
    }
    shown = {option.name: option.default for option in (*found.own, *found.changed, *found.others)}
    for name, default in expected.defaults.items():
        assert shown[name] == default, name
        if default != getattr(OAuthenticator(), name):
            assert name in {option.name for option in found.changed}


@every_provider
def test_an_old_name_says_the_new_one(cls: type[Any]) -> None:
    old = {option.name: option.old_name_of for option in options_of(cls).old_names}
    assert old == {name: t.new_name for name, t in cls.class_traits(config=True).items() if isinstance(t, Renamed)}
    for name, expected in OWN_OPTIONS[cls.__name__].old_names.items():
        assert old[name] == expected.new


@every_provider
def test_the_variables_of_an_option_are_those_that_set_it(cls: type[Any]) -> None:
    """A variable of `GenericOAuthenticator` is not on the pages of classes that ignore it."""
    expected = OWN_OPTIONS[cls.__name__]
    found = {option.name: set(option.variables) for option in options_of(cls).all}
    for name, (variable, _) in ENVIRONMENT.items():
        assert (variable in found[name]) is (name not in expected.fixed), (name, variable)
    for name, option in expected.own.items():
        for variables, _ in option.environment[-1:]:
            used = {each for other in found.values() for each in other}
            assert variables.keys() <= used, name
    if expected.client_variables:
        assert f"{expected.client_variables}_CLIENT_ID" in found["client_id"]
        assert f"{expected.client_variables}_CLIENT_SECRET" in found["client_secret"]


@every_class
def test_every_shared_option_has_a_subject(cls: type[Any]) -> None:
    for option in (*options_of(cls).changed, *options_of(cls).others):
        assert subject_of(option.name), f"add {option.name} to docs/reference_pages/subjects.py"


def test_an_option_has_one_subject() -> None:
    names = [name for options in SUBJECTS.values() for name in options]
    assert len(names) == len(set(names))


@every_class
def test_an_option_says_something(cls: type[Any]) -> None:
    for option in options_of(cls).all:
        assert option.summary, option.name
        assert option.kind
        assert default_of(option.default)[0]
        assert option.help


def test_options_of_the_hub_are_marked() -> None:
    marked = {option.name: option.of_hub for option in options_of(OAuthenticator).all}
    assert marked["allow_all"]
    assert marked["auth_refresh_age"]
    assert not marked["issuer"]
    assert not marked["allowed_groups"]


def test_a_set_is_always_shown_in_the_same_order() -> None:
    assert default_of({"b", "a", "c"}) == ("{'a', 'b', 'c'}", True)
    assert default_of("") == ("empty", False)
    assert default_of(None) == ("not set", False)
    assert default_of(300) == ("300", True)


@pytest.mark.parametrize("entry", [*registry.PROVIDERS, *registry.OTHERS], ids=lambda entry: entry.cls)
def test_a_page_has_a_whole_configuration_of_the_class(entry: registry.Registered) -> None:
    """That it loads and passes the checks of the start-up is tested in `test_docs`, as for every page."""
    (block,) = (block for block in blocks() if block.page == DOCS / "reference" / "options" / f"{entry.name}.md")
    assert "get_config()" in block.code
    assert len(block.code.strip().splitlines()) <= 21
    text = page(f"reference/options/{entry.name}.md")
    assert re.match(rf"# {entry.cls} options\n\n[A-Z].*\.\n", text), "the title and one sentence"
    assert f"(../../how-to/{entry.page}.md)" in text


def test_every_variable_of_a_help_text_is_listed() -> None:
    listed = {variable.name for variable in all_variables()} | set(
        re.findall(r"`([A-Z][A-Z_]+)`", page("reference/environment-variables.md"))
    )
    named: set[str] = set()
    for cls in CLASSES.values():
        for option in options_of(cls).all:
            named |= set(re.findall(r"``([A-Z][A-Z0-9]*_[A-Z0-9_]+)``", option.help))
    assert len(named) > 30
    assert named - listed == set()
