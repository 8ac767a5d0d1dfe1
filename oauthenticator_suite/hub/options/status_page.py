"""The option for the provider's status page, and its default: a page that the provider's class declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from traitlets import TraitError

from ...protocol.urls import for_message
from .session import ProviderSessionOptions
from .trait_types import URL


class HTTPSURL(URL):
    """A URL as `URL`, for a link on a page: https only, and without a user name or a password in it."""

    info_text = "an absolute URL with https://, such as https://status.example.org"

    def validate(self, obj: Any, value: Any) -> Any:
        """Return the URL unchanged.

        Raises
        ------
        TraitError
            When it is not a usable URL. The message repeats it without what may be a secret.
        """
        value = super().validate(obj, value)
        parts = urlsplit(value)
        if "@" in parts.netloc:
            raise TraitError(f"{type(obj).__name__}.{self.name} must be {self.info_text}, without a user name in it")
        if value and parts.scheme != "https":
            raise TraitError(f"{type(obj).__name__}.{self.name} must be {self.info_text}, not {for_message(value)!r}")
        return value


class StatusPageOptions(ProviderSessionOptions):
    """The option for the provider's status page."""

    status_pages: Mapping[str, str] = {}
    """The provider's public status pages, by the domain for which users sign in there: its own host and those below it.

    The domain may be empty, for all addresses of the provider. For a provider's class.
    """

    status_url = HTTPSURL(
        config=True,
        help="""
        The provider's status page, with https. When the provider does not answer, the page of the failed sign-in and
        the status page for operators link to it.

        Default: the public page of Auth0, Bitbucket Cloud, Amazon Cognito, GitHub.com, GitLab.com, Google, Microsoft,
        Okta or Wikimedia, for the class of that provider; empty for others, and for servers of your own. An empty
        string removes the link.

        .. versionadded:: 0.1
        """,
    )


def status_page_at(pages: Mapping[str, str], url: str) -> str:
    """The status page for a provider at `url`, of those in `pages`; empty if there is none.

    Parameters
    ----------
    pages:
        URLs by domain, as in `StatusPageOptions.status_pages`.
    url:
        The issuer or another address of the provider; may be empty or malformed.
    """
    try:
        host = (urlsplit(url).hostname or "").lower()
    except ValueError:
        host = ""
    return next((page for domain, page in pages.items() if not domain or f".{host}".endswith(f".{domain}")), "")


def status_page_of(authenticator: object) -> str:
    """The status page of an authenticator's provider; empty if none is known, and for classes of other packages."""
    return authenticator.status_url if isinstance(authenticator, StatusPageOptions) else ""
