"""Target 4: one to three changes of a valid ID token. joserfc, on which we stand, and PyJWT agree about every result."""

from __future__ import annotations

from typing import Any

import jwt
from hypothesis import event, given

from oauthenticator_suite.errors import InvalidToken
from oauthenticator_suite.protocol.id_token import IDToken, check_header, verify_id_token, verify_signature

from .strategies.id_tokens import (
    CLIENT_ID,
    ISSUER,
    NOW,
    SECRET,
    Draft,
    expectations,
    jose_key,
    keys_for,
    kind_of,
    mutations,
    private_key,
)
from .verdicts import SecretLeaked, UnhandledError, WrongAccept, target

TARGET = target("id_token")


def independent_key(alg: str) -> Any:
    kind = kind_of(alg)
    return SECRET if kind == "oct" else private_key(kind).public_key()


def pyjwt_accepts_signature(raw: str, alg: str) -> bool:
    try:
        jwt.PyJWS(algorithms=[alg]).decode_complete(raw, key=independent_key(alg), algorithms=[alg])
    except jwt.InvalidTokenError:
        return False
    return True


def pyjwt_accepts(raw: str, alg: str) -> bool:
    """PyJWT's opinion of the whole token: signature, issuer and audience. Times are compared here, as it asks the clock."""
    unasked = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}
    try:
        claims = jwt.decode(
            raw,
            key=independent_key(alg),
            algorithms=[alg],
            audience=CLIENT_ID,
            issuer=ISSUER,
            options={"require": ["iss", "sub", "aud", "exp", "iat"], **unasked},
        )
    except jwt.InvalidTokenError:
        return False
    return bool(claims["exp"] > NOW - 61 and claims["iat"] < NOW + 61 and claims.get("nbf", 0) < NOW + 61)


def we_accept_signature(token: IDToken, alg: str) -> bool:
    try:
        verify_signature(token, [jose_key(kind_of(alg))])
    except InvalidToken:
        return False
    return True


@given(mutations())
def test_a_mutated_token_is_refused_unless_the_change_is_neutral(case: tuple[str, list[Any]]) -> None:
    TARGET.tries()
    alg, changes = case
    draft = Draft.good(alg)
    # A removal goes last: it must not be followed by a change that puts the claim back.
    for _, _, change in sorted(changes, key=lambda one: one[1] == "removed"):
        change(draft)
    raw = draft.serialize()
    harmful = any(one[0] for one in changes)
    event("harmful" if harmful else "neutral")
    accepted = False
    try:
        accepted = verify_id_token(raw, keys_for(alg), expectations(alg), NOW) == draft.claims
    except InvalidToken as error:
        text = f"{error} {error.detail} {error.public_message} {error.expected} {error!r}"
        if "canary" in text or "eyJ" in text:
            raise SecretLeaked(text) from error
    except Exception as error:
        raise UnhandledError(repr(error)) from error
    if accepted and harmful:
        raise WrongAccept(f"{alg}: {draft}")
    assert accepted is not harmful
    if accepted and not pyjwt_accepts(raw, alg):
        raise WrongAccept(f"PyJWT refuses {draft}")

    try:
        token = IDToken.parse(raw)
        check_header(token, expectations(alg))
    except InvalidToken:
        return
    assert we_accept_signature(token, alg) == pyjwt_accepts_signature(raw, alg)
