"""The page with the result of a callback that did not sign the user in."""

from __future__ import annotations

import re
from typing import Protocol

from jupyterhub.user import User

from ...errors import AttemptError
from ..pages.template_files import CONTINUE
from ..web.pages import guarded
from ..web.result import ACCOUNT_QUESTION, FAILED_HOOK, FAILED_LOGIN, REFERENCE, Result, result_of_page
from .account_choice import OffersAnotherAccount
from .login_start import LoginStart


class ResultAuthenticator(Protocol):
    """The part of `OAuthenticator` that this handler uses."""

    login_start: LoginStart


class OAuthResultHandler(OffersAnotherAccount):
    """``/hub/auth/result/REFERENCE``: an error, or the question whether to continue with another account."""

    @guarded
    async def get(self) -> None:
        """Respond with the page and status of the result, or with 400 if this browser does not have it."""
        result = self._result()
        if result.kind == FAILED_LOGIN and result.failure:
            await self.render_failure(result.failure, self._reference)
        elif result.kind == FAILED_HOOK:
            error = result.as_http_error()
            self.send_error(result.status, exc_info=(type(error), error, None), reason=error.reason)
        elif self.current_user and self.current_user.name == result.username:
            self.redirect(self.get_next_url(self.current_user))
        else:
            await self._ask(result)

    @guarded
    async def post(self) -> None:
        """Respond with 303 to the provider: the user wants to continue with the other account.

        The new attempt records the account that is signed in now, so that its end is not in question. What the provider
        said at the first sign-in has not been stored.
        """
        authenticator: ResultAuthenticator = self.authenticator
        if self._result().kind != ACCOUNT_QUESTION:
            raise AttemptError("missing", "the result with this reference is not a question")
        self.redirect(await authenticator.login_start.begin_attempt(self, self.intended_url()), status=303)

    def _log(self) -> None:
        # One line of the log has the reference: that of the error.
        self.request.uri = re.sub(REFERENCE, "…", self.request.uri or "")
        super()._log()

    @property
    def _reference(self) -> str:
        return str(self.request.path.rpartition("/")[2])

    def _result(self) -> Result:
        result = result_of_page(self, self._reference)
        if result is None:
            raise AttemptError("missing", "this browser has no result with this reference, or it is too old")
        return result

    async def _ask(self, result: Result) -> None:
        self.set_header("Referrer-Policy", "same-origin")  # without one, browsers submit the form with ``Origin: null``
        home = self.intended_url() or self.hub.base_url
        self.finish(
            await self.render_template(
                CONTINUE,
                username=result.username,
                provider=self.way().name,
                action=self.request.uri,
                xsrf=self.xsrf_token.decode("ascii"),
                stay_url=home if self.current_user else self.other_ways_url() or self.settings["login_url"],
                no_spawner_check=True,
            )
        )

    def get_next_url(self, user: User | None = None, default: str | None = None) -> str:
        """The page that the user wanted, else the Hub's default for `user`."""
        next_url: str = self.intended_url() or super().get_next_url(user, default)
        return next_url
