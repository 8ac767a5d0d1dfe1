"""Every provider in oauthenticator_suite/registry.py has all that belongs to a provider; failures name what to add.

``oauthenticator-suite new NAME --provider`` writes all of it.
"""

from __future__ import annotations

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import setuptools

import oauthenticator_suite
from oauthenticator_suite import OAuthenticator, registry
from oauthenticator_suite.hub.unix.local_users import LocalUsers
from tests.contract.cases import CASES
from tests.contract.own_options import OWN_OPTIONS

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGE = REPOSITORY / "oauthenticator_suite"
EVERY = [*registry.PROVIDERS, *registry.OTHERS]

provider = pytest.mark.parametrize("entry", registry.PROVIDERS, ids=lambda entry: entry.name)
every = pytest.mark.parametrize("entry", EVERY, ids=lambda entry: entry.name)


def text(path: str) -> str:
    return (REPOSITORY / path).read_text(encoding="utf-8")


# --- the registry ----------------------------------------------------------------------------------------------------


def test_setup_makes_the_entry_points_of_the_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {}
    monkeypatch.setattr(setuptools, "setup", lambda **arguments: given.update(arguments))
    monkeypatch.chdir(REPOSITORY)
    runpy.run_path("setup.py")
    points = given["entry_points"]["jupyterhub.authenticators"]
    assert points == registry.entry_points()
    assert len(set(points)) == 2 * len(registry.PROVIDERS) + len(registry.OTHERS)
    assert "suite-local-github = oauthenticator_suite.providers.github:LocalGitHubOAuthenticator" in points


def test_public_names_are_those_of_the_registry() -> None:
    public = {name for name in oauthenticator_suite.__all__ if name != "__version__"}
    assert public == set(registry.modules())
    for name in public:
        assert isinstance(getattr(oauthenticator_suite, name), type)


def test_every_module_of_a_provider_is_registered() -> None:
    there = {path.stem for path in (PACKAGE / "providers").iterdir() if not path.stem.startswith("_")}
    listed = {entry.module.removeprefix("providers.") for entry in registry.PROVIDERS}
    assert there == listed, (
        f"add Registered(…) for oauthenticator_suite/providers/{', '.join(sorted(there ^ listed))} to PROVIDERS in "
        "oauthenticator_suite/registry.py, or remove the one without a module"
    )


@provider
def test_a_provider_has_its_classes(entry: registry.Registered) -> None:
    cls, local = (getattr(oauthenticator_suite, name) for name in (entry.cls, f"Local{entry.cls}"))
    assert issubclass(cls, OAuthenticator)
    assert local.__mro__[1:3] == (LocalUsers, cls), (
        f"add class Local{entry.cls}(LocalUsers, {entry.cls}) to oauthenticator_suite/{entry.module}"
    )
    line = f"from .{entry.module} import {{0}} as {{0}}"
    for name in (entry.cls, f"Local{entry.cls}"):
        assert line.format(name) in text("oauthenticator_suite/__init__.py"), (
            f"add to the TYPE_CHECKING block of oauthenticator_suite/__init__.py: {line.format(name)}"
        )


# --- tests -----------------------------------------------------------------------------------------------------------


@provider
def test_a_provider_is_under_contract(entry: registry.Registered) -> None:
    assert f"suite-{entry.name}" in {case.entry_point for case in CASES}, (
        f'add a ProviderCase with entry_point = "suite-{entry.name}" in tests/contract/cases/{entry.name}.py'
    )


def test_a_case_is_of_a_provider() -> None:
    names = {f"suite-{entry.name}" for entry in registry.PROVIDERS}
    for case in CASES:
        assert case.entry_point in names, f"{case.__name__}.entry_point is not in oauthenticator_suite/registry.py"
    assert len({case.id for case in CASES}) == len(CASES), "two cases have the same id"


@provider
def test_its_options_are_in_the_table(entry: registry.Registered) -> None:
    assert entry.cls in OWN_OPTIONS, (
        f'add "{entry.cls}": OwnOptions(…) to OWN_OPTIONS in tests/contract/own_options.py, with its options, their kinds, defaults '
        "and environment variables"
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_its_fake_is_tested(case: Any) -> None:
    fake = case().fake
    for cls in type(fake).__mro__:
        module = cls.__module__
        if re.fullmatch(r"tests\.fakes\.\w+(\.\w+)*", module) and "openid_provider" not in module:
            break
    else:
        return  # the fake of tests/fakes/openid_provider, which has a separate test
    name = module.split(".")[2]
    imports = rf"from tests\.fakes\.{name}(\.\w+)* import|import tests\.fakes\.{name}"
    tests = [*(REPOSITORY / "tests/fakes").glob("test_*.py"), *(REPOSITORY / "tests/e2e").glob("test_*.py")]
    assert any(re.search(imports, path.read_text(encoding="utf-8")) for path in tests), (
        f"add tests/fakes/test_{name}.py, which holds the fake {cls.__name__} against the provider's documentation"
    )


# --- documentation ---------------------------------------------------------------------------------------------------


@every
def test_it_has_a_page(entry: registry.Registered) -> None:
    page = f"docs/how-to/{entry.page}.md"
    assert (REPOSITORY / page).is_file(), f"add the page {page}"
    assert f"suite-{entry.name}" in text(page), f"say in {page} that the entry point is suite-{entry.name}"


@every
def test_its_page_is_in_the_index(entry: registry.Registered) -> None:
    index = text("docs/index.md")
    assert f"\nhow-to/{entry.page}\n" in index, f"add how-to/{entry.page} to the table of contents in docs/index.md"


@every
def test_its_page_is_among_those_to_choose(entry: registry.Registered) -> None:
    assert f"]({entry.page}.md)" in text("docs/how-to/choose-a-provider.md"), (
        f"add a link to {entry.page}.md to the list in docs/how-to/choose-a-provider.md"
    )


@every
def test_its_options_have_a_page(entry: registry.Registered) -> None:
    page = f"docs/reference/options/{entry.name}.md"
    assert (REPOSITORY / page).is_file(), f"add the page {page}"
    assert f".. class-options:: {entry.cls}\n" in text(page), f"add to {page}: .. class-options:: {entry.cls}"
    names = [f"suite-{entry.name}", *([f"suite-local-{entry.name}"] if entry in registry.PROVIDERS else [])]
    for name in names:
        assert f"`{name}`" in text(page), f"say in {page} that the entry point is {name}"
    assert f"\noptions/{entry.name}\n" in text("docs/reference/options.md"), (
        f"add options/{entry.name} to the table of contents in docs/reference/options.md"
    )


@provider
def test_it_is_in_the_readme(entry: registry.Registered) -> None:
    assert f"`suite-{entry.name}`" in text("README.md") or entry.name == "generic", (
        f"add `suite-{entry.name}` to the list of providers in README.md"
    )


@every
def test_it_is_in_the_changelog(entry: registry.Registered) -> None:
    assert f"`{entry.cls}` (`suite-{entry.name}`)" in text("CHANGELOG.md"), (
        f"add to CHANGELOG.md, under Added: - `{entry.cls}` (`suite-{entry.name}`): …"
    )
