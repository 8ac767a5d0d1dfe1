"""`Facts`: what a provider answered, for the checks to read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ....errors import SuiteError, TransportError
from ....hub.transport.recording import Recording


class NotAsked(Exception):
    """A question has no meaning now. The argument is the reason, as a clause without a full stop."""


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What came of a question: a value, or an error."""

    value: Any = None
    error: SuiteError | None = None


@dataclass
class Facts:
    """All that is known of one authenticator and its provider.

    Attributes
    ----------
    authenticator:
        The authenticator, with its options.
    recording:
        All requests that were sent, and the certificates of the hosts.
    redirect_uri:
        The redirect URI of logins; empty if it depends on the address at which a browser reaches the Hub.
    document:
        The provider's metadata; empty if it has none, or they cannot be read.
    answers:
        By the name of the question. A question that was not asked is missing.
    not_asked:
        By the name of the question: why it was not asked.
    """

    authenticator: Any
    recording: Recording
    redirect_uri: str = ""
    document: Mapping[str, Any] = field(default_factory=dict)
    answers: dict[str, ProviderAnswer] = field(default_factory=dict)
    not_asked: dict[str, str] = field(default_factory=dict)

    def value(self, question: str) -> Any:
        """The value of an answer; None without one."""
        answer = self.answers.get(question)
        return None if answer is None else answer.value

    def error(self, question: str) -> SuiteError | None:
        """The error of an answer; None without one."""
        answer = self.answers.get(question)
        return None if answer is None else answer.error

    def faults(self) -> Iterator[tuple[str, TransportError]]:
        """The questions that failed because a request failed, with the error of each."""
        for name, answer in self.answers.items():
            if isinstance(answer.error, TransportError):
                yield name, answer.error

    async def endpoint(self, option: str, member: str, *, required: bool = True) -> str:
        """The URL in `option`, else the one in the provider's metadata.

        Raises
        ------
        NotAsked
            When the metadata would name it and are not usable.
        SuiteError
            When neither has it.
        """
        authenticator = self.authenticator
        if not authenticator.configured_url(option) and any(self.error(name) for name in ("metadata", "document")):
            raise NotAsked("the provider's metadata cannot be used")
        return str(await authenticator.endpoint(option, member, required=required))

    def needs_redirect_uri(self) -> str:
        """The redirect URI.

        Raises
        ------
        NotAsked
            When it is not known.
        """
        if not self.redirect_uri:
            raise NotAsked("neither oauth_callback_url nor c.JupyterHub.public_url is set")
        return self.redirect_uri
