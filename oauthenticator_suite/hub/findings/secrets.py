"""Which values of a configuration are secrets, so that they are never shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from traitlets.config import Config
from traitlets.config.loader import LazyConfigValue

_SECRET = re.compile(
    r"secret|passw|credential|account_keys|private_key|crypt_key|api_key|_token$|^token$|cryptkeeper\.keys"
)
_NOT_SECRET = re.compile(r"_(file|method|url|age|env|path|dir|type|expires_at|hosts|params)$")
_IN_URL = re.compile(r"://[^/?#\s@]*:([^/?#\s@]+)@")
_IN_QUERY = re.compile(r"[?&][^=&#\s]*(?:secret|passw|token|key)[^=&#\s]*=([^&#\s]+)", re.IGNORECASE)

HIDDEN = "***"
"""What is shown in place of a secret."""


def is_secret(name: str) -> bool:
    """Whether the value of an option or a variable with this name is a secret, and not a path or a URL."""
    lower = name.lower()
    return _SECRET.search(lower) is not None and _NOT_SECRET.search(lower) is None


def secrets_in(config: Config, environment: Mapping[str, str] | None = None) -> set[str]:
    """Every secret that a configuration and an environment contain."""
    found = set(_secrets("", config, secret=False))
    for name, value in (environment or {}).items():
        if is_secret(name) or is_secret(f"{name}_"):
            found.add(value)
        found.update(_within(value))
    return {each for text in found for each in (text, text.strip()) if each}


def secret_options(config: Config) -> Iterator[tuple[str, str]]:
    """Each secret that an option of the configuration has: the option, such as ``c.CryptKeeper.keys``, and the text."""
    for section, options in config.items():
        if not isinstance(options, Config):
            continue
        for name, value in options.items():
            label = f"{section}.{name}" if section == "CryptKeeper" else name
            for text in _secrets(label, value, secret=False):
                yield f"c.{section}.{name}", text


def _secrets(name: str, value: Any, *, secret: bool) -> Iterator[str]:
    secret = secret or is_secret(name)
    if isinstance(value, LazyConfigValue):
        for part in (value._extend, value._prepend, value._inserts, value._update):
            yield from _secrets(name, part, secret=secret)
    elif isinstance(value, Mapping):
        for key, each in value.items():
            # of a dict of secrets the keys may be names of users or services, and never secrets
            yield from _secrets(f"{name}.{key}" if name.lower() == "cryptkeeper" else str(key), each, secret=secret)
    elif isinstance(value, (list, tuple, set, frozenset)):
        for each in value:
            yield from _secrets(name, each, secret=secret)
    elif isinstance(value, bytes):
        yield from _secrets(name, value.hex(), secret=secret)
        yield from _secrets(name, value.decode("latin-1"), secret=secret)
    elif isinstance(value, int) and secret and abs(value) > 999:  # a mistake for a text; not a flag, not a count
        yield str(value)
    elif isinstance(value, str):
        if secret:
            yield str(value)
        yield from _within(value)


def _within(text: str) -> Iterator[str]:
    """Passwords and tokens in URLs."""
    yield from _IN_URL.findall(text)
    yield from _IN_QUERY.findall(text)


def without(text: str, secrets: Iterable[str]) -> str:
    """The text with `HIDDEN` in place of each secret, in every form in which Python or JSON quotes it.

    A secret of less than four characters is replaced only where it is a word or in quotes: it would hide half of the
    text otherwise.
    """
    for secret in sorted(secrets, key=len, reverse=True):
        forms = {secret, repr(secret)[1:-1], ascii(secret)[1:-1], secret.encode("unicode_escape").decode()}
        for form in sorted(forms, key=len, reverse=True):
            if form not in text:
                continue
            if len(form) >= 4:
                text = text.replace(form, HIDDEN)
            else:
                text = re.sub(rf"(?<![\w.]){re.escape(form)}(?![\w.])", HIDDEN, text)
    return text
