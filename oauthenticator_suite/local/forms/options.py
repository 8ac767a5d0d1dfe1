"""Options of every sign-in with a form."""

from __future__ import annotations

from traitlets import Float, Unicode

from ...hub.options import SessionOptions
from ...hub.options.trait_types import EnvUnicode


class FormOptions(SessionOptions):
    """Options for sign-in with a form on a page of the Hub."""

    provider = Unicode(
        config=True,
        help="""
        The name of this sign-in, in the URL ``/hub/auth/{provider}/login`` and in the record of an account's owner. Any
        text. Default: ``simple``, ``dictionary`` or ``pam``.

        .. versionadded:: 0.1
        """,
    )

    login_service = EnvUnicode(
        config=True,
        env="LOGIN_SERVICE",
        help="""
        The name in the heading of the form: "Sign in with …". Without a name the heading is "Sign in". Environment:
        ``LOGIN_SERVICE``.

        .. versionadded:: 0.1
        """,
    )

    failure_delay = Float(
        1.0,
        min=0.0,
        max=60.0,
        config=True,
        help="""
        The delay in seconds before the answer to a wrong password or an unknown name. Default: 1.

        Both are answered after the same time, so that the answer does not reveal which names exist. When the check
        itself takes longer, the answer comes after twice this time, or the next multiple. A correct password is
        answered at once. After several failures with one name, the delay grows to up to eight times this value.

        .. versionadded:: 0.1
        """,
    )
