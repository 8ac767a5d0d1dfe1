"""Every password hash that this project publishes is known as a sample, so that a Hub which uses it warns."""

from __future__ import annotations

import re
from pathlib import Path

from oauthenticator_suite.local.password_hashes import hash_password
from oauthenticator_suite.local.published_samples import PLAIN, SALTS, is_published_sample

REPOSITORY = Path(__file__).resolve().parents[2]
PUBLISHED = (REPOSITORY / "README.md", *(REPOSITORY / "docs").rglob("*.md"), *(REPOSITORY / "examples").rglob("*.py"))
HASH = re.compile(r"\$argon2id\$v=19\$[^$\s]+\$[\w+/]+\$[\w+/]+")


def published_hashes() -> set[str]:
    texts = (path.read_text("utf-8") for path in PUBLISHED if "_build" not in path.parts)
    return {found for text in texts for found in HASH.findall(text)}


def test_every_published_hash_is_known_and_every_known_salt_is_published() -> None:
    assert {one.split("$")[4] for one in published_hashes()} == SALTS


def test_what_counts_as_a_sample() -> None:
    assert all(map(is_published_sample, (*PLAIN, *published_hashes())))
    own = hash_password("correct horse")
    assert not is_published_sample(own), "its salt is the operator's own"
    assert not is_published_sample("dsPzxkNohmfNbj21jPbFFQ"), "a password in plain text may be any text"
