"""Password hashes, passwords in plain text, and comparisons of equal work."""

import argon2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauthenticator_suite.local.password_hashes import Verifier, hash_password, is_hash

CHEAP = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


def test_a_hash_is_argon2id_with_a_random_salt():
    one, other = hash_password("happy"), hash_password("happy")
    assert one.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert one != other
    verifier = Verifier([one, other])
    assert verifier.verify(one, "happy")
    assert not verifier.verify(one, "Happy")
    assert not verifier.verify(None, "happy")


def test_all_variants_of_argon2_are_supported():
    for kind in argon2.Type:
        stored = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1, type=kind).hash("x")
        assert is_hash(stored)
        assert Verifier([stored]).verify(stored, "x")


@pytest.mark.parametrize(
    "stored",
    [
        "$argon2id$v=19$m=8,t=1,p=1$abc", "$argon2id$", "$argon2x$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$aGFzaA",
        "$2b$12$abcdefghijklmnopqrstuv", "$6$salty$digest", "$y$j9T$salty$digest", "$pbkdf2-sha256$1$salty$digest", "{SSHA}salty",
    ],
)  # fmt: skip
def test_an_unsupported_hash_is_not_taken_for_a_password(stored):
    with pytest.raises(ValueError, match="hash") as caught:
        is_hash(stored)
    assert "salt" not in str(caught.value)


@pytest.mark.parametrize("stored", ["happy", "$", "$$", "a$6$b", "{x}", "{}", "$money$", "correct horse: battery"])
def test_a_password_is_not_taken_for_a_hash(stored):
    assert not is_hash(stored)
    verifier = Verifier([stored])
    assert verifier.verify(stored, stored)
    assert not verifier.verify(stored, stored + "x")


def test_unicode_forms_of_a_letter_are_equal():
    composed, decomposed = "caf\u00e9", "cafe\u0301"
    stored = hash_password(composed)
    assert Verifier([stored]).verify(stored, decomposed)
    assert Verifier([decomposed]).verify(decomposed, composed)


PLAIN, HASHED = "plain text", CHEAP.hash("hashed")
MIXED = Verifier([PLAIN, HASHED])


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([None, PLAIN, HASHED]), st.text(max_size=50))
def test_only_the_right_password_is_accepted(stored, password):
    expected = {PLAIN: "plain text", HASHED: "hashed"}.get(stored)
    assert MIXED.verify(stored, password) is (password == expected)


@pytest.mark.parametrize("password", ["\ud800", "\0", "a\0b", ""])
def test_unusual_text_is_compared_too(password):
    for stored in (None, PLAIN, HASHED):
        assert MIXED.verify(stored, password) is False


def test_every_comparison_does_the_work_of_one_hash(monkeypatch):
    """An unknown user takes as much work as a wrong password, and so does a password in plain text."""
    from oauthenticator_suite.local import password_hashes as passwords

    compared = []
    real = passwords._matches
    monkeypatch.setattr(passwords, "_matches", lambda stored, given: compared.append(stored) or real(stored, given))
    for stored in (HASHED, PLAIN, None):
        assert not MIXED.verify(stored, "wrong")
    parameters = {stored.rsplit("$", 2)[0] for stored in compared}
    assert (len(compared), len(parameters)) == (3, 1)
