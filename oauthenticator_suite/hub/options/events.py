"""Options on events."""

from __future__ import annotations

from traitlets import Bool, HasTraits


class EventOptions(HasTraits):
    """What the events of logins contain. JupyterHub's option ``EventLogger.handlers`` turns events on."""

    hash_event_usernames = Bool(
        False,
        config=True,
        help="""
        Whether events have a hash in place of each username. Default: False.

        Equal names have equal hashes. The key of the hash comes from the Hub's cookie secret, so that no one without
        it can try names. A new cookie secret gives new hashes. Log lines have the names in any case. With several
        authenticators, one that sets this option sets it for all.

        .. versionadded:: 0.1
        """,
    )

    event_on_refresh = Bool(
        True,
        config=True,
        help="""
        Whether there is an event for each refresh that asked the provider. Default: True.

        A Hub with many users has many of them. Events about ended sessions and changed rights do not depend on it.

        .. versionadded:: 0.1
        """,
    )
