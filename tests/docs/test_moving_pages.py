"""The pages in docs/migrating: each "before" is a configuration of the other package, and a Hub starts with each "after"."""

from __future__ import annotations

import importlib.metadata
from pathlib import Path
from typing import Any

import pytest
from jupyterhub.auth import Authenticator
from ldapauthenticator import LDAPAuthenticator
from nativeauthenticator import NativeAuthenticator
from traitlets import import_item
from traitlets.config import Config

from oauthenticator_suite import registry
from oauthenticator_suite.cli.migrate.files import read
from tests.docs.moving_pages import MOVED, PAIRS, Pair
from tests.docs.pages import blocks
from tests.docs.test_docs import CLASSES as OURS
from tests.support import Hub

OF_OAUTHENTICATOR = [pair for pair in PAIRS if pair.before.page.stem == "each-class"]
OF_MULTIAUTHENTICATOR = [pair for pair in PAIRS if pair.before.page.stem == "from-multiauthenticator"]
OF_OTHERS = [pair for pair in PAIRS if pair not in [*OF_OAUTHENTICATOR, *OF_MULTIAUTHENTICATOR]]
MULTI = "multiauthenticator"
CLASSES = OURS | {cls.__name__: cls for cls in (LDAPAuthenticator, NativeAuthenticator)}

each_pair = pytest.mark.parametrize("pair", PAIRS, ids=str)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OAUTH_CLIENT_ID", "hub")
    monkeypatch.setenv("OAUTH_CLIENT_SECRET", "s" * 40)
    for service in ("GITHUB", "GITLAB"):
        monkeypatch.setenv(f"{service}_CLIENT_ID", f"hub-at-{service.lower()}")
        monkeypatch.setenv(f"{service}_CLIENT_SECRET", f"secret-of-{service}")
    monkeypatch.delenv("OAUTH_CALLBACK_URL", raising=False)


def class_of(name: Any) -> type[Authenticator]:
    """The authenticator of an entry point, or of an import path."""
    if not isinstance(name, str) or "." in name:
        return name if isinstance(name, type) else import_item(name)
    (found,) = set(importlib.metadata.entry_points(group="jupyterhub.authenticators", name=name))
    cls: type[Authenticator] = found.load()
    return cls


def options_of(cls: type) -> set[str]:
    """The options of a class, with its deprecated names."""
    return set(cls.class_traits(config=True)) | set(getattr(cls, "_deprecated_oauth_aliases", ()))


def load_before(pair: Pair, folder: Path) -> Config:
    """The configuration, in which each option is one of the other package's class."""
    config = pair.before.load(folder)
    name = config.JupyterHub.authenticator_class
    assert not str(name).startswith("suite-")
    if name == MULTI:
        return config
    for section, options in config.items():
        for option in options:
            cls = next((each for each in class_of(name).mro() if each.__name__ == section), CLASSES.get(section))
            assert option in options_of(cls), f"{pair}: {section}.{option}"
    return config


@each_pair
async def test_a_hub_starts_with_the_configuration_before(pair: Pair, tmp_path: Path, hubs: Any) -> None:
    """It is one of the other package, which allows users."""
    config = load_before(pair, tmp_path)
    if config.JupyterHub.authenticator_class == MULTI:  # which tests do not install
        for entry in config.MultiAuthenticator.authenticators:
            assert entry.keys() == {"authenticator_class", "url_prefix", "config"}
            assert entry["config"].keys() <= options_of(class_of(entry["authenticator_class"]))
        return
    hub: Hub = await hubs(config)
    assert not type(hub.authenticator).__module__.startswith("oauthenticator_suite")
    assert hub.authenticator.any_allow_config


def comparable(value: Any) -> Any:
    """Numbers in sets are names, too."""
    return {str(each) for each in value} if isinstance(value, set) else value


@each_pair
async def test_a_hub_starts_with_the_configuration_after(pair: Pair, tmp_path: Path, hubs: Any) -> None:
    """Every option exists, has its value, and allows users as the one before does."""
    config = pair.after.load(tmp_path)
    for section, options in config.items():
        for option in options:
            assert option in CLASSES[section].class_traits(config=True), f"{pair}: {section}.{option}"
    hub: Hub = await hubs(config)
    for option, value in config[type(hub.authenticator).__name__].items():
        assert comparable(getattr(hub.authenticator, option)) == comparable(value), option
    allowing = getattr(hub.authenticator, "children", {"": hub.authenticator}).values()
    assert all(authenticator.any_allow_config for authenticator in allowing)
    assert not hub.log.lines_with("not recognized")


def migrated(pair: Pair, folder: Path) -> str:
    """What ``oauthenticator-suite migrate --write`` makes of the configuration before."""
    path = folder / "jupyterhub_config.py"
    path.write_text(pair.before.code, encoding="utf-8")
    (file,) = read(path).files
    return file.after


@pytest.mark.parametrize("pair", [*OF_OAUTHENTICATOR, *OF_MULTIAUTHENTICATOR], ids=str)
def test_the_command_makes_the_configuration_after(pair: Pair, tmp_path: Path) -> None:
    assert migrated(pair, tmp_path) == pair.after.code


@pytest.mark.parametrize("pair", OF_OTHERS, ids=str)
def test_the_command_changes_no_authenticator_of_other_packages(pair: Pair, tmp_path: Path) -> None:
    assert migrated(pair, tmp_path) == pair.before.code


def test_the_blocks_of_pairs_are_found() -> None:
    assert {str(block) for block in blocks()} >= MOVED
    assert len(MOVED) == 2 * len(PAIRS) > 30


def test_every_class_of_oauthenticator_has_its_pair(tmp_path: Path) -> None:
    shown = {str(pair.before.load(tmp_path).JupyterHub.authenticator_class) for pair in OF_OAUTHENTICATOR}
    points = importlib.metadata.entry_points(group="jupyterhub.authenticators")
    theirs = {entry.name for entry in points if entry.value.startswith("oauthenticator.")}
    assert shown == {name for name in theirs if not name.startswith("local-")} | {"local-github"}


def test_a_class_keeps_its_name_and_callback_url(tmp_path: Path) -> None:
    names = {cls for _, cls in registry.classes().values()}
    for pair in OF_OAUTHENTICATOR:
        before, after = (block.load(tmp_path) for block in (pair.before, pair.after))
        (section,) = set(before) - {"JupyterHub"}
        assert section in names
        assert before[section].oauth_callback_url == after[section].oauth_callback_url
