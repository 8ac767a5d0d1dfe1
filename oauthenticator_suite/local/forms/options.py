"""Options of every sign-in with a form."""

from __future__ import annotations

from traitlets import Float, Unicode

from ...hub.options import SessionOptions
from ...hub.options.names import NameList
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

    trusted_proxies = NameList(
        "other",
        config=True,
        help="""
        The addresses or networks of the reverse proxies in front of the Hub, such as ``["127.0.0.1", "10.1.0.0/16"]``.
        Default: empty.

        Failed attempts are counted by the client's address. Each of these proxies is believed when it says, in the
        header ``X-Forwarded-For``, from which address it was asked. JupyterHub's own proxy needs no entry if it is on
        the Hub's machine, and neither do the addresses in ``JupyterHub.trusted_downstream_ips``. No other header
        counts. Danger: a client that can send requests from one of these addresses can choose the address that counts.

        .. versionadded:: 0.1
        """,
    )
