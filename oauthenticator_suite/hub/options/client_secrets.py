"""Options on the lifetime of the client secret: its end, and its predecessor during a rotation."""

from __future__ import annotations

from traitlets import HasTraits, Unicode

from .client_types import ClientCredential
from .time_types import Instant


class ClientSecretOptions(HasTraits):
    """Options of every OAuth login whose client has a secret."""

    client_secret_expires_at = Instant(
        config=True,
        help="""
        When the client secret expires, as the provider says: a date such as ``2027-03-31``, a time such as
        ``2027-03-31T12:00:00Z``, or a number of seconds since 1970-01-01, as in RFC 7591 §3.2.1. Default: 0, the secret
        does not expire, or its end is not known.

        The Hub logs a warning from 30 days before, once a day and when it starts, and an error from 7 days before. It
        never stops for this.

        .. versionadded:: 0.1
        """,
    )

    previous_client_secret = ClientCredential(
        config=True,
        help="""
        The former client secret, during a rotation: the provider may not know the new one of `client_secret` yet.

        The Hub sends it when the provider refuses `client_secret` as wrong, and the other way round. It remembers which
        one the provider accepted, and the log says it. Remove the option when the provider accepts the new secret.

        .. versionadded:: 0.1
        """,
    )

    previous_client_secret_file = Unicode(
        config=True,
        help="""
        The path of a file that holds the former client secret: see `previous_client_secret`.

        The Hub reads the file again after it has changed. A file that is missing or empty means that there is no former
        secret. Cannot be combined with `previous_client_secret`.

        .. versionadded:: 0.1
        """,
    )
