"""Entries of `MultiAuthenticator`: the form of jupyterhub-multiauthenticator becomes the form of this package.

There, a username begins with the name on the button in lower case and a colon, such as ``github:``. Here it begins with
the provider, if `username_collision` is ``prefix``. So each provider gets the name that keeps the usernames.
"""

from __future__ import annotations

import re

from ...plugins import NAME
from .entries import EntryReader, UnreadableEntry, entries_in
from .facts import LOGIN_SERVICES
from .reading import Reading, Setting
from .remarks import CHANGE, GONE, LOOK, STAYS

_SECTION = "MultiAuthenticator"


def read_entries(reading: Reading) -> None:
    """Add the classes and options of the entries to `reading`, and say how entries change."""
    multi = [setting for setting in reading.settings if setting.section == _SECTION]
    lists = [setting for setting in multi if setting.option == "authenticators" and setting.how != "read"]
    is_old = [_read_list(reading, setting) for setting in lists]
    prefix = next((setting for setting in multi if setting.option == "username_prefix"), None)
    if prefix is not None:
        _username_prefix(reading, prefix)
    elif any(is_old) and not any(setting.option == "username_collision" for setting in multi):
        _keep_prefixes(reading, lists[0])


def _read_list(reading: Reading, setting: Setting) -> bool:
    """Read a list of entries. Returns whether it has the form of jupyterhub-multiauthenticator."""
    try:
        entries = list(entries_in(setting, reading))
    except UnreadableEntry as error:
        reading.say(setting.line, LOOK, setting.place, f"{error}: not readable, look at it")
        reading.unreadable_sections.add("*")
        return False
    taken: set[str] = set()
    for entry in entries:
        if entry.url_prefix is not None:
            _change(reading, entry, taken)
    return any(entry.url_prefix is not None for entry in entries)


def _change(reading: Reading, entry: EntryReader, taken: set[str]) -> None:
    label = entry.config.get("service_name") or entry.config.get("login_service")
    if not isinstance(label, str):
        label = LOGIN_SERVICES.get((entry.cls or "").removeprefix("Local"), "")
    provider = label.lower()
    subject = f"the entry {entry.url_prefix}"
    if not NAME.fullmatch(provider) or provider in taken:
        before = f"{provider}:"
        provider = re.sub(r"[^a-z0-9]+", "-", (entry.url_prefix or "").lower()).strip("-") or "provider"
        while provider in taken:
            provider += "-2"
        text = f"usernames begin with {before!r} there, and with '{provider}:' here: rename the accounts of its users"
        reading.say(entry.line, LOOK, f"usernames of {entry.url_prefix}", text)
    taken.add(provider)
    text = f"provider = {provider!r} takes the place of url_prefix"
    reading.say(entry.line, CHANGE, subject, text, entry.provider_edits(provider))
    if "service_name" in entry.config:
        name = str(entry.config["service_name"])
        text = "is named login_service"
        reading.say(entry.line, CHANGE, f"{subject}: service_name", text, entry.label_edits(name))
    if entry.is_ours:
        _callback(reading, entry, provider)


def _callback(reading: Reading, entry: EntryReader, provider: str) -> None:
    """The callback URL of an entry is another one, which the provider must know."""
    subject = f"the callback URL of {entry.url_prefix}"
    path = f"/hub/auth/{provider}/authorize"
    reading.say(entry.line, LOOK, subject, f"ends with {path} here: register it at the provider before the change")
    if "oauth_callback_url" not in entry.config:
        return
    url = entry.config["oauth_callback_url"]
    old = f"/{(entry.url_prefix or '').strip('/')}/oauth_callback"
    edit = None
    if isinstance(url, str) and url.endswith(old):
        edit = entry.replace_option("oauth_callback_url", f"{url.removesuffix(old)}/auth/{provider}/authorize")
    text = f"must end with {path}"
    reading.say(entry.line, CHANGE, f"{subject}: oauth_callback_url", text, [edit] if edit else ())


def _keep_prefixes(reading: Reading, setting: Setting) -> None:
    edit = setting.add("username_collision", "prefix") if setting.add else None
    text = "username_collision must be 'prefix', so that usernames keep the name of the provider"
    reading.say(setting.line, CHANGE, f"c.{_SECTION}.username_collision", text, [edit] if edit else ())


def _username_prefix(reading: Reading, setting: Setting) -> None:
    reading.settings.remove(setting)
    if setting.value is None:
        reading.say(setting.line, STAYS, setting.place, "has no effect")
        return
    text = (
        "is not an option here. A name belongs to the user who signs in first, and the owner is stored "
        "(username_collision = 'reject'). Set unclaimed_accounts to the provider whose users have the accounts of today"
        if setting.value == ""
        else "is not an option here: usernames begin with the name of the provider, or have no prefix"
    )
    edits = setting.comment_out("see username_collision and unclaimed_accounts") if setting.comment_out else ()
    reading.say(setting.line, GONE, setting.place, text, edits, by_hand=True)
