"""The documentation says what is there: its code runs, its options exist, its sentences are those on the pages."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest
from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from jupyterhub.spawner import Spawner
from traitlets.config import Config, PyFileConfigLoader

from oauthenticator_suite import ForgejoOAuthenticator, OAuthenticator, errors
from oauthenticator_suite.hub.base.authenticator import SuiteAuthenticator
from oauthenticator_suite.hub.options import AccessOptions
from oauthenticator_suite.hub.pages.sentences import SENTENCES, sentences_of_errors
from oauthenticator_suite.policy.identity import Identity
from tests.docs.moving_pages import MOVED
from tests.docs.pages import DOCS, PAGES, Block, blocks, class_on_a_page, page
from tests.support.entry_points import ENTRY_POINTS

BLOCKS = list(blocks())
ELSEWHERE = {
    "several-at-once.md": "test_several.py",
    "multi.md": "test_several.py",
    "fleet-of-hubs.md": "test_recipes.py",
    "the-littlest-jupyterhub.md": "test_recipes.py",
    "events-and-logs.md": "test_events_page.py",
    "a-campus-with-two-providers.md": "test_a_campus_with_two_providers.py",
    "a-class-with-passwords.md": "test_a_class_with_passwords.py",
}
"""Pages whose configurations are run by another test."""

CONFIGURATIONS = [
    block for block in BLOCKS if block.is_configuration and block.page.name not in ELSEWHERE and str(block) not in MOVED
]  # of MOVED, see test_moving_pages.py
CLASSES = {cls.__name__: cls for cls in (*ENTRY_POINTS.values(), OAuthenticator, Authenticator, JupyterHub, Spawner)}
OWN_OPTIONS = {
    name: trait
    for face in ENTRY_POINTS.values()
    for cls in face.mro()
    if issubclass(cls, AccessOptions)
    for name, trait in cls.class_own_traits(config=True).items()
}


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the machine's decides what an example means."""
    for name in ("OIDC_ISSUER", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "GROUPS_URL"):
        monkeypatch.delenv(name, raising=False)


def chosen_class(config: Config) -> type[SuiteAuthenticator]:
    """What `authenticator_class` names: an entry point of ours, or a class that the example defines."""
    chosen = config.JupyterHub.get("authenticator_class", "suite-generic")
    return ENTRY_POINTS.get(chosen, chosen)


def test_there_are_pages_and_code() -> None:
    assert len(PAGES) > 15
    assert len(CONFIGURATIONS) > 20


@pytest.mark.parametrize("block", BLOCKS, ids=str)
def test_python_compiles(block: Block) -> None:
    compile(block.code, str(block), "exec", dont_inherit=True)


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("block", CONFIGURATIONS, ids=str)
def test_a_configuration_loads_and_makes_an_authenticator(block: Block, tmp_path: Path) -> None:
    """JupyterHub's loader reads it, every option exists, and the values are of the right kind."""
    config = block.load(tmp_path)
    for section, options in config.items():
        assert section in CLASSES, f"{block} sets options of {section}"
        for option in options:
            assert option in CLASSES[section].class_traits(config=True), f"{block}: {section}.{option}"
    authenticator = chosen_class(config)(config=config)
    assert isinstance(authenticator, SuiteAuthenticator)
    for cls in type(authenticator).mro():
        for option, value in config.get(cls.__name__, {}).items():
            assert getattr(authenticator, option) == value


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize("block", [block for block in CONFIGURATIONS if "get_config()" in block.code], ids=str)
def test_a_whole_configuration_passes_the_check_at_start_up(
    block: Block, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = block.load(tmp_path)
    cls = chosen_class(config)
    secret = tmp_path / "client_secret"
    secret.write_text("a secret\n")
    if "client_secret_file" in config[cls.__name__]:
        config[cls.__name__].client_secret_file = str(secret)
    authenticator = cls(config=config)
    authenticator.check_configuration()
    assert authenticator.any_allow_config, f"{block} lets nobody in"


def test_the_example_for_a_wiki(monkeypatch: pytest.MonkeyPatch) -> None:
    """examples/mediawiki_config.py, as it stands there, with what its first lines ask for."""
    for name, value in (("OAUTH_CLIENT_ID", "k" * 32), ("OAUTH_CLIENT_SECRET", "s" * 40)):
        monkeypatch.setenv(name, value)
    example = DOCS.parent / "examples" / "mediawiki_config.py"
    config = PyFileConfigLoader(example.name, str(example.parent)).load_config()
    authenticator = ENTRY_POINTS[config.JupyterHub.authenticator_class](config=config)
    authenticator.check_configuration()
    for option, value in config.MWOAuthenticator.items():
        assert getattr(authenticator, option) == value


def test_the_rules_of_the_example() -> None:
    """LabOAuthenticator in write-a-provider.md is one, and its options are rules."""
    config = Config()
    config.LabOAuthenticator.update(
        client_id="hub-of-the-lab", issuer="https://login.lab.example.org", allowed_departments={"physics"}
    )
    lab = class_on_a_page("LabOAuthenticator")(config=config)
    lab.check_configuration()
    assert lab.login_service == "Example Lab"
    assert lab.any_allow_config
    for claims, allowed in (
        ({"department": "physics"}, True),
        ({"department": "history"}, False),
        ({"department": "physics", "guest": True}, False),
    ):
        assert lab.policy().decide(Identity(username="eve", claims=claims)).allowed is allowed


def test_a_provider_of_the_usual_kind_is_short(monkeypatch: pytest.MonkeyPatch) -> None:
    """ForgejoOAuthenticator in write-a-provider.md declares what the shipped class declares, in 60 lines."""
    (block,) = (block for block in BLOCKS if "class ForgejoOAuthenticator" in block.code)
    assert len(block.code.strip().splitlines()) <= 60
    shipped, shown = ForgejoOAuthenticator, class_on_a_page("ForgejoOAuthenticator")
    assert len(inspect.getsource(shipped).splitlines()) <= 60
    monkeypatch.setenv("OIDC_ISSUER", "https://login.example.org")
    for attribute in (
        "endpoints",
        "claims",
        "default_scope",
        "user_auth_state_key",
        "client_id_env",
        "service",
        "icon",
    ):
        assert getattr(shown, attribute) == getattr(shipped, attribute)
    ours = {name for name, trait in shipped.class_traits(config=True).items() if trait.this_class is shipped}
    assert {name for name, trait in shown.class_traits(config=True).items() if trait.this_class is shown} == ours
    for option in ("issuer", "authorize_url", "token_url", "userdata_url", "username_claim", "scope", *ours):
        assert getattr(shown(), option) == getattr(shipped(), option), option
    assert shown().scopes_for == shipped().scopes_for
    assert shown().issuer == "", "OIDC_ISSUER belongs to GenericOAuthenticator"


@pytest.mark.parametrize("path", PAGES, ids=lambda path: str(path.relative_to(DOCS)))
def test_options_that_a_page_names_exist(path: Path) -> None:
    for name, option in re.findall(r"\bc\.(\w+)\.(\w+)", path.read_text(encoding="utf-8")):
        if name in CLASSES:
            assert option in CLASSES[name].class_traits(config=True), f"{name}.{option}"


@pytest.mark.parametrize("option", sorted(OWN_OPTIONS))
def test_every_option_of_ours_has_a_help_text(option: str) -> None:
    """It begins with a sentence and says since when there is the option, or since when it has another name."""
    text = OWN_OPTIONS[option].help.strip()
    assert re.match(r"[A-Z].*", text), option
    assert ".. versionadded:: " in text or ".. deprecated:: " in text, option


def test_the_reference_of_modules_is_generated_from_them() -> None:
    for folder in ("protocol", "policy"):
        text = page(f"reference/{folder}.md")
        modules = sorted((DOCS.parent / "oauthenticator_suite" / folder).glob("[a-z]*.py"))
        assert modules
        for module in modules:
            assert text.count(f"automodule:: oauthenticator_suite.{folder}.{module.stem}\n") == 1, module.name


def sentences() -> set[str]:
    """What people may read on a page when a sign-in fails, with "…" for each name."""
    found = {*sentences_of_errors(), SENTENCES["form.expired"], SENTENCES["taken.text"]}
    for module in (DOCS.parent / "oauthenticator_suite" / "multi").glob("*.py"):
        found |= set(re.findall(r'public_message="([^"]+)"', module.read_text(encoding="utf-8")))
    found.remove(errors.SuiteError.public_message)  # the root's, which nothing raises
    return {re.sub(r"\{\w+\}", "…", sentence) for sentence in found}


@pytest.mark.parametrize("sentence", sorted(sentences()))
def test_every_sentence_on_a_page_has_its_help(sentence: str) -> None:
    assert f"\n### {sentence}\n" in page("how-to/troubleshooting.md")


def test_every_sentence_that_is_explained_exists() -> None:
    section = page("how-to/troubleshooting.md").partition("## By the sentence on the page")[2].partition("\n## ")[0]
    explained = set(re.findall(r"^### (.*)$", section, re.MULTILINE))
    assert explained - sentences() == set()


def test_every_error_is_in_the_table() -> None:
    table = page("reference/errors.md")
    roots = {"SuiteError", "TransportError"}
    for name, cls in vars(errors).items():
        if isinstance(cls, type) and issubclass(cls, errors.SuiteError) and name not in roots:
            assert f"| `{name}` | {cls.status}" in table, name
