"""The members of `MultiAuthenticator` that its pages use."""

from __future__ import annotations

from typing import Protocol

from jupyterhub.auth import Authenticator
from jupyterhub.handlers import BaseHandler

from ...hub.observe.observers import Observers
from ...hub.sessions.endings import Endings
from ..account_owner import Accounts


class Parent(Protocol):
    """A `MultiAuthenticator`, as the pages see it."""

    accounts: Accounts
    logout_scope: str
    icons: dict[str, str]
    discovered: set[str]
    tell_account_owner: bool
    logout_redirect_url: str

    @property
    def endings(self) -> Endings:
        """The ends of the sessions of users whose child belongs to another package, or is not known."""

    def endings_of(self, provider: str) -> Endings:
        """The ends of the sessions of users of this child."""

    @property
    def observers(self) -> Observers:
        """Who is told what happens with all children."""

    @property
    def children(self) -> dict[str, Authenticator]:
        """The child authenticators, by provider."""

    @property
    def names(self) -> dict[str, str]:
        """The names of the providers on the sign-in page, by provider; may be empty."""

    def choices_url(self, handler: BaseHandler, next_url: str) -> str:
        """The URL of the page with all providers."""

    def leave_out(self, plug_in: str, error: Exception) -> None:
        """Remove the child of a plug-in that failed."""

    def get_custom_html(self, base_url: str) -> str:
        """The operator's own HTML for the sign-in page, or an empty string."""
