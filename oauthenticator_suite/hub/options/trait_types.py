"""Trait types for options: defaults from the environment, URLs, access rules, and old names of options."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from traitlets import Bool, TraitError, TraitType, Unicode

from ...policy.predicates import Predicate, has_name_in, member_of
from ...protocol.urls import for_message
from .names import Names
from .template import below, fill, from_environment

_PATH = re.compile(r"/?[A-Za-z0-9_~][A-Za-z0-9._~/?&=%+,;-]*")
"""A path with an optional query, without a host: it may begin with one slash, and has no colon."""


class EnvUnicode(Unicode):
    """A string whose default is read from the environment when an authenticator is made, never at import.

    Parameters
    ----------
    env:
        The name of an environment variable, or several in order of precedence, as in
        `oauthenticator_suite.hub.options.template.from_environment`. An empty variable counts as not set.
    """

    def __init__(self, default_value: Any = "", *, env: str | tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(default_value, **kwargs)
        self.env = (env,) if isinstance(env, str) else env

    def default(self, obj: Any = None) -> Any:
        """The value of the first environment variable that is set, else the default of the class."""
        return from_environment(*self.env) or super().default(obj)


class EnvBool(Bool):
    """A flag whose default is read from the environment: 1, true, yes, on; 0, false, no, off."""

    def __init__(self, default_value: Any = False, *, env: str, **kwargs: Any) -> None:
        super().__init__(default_value, **kwargs)
        self.env = env

    def default(self, obj: Any = None) -> Any:
        """The value of the environment variable, else the default of the class.

        Raises
        ------
        TraitError
            When the variable holds another word.
        """
        word = from_environment(self.env).strip().lower()
        if not word:
            return super().default(obj)
        if word in ("1", "true", "yes", "on"):
            return True
        if word in ("0", "false", "no", "off"):
            return False
        raise TraitError(f"the environment variable {self.env} must be 1 or 0 (or true, false, yes, no, on, off)")


class URL(EnvUnicode):
    """An absolute http or https URL, or an empty string. Rejects spaces, control characters and a missing scheme.

    The default may be a template of other options, such as ``{gitlab_url}/api/v4``: see
    `oauthenticator_suite.hub.options.template.fill`.
    """

    info_text = "an absolute URL such as https://login.example.org/path"

    def default(self, obj: Any = None) -> Any:
        """The environment's value, else the default of the class with its placeholders filled in."""
        value = super().default(obj)
        return value if obj is None else fill(value, obj)

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the URL unchanged.

        Raises
        ------
        TraitError
            When it is not a usable URL. The message repeats it without what may be a secret.
        """
        value = super().validate(obj, value)
        if not value:
            return value
        try:
            parts = urlsplit(value)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or any(c.isspace() or not c.isprintable() for c in value):
            raise TraitError(f"{type(obj).__name__}.{self.name} must be {self.info_text}, not {for_message(value)!r}")
        return value


class HostURL(URL):
    """A URL as `URL`. A host name alone stands for https: ``login.example.org``."""

    info_text = "a host name such as login.example.org, or an absolute URL"

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the URL.

        Raises
        ------
        TraitError
            When it is neither a host name nor a usable URL.
        """
        if isinstance(value, str) and value and "://" not in value:
            value = f"https://{value}"
        return super().validate(obj, value)


class APIURL(URL):
    """A URL as `URL`, or a path below the option `api_base_url`: ``user`` for ``https://api.example.org/user``."""

    info_text = "an absolute URL such as https://login.example.org/path, or a path below api_base_url"

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the URL or the path unchanged.

        Raises
        ------
        TraitError
            When it is neither.
        """
        if isinstance(value, str) and _PATH.fullmatch(value):
            return value
        return super().validate(obj, value)

    def get(self, obj: Any, cls: Any = None) -> Any:
        """The URL. A path is appended to `api_base_url`; without that it stays a path, which stops the start-up."""
        return below(obj.api_base_url, super().get(obj, cls))


def rule(part: str, predicate: Predicate) -> dict[str, Any]:
    """The tags that make an option an access rule: ``Set(…).tag(**rule("allowed", in_groups))``.

    Parameters
    ----------
    part:
        ``required``: a restriction that every user must satisfy, also under `allow_all` and as an administrator.
        ``allowed``: a user who satisfies it may sign in. ``admin``: a user who satisfies it is an administrator. An
        option with an empty value is not a rule.
    predicate:
        ``predicate(value, identity)``: whether a user with this
        `oauthenticator_suite.policy.identity.Identity` satisfies the option's value.

    Raises
    ------
    ValueError
        When `part` is none of the three.
    """
    if part not in ("required", "allowed", "admin"):
        raise ValueError(f"no such part of the policy: {part}")
    tags: dict[str, Any] = {"rule": part, "predicate": predicate}
    return {**tags, "allow_config": False} if part == "required" else tags  # whatever its name begins with


class Grants(Names):
    """An option that names organizations, groups or teams at the provider, and grants access to their members.

    The provider's `look_up` finds out which of them the user is a member of. It is asked for all names in all options
    of one `kind`.

    Parameters
    ----------
    kind:
        What is named, such as ``organization``: the key in the arguments and in the result of `look_up`.
    part:
        ``allowed``, ``admin`` or ``required``, as in `rule`.
    scope:
        The scope that `look_up` needs, or several of which one is enough. The Hub warns at start-up when the option is
        set and none of them is requested.
    numbers:
        Whether numbers are names too, and are converted to their digits. Without it a number stops the start-up.
    """

    def __init__(
        self,
        kind: str,
        *,
        part: str = "allowed",
        scope: str | tuple[str, ...] = (),
        numbers: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__("group", numbers=numbers, **kwargs)
        self.tag(config=True, membership=kind, **rule(part, member_of(kind)))
        if scope:
            self.tag(scope=(scope,) if isinstance(scope, str) else scope)


class NamesInClaim(Names):
    """An option that names roles, and grants access to the users whose claim has one of them.

    Parameters
    ----------
    claim:
        The key of the claim, which is a list. It may be dotted.
    part:
        ``allowed``, ``admin`` or ``required``, as in `rule`.
    """

    def __init__(self, claim: str, *, part: str = "allowed", **kwargs: Any) -> None:
        super().__init__("group", **kwargs)
        self.tag(config=True, **rule(part, has_name_in(claim)))


class Renamed(TraitType[Any, Any]):
    """The old name of an option. Its value takes effect under the new name with a warning, or stops the start-up.

    An old name is never ignored: ignoring a restriction would admit every user (CVE-2020-26250). The class must have a
    `hub.base.deprecated_names.DeprecatedNames` as its ``deprecated_names``, which passes the values on.

    Parameters
    ----------
    new_name:
        The option that takes the value; of the same class or of a base class.
    since:
        The version that introduced the new name, as an operator knows it: ``JupyterHub 1.2``.
    convert:
        ``convert(authenticator, value)`` returns the new option's value, where the old value had another meaning.
    revert:
        ``revert(authenticator, value)`` returns the old option's value for one of the new option, for code that reads
        the old name. A value that was set under the old name reads as it was set.
    """

    def __init__(
        self,
        new_name: str,
        *,
        since: str,
        convert: Callable[[Any, Any], Any] | None = None,
        revert: Callable[[Any, Any], Any] | None = None,
    ) -> None:
        super().__init__(
            allow_none=True,
            config=True,
            help=f"""
            Old name of `{new_name}`, from before {since}. It takes effect, with a warning at start-up.

            .. deprecated:: 0.1
                Use `{new_name}`.
            """,
        )
        self.new_name = new_name
        self.since = since
        self.convert = convert
        self.revert = revert

    def get(self, obj: Any, cls: Any = None) -> Any:
        """The value, as the old option would have it."""
        return obj.deprecated_names.get(self)

    def set(self, obj: Any, value: Any) -> None:
        """Pass the value to the object, which knows whether the new option is set as well."""
        obj.deprecated_names.set(self, value)

    def from_string(self, s: str) -> Any:
        """A value from the command line, as the new option reads it."""
        target = self._target()
        return target.from_string_list([s]) if hasattr(target, "from_string_list") else target.from_string(s)

    def from_string_list(self, s_list: list[str]) -> Any:
        """Repeated values from the command line. Only containers take more than one."""
        target = self._target()
        if hasattr(target, "from_string_list"):
            return target.from_string_list(s_list)
        (value,) = s_list
        return target.from_string(value)

    def _target(self) -> Any:
        return self.this_class.class_traits()[self.new_name]
