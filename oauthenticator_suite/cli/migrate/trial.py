"""The start-up checks of this package, run on the literal values of a configuration.

The class of the configuration is made with the options whose values are literals. A value that only a run would tell is
replaced by a placeholder if it is a text, and left out otherwise. Secrets are always replaced. Nothing is started, and
no code of the configuration runs.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable, Mapping
from inspect import Parameter, Signature
from typing import Any

from traitlets import Any as Any_
from traitlets import TraitError, Unicode
from traitlets.config import Config

from ...errors import ConfigurationError
from ...hub.findings.finding import ERROR, Finding, find
from ...hub.findings.loaded import LoadedConfig
from ...hub.options.trait_types import URL
from .literals import is_readable
from .options import is_secret
from .reading import Method, Setting

NOT_OF_THE_FILE = frozenset({"client-id", "crypt-key", "no-authenticate", "callback-guessed"})
"""Checks whose answer depends on more than the configuration."""

_OPTION = re.compile(r"\bc\.\w+\.\w+")
_OF_THE_MACHINE = re.compile(r"FileNotFoundError|PermissionError|No such file")
_PLACEHOLDER = "placeholder"
_IN_URL = re.compile(
    r"(://|[?&][^=&#]*(?:secret|passw|token|key)[^=&#]*=)(?:(?<=://)[^/?#]+(?=@)|(?<==)[^&#]*)", re.IGNORECASE
)
PLACEHOLDER_URL = "https://placeholder.example"
"""In place of a URL that only a run of the configuration would tell."""

_LOG = logging.getLogger("oauthenticator_suite.migrate")
_LOG.addHandler(logging.NullHandler())
_LOG.propagate = False


def findings_of(cls: Any, settings: Iterable[Setting]) -> tuple[list[Finding], bool]:
    """The findings about a class with these settings.

    Returns
    -------
    findings:
        As at the start of the Hub.
    is_sure:
        Whether every option of the class that the configuration sets was known. If not, a finding about an option that
        is not set may be wrong.
    """
    config, unknown, is_sure = _config_of(cls, list(settings))
    loaded = LoadedConfig.of_arguments(cls, {"config": config})
    findings = [*find(loaded, "sections", cls), *find(loaded, "values", cls)]
    for _ in range(20):  # each turn removes an option that the class cannot be made with
        removed = {finding.option for finding in findings if finding.severity == ERROR}
        _remove(config, removed)
        try:
            authenticator = cls(config=config, log=_LOG)
        except (ConfigurationError, TraitError) as error:
            text = error.detail if isinstance(error, ConfigurationError) else str(error)
            option = _named_in(text, config)
            code = "value"
            findings.append(Finding(code, ERROR, option, text if not option else _without(text, option), ""))
            if not option or not _remove(config, [option]):
                return findings, is_sure
        else:
            unknown |= {option.rpartition(".")[2] for option in removed}
            given = {option for options in config.values() for option in options}
            traits = cls.class_traits(config=True)
            given |= {getattr(traits.get(option), "new_name", option) for option in given}
            at_start = [(option_of(each, given), each) for each in find(authenticator, "start")]
            findings += [
                each for option, each in at_start if option not in unknown and (option in given or not removed)
            ]
            return [each for each in findings if not _OF_THE_MACHINE.search(each.reason)], is_sure
    return findings, False


_READ_AS_CODE = ("_token_to_auth_model",)
"""Methods whose check at start-up reads their code, which a stub does not have."""


def option_of(finding: Finding, known: Iterable[str]) -> str:
    """The option that a finding is about; of those in the configuration, if only its text names one."""
    named = finding.option or next(iter(_OPTION.findall(finding.reason)), "")
    if named:
        return named.rpartition(".")[2].partition("[")[0]
    words = re.findall(r"\w+", finding.reason)
    return next((word for word in words if word in set(known)), "")


def stub_class(name: str, base: Any, methods: Mapping[str, Method], attributes: Iterable[str]) -> Any:
    """A subclass with the methods of one in the configuration, each of which only calls the base class's.

    The start-up checks on overrides see names, signatures and whether a method is a coroutine.
    """
    members: dict[str, Any] = {
        method: _stub(method, found)
        for method, found in methods.items()
        if found.signature and method[:2] != "__" and method not in _READ_AS_CODE
    }
    known = base.class_traits(config=True)
    # a trait that the class adds: its type does not matter
    members.update({name: Any_().tag(config=True) for name in attributes if name not in known})
    return type(name, (base,), {"__module__": "__migrate__", **members})


def _stub(name: str, found: Method) -> Any:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        for base in type(self).__mro__:
            inherited = vars(base).get(name)
            if inherited is not None and inherited is not stub:
                return inherited.__get__(self)(*args, **kwargs)
        return None

    async def call_async(self: Any, *args: Any, **kwargs: Any) -> Any:
        return call(self, *args, **kwargs)

    stub: Any = call_async if found.is_async else call
    parameters = found.signature.parameters.values() if found.signature else ()
    only = any(each.kind is Parameter.POSITIONAL_ONLY for each in parameters)
    kind: Any = Parameter.POSITIONAL_ONLY if only else Parameter.POSITIONAL_OR_KEYWORD
    stub.__signature__ = Signature([Parameter("self", kind), *parameters])
    stub.__name__ = name
    return stub


def config_of(cls: Any, settings: list[Setting]) -> tuple[Config, bool]:
    """The settings as a configuration, with placeholders; and whether every option of the class was known."""
    config, _, is_sure = _config_of(cls, settings)
    return config, is_sure


def _config_of(cls: Any, settings: list[Setting]) -> tuple[Config, set[str], bool]:
    """The configuration, the options in it whose values are not known, and whether no other option is left out."""
    traits = cls.class_traits(config=True)
    config = Config()
    unknown: set[str] = set()
    is_sure = True
    for setting in settings:
        trait = traits.get(setting.option)
        if setting.how == "read":
            continue
        value = setting.value
        if setting.how == "add" or not is_readable(value) or (is_secret(setting.option) and isinstance(value, str)):
            unknown.update((setting.option, getattr(trait, "new_name", setting.option)))
            if isinstance(trait, URL):
                value = PLACEHOLDER_URL
            elif isinstance(trait, Unicode):
                value = _PLACEHOLDER
            else:
                is_sure = False
                continue
        config[setting.section][setting.option] = without_secrets(setting.option, value)
    named = {getattr(traits.get(setting.option), "new_name", setting.option) for setting in settings}
    if "client_id" in traits and "client_id" not in named:
        config[cls.__name__].setdefault("client_id", _PLACEHOLDER)
    return config, unknown, is_sure


def without_secrets(option: str, value: Any) -> Any:
    """The value of an option with placeholders for secrets, because findings quote values."""
    if isinstance(value, str):
        return _PLACEHOLDER if is_secret(option) else _IN_URL.sub(rf"\1{_PLACEHOLDER}", value)
    if isinstance(value, dict):
        return {key: without_secrets(f"{option}.{key}", each) for key, each in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return type(value)(without_secrets(option, each) for each in value)
    return value


def _remove(config: Config, options: Iterable[str]) -> bool:
    removed = False
    for full in options:
        _, _, rest = full.partition(".")
        section, _, option = rest.partition(".")
        if section in config and option in config[section]:
            del config[section][option]
            removed = True
    return removed


def _named_in(text: str, config: Config) -> str:
    """The option in the configuration that the text of an error names; empty if it names none."""
    for section, options in config.items():
        for option in options:
            if f".{option}" in text or f"'{option}' trait" in text:
                return f"c.{section}.{option}"
    return ""


def _without(text: str, option: str) -> str:
    """The text of an error, without the option at its beginning."""
    name = option.rpartition(".")[2]
    first, _, rest = text.partition(f".{name} ")
    return rest if rest and " " not in first else text
