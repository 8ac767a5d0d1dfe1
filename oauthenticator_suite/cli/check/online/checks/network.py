"""The way to the provider: names, connections, TLS, proxies, and its clock."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import NamedTuple
from urllib.parse import urlsplit

from cryptography.x509 import Certificate, load_der_x509_certificate

from .....errors import InvalidResponse, TokenResponseError, TransportError
from .....hub.findings.finding import ERROR, INFO, WARNING, Check, Problem, check
from .....hub.transport.proxies import host_and_port
from .....hub.transport.recording import Exchange
from ..facts import Facts

DAYS_BEFORE_EXPIRY = 21
"""A certificate that expires sooner is reported. Automatic renewal usually happens 30 days before."""

_BY_BROWSERS = ("authorization",)
"""Questions about pages for browsers. The Hub may be in a network from which they cannot be reached."""

_TLS = ("certificate", "tls")

_REPORTED_ELSEWHERE = ("metadata", "document", "keys", "google-directory")
"""Questions of which other checks report every error."""


_HOST = re.compile(r"(\S+:\d+): ")


class SharedFault(NamedTuple):
    """Requests that failed for the same reason.

    Attributes
    ----------
    reason:
        What is wrong, after the hosts, or else the requests, that it is about.
    fault:
        See `TransportError`.
    is_of_browsers:
        Whether users' browsers send these requests, and the Hub none of them.
    """

    reason: str
    fault: str
    is_of_browsers: bool


def failures(facts: Facts) -> list[SharedFault]:
    """What failed, once for each reason: without a network, all hosts fail in the same way."""
    causes: dict[tuple[str, str], dict[str, set[str]]] = {}
    texts: dict[tuple[str, str], str] = {}
    for name, error in sorted(facts.faults()):
        if isinstance(error, InvalidResponse):
            continue
        label, _, rest = error.detail.rstrip(".").partition(": ")
        host = _HOST.match(rest)
        subject, reason = (host[1], rest[host.end() :]) if host else (label, rest)
        causes.setdefault((error.fault, reason), {}).setdefault(subject, set()).add(name)
        texts.setdefault((error.fault, reason), error.detail.rstrip("."))
    return [
        SharedFault(
            texts[cause] if len(subjects) == 1 else f"{', '.join(sorted(subjects))}: {cause[1]}",
            cause[0],
            set().union(*subjects.values()).issubset(_BY_BROWSERS),
        )
        for cause, subjects in causes.items()
    ]


@check(
    "provider-unreachable",
    ERROR,
    "A request that the Hub sends at each login has no answer: the host name does not resolve, the connection is "
    "refused, the proxy does not pass it on, the answer takes too long, or the provider reports a failure.",
    "Correct the cause in the message. Run the command where the Hub runs: the network may differ elsewhere.",
    stage="online",
)
def provider_unreachable(facts: Facts) -> Iterator[Problem]:
    """No user can sign in."""
    for failure in failures(facts):
        if not failure.is_of_browsers and failure.fault not in _TLS:
            yield Problem("", failure.reason)


@check(
    "page-unreachable",
    WARNING,
    "The page to which a login sends the browser cannot be reached from here. Whether users' browsers reach it is not "
    "known.",
    "Open `authorize_url` in a browser.",
    stage="online",
)
def page_unreachable(facts: Facts) -> Iterator[Problem]:
    """A provider may have an address for browsers, and another for servers."""
    for failure in failures(facts):
        if failure.is_of_browsers and failure.fault not in _TLS:
            yield Problem("", failure.reason)


@check(
    "tls-refused",
    ERROR,
    "The TLS certificate of a host is not accepted, or TLS 1.2 cannot be agreed upon.",
    "Renew or correct the certificate at the provider. For a private authority, set `ca_certs` in "
    "`http_request_kwargs`. A server must send its intermediate certificates, and must support TLS 1.2 or newer.",
    stage="online",
)
def tls_refused(facts: Facts) -> Iterator[Problem]:
    """Also of the page for browsers, which check certificates as well."""
    for failure in failures(facts):
        if failure.fault in _TLS:
            yield Problem("", failure.reason)


@check(
    "tls-expiry",
    WARNING,
    "The TLS certificate of a host expires in less than 21 days.",
    "Renew it at the provider, and see why it was not renewed automatically.",
    stage="online",
)
def tls_expiry(facts: Facts) -> Iterator[Problem]:
    """From the day on which it expires, no user can sign in."""
    now = datetime.now(timezone.utc)
    for host, peer in sorted(facts.recording.peers.items()):
        left = end_of(load_der_x509_certificate(peer.certificate)) - now
        if left < timedelta(days=DAYS_BEFORE_EXPIRY):
            when = f"expires in {left.days} days" if left > timedelta(0) else "has expired"
            yield Problem("", f"The TLS certificate of {host} {when}")


def end_of(certificate: Certificate) -> datetime:
    """The time from which a certificate is not valid, with a time zone."""
    if hasattr(certificate, "not_valid_after_utc"):
        return certificate.not_valid_after_utc
    return certificate.not_valid_after.replace(tzinfo=timezone.utc)  # pragma: no cover - cryptography before 42


@check(
    "tls-not-verified",
    WARNING,
    "`validate_server_cert` is off, so that certificates were not verified, neither here nor at logins.",
    "Set `validate_server_cert` to True, and `ca_certs` in `http_request_kwargs` for a private authority.",
    stage="online",
)
def tls_not_verified(facts: Facts) -> Iterator[Problem]:
    """Whether the hosts are the provider's is then not known."""
    if facts.recording.peers and not facts.authenticator.transport.settings.verify:
        yield Problem("validate_server_cert", "is off: the certificates of the provider's hosts were not verified")


@check(
    "proxy-in-use",
    INFO,
    "Requests to the provider go through a proxy.",
    "If that is not intended, set `no_proxy` in the Hub's environment, or remove `proxy_host`.",
    stage="online",
)
def proxy_in_use(facts: Facts) -> Iterator[Problem]:
    """Which proxy, and where it is set. It has no credentials in its URL."""
    seen: dict[str, list[str]] = {}
    for each in facts.recording.exchanges:
        proxy = facts.authenticator.transport.settings.proxy_for(each.request.url)
        if proxy is not None:
            seen.setdefault(f"{proxy.url} ({proxy.source})", []).append(host_and_port(each.request.url))
    for proxy_url, hosts in sorted(seen.items()):
        yield Problem("", f"Requests to {', '.join(sorted(set(hosts)))} go through the proxy {proxy_url}")


# --- the clock -------------------------------------------------------------------------------------------------------


def clock_difference(exchange: Exchange) -> float | None:
    """How far the clock of the responding server is ahead of this one, in seconds; None if the response does not say.

    The header Date has whole seconds. The age of a response from a cache is added (RFC 9111 §5.1).
    """
    if exchange.response is None:
        return None
    headers = exchange.response.headers
    try:
        sent = parsedate_to_datetime(headers.get("date", "")).timestamp() + 0.5
    except (ValueError, TypeError, OverflowError):
        return None
    age = headers.get("age", "0").strip()
    if not (age.isascii() and age.isdigit() and len(age) < 9):
        return None
    return sent + int(age) - (exchange.sent_at + exchange.ended_at) / 2


def _difference(facts: Facts) -> tuple[str, float] | None:
    """The host and the difference of the response that says most: a POST comes from no cache."""
    known = [
        (each.request.method != "POST", each.ended_at - each.sent_at, urlsplit(each.request.url).hostname or "", ahead)
        for each in facts.recording.exchanges
        if (ahead := clock_difference(each)) is not None
    ]
    if not known:
        return None
    _, _, host, ahead = min(known)
    return host, ahead


def _says(host: str, ahead: float) -> str:
    relation = "behind" if ahead > 0 else "ahead of"
    return f"The clock of this machine is {abs(ahead):.0f} s {relation} that of {host}"


def _reads_times(authenticator: object) -> bool:
    """Whether logins check times that the provider has set: in ID tokens, or in the identity of a wiki."""
    return "openid" in getattr(authenticator, "scope", ()) or getattr(authenticator, "oauth_version", "") == "1.0a"


@check(
    "clock-difference",
    ERROR,
    "The clocks of this machine and of the provider differ by more than `clock_tolerance`, so that ID tokens are "
    "refused.",
    "Synchronize both clocks with a time server.",
    stage="online",
)
def clocks_differ(facts: Facts) -> Iterator[Problem]:
    """By the header Date, which a server in front of the provider may have set."""
    difference, tolerance = _difference(facts), facts.authenticator.clock_tolerance
    if difference and _reads_times(facts.authenticator) and abs(difference[1]) > tolerance:
        yield Problem("", f"{_says(*difference)}, and clock_tolerance is {tolerance:g} s: no user can sign in")


@check(
    "clock-drift",
    WARNING,
    "The clocks of this machine and of the provider differ by more than five seconds.",
    "Synchronize both clocks with a time server.",
    stage="online",
)
def clocks_drift(facts: Facts) -> Iterator[Problem]:
    """Most clocks that drift continue to drift."""
    difference, tolerance = _difference(facts), facts.authenticator.clock_tolerance
    refused = difference and _reads_times(facts.authenticator) and abs(difference[1]) > tolerance
    if difference and abs(difference[1]) > 5 and not refused:
        yield Problem("", _says(*difference))


@check(
    "question-failed",
    WARNING,
    "The provider could not be asked something, or answered in a form that cannot be read.",
    "Correct the cause in the message. If logins work, nothing needs to be done.",
    stage="online",
)
def question_failed(facts: Facts) -> Iterator[Problem]:
    """Errors that no other check reports."""
    for name, answer in facts.answers.items():
        error = answer.error
        if error is None or name in _REPORTED_ELSEWHERE or isinstance(error, TokenResponseError):
            continue
        if isinstance(error, InvalidResponse) or not isinstance(error, TransportError):
            yield Problem("", f"The question about {name} has no answer: {error.detail.rstrip('.')}")


@check(
    "not-asked",
    INFO,
    "A question was not asked, for the reason in the message.",
    "Correct the cause in the message, and run the command again.",
    stage="online",
)
def not_asked(facts: Facts) -> Iterator[Problem]:
    """One line for all questions with the same reason."""
    reasons: dict[str, list[str]] = {}
    for name, reason in facts.not_asked.items():
        reasons.setdefault(reason, []).append(name)
    for reason, names in reasons.items():
        yield Problem("", f"Not checked ({', '.join(sorted(names))}), because {reason}")


NETWORK_ONLINE_CHECKS: tuple[Check, ...] = (
    provider_unreachable,
    page_unreachable,
    tls_refused,
    tls_expiry,
    tls_not_verified,
    proxy_in_use,
    clocks_differ,
    clocks_drift,
    question_failed,
    not_asked,
)
"""The checks of the way to the provider."""
