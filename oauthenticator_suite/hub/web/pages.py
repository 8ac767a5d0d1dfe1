"""The base of the request handlers: headers, logs without secrets, and the page of an error."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from tornado import web
from tornado.web import Finish

from ...errors import AccessDenied, DatabaseFailed, HookError, SuiteError
from ...policy.identity import Identity
from ...protocol.text import printable
from ..database import database_access
from ..observe.facts import LoginSucceeded
from ..observe.log_lines import Extra, extra_of
from ..observe.observers import Observers
from ..options.status_page import status_page_of
from ..pages.failure import Failure
from ..pages.frame import contact_url, frame_of, page_option, texts_of
from ..pages.message import Message, WaysOn, message_of
from ..pages.template_files import MESSAGE, environment_of, is_ours
from ..pages.ways import Way, way_of
from .access_log import loggable_url
from .client_address import client_address
from .failed_logins import failed_login
from .next_url import safe_next_url
from .query import with_query

ANOTHER_ACCOUNT = "another_account"
"""The query parameter of a login at which the provider is asked to let the user choose an account."""

_REFERENCE_CHARACTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # without 0, O, 1 and I, which look alike


def new_reference() -> str:
    """Return a random reference of eight characters, such as ``7QK2-M4XD``, by which a log line can be found."""
    letters = "".join(secrets.choice(_REFERENCE_CHARACTERS) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def set_page_headers(handler: BaseHandler, *, referrer: str) -> None:
    """Set the headers of every page of this package. `referrer` is the value of ``Referrer-Policy``."""
    handler.set_header("X-Content-Type-Options", "nosniff")
    handler.set_header("Referrer-Policy", referrer)
    handler.set_header("Cache-Control", "no-store")


def forget_user(handler: BaseHandler) -> None:
    """Let the handler render its page as for a signed-out browser, without reading the user from the database."""
    handler._jupyterhub_user = None
    handler.expanded_scopes = set()
    handler._resolve_roles_and_scopes()


def forget_unknown_user(handler: BaseHandler) -> None:
    """Do so if the request has failed before `prepare` has read the user, as for an unknown method.

    JupyterHub 5.2 fails to render its error page then.
    """
    if not hasattr(handler, "_jupyterhub_user"):
        forget_user(handler)


H = TypeVar("H", bound="SignInHandler")


def guarded(method: Callable[[H], Awaitable[None]]) -> Callable[[H], Awaitable[None]]:
    """Decorate a handler's HTTP method so that every exception shows this package's error page.

    `tornado.web.HTTPError` is not caught: hooks and overridden methods raise it to show the Hub's own error page.
    """

    @functools.wraps(method)
    async def verb(self: H) -> None:
        try:
            with database_access(self.db, "a page of a sign-in or logout"):
                await method(self)
        except SuiteError as error:
            await self.show_error(error)
        except web.HTTPError as error:
            self.note_failed_login(error)
            raise
        except Finish:
            raise
        except Exception as error:  # noqa: BLE001 - the last handler of exceptions: no page shows a traceback
            failure = HookError(f"unexpected {type(error).__name__}")
            failure.__cause__ = error
            await self.show_error(failure)

    return verb


class SignInHandler(BaseHandler):
    """Base class of the login, callback and logout handlers: headers, logging without secrets, and the error page."""

    identity: Identity | None = None
    """The user whose sign-in this request finishes, as the authenticator decided about them."""

    signs_in_elsewhere = True
    """Whether the user has a session at a login service and must sign out there to use another account."""

    def set_default_headers(self) -> None:
        """Prevent referrers and caching, because the URLs contain authorization codes (RFC 9700 §4.2).

        Browsers must not guess the type of a response either.
        """
        super().set_default_headers()
        set_page_headers(self, referrer="no-referrer")

    async def prepare(self) -> None:
        """Replace the parameter ``next`` by a path of this Hub; remove it if it is not acceptable.

        JupyterHub's own code reads it, and fails if it is not a URL or not UTF-8.
        """
        next_url = self.intended_url()
        self.request.arguments.pop("next", None)
        if next_url:
            self.request.arguments["next"] = [next_url.encode("ascii")]
        await super().prepare()

    def _request_summary(self) -> str:
        # tornado logs the whole URL by default, and the query contains codes and states.
        return f"{self.request.method} {self.request.path} ({self.client_address})"

    def _log(self) -> None:
        # The response has been sent. The Hub's access log has the URL of the request and of a redirect.
        self.request.uri = loggable_url(self.request.uri or "")
        if "Location" in self._headers:
            self._headers["Location"] = loggable_url(self._headers["Location"])
        super()._log()

    @property
    def client_address(self) -> str:
        """The address of the client, which no header decides: see `hub.web.client_address`."""
        return client_address(self.request, getattr(self.authenticator, "trusted_proxies", ())).address

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        """Respond with JupyterHub's error page, also if the request failed before `prepare`."""
        forget_unknown_user(self)
        super().write_error(status_code, **kwargs)

    # --- observation -------------------------------------------------------------------------------------------------

    @property
    def observers(self) -> Observers:
        """Who is told what happens: see `hub.observe`."""
        observers: Observers = self.authenticator.observers
        return observers

    @property
    def observed_name(self) -> str:
        """The name of this way to sign in, in facts."""
        return str(self.authenticator.observed_name)

    @property
    def is_login(self) -> bool:
        """Whether this request is a part of a login, so that an error of the request is a failed login."""
        return False

    is_renamed = False
    """Whether the account of this login was found under another name than that of the user at the provider."""

    created_account = False
    """Whether the login of this request has created the account."""

    async def login_user(self, data: Any = None) -> User | None:
        """Sign the user in: every login of every kind ends here."""
        user: User | None = await super().login_user(data)
        if user is not None:
            seconds, is_new = self.request.request_time(), self.created_account
            fact = LoginSucceeded(provider=self.observed_name, username=user.name, seconds=seconds, is_new=is_new)
            self.observers.note(fact)
        return user

    def note_failed_login(self, error: SuiteError | web.HTTPError, username: str = "") -> None:
        """Note that this request's login has failed, if it is one. `username`: of the account that was named."""
        if self.is_login:
            self.observers.note(failed_login(error, self.observed_name, self.request.request_time(), username))

    # --- errors ------------------------------------------------------------------------------------------------------

    async def show_error(self, error: SuiteError) -> None:
        """Respond with the error page for `error`, and log the error."""
        error.reference = error.reference or new_reference()
        self._log_error(error)
        self.note_failed_login(error)
        await self.render_error(error)

    async def render_error(self, error: SuiteError) -> None:
        """Respond with the error page for `error`, which has a reference."""
        if isinstance(error, DatabaseFailed):
            forget_user(self)
        await self.render_failure(Failure.of(error), error.reference or "")

    async def render_failure(self, failure: Failure, reference: str) -> None:
        """Respond with the page of a failed login, and with its status."""
        self.set_status(failure.status)
        if failure.retry_after is not None:
            self.set_header("Retry-After", str(failure.retry_after))
        message = message_of(failure, reference, texts_of(self), self.ways_on(failure))
        await self.render_message(message, failure=failure)

    async def render_message(self, message: Message, failure: Failure | None = None) -> None:
        """Respond with a page that says what happened and what the user can do next."""
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(await self.render_template(MESSAGE, **message.variables(), failure=failure, no_spawner_check=True))

    def ways_on(self, failure: Failure) -> WaysOn:
        """Where the page of a failed login can lead."""
        user = self.current_user
        return WaysOn(
            way=self.way(),
            elsewhere=self.signs_in_elsewhere,
            retry=self.retry_url(),
            sign_in_page=self.settings["login_url"],
            another_account=self.another_account_url(),
            others=self.other_ways_url(),
            home=f"{self.hub.base_url}home" if user else "",
            contact=contact_url(page_option(self, "support_contact")),
            status_page=status_page_of(self.authenticator),
            owner=self.way_of_owner(failure.owner),
            tells_owner=self.tells_owner,
        )

    def way(self) -> Way:
        """The way to sign in that this handler belongs to, as it is named on pages."""
        authenticator = self.authenticator
        name = authenticator.login_service or page_option(self, "hub_name")
        return way_of(self, "", str(name), url=self.retry_url(), icon=getattr(authenticator, "icon", ""))

    def way_of_owner(self, owner: str) -> Way | None:
        """The way to sign in of the account that has the name already; None if it is not known."""
        return None

    @property
    def tells_owner(self) -> bool:
        """Whether a page may name the way to sign in of an account that has the name already."""
        return True

    def another_account_url(self) -> str:
        """The URL of a login at which the provider lets the user choose an account; empty if it cannot."""
        return ""

    def retry_url(self) -> str:
        """The URL of the button "Try again": a new login with the same destination."""
        url = self.authenticator.login_url(self.hub.base_url)
        return with_query(url, {"next": self.intended_url()})

    def other_ways_url(self) -> str:
        """The URL of the page with all providers, or an empty string if there is only one."""
        return ""

    def intended_url(self) -> str:
        """The page that the user wanted to open: ``next`` if it is a path of this Hub, else an empty string."""
        given = self.request.arguments.get("next", [])
        return safe_next_url(given[0]) if given else ""

    def extra_of_failure(self, error: SuiteError, username: str = "") -> Extra:
        """The argument ``extra`` for the line of the log about a login that has failed with `error`.

        `username`: of the account that was named.
        """
        return extra_of(failed_login(error, self.observed_name, self.request.request_time(), username))

    def _log_error(self, error: SuiteError) -> None:
        name = type(self.authenticator).__name__
        about = f" user={error.username!r} rule={error.rule}" if isinstance(error, AccessDenied) else ""
        # an operator's hook or rule may have put data of the user into the detail
        line = printable(f"[{error.reference}] {name}: {type(error).__name__} ({error.status}){about}: {error.detail}")
        extra = self.extra_of_failure(error) if self.is_login else {}
        if (
            error.status >= 500
            and not hasattr(error, "retry_after")
            and error.__cause__
            and isinstance(error, HookError)
        ):
            self.log.error("%s", line, exc_info=error.__cause__, extra=extra)
        elif error.status >= 500:
            self.log.error("%s", line, extra=extra)
        else:
            self.log.warning("%s", line, extra=extra)

    @property
    def template_namespace(self) -> dict[str, Any]:
        """The names that every template gets: JupyterHub's and the operator's, and those of the frame."""
        return {**frame_of(self), **super().template_namespace}

    def get_template(self, name: str, sync: bool = False) -> Any:
        """Find a template: first in the Hub's template paths, then in this package."""
        if not is_ours(name):
            return super().get_template(name, sync)
        return environment_of(self.settings["jinja2_env_sync" if sync else "jinja2_env"]).get_template(name)
