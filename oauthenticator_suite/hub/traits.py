"""Trait types that spare every option the same few lines: a default from the environment, an URL that is one."""

from __future__ import annotations

import os
from typing import Any
from urllib.parse import urlsplit

from traitlets import Bool, TraitError, Unicode


def _from_environment(names: tuple[str, ...]) -> str | None:
    return next((os.environ[name] for name in names if os.environ.get(name)), None)


class EnvUnicode(Unicode):
    """A string whose default is read from the environment when an authenticator is made, never at import.

    `env` is a name, or several in order of precedence. Empty variables count as not set.
    """

    def __init__(self, default_value: Any = "", *, env: str | tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(default_value, **kwargs)
        self.env = (env,) if isinstance(env, str) else env

    def default(self, obj: Any = None) -> Any:
        """The first of the environment variables that is set, else the default of the class."""
        value = _from_environment(self.env)
        return super().default(obj) if value is None else value


class EnvBool(Bool):
    """A flag whose default is read from the environment: 1, true, yes, on; 0, false, no, off."""

    def __init__(self, default_value: Any = False, *, env: str, **kwargs: Any) -> None:
        super().__init__(default_value, **kwargs)
        self.env = env

    def default(self, obj: Any = None) -> Any:
        """What the environment variable says, else the default of the class."""
        value = _from_environment((self.env,))
        if value is None:
            return super().default(obj)
        word = value.strip().lower()
        if word in ("1", "true", "yes", "on"):
            return True
        if word in ("0", "false", "no", "off"):
            return False
        raise TraitError(f"the environment variable {self.env} must be 1 or 0 (or true, false, yes, no, on, off)")


class URL(EnvUnicode):
    """An absolute http or https URL, or empty. Catches what configuration files get wrong: spaces, no scheme."""

    info_text = "an absolute URL such as https://login.example.org/path"

    def validate(self, obj: Any, value: Any) -> Any:
        """The URL as it was given, when it is one."""
        value = super().validate(obj, value)
        if not value:
            return value
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or any(c.isspace() or not c.isprintable() for c in value):
            raise TraitError(f"{type(obj).__name__}.{self.name} must be {self.info_text}, not {value!r}")
        return value
