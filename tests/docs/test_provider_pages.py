"""The page of each provider has the same five sections: register, configure, groups, refresh and logout, problems."""

from __future__ import annotations

import ast
import re

import pytest

from oauthenticator_suite import registry
from tests.docs.pages import blocks, page

PAGES = sorted({entry.page for entry in registry.PROVIDERS})
CALLBACK = "/hub/oauth_callback"
MOST_STATEMENTS = 11
"""Of the first configuration on a page: `c = get_config()` and ten options."""

every_page = pytest.mark.parametrize("name", PAGES)


def sections(name: str) -> dict[str, str]:
    """The text of each section of a page, by its heading of the second level, in the order of the page."""
    parts = re.split(r"^## (.*)$", page(f"how-to/{name}.md"), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@every_page
def test_the_five_sections_are_there_in_this_order(name: str) -> None:
    headings = list(sections(name))
    assert headings[0].startswith("Register the Hub at "), f"the first section of {name}.md says how to register"
    wanted = ["Configure the Hub", "Groups", "Refresh and logout", "Problems"]
    assert [heading for heading in headings if heading in wanted] == wanted, f"{name}.md has {headings}"


@every_page
def test_registration_is_a_list_of_steps_with_the_callback_url(name: str) -> None:
    text = next(iter(sections(name).values()))
    steps = re.findall(r"^\d\. ", text, re.MULTILINE)
    commands = re.findall(r"^```(?:bash|console|python)$", text, re.MULTILINE)
    assert len(steps) >= 3 or commands
    assert CALLBACK in text


@every_page
def test_the_first_configuration_is_complete_and_short(name: str) -> None:
    block = next(block for block in blocks() if block.page.name == f"{name}.md" and "get_config()" in block.code)
    assert len(ast.parse(block.code).body) <= MOST_STATEMENTS
    classes = {entry.cls for entry in registry.PROVIDERS if entry.page == name}
    for option in ("client_id", "client_secret_file"):
        assert any(f"c.{cls}.{option} = " in block.code for cls in classes), option
    assert "c.JupyterHub.authenticator_class = " in block.code
    assert "c.JupyterHub.public_url = " in block.code
    assert block.code.strip() in sections(name)["Configure the Hub"]


@every_page
def test_groups_say_how_users_are_allowed_by_them(name: str) -> None:
    text = sections(name)["Groups"]
    assert "manage_groups" in text
    assert "c." in text


@every_page
def test_refresh_and_logout_say_what_they_need_and_where_the_user_ends(name: str) -> None:
    text = sections(name)["Refresh and logout"]
    for word in ("enable_auth_state", "(stay-signed-in.md", "(logout.md"):
        assert word in text, word


@every_page
def test_problems_are_a_table_of_symptoms(name: str) -> None:
    text = sections(name)["Problems"]
    assert "\n| symptom | cause and fix |\n|---|---|\n" in text
    rows = re.findall(r"^\| (.+?) \| (.+) \|$", text, re.MULTILINE)[1:]
    assert len(rows) >= 4
    assert all(cause.endswith(".") for _, cause in rows), "a cause is a sentence"
