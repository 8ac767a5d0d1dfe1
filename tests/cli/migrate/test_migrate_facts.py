"""The facts about oauthenticator hold for the code of both packages."""

from __future__ import annotations

import re
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import jupyterhub.auth
import oauthenticator
import pytest

import oauthenticator_suite
from oauthenticator_suite import registry
from oauthenticator_suite.cli.migrate import facts, names
from oauthenticator_suite.cli.migrate.options import class_named, fate_of

OLD = {
    entry.name: entry
    for entry in entry_points(group="jupyterhub.authenticators")
    if entry.value.startswith("oauthenticator.")
}
OTHER = {
    entry.name: entry
    for entry in entry_points(group="jupyterhub.authenticators")
    if entry.value.partition(".")[0] not in ("oauthenticator", "oauthenticator_suite")
}


def source_of(package: Any) -> str:
    root = Path(package.__file__).parent
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(root.rglob("*.py")) if "cli" not in path.parts)


def test_every_entry_point_of_oauthenticator_has_a_successor() -> None:
    assert len(OLD) > 20
    for name, entry in OLD.items():
        target = names.target_of_name(name)
        assert target is not None, name
        assert target.cls == entry.value.partition(":")[2]
        assert target.new in registry.classes()


@pytest.mark.parametrize("name", sorted(OLD))
def test_every_option_of_oauthenticator_is_here_or_has_a_sentence(name: str) -> None:
    old = OLD[name].load()
    missing = [
        option
        for option in old.class_traits(config=True)
        if fate_of(option, [class_named(old.__name__)]).kind == "unknown"
    ]
    assert missing == []


@pytest.mark.parametrize("path", sorted({f"{entry.value.partition(':')[0]}.{entry.attr}" for entry in OLD.values()}))
def test_import_paths_of_oauthenticator(path: str) -> None:
    target = names.target_of_import(path)
    assert target is not None
    assert target.new == f"oauthenticator_suite.{path.rpartition('.')[2]}"
    assert getattr(oauthenticator_suite, target.cls).__name__ == target.cls


def test_the_names_of_other_packages_are_those_of_their_entry_points() -> None:
    known = {name: entry.attr for name, entry in OTHER.items() if entry.attr in names.OF_OTHER_PACKAGES}
    assert {name: cls for name, cls in names.OTHER_NAMES.items() if name in known} == known
    assert names.OTHER_NAMES.keys() - known.keys() <= {"shared-password"}  # of newer Hubs


def test_only_here_names_providers_without_a_class_there() -> None:
    there = {entry.attr for entry in OLD.values()}
    for entry in registry.PROVIDERS:
        assert (entry.cls in there) == (entry.name not in names.ONLY_HERE), entry.name


@pytest.mark.parametrize("name", sorted(facts.ENVIRONMENT))
def test_both_packages_read_the_variable(name: str) -> None:
    if name.endswith(("_CLIENT_ID", "_CLIENT_SECRET")) and name[:5] != "OAUTH":
        provider = next(entry for entry in registry.PROVIDERS if entry.name == name.partition("_")[0].lower())
        cls = getattr(oauthenticator_suite, provider.cls)
        assert name in (cls.client_id_env, cls.client_secret_env)
        assert name in source_of(oauthenticator)
        return
    for package in (oauthenticator, oauthenticator_suite):
        assert re.search(rf"\b{name}\b", source_of(package)), package.__name__


@pytest.mark.parametrize("cls", sorted(facts.LOGIN_SERVICES))
def test_the_login_service_of_oauthenticator(cls: str) -> None:
    entry = next(entry for entry in OLD.values() if entry.attr == cls)
    trait = entry.load().class_traits()["login_service"]
    assert facts.LOGIN_SERVICES[cls] in (trait.default(None), entry.load().login_service) or facts.LOGIN_SERVICES[
        cls
    ] in Path(import_module(entry.value.partition(":")[0]).__file__ or "").read_text(encoding="utf-8")


@pytest.mark.parametrize("note", facts.NOTES, ids=lambda note: f"{note.cls}.{note.option or note.text[:30]}")
def test_the_classes_and_options_of_a_note_exist(note: facts.Note) -> None:
    cls = getattr(oauthenticator_suite, note.cls, None)
    if cls is None:
        assert note.cls == "LocalUsers"
        cls = oauthenticator_suite.LocalGitHubOAuthenticator
    options = cls.class_traits(config=True)
    assert {note.option or "client_id", *note.without} <= options.keys()
    # what a sentence recommends exists as well
    recommended = {"minimum_uid", "keep_wiki_rights", "deny_blocked_users", "identity_provider", "create_system_users"}
    for name in recommended & set(re.findall(r"\w+", note.text)):
        assert name in options


def test_the_notes_do_not_repeat_what_the_classes_say() -> None:
    assert jupyterhub.auth.Authenticator.class_traits(config=True).keys() & {note.option for note in facts.NOTES} <= {
        "enable_auth_state", "username_pattern", "auth_refresh_age",
    }  # fmt: skip
