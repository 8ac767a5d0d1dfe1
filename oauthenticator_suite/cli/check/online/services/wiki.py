"""MediaWiki with OAuth 1.0a: whether the wiki gives the consumer a request token.

The request is signed with the consumer's secret, and states the time and the callback. A wiki checks all of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from .....errors import TokenResponseError
from .....hub.findings.finding import ERROR, INFO, Check, Problem, check
from .....providers.mediawiki import MWOAuthenticator
from ..facts import Facts
from ..question import question
from ..questions import ThrowawaySecrets, has_code_flow


@question(
    "wiki-consumer",
    "MediaWiki with OAuth 1.0a: the first request of a login, for a request token, signed with the consumer's secret. "
    "The request token is not used, and expires.",
    lambda authenticator: isinstance(authenticator, MWOAuthenticator) and not has_code_flow(authenticator),
)
async def wiki_consumer(facts: Facts) -> bool:
    """True when the wiki gave a request token."""
    authenticator = facts.authenticator
    redirect_uri = facts.needs_redirect_uri() if authenticator.send_callback_url else facts.redirect_uri
    await authenticator.flow.leave(authenticator.provider_id, redirect_uri, "", ThrowawaySecrets(), {})
    return True


@check(
    "wiki-consumer",
    ERROR,
    "The wiki gives the consumer no request token.",
    "Correct `client_id` and `client_secret`, or the consumer's callback at the wiki. The message has the wiki's "
    "reason.",
    stage="online",
)
def consumer_refused(facts: Facts) -> Iterator[Problem]:
    """An unknown or disabled consumer, a wrong secret or callback, or clocks that differ."""
    error = facts.error("wiki-consumer")
    if isinstance(error, TokenResponseError):
        yield Problem("client_secret", f"or client_id or the callback is refused: {error.detail.rstrip('.')}")


@check(
    "wiki-consumer-accepted",
    INFO,
    "The wiki accepts the consumer's key, secret and callback.",
    "Sign in once: whether users may authorize the consumer is known only then.",
    stage="online",
)
def consumer_accepted(facts: Facts) -> Iterator[Problem]:
    """A request token was given."""
    if facts.value("wiki-consumer"):
        yield Problem("", "The wiki accepts the consumer: it gave a request token")


WIKI_ONLINE_CHECKS: tuple[Check, ...] = (consumer_refused, consumer_accepted)
"""The checks of a wiki's answers."""
