"""The report about a configuration: `findings_of` makes it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from traitlets.config import Config

from ...hub.base.authenticator import SuiteAuthenticator
from ...hub.findings.finding import ERROR, INFO, SEVERITIES, Finding, Severity
from ...hub.findings.kinds import (
    FOREIGN_CLASS,
    INVALID_VALUE,
    NO_CLASS,
    NOT_KNOWN,
    NOT_RUN,
    PEER_CLASS,
    PROVIDER_NOT_ASKED,
    REPLACED,
)
from ...hub.findings.running import ProviderFinding, findings_by_provider
from ...hub.findings.secrets import secrets_in, without
from ...multi.authenticator import MultiAuthenticator
from ..configuration.creation import Created, create, entries_in, entry_point_of
from ..configuration.helm import is_unknown
from ..configuration.sources import HubConfiguration
from ..configuration.tracing import Place
from .foreign import findings_of_foreign
from .locate import Locator, option_in

_UNREADABLE = re.compile(r"[A-Z]\w*Authenticator\.[a-z]\w* must be ")

_IN_SECRETS = ("client_id", "client_secret", "client_secret_file", "issuer")
"""Options that `hub.existingSecret` may set."""


@dataclass(frozen=True)
class ReportedFinding:
    """A finding, and where its option was set.

    Attributes
    ----------
    finding:
        Without secrets.
    provider:
        The provider among several; empty for the Hub's own authenticator.
    place:
        The line that set the option, or the class if the option is not set; None when neither is known.
    """

    finding: Finding
    provider: str = ""
    place: Place | None = None

    @property
    def option(self) -> str:
        """The option, also if only the text of the finding names it; empty if it is about none."""
        return self.finding.option or option_in(self.finding.reason)

    @property
    def severity(self) -> Severity:
        """Of the finding."""
        return self.finding.severity


@dataclass(frozen=True)
class Report:
    """What is to be said about a configuration.

    Attributes
    ----------
    authenticator:
        The import path of the class; empty when it cannot be loaded.
    providers:
        The names of the children of `MultiAuthenticator`.
    callbacks:
        The redirect URI of each OAuth login, by provider (empty: the only one), or the path when the Hub's address is
        not configured.
    files:
        The files that were read.
    findings:
        By severity, and in the order of the files.
    """

    authenticator: str
    providers: tuple[str, ...]
    callbacks: dict[str, str]
    files: tuple[Path, ...]
    findings: tuple[ReportedFinding, ...]

    def count(self, severity: Severity) -> int:
        """How many findings of a severity there are."""
        return sum(each.severity == severity for each in self.findings)


def findings_of(configuration: HubConfiguration, more: Any = None) -> Report:
    """Check a configuration.

    Parameters
    ----------
    configuration:
        From `cli.configuration.sources.read`.
    more:
        A function that returns further findings about an authenticator, such as what its provider says.
    """
    with configuration.as_environment():
        created = create(configuration)
        found = list(_findings(created, configuration))
        if more is not None and created.authenticator is not None:
            found += _asked(created.authenticator, found, more)
        secrets = secrets_in(configuration.config, os.environ) | _secret_values(created)
        callbacks = {
            name: without(url, secrets) for name, url in _callbacks(created.authenticator) if not is_unknown(url)
        }
    found = list(_not_unknown(found, created, configuration))
    locator = Locator(configuration, created)
    reported = [
        ReportedFinding(_hidden(each.finding, secrets), each.provider, locator.place_of(each))
        for each in _without_repetitions(found)
    ]
    reported.sort(key=lambda each: (SEVERITIES.index(each.severity), each.place is None, each.place or ("", 0)))
    cls = created.cls
    return Report(
        "" if cls is None else f"{cls.__module__}.{cls.__qualname__}",
        tuple(getattr(created.authenticator, "children", None) or ()),
        callbacks,
        configuration.files,
        tuple(reported),
    )


def _findings(created: Created, configuration: HubConfiguration) -> Iterator[ProviderFinding]:
    yield from (ProviderFinding("", each) for each in created.findings)
    cls = created.cls
    if cls is not None and not issubclass(cls, (SuiteAuthenticator, MultiAuthenticator)):
        if "authenticator_class" in configuration.config.get("JupyterHub", Config()):
            about = _about_foreign(cls)
        else:
            about = NO_CLASS.finding("c.JupyterHub.authenticator_class", "is not set")
        yield from (ProviderFinding("", each) for each in (about, *findings_of_foreign(cls, created.hub)))
    if created.authenticator is not None:
        for each in findings_by_provider(created.authenticator):
            if not created.removed or (
                _is_set(each.finding, configuration) and not _names_one_of(created.removed, each.finding)
            ):
                yield each
    read = set() if created.authenticator is None else _sections_read(created.authenticator)
    for address, before in configuration.origins.replaced.items():
        if address[0] in read:
            where = f"{Path(before.file).name}:{before.line}"
            yield ProviderFinding(
                "", REPLACED.finding(f"c.{'.'.join(address)}", f"replaces the names that {where} sets")
            )
    for name, error in configuration.from_values.not_run:
        yield ProviderFinding("", NOT_RUN.finding("", f"{name} was not run: {error.reason}"))


def _about_foreign(cls: type) -> Finding:
    name = f"{cls.__module__}.{cls.__qualname__}"
    if cls.__module__.partition(".")[0] == "oauthenticator":
        ours = entry_point_of(cls.__name__)
        fix = f"To use this package, write '{ours}'" if ours else ""
        return PEER_CLASS.finding("c.JupyterHub.authenticator_class", f"is {name}, which is not of this package", fix)
    return FOREIGN_CLASS.finding("", f"{name} is not of this package")


def _asked(authenticator: Any, found: list[ProviderFinding], more: Any) -> Iterator[ProviderFinding]:
    """The further findings about each authenticator whose configuration is complete."""
    wrong = {each.provider for each in found if each.finding.severity == ERROR}
    children = getattr(authenticator, "children", None) or {"": authenticator}
    for provider, child in children.items():
        values = [getattr(child, option, "") for option in _IN_SECRETS] if provider not in wrong else []
        if provider in wrong:
            yield ProviderFinding(provider, PROVIDER_NOT_ASKED.finding("", "the configuration has errors"))
        elif is_unknown(values):
            yield ProviderFinding(provider, PROVIDER_NOT_ASKED.finding("", "the credentials are kept by the cluster"))
        else:
            yield from (ProviderFinding(provider, each) for each in more(child))


def _sections_read(authenticator: Any) -> set[str]:
    """The sections that an authenticator and its children read."""
    every = (authenticator, *(getattr(authenticator, "children", None) or {}).values())
    return {section for each in every for section in type(each).section_names()}


def _is_set(finding: Finding, configuration: HubConfiguration) -> bool:
    """Whether a finding is about an option that is set, so that it does not follow from a removed option."""
    if finding.severity == INFO or not finding.option:
        return finding.severity == INFO
    name = finding.option.rpartition(".")[2]
    sections = [each for each in configuration.config.values() if isinstance(each, Config)]
    in_entries = [entry.get("config") or {} for _, _, entry in entries_in(configuration.config)]
    return any(name in each for each in (*sections, *in_entries))


def _names_one_of(removed: Iterable[str], finding: Finding) -> bool:
    """Whether a finding names an option without which the authenticator was created: it is about its default."""
    names = {option.rpartition(".")[2] for option in removed}
    return not names.isdisjoint(re.findall(r"\w+", f"{finding.option} {finding.reason} {finding.fix}"))


def _secret_values(created: Created) -> set[str]:
    """Secrets that an authenticator has from the environment or a file."""
    found: set[str] = set()
    authenticator = created.authenticator
    for each in (authenticator, *(getattr(authenticator, "children", None) or {}).values()):
        value = getattr(each, "client_secret", "")
        if value and not is_unknown(value):
            found.add(value)
    return found


def _callbacks(authenticator: Any) -> Iterator[tuple[str, str]]:
    """The redirect URIs that logins will use, as far as the configuration tells them."""
    children = getattr(authenticator, "children", None) or {"": authenticator}
    for provider, child in children.items():
        paths = getattr(child, "paths", None)
        if not hasattr(child, "oauth_callback_url") or paths is None:
            continue
        if child.oauth_callback_url:
            yield provider, child.oauth_callback_url
            continue
        hub = authenticator.parent
        path = f"{hub.hub_prefix}{paths.callback}"
        public = getattr(hub, "public_url", "") or getattr(hub, "subdomain_host", "")
        origin = "/".join(public.split("/")[:3]) if "://" in public else ""
        yield provider, f"{origin}{path}"


def _not_unknown(
    found: Iterable[ProviderFinding], created: Created, configuration: HubConfiguration
) -> Iterator[ProviderFinding]:
    """The findings, without those about values that only the cluster knows; and a line about each of these."""
    values = configuration.from_values
    every = (created.authenticator, *(getattr(created.authenticator, "children", None) or {}).values())
    named: dict[str, None] = {}
    for each in found:
        finding = each.finding
        option = (finding.option or option_in(finding.reason)).rpartition(".")[2]
        is_elsewhere = bool(values.existing_secret) and option in _IN_SECRETS
        in_text = is_unknown(finding.reason) or is_unknown(finding.fix)
        in_value = bool(option) and any(is_unknown(_value(one, option, configuration)) for one in every)
        in_file = values.is_of_chart and finding.code == "client-secret" and option.endswith("_file")
        if is_elsewhere or in_text or in_value or in_file:
            named[finding.option or option_in(finding.reason)] = None
        else:
            yield each
    for option in named:
        yield ProviderFinding(
            "", NOT_KNOWN.finding(option, "is kept by the cluster, so that its value is not known here")
        )


def _value(authenticator: Any, option: str, configuration: HubConfiguration) -> Any:
    sections = [each for each in configuration.config.values() if isinstance(each, Config)]
    given = [each[option] for each in sections if option in each]
    try:
        return [*given, getattr(authenticator, option, "")]
    except Exception:  # noqa: BLE001 - an invalid default from the environment is a separate finding
        return given


def _without_repetitions(found: Iterable[ProviderFinding]) -> Iterator[ProviderFinding]:
    """Each finding once: a child's only with its provider, and what its parent says as well only of the parent."""
    found = list(found)
    of_children = {each.finding for each in found if each.provider}
    of_parent = {
        (each.finding.code, each.finding.option.rpartition(".")[2], each.finding.reason)
        for each in found
        if not each.provider and each.finding.option.startswith("c.MultiAuthenticator.")
    }
    seen: set[tuple[str, str]] = set()
    wrong = {each.provider for each in found if each.finding.severity == ERROR and not _is_derived(each.finding)}
    for each in found:
        finding = each.finding
        if _is_derived(finding):  # a default that cannot be made, which each check that reads it tells
            if each.provider in wrong or "" in wrong:
                continue
            option = option_in(finding.reason)
            reason = finding.reason.partition(" ")[2]
            each = ProviderFinding(each.provider, INVALID_VALUE.finding(option, reason))
            finding = each.finding
        name = (finding.code, finding.option.rpartition(".")[2], finding.reason)
        repeated = finding in of_children if not each.provider else False
        repeated = repeated or (name in of_parent and not finding.option.startswith("c.MultiAuthenticator."))
        key = (each.provider, f"{finding.option} {finding.reason}")
        if not repeated and key not in seen:
            seen.add(key)
            yield each


def _is_derived(finding: Finding) -> bool:
    """Whether a check could not read an option, because its default, made of other options, is not possible."""
    return not finding.option and _UNREADABLE.match(finding.reason) is not None


def _hidden(finding: Finding, secrets: set[str]) -> Finding:
    option, reason, fix = (without(text, secrets) for text in (finding.option, finding.reason, finding.fix))
    return replace(finding, option=option, reason=" ".join(reason.split()), fix=" ".join(fix.split()))
