"""how-to/several-at-once.md, reference/options/multi.md and examples/several_config.py: every configuration in them makes the Hub that they say."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.async_api import async_playwright, expect
from traitlets.config import Config, PyFileConfigLoader

from oauthenticator_suite import MultiAuthenticator
from tests.docs.pages import DOCS, Block, blocks
from tests.docs.test_docs import CLASSES
from tests.e2e.certified_provider import skip_or_fail

REPOSITORY = DOCS.parent
WINDOW = {"width": 720, "height": 560}
MOST_BYTES = 60_000
PAGES = ("several-at-once.md", "multi.md")
CONFIGURATIONS = [block for block in blocks() if block.page.name in PAGES and block.is_configuration]


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for service in ("GITHUB", "UNIVERSITY"):
        monkeypatch.setenv(f"{service}_CLIENT_ID", f"hub-at-{service.lower()}")
        monkeypatch.setenv(f"{service}_CLIENT_SECRET", f"secret-of-{service}")
    for name in ("OIDC_ISSUER", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET"):
        monkeypatch.delenv(name, raising=False)


def load(block: Block, folder: Path) -> Config:
    """The configuration of a block; a part of one is put next to the two ways to sign in of the page."""
    code = block.code
    for service in ("github", "university"):
        secret = folder / f"{service}_client_secret"
        secret.write_text(f"a secret of {service}\n", encoding="utf-8")
        code = code.replace(f"/run/secrets/{secret.name}", str(secret))
    config = type(block)(block.page, block.line, block.section, code).load(folder)
    config.JupyterHub.setdefault("authenticator_class", "suite-multi")
    university = {"issuer": "https://login.example.edu", "client_id": "hub", "client_secret": "s" * 40}
    config.MultiAuthenticator.setdefault(
        "authenticators",
        ["suite-github", {"authenticator_class": "suite-generic", "provider": "university", "config": university}],
    )
    return config


def test_the_page_has_configurations() -> None:
    assert len(CONFIGURATIONS) > 5


@pytest.mark.parametrize("block", CONFIGURATIONS, ids=str)
async def test_a_hub_starts_with_it(block: Block, tmp_path: Path, hubs: Any) -> None:
    """Every option exists, and each child has what its section says."""
    if "suite-pam" in block.code and os.geteuid():
        pytest.skip("only root may ask the PAM of this system for other people's passwords")
    config = load(block, tmp_path)
    for section, options in config.items():
        for option in options:
            assert option in CLASSES[section].class_traits(config=True), f"{block}: {section}.{option}"
    hub = await hubs(config)
    multi = hub.authenticator
    assert isinstance(multi, MultiAuthenticator)
    for child in multi.children.values():
        for option, value in config.get(type(child).__name__, {}).items():
            ours = {f"{child.seat.prefix}{name}" for name in value} if option.endswith("_users") else value
            assert getattr(child, option) == ours
    page = await hub.browser().open("/hub/login")
    assert page.text.count("Sign in with") == len(multi.children)


async def test_names_are_those_of_one(tmp_path: Path, hubs: Any) -> None:
    (block,) = (block for block in CONFIGURATIONS if block.section == "Qualify usernames")
    hub = await hubs(load(block, tmp_path))
    github, university = hub.authenticator.children.values()
    assert (github.admin_users, university.admin_users) == ({"octocat"}, {"alice"})
    assert university.allowed_users == {"bob", "alice"}
    assert github.allowed_users == set()
    assert (github.blocked_users, university.blocked_users) == ({"mallory", "eve"}, {"eve"})


@pytest.fixture
async def example(hubs: Any) -> Any:
    """A Hub with examples/several_config.py."""
    return await hubs(PyFileConfigLoader("several_config.py", str(REPOSITORY / "examples")).load_config())


async def test_the_page_of_the_example(example: Any) -> None:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if path is None:
        skip_or_fail("no Chromium on this machine: apt-get install --no-install-recommends chromium")
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
        )
        page = await chromium.new_page(viewport=WINDOW)
        await page.goto(f"{example.url}/hub/login")
        for name in ("GitHub", "the university"):
            await expect(page.get_by_role("link", name=f"Sign in with {name}")).to_be_visible()
        await expect(page.get_by_role("form", name="Sign in with a guest's password")).to_be_visible()
        await chromium.close()


async def test_what_the_example_says(example: Any) -> None:
    left = await example.browser().get("/hub/auth/github/login")
    target = urlsplit(str(left.location))
    assert (target.netloc, target.path) == ("github.com", "/login/oauth/authorize")
    assert parse_qs(target.query)["redirect_uri"] == [f"{example.url}/hub/auth/github/authorize"]
    children = example.authenticator.children
    assert list(children) == ["github", "university", "guest"]
    assert children["github"].admin_users == {"octocat"}
    assert children["university"].blocked_users == {"mallory"}
    assert {child.auth_refresh_age for child in children.values()} == {300}
    assert not example.log.lines_with("allows no user")


@pytest.mark.parametrize("picture", sorted(DOCS.glob("*/pictures/*.png")), ids=lambda path: path.name)
def test_a_picture_is_small_and_shown(picture: Path) -> None:
    assert picture.stat().st_size < MOST_BYTES
    shown_as = f"(pictures/{picture.name})"
    assert any(shown_as in page.read_text(encoding="utf-8") for page in picture.parents[1].glob("*.md"))
