"""docs/how-to/presets.md has the table of the code, and a section with a complete configuration for each preset."""

from __future__ import annotations

import re

import pytest

from oauthenticator_suite.providers.generic.presets import PRESETS
from tests.docs.pages import blocks
from tests.docs.preset_table import NAME, PAGE, table
from tests.docs.provider_table import with_table

MOST_STATEMENTS = 11

every = pytest.mark.parametrize("name", sorted(PRESETS))


def text() -> str:
    return PAGE.read_text(encoding="utf-8")


def test_the_table_is_the_one_of_the_code() -> None:
    assert with_table(text(), NAME, table()) == text(), "run: python -m tests.docs.preset_table"


@every
def test_a_preset_has_a_section_with_a_whole_configuration(name: str) -> None:
    row = PRESETS[name]
    (block,) = (
        block
        for block in blocks()
        if block.page == PAGE and "get_config()" in block.code and f'preset = "{name}"' in block.code
    )
    assert block.section == row.service
    statements = [line for line in block.code.splitlines() if line and not line.startswith(" ")]
    assert len(statements) <= MOST_STATEMENTS
    options = set(re.findall(r"^c\.\w+\.(\w+)", block.code, re.MULTILINE))
    assert options >= {"authenticator_class", "preset", "client_id", "client_secret_file", "public_url"}
    if row.needs:
        assert row.needs in options
    if row.renamed_users:
        assert "enable_auth_state" in options


def test_every_section_is_of_a_preset() -> None:
    services = {row.service for row in PRESETS.values()}
    assert set(re.findall(r"^### (.*)$", text(), re.MULTILINE)) == services
