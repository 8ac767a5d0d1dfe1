"""The status as the variables of its template ``sign_in_status.html``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from markupsafe import Markup

from ..pages.language import Texts
from ..pages.ways import Way
from .json_form import utc
from .status import KeyStatus, Status, WayStatus

_MINUTE, _HOUR, _DAY = 60, 3600, 24 * 3600
_NOTHING = "–"
_TIME = Markup('<time class="si-time" datetime="{}" dir="ltr">{}</time>')


def page_of(status: Status, t: Texts, way_of: Callable[[str], Way]) -> dict[str, Any]:
    """The variables.

    Parameters
    ----------
    t:
        The sentences in the language of the page.
    way_of:
        Gives the name and picture of a way to sign in.
    """
    most = max((refusal.count for refusal in status.refusals), default=1)
    names = {way.provider: way.name for way in status.ways}
    return {
        "as_of": time_element(status.as_of),
        "counted_since": time_element(status.counted_since),
        "ways": [_way(way, way_of(way.provider), t) for way in status.ways],
        "findings": [
            {
                "severity": _severity(finding.severity, t),
                "kind": {"error": "down", "warning": "slow"}.get(finding.severity, "none"),
                "provider": names.get(finding.provider, finding.provider),
                "text": finding.text,
                "code": finding.code,
            }
            for finding in status.findings
        ],
        "refusals": [
            {
                "rule": refusal.rule,
                "provider": names.get(refusal.provider, refusal.provider),
                "count": refusal.count,
                "share": round(100 * refusal.count / most),
                "latest": time_element(refusal.at),
                "reference": refusal.reference,
            }
            for refusal in status.refusals
        ],
        "queue": [
            (t("status.waiting"), str(status.queue.waiting)),
            (t("status.running"), str(status.queue.running)),
            (t("status.failing"), str(status.queue.failing)),
            (t("status.oldest"), duration(status.queue.oldest)),
        ],
        "keys": [_key(key, names.get(key.provider, key.provider), t, status.as_of) for key in status.keys],
        "signed_in": status.signed_in,
        "everyone_asked": None if status.everyone_asked_at is None else time_element(status.everyone_asked_at),
    }


def time_element(seconds: float | None) -> Markup | str:
    """A time in UTC, as HTML; a dash when it is not known."""
    if seconds is None:
        return _NOTHING
    at = utc(seconds)
    return _TIME.format(at.strftime("%Y-%m-%dT%H:%M:%SZ"), at.strftime("%Y-%m-%d %H:%M UTC"))


def duration(seconds: float | None) -> str:
    """A duration with its two largest units, by their symbols, such as ``3 h 20 min``; a dash when it is not known."""
    if seconds is None:
        return _NOTHING
    if 0 < seconds < 1:
        return f"{round(1000 * seconds)} ms"
    if seconds < 10 and seconds != int(seconds):
        return f"{seconds:.1f} s"
    left = int(seconds)
    if left < _MINUTE:
        return f"{left} s"
    parts = [(left // _DAY, "d"), (left % _DAY // _HOUR, "h"), (left % _HOUR // _MINUTE, "min")]
    first = next(number for number, (count, _) in enumerate(parts) if count)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count)


def _way(way: WayStatus, picture: Way, t: Texts) -> dict[str, Any]:
    label, kind = {
        "up": (t("status.up"), "up"),
        "slow": (t("status.slow"), "slow"),
        "down": (t("status.down"), "down"),
        "not_asked": (t("status.not_asked"), "none"),
        "local": (t("status.local"), "none"),
        "unknown": (t("status.unknown"), "none"),
    }[way.state]
    return {
        "picture": picture,
        "label": label,
        "kind": kind,
        "since": time_element(way.since),
        "answer": duration(way.answer_time),
        "sign_ins": way.sign_ins,
        "status_url": way.status_url if kind in ("down", "slow") else "",
        "status_text": t("down.status", provider=picture.name),
    }


def _severity(severity: str, t: Texts) -> Markup:
    if severity == "error":
        return t("status.error")
    return t("status.warning") if severity == "warning" else t("status.info")


def _key(key: KeyStatus, name: str, t: Texts, now: float) -> dict[str, Any]:
    if key.kind == "keys":
        label = t("status.key.keys", provider=name)
        until = t("status.key.failing") if key.is_failing else t("status.key.after", time=time_element(key.until))
    else:
        label = t("status.key.secret", provider=name)
        until = t("status.key.expires", time=time_element(key.until)) if key.until else t("status.key.no_expiry")
        if key.until is not None and key.until <= now:
            until = t("status.key.expired", time=time_element(key.until))
    age = t("status.key.not_known") if key.since is None else duration(max(0.0, now - key.since))
    is_bad = key.is_failing or (key.kind == "client_secret" and key.until is not None and key.until <= now)
    return {"name": label, "age": age, "until": until, "is_bad": is_bad}
