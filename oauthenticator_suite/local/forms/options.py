"""The options of every login with a form."""

from __future__ import annotations

from traitlets import Float, Unicode

from ...hub.options import SessionOptions
from ...hub.options.trait_types import EnvUnicode


class FormOptions(SessionOptions):
    """Options of a login with a form of the Hub's."""

    provider = Unicode(
        config=True,
        help="""
        What this way of signing in is called, in the URL ``/hub/auth/{provider}/login`` and in the record of whose
        account it is. Any text will do. Default: ``simple``, ``dictionary`` or ``pam``.

        .. versionadded:: 0.1
        """,
    )

    login_service = EnvUnicode(
        config=True,
        env="LOGIN_SERVICE",
        help="""
        What people sign in with, for the heading of the form: "Sign in with …". Empty: "Sign in".
        Environment: ``LOGIN_SERVICE``.

        .. versionadded:: 0.1
        """,
    )

    failure_delay = Float(
        1.0,
        min=0.0,
        max=60.0,
        config=True,
        help="""
        Seconds after which a wrong password or an unknown name is answered; the same for both, so that nobody learns
        which names there are. One that takes longer to find out is answered at twice this time, and so on.

        A right password is answered at once. After several failures at one name, answers take up to eight times as
        long.

        .. versionadded:: 0.1
        """,
    )
