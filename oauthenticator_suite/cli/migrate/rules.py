"""From what was found in all files to remarks: which authenticator is active, and what becomes of each option."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ...hub.findings.finding import ERROR, WARNING, Finding
from .facts import NOTES, ONLY_V1_CLAIMS
from .literals import UNREADABLE, may_have_key
from .names import OF_OTHER_PACKAGES, Target, target_of_import, target_of_name
from .options import SHARED, Fate, class_named, fate_of, readers_of
from .reading import Mention, Reading, Setting, Subclass
from .remarks import CHANGE, GONE, LOOK, STAYS, STRICTER
from .several import read_entries
from .subclasses import about_subclasses
from .trial import NOT_OF_THE_FILE, findings_of, option_of, stub_class

_NAMES_OF_OPTIONS = frozenset(
    {
        "deprecated-option",
        "inactive-section",
        "option-of-newer-hub",
        "similar-section",
        "unknown-option",
        "unknown-section",
    }
)
"""Checks whose findings `Rules` makes itself, because it also knows the old names."""


class Rules:
    """The rules for one configuration, which may have several files."""

    def __init__(self, readings: Sequence[Reading]) -> None:
        self.readings = readings
        self.subclasses: dict[str, Subclass] = {}
        for reading in readings:
            self.subclasses.update(reading.subclasses)
        self.children: list[Setting] = []
        self.active: list[tuple[Any, Reading, Mention]] = []

    def apply(self) -> None:
        """Add remarks about everything."""
        for reading in self.readings:
            read_entries(reading)
        for reading in self.readings:
            for mention in reading.mentions:
                self._about_mention(reading, mention)
        about_subclasses(self.readings, self.class_of)
        for reading in self.readings:
            for setting in reading.settings:
                self._about_setting(reading, setting)
        self._about_classes()

    # --- authenticators ----------------------------------------------------------------------------------------------

    def class_of(self, path: str, seen: frozenset[str] = frozenset()) -> Any:
        """The class of this package, or a stub of one that the configuration derives from it; None for another one."""
        own = self.subclasses.get(path)
        if own is None or path in seen:
            target = target_of_import(path) if "." in path else target_of_name(path)
            return class_named(target.cls) if target and target.is_ours else None
        for base in own.bases:
            cls = self.class_of(base, seen | {path}) if base else None
            if cls is not None:
                return stub_class(own.name, cls, own.methods, own.attributes)
        return None

    def _about_mention(self, reading: Reading, mention: Mention) -> None:
        if mention.name is None:
            return
        cls = self.class_of(mention.name)
        if cls is not None and mention.role != "compared":
            self.active.append((cls, reading, mention))
        target = target_of_name(mention.name) if mention.name not in self.subclasses else Target(mention.name, True)
        subject = "authenticator_class" if mention.role != "active" else "c.JupyterHub.authenticator_class"
        if mention.is_text:
            self._about_name(reading, mention, target, subject)
        elif target is None:
            self._unknown(reading, mention, subject)
        elif target.is_ours:
            reading.say(mention.line, STAYS, subject, f"the class {target.cls}")
        else:
            reading.say(mention.line, STAYS, subject, f"{target.cls}. {target.note}")

    def _about_name(self, reading: Reading, mention: Mention, target: Target | None, subject: str) -> None:
        name = mention.name
        if target is None:
            if mention.role != "compared":
                self._unknown(reading, mention, subject)
        elif target.new is not None:
            verb = "is compared with" if mention.role == "compared" else "is"
            text = f"{verb} {name!r}, and must be {target.new!r}"
            edits = [mention.replace(target.new)] if mention.replace else ()
            reading.say(mention.line, CHANGE, subject, text, edits)
        elif not target.is_ours:
            if mention.role != "compared":
                reading.say(mention.line, STAYS, subject, f"{name!r}. {target.note}")
        else:
            reading.say(mention.line, STAYS, subject, f"{name!r} is a name of this package")

    def _unknown(self, reading: Reading, mention: Mention, subject: str) -> None:
        text = (
            f"{mention.name!r} is not known here. It works as before; if its class derives from one of oauthenticator, "
            "derive it from the class of the same name in oauthenticator_suite"
        )
        reading.say(mention.line, LOOK, subject, text)

    # --- options -----------------------------------------------------------------------------------------------------

    def _about_setting(self, reading: Reading, setting: Setting) -> None:
        active = [cls for cls, _, _ in self.active]
        own = self.class_of(setting.section) if setting.section in self.subclasses else None
        section = setting.section
        if section in self.subclasses and own is None:
            return
        classes = [own] if own is not None else readers_of(section, active)
        if self._is_pam and section in ("PAMAuthenticator", "LocalAuthenticator"):
            text = f"the Hub uses PAM, because no authenticator is named. {OF_OTHER_PACKAGES['PAMAuthenticator']}"
            reading.say(setting.line, STAYS, setting.place, text)
            return
        if section in OF_OTHER_PACKAGES and not any(cls in active for cls in classes):
            reading.say(setting.line, STAYS, setting.place, "is an option of a class of another package")
            return
        unread = section in SHARED and not classes_read(section, active)
        if unread and (active or section.startswith("Local")):
            reading.say(setting.line, STAYS, setting.place, "is read by no authenticator of this configuration")
            return
        if not classes:
            return
        self._about_fate(reading, setting, fate_of(setting.option, classes))

    @property
    def _is_pam(self) -> bool:
        """Whether no authenticator is named, so that the Hub uses its default."""
        return not any(mention.role == "active" for reading in self.readings for mention in reading.mentions)

    def _about_fate(self, reading: Reading, setting: Setting, fate: Fate) -> None:
        say, line, place = reading.say, setting.line, setting.place
        if fate.kind == "same":
            self._about_value(reading, setting, fate)
        elif fate.kind == "renamed":
            self._rename(reading, setting, fate)
        elif fate.kind == "gone":
            say(line, GONE, place, f"is an option of older releases of oauthenticator. {fate.text}")
        elif setting.how != "read":
            hint = f"; did you mean {fate.text}?" if fate.text else ""
            text = f"no class has this option, here or in oauthenticator, so it has no effect there{hint}"
            edits = setting.comment_out(f"not an option: {place} had no effect") if setting.comment_out else ()
            say(line, GONE, place, f"{text}. The Hub does not start with it", edits)

    def _about_value(self, reading: Reading, setting: Setting, fate: Fate) -> None:
        say, line, place = reading.say, setting.line, setting.place
        azure = any(base.__name__ == "AzureAdOAuthenticator" for base in fate.cls.__mro__)
        if azure and setting.option == "username_claim" and setting.value in ONLY_V1_CLAIMS:
            text = (
                f"version 2.0 of Microsoft's tokens does not have {setting.value}. For accounts of the tenant, "
                "preferred_username has the same value; compare the usernames of guests"
            )
            edits = [setting.set_value("preferred_username")] if setting.set_value else ()
            say(line, CHANGE, place, text, edits)
        else:
            said = "is read" if setting.how == "read" else "has the same name and meaning"
            say(line, STAYS, place, said)

    def _rename(self, reading: Reading, setting: Setting, fate: Fate) -> None:
        say, line, place = reading.say, setting.line, setting.place
        twin = [
            other
            for each in self.readings
            for other in each.settings
            if other.option == fate.new and other.how == "set" and other.section == setting.section
        ]
        if twin and setting.how != "read":
            say(line, LOOK, place, f"is an old name of {fate.new}, which is set as well: keep one of them")
            return
        edits = []
        if setting.rename is not None:
            edits = [setting.rename(fate.new)]
            if fate.trait.convert is not None and setting.how != "read":
                edits = list(_converted(setting, fate))
        if edits:
            say(line, CHANGE, place, f"is named {fate.new}", edits)
        else:
            say(line, STAYS, place, f"is an old name of {fate.new}: it works, with a warning", by_hand=False)

    # --- what the classes themselves say -----------------------------------------------------------------------------

    def _about_classes(self) -> None:
        seen: set[str] = set()
        for cls, reading, mention in self.active:
            if cls.__name__ in seen:
                continue
            seen.add(cls.__name__)
            read = {base.__name__ for base in cls.__mro__}
            settings = [each for one in self.readings for each in one.settings if each.section in read]
            where: dict[str, tuple[Reading, Setting]] = {}
            for one in self.readings:
                where.update({each.option: (one, each) for each in one.settings if each.section in read})
            for one, each in list(where.values()):
                where.setdefault(fate_of(each.option, [cls]).new or each.option, (one, each))
            self._notes(cls, reading, mention, where)
            if cls.__name__ == "MultiAuthenticator" or any(each.section == "*" for each in settings):
                continue
            try:
                findings, is_sure = findings_of(cls, settings)
            except Exception as error:  # noqa: BLE001 - a stub of an operator's class may lack what its code needs
                text = f"the start-up checks cannot be tried ({type(error).__name__}): start the Hub to see them"
                reading.say(mention.line, LOOK, cls.__name__, text)
                continue
            is_sure = is_sure and not self._is_unreadable(read)
            for finding in findings:
                self._about_finding(finding, where, (reading, mention), is_sure=is_sure)

    def _is_unreadable(self, sections: Iterable[str]) -> bool:
        unreadable = {name for reading in self.readings for name in reading.unreadable_sections}
        return "*" in unreadable or bool(unreadable & set(sections))

    def _notes(self, cls: Any, reading: Reading, mention: Mention, where: dict[str, tuple[Reading, Setting]]) -> None:
        names = [base.__name__ for base in cls.__mro__]
        for note in NOTES:
            if note.cls not in names or any(option in where for option in note.without):
                continue
            if note.option and note.option not in where:
                continue
            place, line = (reading, mention.line)
            subject = cls.__name__
            if note.option:
                place, setting = where[note.option]
                if note.only_with and setting.how == "set" and not may_have_key(setting.value, note.only_with):
                    continue
                line, subject = setting.line, setting.place
            place.say(line, note.verdict, subject, note.text, by_hand=note.by_hand)

    def _about_finding(
        self,
        finding: Finding,
        where: dict[str, tuple[Reading, Setting]],
        default: tuple[Reading, Mention],
        *,
        is_sure: bool,
    ) -> None:
        if finding.code in _NAMES_OF_OPTIONS | NOT_OF_THE_FILE or finding.severity not in (ERROR, WARNING):
            return
        option = option_of(finding, where)
        stops = finding.severity == ERROR
        start = "the Hub starts with a warning"
        if stops:
            start = "the Hub does not start" if is_sure else "the Hub may not start, as far as the values can be read"
        fix = f". {finding.fix}" if finding.fix else ""
        text = f"{start}: {finding.reason.rstrip('.')}{fix}. [{finding.code}]"
        if option in where:
            reading, setting = where[option]
            edits = _list_of_names(setting) if finding.code == "names-as-text" else ()
            verdict = CHANGE if edits else STRICTER
            reading.say(setting.line, verdict, setting.place, text, edits, by_hand=stops and not edits)
        elif stops and is_sure:
            reading, mention = default
            reading.say(mention.line, STRICTER, finding.option or "configuration", text, by_hand=True)


def classes_read(section: str, active: Sequence[Any]) -> bool:
    """Whether one of the classes reads a section."""
    return any(section in {base.__name__ for base in cls.__mro__} for cls in active)


def _converted(setting: Setting, fate: Fate) -> Iterator[Any]:
    """The edits of an option whose old value had another meaning; none if the value is not a literal."""
    if setting.how != "set" or setting.rename is None or setting.set_value is None:
        return
    if setting.value is UNREADABLE:
        return
    value = fate.trait.convert(fate.cls, setting.value)
    if isinstance(value, (str, int, float, bool, list, dict, type(None))):
        yield setting.rename(fate.new)
        if value != setting.value:
            yield setting.set_value(value)


def _list_of_names(setting: Setting) -> Sequence[Any]:
    """The edit that makes a list of one name of the name: `oauthenticator` reads it so."""
    value = setting.value
    if setting.how != "set" or setting.set_value is None or not isinstance(value, str):
        return ()
    return [setting.set_value([value])] if value.strip() and "," not in value else ()
