"""Pages that say what happened and what the user can do next: ``templates/sign_in_message.html``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from .failure import AGAIN, DENIED, DOWN, SETUP, TAKEN, Failure
from .language import Texts
from .ways import Way

MAIN, PLAIN, LINK = "main", "plain", "link"
"""How an action looks. A page has one `MAIN` action at most: the likeliest next step."""

_GLYPHS = {
    DENIED: ("lock", "accent"),
    AGAIN: ("again", "accent"),
    DOWN: ("cloud", "warn"),
    SETUP: ("wrench", "warn"),
    TAKEN: ("people", "accent"),
}


@dataclass(frozen=True, slots=True)
class Action:
    """A link that leads on.

    Attributes
    ----------
    label, url:
        What it says, and where it leads.
    kind:
        `MAIN`, `PLAIN` or `LINK`.
    way:
        The way to sign in whose picture the link shows.
    note:
        A sentence below it.
    is_external:
        Whether it leads to a site that is neither the Hub nor part of a login.
    """

    label: str
    url: str
    kind: str = PLAIN
    way: Way | None = None
    note: str = ""
    is_external: bool = False


@dataclass(frozen=True, slots=True)
class Message:
    """A page: the variables of its template."""

    page_title: str
    heading: str
    glyph: tuple[str, str]
    sentences: tuple[str, ...]
    actions: tuple[Action, ...] = ()
    person: dict[str, Any] | None = None
    code: str = ""
    wait_seconds: int = 0
    wait_text: str = ""

    def variables(self) -> dict[str, Any]:
        """The fields by name."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class WaysOn:
    """Where a failed login can lead: URLs, which are empty when there is no such page.

    Attributes
    ----------
    way:
        The way to sign in that failed.
    elsewhere:
        Whether the user has a session at a provider.
    retry:
        A new login of the same way.
    another_account:
        A new login at which the provider lets the user choose an account.
    others:
        The page with all ways to sign in.
    sign_in_page:
        The page on which a login begins.
    home:
        The Hub's home page, of a user who is signed in.
    contact:
        Where users ask for help.
    status_page:
        The provider's status page.
    owner:
        The way to sign in of the account that has the name already; None if it is not known.
    tells_owner:
        Whether the page may say so. If not, it does not say either that the way is not known.
    """

    way: Way
    elsewhere: bool
    retry: str
    sign_in_page: str
    another_account: str = ""
    others: str = ""
    home: str = ""
    contact: str = ""
    status_page: str = ""
    owner: Way | None = None
    tells_owner: bool = True

    @property
    def told_owner(self) -> Way | None:
        """The way to sign in that the page may name."""
        return self.owner if self.tells_owner else None


def message_of(failure: Failure, reference: str, t: Texts, ways: WaysOn) -> Message:
    """The page of a failed login.

    Parameters
    ----------
    failure:
        What happened.
    reference:
        The reference that the page and the log line share.
    t:
        The sentences in the user's language.
    ways:
        Where the page can lead.
    """
    names = {"provider": ways.way.name, "username": _strong(failure.username)}
    page = failure.page
    is_nameless = page == TAKEN and not failure.username
    wait = failure.retry_after or 0
    return Message(
        page_title=t(f"{page}.title", **names),
        heading=t("denied.heading" if is_nameless else f"{page}.heading", **names),
        glyph=_GLYPHS[page] if not wait else ("clock", "warn"),
        sentences=_sentences(failure, t, ways),
        actions=tuple(_actions(failure, reference, t, ways)),
        person=_person(failure, ways),
        code=reference,
        wait_seconds=wait,
        wait_text=f"{wait // 60}:{wait % 60:02}" if wait else "",
    )


def signed_out(t: Texts, *, still_at: str, servers_run: bool, sign_in_page: str) -> Message:
    """The page after a logout.

    Parameters
    ----------
    t:
        The sentences in the user's language.
    still_at:
        The name of the provider at which the user may still be signed in; empty if there is none.
    servers_run:
        Whether the user's servers keep running.
    sign_in_page:
        The URL of the sign-in page.
    """
    calm = t("out.servers") if servers_run else t("out.files")
    return Message(
        page_title=t("out.title"),
        heading=t("out.heading"),
        glyph=("out", "good"),
        sentences=(t("out.still", provider=still_at), calm) if still_at else (calm,),
        actions=(Action(t("out.again"), sign_in_page, MAIN),),
    )


def _sentences(failure: Failure, t: Texts, ways: WaysOn) -> tuple[str, ...]:
    said: list[str] = [t.of_error(failure.sentence, provider=ways.way.name)]
    if failure.page == TAKEN and ways.told_owner is not None:
        said = [t("taken.text", owner=_strong(ways.told_owner.name)), t("taken.you")]
    elif _hides_owner(failure, ways):
        said = [t("taken.unknown"), t("taken.you")]
    if failure.page == AGAIN:
        said.append(t("again.calm") if failure.status < 500 else t("again.persists"))
    elif failure.page == DOWN and not failure.retry_after:
        said.append(t("down.calm"))
    return tuple(said)


def _hides_owner(failure: Failure, ways: WaysOn) -> bool:
    """Whether the account that has the name already may belong to any other way to sign in, as far as the page says."""
    return failure.page == TAKEN and bool(failure.username) and not ways.tells_owner


def _person(failure: Failure, ways: WaysOn) -> dict[str, Any] | None:
    if failure.page != DENIED or not failure.username:
        return None
    return {"username": failure.username, "way": ways.way if ways.elsewhere else None}


def _actions(failure: Failure, reference: str, t: Texts, ways: WaysOn) -> list[Action]:
    found: list[Action] = []
    if failure.page in (DENIED, TAKEN):
        if failure.page == TAKEN and ways.told_owner is not None and ways.told_owner.url:
            owner = ways.told_owner
            found.append(Action(t("signin.with", provider=owner.name), owner.url, way=owner))
        found += _with_another_account(t, ways)
        if failure.page == DENIED and ways.contact:
            found.append(Action(t("denied.ask"), _with_reference(ways.contact, reference)))
    elif failure.retry:
        found.append(Action(t("again.button"), ways.retry))
    elif ways.contact:
        found.append(Action(t("page.help"), _with_reference(ways.contact, reference)))
    if not found and ways.home:
        found.append(Action(t("again.home"), ways.home))
    if ways.others and _hides_owner(failure, ways):
        found.insert(0, Action(t("signin.others"), ways.others))
    elif ways.others:
        found.append(Action(t("signin.others"), ways.others, LINK if found else PLAIN))
    elif not found or (not ways.elsewhere and failure.page == DENIED):
        found.insert(0, Action(t("again.back"), ways.sign_in_page))
    if failure.page == DOWN and ways.status_page:
        found.append(Action(t("down.status", provider=ways.way.name), ways.status_page, LINK, is_external=True))
    first, *rest = found
    return [Action(first.label, first.url, MAIN, first.way, first.note), *rest]


def _with_another_account(t: Texts, ways: WaysOn) -> list[Action]:
    provider = ways.way.name
    if not ways.elsewhere:
        return []
    if ways.another_account:
        note = t("denied.other.how", provider=provider)
        return [Action(t("denied.other"), ways.another_account, note=note)]
    note = t("denied.other.first", provider=provider)
    return [Action(t("again.back"), ways.sign_in_page, note=note)]


def _with_reference(contact: str, reference: str) -> str:
    return f"{contact}?subject={reference}" if contact.startswith("mailto:") else contact


def _strong(name: str) -> Markup:
    return Markup('<strong class="si-name"><bdi>{}</bdi></strong>').format(name)
