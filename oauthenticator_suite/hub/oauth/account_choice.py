"""Letting the user choose another account at the provider: the parameter ``prompt`` of a login after a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from tornado.httputil import url_concat

from ..web.pages import ANOTHER_ACCOUNT, SignInHandler


class DeclaresPrompt(Protocol):
    """The part of `OAuthenticator` that `prompt_of_another_account` uses."""

    account_prompt: str
    scope: Sequence[str]


def prompt_of_another_account(authenticator: DeclaresPrompt) -> str:
    """The value of ``prompt`` at which the provider lets the user choose an account; empty if there is none.

    All OpenID providers support ``login`` (OpenID Connect Core 1.0 §15.1). The class of a provider may declare another
    value, such as ``select_account``.
    """
    return authenticator.account_prompt or ("login" if "openid" in authenticator.scope else "")


def with_prompt(params: dict[str, str], prompt: str) -> dict[str, str]:
    """The query parameters of the redirect, with `prompt` in addition to the operator's own.

    ``none`` is left out, because it contradicts every other value (OpenID Connect Core 1.0 §3.1.2.1).
    """
    if not prompt:
        return params
    others = [value for value in params.get("prompt", "").split() if value not in ("none", prompt)]
    return {**params, "prompt": " ".join([prompt, *others])}


class OffersAnotherAccount(SignInHandler):
    """Base of the handlers of an OAuth login, whose error page may offer another account at the provider."""

    def another_account_url(self) -> str:
        """The URL of a login at which the provider lets the user choose an account; empty if it cannot."""
        if not prompt_of_another_account(self.authenticator):
            return ""
        return url_concat(self.retry_url(), {ANOTHER_ACCOUNT: "1"})
