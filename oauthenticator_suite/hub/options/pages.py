"""Options on the pages that users see."""

from __future__ import annotations

from typing import Any

from traitlets import Enum, TraitError, Unicode, validate

from ...protocol.urls import for_message
from .events import EventOptions
from .findings import FindingOptions
from .trait_types import URL

LANGUAGES = ("en", "ar", "de", "es", "fr", "zh")
"""The languages of the pages, as BCP 47 primary subtags."""


class PageOptions(EventOptions, FindingOptions):
    """Options on the sign-in page, and on the pages of errors and of a logout.

    With several providers they are set for `MultiAuthenticator`. A provider that sets one has it on the pages of that
    provider.
    """

    hub_name = Unicode(
        "JupyterHub",
        config=True,
        help="""
        The name of this Hub on its pages: ``Ocean Data Hub``. Default: ``JupyterHub``.

        .. versionadded:: 0.1
        """,
    )

    support_contact = Unicode(
        config=True,
        help="""
        Where users get help: an e-mail address or a URL. Default: empty, and the pages name no contact.

        The page of a refused user has a button "Ask for access" that leads there. A message to an e-mail address gets
        the reference as its subject.

        .. versionadded:: 0.1
        """,
    )

    privacy_url = URL(
        config=True,
        help="""
        The URL of the privacy notice, which the pages link to. Default: empty, no link.

        .. versionadded:: 0.1
        """,
    )

    terms_url = URL(
        config=True,
        help="""
        The URL of the terms of use, which the pages link to. Default: empty, no link.

        .. versionadded:: 0.1
        """,
    )

    logo_url = Unicode(
        config=True,
        help="""
        The URL or path of a picture above the heading of the pages, such as ``/hub/static/logo.svg``. Default: empty,
        no picture. `JupyterHub.logo_file` is the picture at the top of all pages of the Hub.

        .. versionadded:: 0.1
        """,
    )

    page_language = Enum(
        ["", *LANGUAGES],
        "",
        config=True,
        help="""
        The language of the pages: ``ar``, ``de``, ``en``, ``es``, ``fr`` or ``zh``. Default: empty, the language of the
        user's browser, and English if there is no translation.

        .. versionadded:: 0.1
        """,
    )

    @validate("support_contact")
    def _is_contact(self, proposal: Any) -> str:
        contact = str(proposal["value"]).strip().removeprefix("mailto:")
        if contact and not contact.startswith(("https://", "http://")) and ("@" not in contact or " " in contact):
            raise TraitError(
                f"{_name_of(proposal)} must be an e-mail address or a URL with https://, not {for_message(contact)!r}"
            )
        return contact

    @validate("logo_url")
    def _is_picture(self, proposal: Any) -> str:
        url = str(proposal["value"]).strip()
        if url and not url.startswith(("https://", "http://", "/", "data:image/")):
            raise TraitError(
                f"{_name_of(proposal)} must be a URL with https://, or a path with / in front, not {for_message(url)!r}"
            )
        return url


def _name_of(proposal: Any) -> str:
    """The option that a proposal is for, as the operator writes it."""
    return f"{type(proposal['owner']).__name__}.{proposal['trait'].name}"
