"""The names that every page gets: its language, the Hub's name, and the links below the card."""

from __future__ import annotations

from typing import Any
from weakref import WeakKeyDictionary

from jupyterhub.handlers import BaseHandler
from jupyterhub.handlers.static import LogoHandler
from tornado.web import Application

from ..options.pages import PageOptions
from .language import Texts, direction_of, language_of
from .static_files import page_files_url


def page_option(handler: BaseHandler, option: str) -> Any:
    """The value of an option of `PageOptions`: of this login, else of the Hub's authenticator, else its default."""
    default = getattr(PageOptions, option).default()
    for authenticator in (handler.authenticator, handler.settings.get("authenticator")):
        value = getattr(authenticator, option, default)
        if value != default:
            return value
    return default


def texts_of(handler: BaseHandler) -> Texts:
    """The sentences in the language of the page."""
    header = handler.request.headers.get("Accept-Language", "")
    return Texts(language_of(header, page_option(handler, "page_language")), page_option(handler, "hub_name"))


def frame_of(handler: BaseHandler) -> dict[str, Any]:
    """The names for the templates of a page: see ``templates/sign_in_page.html``."""
    texts = texts_of(handler)
    hub_name = page_option(handler, "hub_name")
    return {
        "t": texts,
        "lang": texts.language,
        "dir": direction_of(texts.language),
        "hub_name": hub_name,
        "page_files": page_files_url(handler),
        "stock_logo": _has_stock_logo(handler.application),
        "card_logo_url": page_option(handler, "logo_url"),
        "card_logo_alt": hub_name,
        "help_url": contact_url(page_option(handler, "support_contact")),
        "privacy_url": page_option(handler, "privacy_url"),
        "terms_url": page_option(handler, "terms_url"),
        "width": "narrow",
    }


_stock_logos: WeakKeyDictionary[Application, bool] = WeakKeyDictionary()


def _has_stock_logo(application: Application) -> bool:
    """Whether the Hub's logo is JupyterHub's own, whose letters the stylesheet makes light in dark mode."""
    known = _stock_logos.get(application)
    if known is None:
        known = _stock_logos[application] = _finds_stock_logo(application)
    return known


def _finds_stock_logo(application: Application) -> bool:
    rules = [rule for router in application.default_router.rules for rule in getattr(router.target, "rules", ())]
    paths = [str(rule.target_kwargs.get("path", "")) for rule in rules if rule.target is LogoHandler]
    return any(path.endswith("jupyterhub-80.png") for path in paths)


def contact_url(contact: str) -> str:
    """The URL of a contact, which is a URL or an e-mail address; empty if there is none."""
    return contact if not contact or "://" in contact else f"mailto:{contact}"
