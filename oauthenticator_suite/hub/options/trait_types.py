"""Trait types that spare options the same few lines: defaults from the environment, URLs, names of former times."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from traitlets import Bool, Set, TraitError, TraitType, Unicode

from ...policy.predicates import Judge, member_of


def from_environment(*names: str) -> str:
    """The first of these environment variables that is set and not empty, else an empty string.

    To be called when an authenticator is made, never at import. Empty names are passed over.
    """
    return next((os.environ[name] for name in names if name and os.environ.get(name)), "")


class EnvUnicode(Unicode):
    """A string whose default is read from the environment when an authenticator is made, never at import.

    `env` is a name, or several in order of precedence. Empty variables count as not set.
    """

    def __init__(self, default_value: Any = "", *, env: str | tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(default_value, **kwargs)
        self.env = (env,) if isinstance(env, str) else env

    def default(self, obj: Any = None) -> Any:
        """The first of the environment variables that is set, else the default of the class."""
        return from_environment(*self.env) or super().default(obj)


class EnvBool(Bool):
    """A flag whose default is read from the environment: 1, true, yes, on; 0, false, no, off."""

    def __init__(self, default_value: Any = False, *, env: str, **kwargs: Any) -> None:
        super().__init__(default_value, **kwargs)
        self.env = env

    def default(self, obj: Any = None) -> Any:
        """What the environment variable says, else the default of the class."""
        word = from_environment(self.env).strip().lower()
        if not word:
            return super().default(obj)
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


def rule(part: str, judge: Judge) -> dict[str, Any]:
    """The tags that make an option a rule on access: ``Set(…).tag(**rule("allowed", in_groups))``.

    Parameters
    ----------
    part:
        ``required``: nobody without it, under any allow mode. ``allowed``: one way in. ``admin``: one way to become an
        administrator. An option that is empty is no rule.
    judge:
        ``judge(value, who)``: what the option's value says of an `oauthenticator_suite.policy.identity.Identity`.
    """
    if part not in ("required", "allowed", "admin"):
        raise ValueError(f"no such part of the policy: {part}")
    tags: dict[str, Any] = {"rule": part, "judge": judge}
    return {**tags, "allow_config": False} if part == "required" else tags  # whatever its name begins with


class Name(Unicode):
    """A string; a whole number becomes its digits."""

    def validate(self, obj: Any, value: Any) -> Any:
        """The name."""
        return super().validate(obj, str(value) if isinstance(value, int) and not isinstance(value, bool) else value)


class Grants(Set):
    """An option that names what the provider keeps members of, and lets them in (or makes them administrators).

    Who is a member is found out by the provider's `look_up`, which is asked for the names that some option holds.

    Parameters
    ----------
    kind:
        What the names are names of, such as ``organization``: a key of what `look_up` is asked, and gives.
    part:
        ``allowed`` or ``admin`` or ``required``, as of `rule`.

    Numbers among the names become their digits.
    """

    def __init__(self, kind: str, *, part: str = "allowed", **kwargs: Any) -> None:
        super().__init__(Name(), **kwargs)
        self.tag(config=True, membership=kind, **rule(part, member_of(kind)))


class Renamed(TraitType[Any, Any]):
    """An option's old name: it takes effect as the new one, with a warning, or stops the start-up; never ignored.

    A restriction that is ignored because its name is an old one lets everybody in (CVE-2020-26250). The class that has
    such options has a `hub.base.deprecated_names.DeprecatedNames` as its ``deprecated_names``, which passes the values
    on.

    Parameters
    ----------
    new_name:
        The option that takes the value; of the same class or of a base.
    since:
        The version that brought the new name, as an operator knows it: ``JupyterHub 1.2``.
    convert:
        ``convert(authenticator, value)`` gives the new option's value, where the old one's meant something else.
    """

    def __init__(self, new_name: str, *, since: str, convert: Callable[[Any, Any], Any] | None = None) -> None:
        super().__init__(
            allow_none=True,
            config=True,
            help=f"""
            Old name of `{new_name}`, as of before {since}. It takes effect, with a warning at start-up.

            .. deprecated:: 0.1
                Use `{new_name}`.
            """,
        )
        self.new_name = new_name
        self.since = since
        self.convert = convert

    def get(self, obj: Any, cls: Any = None) -> Any:
        """What the new option has."""
        return obj.deprecated_names.get(self)

    def set(self, obj: Any, value: Any) -> None:
        """Hand the value to the object, which knows whether the new option is set as well."""
        obj.deprecated_names.set(self, value)

    def from_string(self, s: str) -> Any:
        """A value of the command line, as the new option reads it."""
        target = self._target()
        return target.from_string_list([s]) if hasattr(target, "from_string_list") else target.from_string(s)

    def from_string_list(self, s_list: list[str]) -> Any:
        """Repeated values of the command line; only containers take more than one."""
        target = self._target()
        if hasattr(target, "from_string_list"):
            return target.from_string_list(s_list)
        (value,) = s_list
        return target.from_string(value)

    def _target(self) -> Any:
        return self.this_class.class_traits()[self.new_name]
