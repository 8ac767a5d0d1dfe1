"""Requests to a provider that fail, and responses that cannot be read."""

from __future__ import annotations

from .base import SuiteError


class TransportError(SuiteError):
    """A request to the provider failed.

    Attributes
    ----------
    answered:
        Whether the provider had begun a response with status 2xx: it has then acted on the request.
    fault:
        Where the connection failed: ``dns``, ``connect``, ``proxy``, ``certificate``, ``tls`` (the handshake),
        ``address`` (the address is not accepted) or ``broken``; empty for anything else.
    """

    answered: bool = False
    fault: str = ""

    status = 502
    public_message = "It may be a short interruption there or on the way."


class ProviderUnreachable(TransportError):
    """The connection failed (DNS, TCP, TLS) or was lost, or the provider responded with a 5xx status."""


class AddressRefused(ProviderUnreachable):
    """A document of the provider names a URL that leads to an address where no provider should be.

    Nothing was sent there. The detail names the option for providers in private networks.
    """

    public_message = (
        "A server of {provider} has an address that {hub} does not accept. Please tell the administrators of {hub}."
    )
    retry = False


class ProviderTimeout(TransportError):
    """The provider did not send a complete response within the time limit."""

    status = 504
    public_message = "We waited, but no answer came in time."


class ProviderBusy(TransportError):
    """The provider limits requests (429) or is temporarily unavailable (503).

    Attributes
    ----------
    retry_after:
        How long the provider asks the client to wait, in seconds; None if it does not say.
    """

    status = 503
    public_message = "There are very many requests at the moment."

    def __init__(self, detail: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(detail)
        self.retry_after = retry_after


class UserLimit(ProviderBusy):
    """The provider limits requests with one user's access token. This says nothing about other users."""


class InvalidResponse(TransportError):
    """The provider's response is too large, has the wrong media type, or is malformed."""

    public_message = "An answer came, but it could not be read or verified."


class IncompleteAnswer(InvalidResponse):
    """The provider leaves out data that an access rule needs, and would do so again."""

    public_message = (
        "From {provider}, {hub} does not get all that it needs to know about you, such as your groups. "
        "Please tell the administrators of {hub}."
    )
    retry = False
