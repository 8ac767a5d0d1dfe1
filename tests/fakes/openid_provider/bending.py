"""The functions of the fault tables: each returns a function that changes a reply, or an ID token before signing."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .keys import IDTokenDraft, base64url
from .records import Reply

if TYPE_CHECKING:
    from .server import FakeProvider

Change = Callable[[Any, Any], None]  # given the fake itself, and the reply or draft
GONE = object()  # as a value: the member is left out


def _put(mapping: dict[str, Any], name: str, value: Any, provider: FakeProvider) -> None:
    if value is GONE:
        mapping.pop(name, None)
    else:
        mapping[name] = value(provider) if callable(value) else value


def member(name: str, value: Any) -> Change:
    """A member of a JSON reply; a callable value is given the provider. Refusals are left as they are."""

    def change(provider: FakeProvider, reply: Reply) -> None:
        if reply.status == 200:
            _put(reply.json, name, value, provider)

    return change


def claim(name: str, value: Any) -> Change:
    return lambda provider, draft: _put(draft.claims, name, value, provider)


def jose(name: str, value: Any) -> Change:
    return lambda provider, draft: _put(draft.header, name, value, provider)


def reply_is(status: int, body: bytes | dict[str, Any] = b"", **headers: str) -> Change:
    """Replace the whole reply."""

    def change(provider: FakeProvider, reply: Reply) -> None:
        reply.status, reply.redirect_to = status, None
        reply.body = body if isinstance(body, bytes) else json.dumps(body).encode()
        kind = "application/json" if isinstance(body, dict) else "text/html; charset=utf-8"
        reply.headers = {"Content-Type": kind, **{name.replace("_", "-"): value for name, value in headers.items()}}

    return change


def body_from_text(build: Callable[[str], bytes]) -> Change:
    """Change the correct JSON as text, so that nothing else is wrong with it."""

    def change(provider: FakeProvider, reply: Reply) -> None:
        reply.body = build(reply.text())

    return change


def extra_member(text: str) -> Change:
    return body_from_text(lambda good: f"{good[:-1]}, {text}}}".encode())


def set_on(**attributes: Any) -> Change:
    """Attributes of the reply or of the draft."""

    def change(provider: FakeProvider, thing: Reply | IDTokenDraft) -> None:
        for name, value in attributes.items():
            setattr(thing, name, value)

    return change


def both(*changes: Change) -> Change:
    def change(provider: FakeProvider, thing: Any) -> None:
        for one in changes:
            one(provider, thing)

    return change


def signed_by(key: Callable[[FakeProvider], Any]) -> Change:
    def change(provider: FakeProvider, draft: IDTokenDraft) -> None:
        draft.key = key(provider)

    return change


def rotate_and_sign(provider: FakeProvider, draft: IDTokenDraft) -> None:
    provider.keys.rotate()
    draft.key = provider.keys.current
    draft.header["kid"] = provider.keys.current.kid


def duplicate_claim(provider: FakeProvider, draft: IDTokenDraft) -> None:
    draft.payload = json.dumps(draft.claims)[:-1] + ', "sub": "subject-of-bob"}'


def five_parts(provider: FakeProvider, draft: IDTokenDraft) -> None:
    header = base64url(json.dumps({"alg": "RSA-OAEP", "enc": "A256GCM", "cty": "JWT"}))
    draft.compact = ".".join([header, *(base64url(letter * 32) for letter in "kict")])


def shift(name: str, seconds: float) -> Change:
    return claim(name, lambda provider: int(provider.clock() + seconds))


def answer_field(name: str, value: Any, *, drop_all: bool = False) -> Change:
    """A parameter of the authorization response."""

    def change(provider: FakeProvider, reply: Reply) -> None:
        if reply.redirect_to is not None:
            reply.fields = [] if drop_all else [pair for pair in reply.fields if pair[0] != name]
            if value is not GONE:
                reply.fields.append((name, value(provider) if callable(value) else value))

    return change


def repeat(name: str) -> Change:
    def change(provider: FakeProvider, reply: Reply) -> None:
        reply.fields += [(key, f"{value}x") for key, value in reply.fields if key == name]

    return change


def foreign_jwk(provider: FakeProvider, draft: IDTokenDraft) -> None:
    draft.key = provider.keys.unpublished()
    draft.header.pop("kid", None)
    draft.header["jwk"] = draft.key.as_dict(private=False)


def published_key_as_secret(provider: FakeProvider) -> bytes:
    return provider.keys.current.as_pem(private=False)


def jwks_entries(*entries: Any) -> Change:
    """More entries in the key set, before ours."""

    def change(provider: FakeProvider, reply: Reply) -> None:
        reply.json["keys"] = [*entries, *reply.json["keys"]]

    return change
