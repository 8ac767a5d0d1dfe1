"""Start-up checks of the option `preset`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ... import registry
from ...hub.findings.finding import ERROR, INFO, WARNING, Check, Problem, check, section
from ...hub.findings.spelling import nearest_option
from .preset import Expectation
from .presets import CLASSES, PRESETS

SHOWN = (
    "issuer",
    "authorize_url",
    "token_url",
    "userdata_url",
    "scope",
    "username_claim",
    "auth_state_groups_key",
    "entitlement_namespaces",
)
"""The options whose values the log names when the Hub starts with a preset."""


def _class_for(name: str) -> str:
    """The entry point of the class for a provider that needs no preset; empty if there is none."""
    plain = name.strip().lower().replace("_", "-").replace(" ", "-")
    known = {entry.name for entry in registry.PROVIDERS} - {"generic"}
    found = plain if plain in known else CLASSES.get(plain, "")
    return f"suite-{found}" if found else ""


@check(
    "preset-unknown",
    ERROR,
    "`preset` is not the name of a preset.",
    "Use one of the names in the message, or the class that it names.",
)
def unknown_preset(authenticator: Any) -> Iterator[Problem]:
    """Without the preset, URLs and claims would be missing."""
    name = authenticator.preset
    if not name or name in PRESETS:
        return
    if entry_point := _class_for(name):
        fix = f'Set c.JupyterHub.authenticator_class = "{entry_point}", the class for this provider'
    else:
        similar = nearest_option(name, PRESETS)
        question = f"Did you mean {similar!r}? " if similar else ""
        fix = f"{question}The presets are {', '.join(sorted(PRESETS))}"
    yield Problem("preset", f"is {name!r}, which is not the name of a preset", fix)


def _unmet(authenticator: Any, expectations: Iterable[Expectation]) -> Iterator[Problem]:
    """The expectations of a preset that the options do not meet."""
    for each in expectations:
        if not each.holds(authenticator):
            yield Problem(each.option, each.reason, each.fix)


@check(
    "preset-setting",
    ERROR,
    "An option has a value with which no user can sign in at the provider of `preset`.",
    "Set it as the message says.",
)
def settings_required(authenticator: Any) -> Iterator[Problem]:
    """From the row of the preset."""
    return _unmet(authenticator, authenticator.known_preset.required)


@check(
    "preset-advice",
    WARNING,
    "An option has a value that does not fit the provider of `preset`.",
    "Set it as the message says.",
)
def settings_advised(authenticator: Any) -> Iterator[Problem]:
    """From the row of the preset."""
    return _unmet(authenticator, authenticator.known_preset.advised)


@check(
    "preset-renamed-users",
    WARNING,
    "The provider of `preset` lets users change their names, and `enable_auth_state` is off: another user can get the "
    "name, and with it the account.",
    "Set `enable_auth_state` to True, so that the Hub knows the owner of each account.",
)
def renamed_users(authenticator: Any) -> Iterator[Problem]:
    """Only if the username is the claim that users can change."""
    preset = authenticator.known_preset
    is_claim = authenticator.username_claim == preset.claims.username
    if preset.renamed_users and is_claim and not authenticator.enable_auth_state:
        yield Problem(
            "username_claim",
            f"is {authenticator.username_claim!r}, which {preset.service} can give to another user later",
            f"Set {section(authenticator)}.enable_auth_state = True, so that the Hub refuses that user",
        )


@check("preset", INFO, "`preset` is set. The line has the values that are in effect.", "Set an option to change it.")
def preset_in_use(authenticator: Any) -> Iterator[Problem]:
    """The options as they are in effect, whether the preset or the operator has set them."""
    if authenticator.preset in PRESETS:
        values = ((option, getattr(authenticator, option)) for option in SHOWN)
        shown = ", ".join(f"{option} = {_written(value)}" for option, value in values if value and not callable(value))
        yield Problem("preset", f"is {authenticator.preset!r}", f"In effect: {shown or 'nothing'}")


def _written(value: Any) -> str:
    return f"{{{', '.join(map(repr, sorted(value)))}}}" if isinstance(value, set) else repr(value)


PRESET_CHECKS: tuple[Check, ...] = (
    unknown_preset,
    settings_required,
    settings_advised,
    renamed_users,
    preset_in_use,
)
"""The checks of `preset`."""
