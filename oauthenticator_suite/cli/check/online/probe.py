"""`probe`: all questions to one authenticator's provider, and what the checks find in the answers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.utils import url_path_join

from ....hub.findings.finding import Check, Finding, section
from ....hub.findings.kinds import CHECK_FAILED
from ....hub.oauth.authenticator import OAuthenticator
from ....hub.oauth.callback_url import hub_of
from .checks import PROVIDER_CHECKS
from .facts import Facts
from .question import Question, answer_to
from .questions import METADATA_QUESTIONS, PROVIDER_QUESTIONS
from .services import SERVICE_CHECKS, SERVICE_QUESTIONS

PROBE_SECONDS = 60.0
"""How long all questions to one provider may take."""

QUESTIONS_AT_ONCE = 4
"""The maximum number of questions that wait for an answer at the same time."""

ALL_QUESTIONS = (*METADATA_QUESTIONS, *PROVIDER_QUESTIONS, *SERVICE_QUESTIONS)
"""All questions, for the documentation."""


ALL_CHECKS = (*PROVIDER_CHECKS, *SERVICE_CHECKS)
"""All checks of answers, for the documentation."""


async def probe(authenticator: Any) -> list[Finding]:
    """Ask the provider of an authenticator, and return the findings.

    Nothing is changed at the provider, and no exception is raised. An authenticator of another package, or one without
    a provider, has no findings.

    Parameters
    ----------
    authenticator:
        An authenticator that was created, and whose start-up checks found no error. A child of `MultiAuthenticator` is
        given by itself.
    """
    if not isinstance(authenticator, OAuthenticator):
        return []
    return findings_in(await _asked(authenticator), ALL_CHECKS)


async def _asked(authenticator: OAuthenticator) -> Facts:
    facts = Facts(authenticator, authenticator.transport.record(), redirect_uri_of(authenticator))
    now = asyncio.get_running_loop().time
    ends_at = now() + PROBE_SECONDS
    places = asyncio.Semaphore(QUESTIONS_AT_ONCE)

    async def ask(each: Question) -> None:
        async with places:
            await answer_to(each, facts, max(ends_at - now(), 0.01))

    try:
        for step in (METADATA_QUESTIONS, (*PROVIDER_QUESTIONS, *SERVICE_QUESTIONS)):
            await asyncio.gather(*(ask(each) for each in step if each.applies(authenticator)))
    finally:
        await authenticator.transport.close()
    return facts


def redirect_uri_of(authenticator: Any) -> str:
    """The redirect URI of logins, as far as the configuration says: empty if it depends on the browser's address."""
    try:
        return str(authenticator.get_callback_url(None))
    except Exception:  # noqa: BLE001 - a ConfigurationError, or an override that needs the request
        return _at_public_url(authenticator)


def _at_public_url(authenticator: Any) -> str:
    hub = hub_of(authenticator)
    public_url = getattr(hub, "public_url", "")
    if not public_url:
        return ""
    parts = urlsplit(public_url)
    return f"{parts.scheme}://{parts.netloc}{url_path_join(hub.hub_prefix, authenticator.paths.callback)}"


def findings_in(facts: Facts, checks: Iterable[Check]) -> list[Finding]:
    """What the checks find. An exception of one becomes a finding."""
    findings: list[Finding] = []
    for each in checks:
        try:
            findings += list(each.findings(facts, section(facts.authenticator)))
        except Exception as error:  # noqa: BLE001 - a provider's answer may be of any form
            reason = f"the check {each.code} could not run: {type(error).__name__}"
            findings.append(CHECK_FAILED.finding("", reason))
    return findings
