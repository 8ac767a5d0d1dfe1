"""From an error to a page: the Hub's look, a safe sentence, what to do next, and a reference that the log bears too."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from jupyterhub.handlers import BaseHandler
from tornado import web
from tornado.httputil import url_concat
from tornado.web import Finish

from ...errors import AccessDenied, HookError, SuiteError
from ...policy.identity import Identity
from .next_url import safe_next_url

ERROR_PAGE = "sign_in_error.html"
"""A hub that has a template of this name in its `template_paths` shows its own page instead."""

SIGN_IN_FORM = "sign_in_form.html"
"""The form for name and password, inside the Hub's login page; replaced likewise."""

SIGN_IN_CHOICES = "sign_in_choices.html"
"""Several ways to sign in, inside the Hub's login page; replaced likewise."""

_TEMPLATES = Path(__file__).parent / "templates"
_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"  # no 0/O, no 1/I: it is read out on the telephone


def new_reference() -> str:
    """Eight characters in two groups, such as ``7QK2-M4XD``: enough to find one line of a log."""
    letters = "".join(secrets.choice(_ALPHABET) for _ in range(8))
    return f"{letters[:4]}-{letters[4:]}"


H = TypeVar("H", bound="SignInHandler")


def guarded(method: Callable[[H], Awaitable[None]]) -> Callable[[H], Awaitable[None]]:
    """Let a handler's verb end in our error page instead of tornado's, whatever goes wrong in it.

    `tornado.web.HTTPError` passes: raising one is how hooks and overridden methods choose the Hub's own error page.
    """

    @functools.wraps(method)
    async def verb(self: H) -> None:
        try:
            await method(self)
        except SuiteError as error:
            await self.show_error(error)
        except (web.HTTPError, Finish):
            raise
        except Exception as error:  # noqa: BLE001 - the edge of the hub floor: nothing may leave as a traceback
            failure = HookError(f"unexpected {type(error).__name__}")
            failure.__cause__ = error
            await self.show_error(failure)

    return verb


class SignInHandler(BaseHandler):
    """What the login, callback and logout handlers share: headers, quiet logging, the error page."""

    identity: Identity | None = None
    """The user whose sign-in this request finishes, as the authenticator decided about them."""

    signs_in_elsewhere = True
    """Whether a login service remembers who was here, so that another account begins with signing out there."""

    def set_default_headers(self) -> None:
        """No referrer leaves these pages and nothing of them is stored: their URLs hold codes (RFC 9700 §4.2)."""
        super().set_default_headers()
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Cache-Control", "no-store")

    def _request_summary(self) -> str:
        # tornado puts the whole URL into its log lines, and ours hold codes and states
        return f"{self.request.method} {self.request.path} ({self.request.remote_ip})"

    async def show_error(self, error: SuiteError) -> None:
        """Answer with `error`'s page, and write its log line."""
        error.reference = error.reference or new_reference()
        self._log_error(error)
        self.set_status(error.status)
        retry_after = getattr(error, "retry_after", None)
        if retry_after is not None:
            self.set_header("Retry-After", str(int(retry_after)))
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(
            await self.render_template(
                ERROR_PAGE,
                failure=error,
                heading="No access to this hub" if isinstance(error, AccessDenied) else "Signing in did not work",
                username=getattr(error, "username", None),
                signed_in_elsewhere=self.signs_in_elsewhere,
                retry_url=self.retry_url() if error.retry else None,
                other_ways_url=self.other_ways_url(),
                hub_login_url=self.settings["login_url"],
                no_spawner_check=True,
            )
        )

    def retry_url(self) -> str:
        """Where "Try again" leads: a new login with the same destination."""
        url = self.authenticator.login_url(self.hub.base_url)
        next_url = self.intended_url()
        return url_concat(url, {"next": next_url}) if next_url else url

    def other_ways_url(self) -> str:
        """The page with all ways to sign in, where this is one of several; else an empty string."""
        return ""

    def intended_url(self) -> str:
        """The page that the login was begun for: ``next``, if it is a path of this hub; else an empty string."""
        given = self.request.arguments.get("next", [])
        return safe_next_url(given[0].decode("utf-8", "replace")) if given else ""

    def _log_error(self, error: SuiteError) -> None:
        who = type(self.authenticator).__name__
        about = f" user={error.username!r} rule={error.rule}" if isinstance(error, AccessDenied) else ""
        line = f"[{error.reference}] {who}: {type(error).__name__} ({error.status}){about}: {error.detail}"
        if (
            error.status >= 500
            and not hasattr(error, "retry_after")
            and error.__cause__
            and isinstance(error, HookError)
        ):
            self.log.error("%s", line, exc_info=error.__cause__)
        elif error.status >= 500:
            self.log.error("%s", line)
        else:
            self.log.warning("%s", line)

    def get_template(self, name: str, sync: bool = False) -> Any:
        """The Hub's templates, and ours after them."""
        if name not in (ERROR_PAGE, SIGN_IN_FORM, SIGN_IN_CHOICES):
            return super().get_template(name, sync)
        return _environment(self.settings["jinja2_env_sync" if sync else "jinja2_env"]).get_template(name)


@functools.lru_cache(maxsize=8)
def _environment(hub_environment: Environment) -> Environment:
    loaders = [hub_environment.loader] if hub_environment.loader else []
    return hub_environment.overlay(loader=ChoiceLoader([*loaders, FileSystemLoader(_TEMPLATES)]))
