"""README.md: what a newcomer reads first is short, its configuration starts a Hub, and its links lead somewhere."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from oauthenticator_suite import registry
from tests.docs.pages import DOCS, Block

REPOSITORY = DOCS.parent
FILE = REPOSITORY / "README.md"
TEXT = FILE.read_text(encoding="utf-8")
MOST_WORDS = 500
"""What takes about two minutes, together with the table of providers."""


def test_it_is_read_in_two_minutes() -> None:
    prose = re.sub(r"(?s)```.*?```|^\|.*?$|\]\([^)]*\)", " ", TEXT, flags=re.MULTILINE)
    assert len(prose.split()) < MOST_WORDS


def test_three_sentences_say_what_it_is() -> None:
    before = TEXT.partition("![")[0].partition("\n\n")[2]
    plain = re.sub(r"\]\([^)]*\)", "", before).replace("OAuth 2.0", "OAuth")
    assert len(re.findall(r"\.(?=\s)", plain)) == 3


def test_there_is_one_picture_and_both_commands() -> None:
    (picture,) = re.findall(r"!\[[^]]+\]\(([^)]+)\)", TEXT)
    assert (REPOSITORY / picture).is_file()
    makefile = (REPOSITORY / "Makefile").read_text(encoding="utf-8")
    for target in ("demo", "test"):
        assert f"```bash\nmake {target}\n```" in TEXT
        assert f"\n{target}:" in makefile


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!https://)([^)#]+)", TEXT))))
def test_a_link_leads_to_a_file(link: str) -> None:
    assert (REPOSITORY / link).exists()


async def test_its_configuration_starts_a_hub(tmp_path: Path, hubs: Any) -> None:
    """In at most ten lines."""
    ((_, code),) = re.findall(r"(?m)^(```python)\n(?s:(.*?))^```$", TEXT)
    assert len(code.splitlines()) <= 10
    secret = tmp_path / "oauth_client_secret"
    secret.write_text("a secret\n", encoding="utf-8")
    assert "/run/secrets/oauth_client_secret" in code
    block = Block(FILE, 1, "", code.replace("/run/secrets/oauth_client_secret", str(secret)))
    hub = await hubs(block.load(tmp_path))
    assert type(hub.authenticator).__name__ == "GenericOAuthenticator"
    assert (hub.authenticator.allowed_users, hub.authenticator.admin_users) == ({"alice", "bob"}, {"alice"})
    page = await hub.browser().open("/hub/login")
    assert page.status == 200


@pytest.mark.parametrize("entry", [*registry.PROVIDERS, *registry.OTHERS], ids=lambda entry: entry.name)
def test_the_table_has_each_authenticator_and_its_guide(entry: registry.Registered) -> None:
    (row,) = re.findall(rf"^\|.*`suite-{entry.name}`.*$", TEXT, re.MULTILINE)
    assert f"](docs/how-to/{entry.page}.md)" in row
