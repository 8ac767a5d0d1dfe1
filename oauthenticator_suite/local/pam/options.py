"""The options of `PAMAuthenticator`."""

from __future__ import annotations

from traitlets import Bool, Integer, List, Unicode

from ...hub.options.trait_types import Grants, Renamed
from ..forms.options import FormOptions

UNIX_GROUP = "unix_group"
"""The kind of membership that the options on Unix groups name."""

MAINTAINER_SCOPES = ["admin-ui", "list:users", "read:users", "read:servers"]


class PAMOptions(FormOptions):
    """Options of a login with the users of this system. Groups are **Unix** groups here."""

    service = Unicode(
        "login",
        config=True,
        help="""
        The PAM service to sign in with: the name of a file in ``/etc/pam.d``. Default: ``login``.

        A service that is not there, or that would let root in without a password (as ``su`` does), stops the start-up.

        .. versionadded:: 0.1
        """,
    )

    service_folder = Unicode(
        config=True,
        help="""
        A folder with service files, used in place of ``/etc/pam.d`` (Linux-PAM 1.4 or later).

        .. versionadded:: 0.1
        """,
    )

    encoding = Unicode(
        "utf8",
        config=True,
        help="""
        The encoding of names, passwords and messages that PAM is given and gives.

        .. versionadded:: 0.1
        """,
    )

    executor_threads = Integer(
        4,
        min=1,
        config=True,
        help="""
        How many logins PAM is asked about at once; further ones wait. As many refreshes have threads of their own.

        A login takes a thread for a tenth of a second where passwords are on this machine. Where PAM asks a directory
        that may be slow, set more.

        .. versionadded:: 0.1
        """,
    )

    check_account = Bool(
        True,
        config=True,
        help="""
        Also ask PAM whether the account may be used: at each login, and at each refresh.

        Off, accounts that have expired, or that the system's own rules keep out, come in with their password.

        .. versionadded:: 0.1
        """,
    )

    open_sessions = Bool(
        False,
        config=True,
        help="""
        Open a PAM session when a user's server starts, and close it when it has stopped.

        It is opened in the Hub's own process: modules that change the process they are called in (limits, groups, a
        session of systemd) change the Hub. Off unless a module of yours needs it, say to mount a folder.

        .. versionadded:: 0.1
        """,
    )

    pam_normalize_username = Bool(
        False,
        config=True,
        help="""
        Take the name that the system gives back for the user's number, as it writes it, for that which was typed.

        For directories that know somebody under several names, such as ``DOMAIN\\alice``. Capitals stay capitals then.

        .. versionadded:: 0.1
        """,
    )

    allow_nologin_shells = Bool(
        False,
        config=True,
        help="""
        Let in users whose shell is ``nologin`` or ``false``. PAM itself does not look at it.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=False)

    admin_groups = Grants(
        UNIX_GROUP,
        part="admin",
        help="""
        Make the members of these Unix groups administrators, and let them in.

        Who is in none of them (and not in `admin_users`) loses administrator's rights at the next login or refresh.
        Administrators can do everything on the Hub, also as any other user.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=True)

    maintainer_groups = Grants(
        UNIX_GROUP,
        help="""
        Let in the members of these Unix groups, with the role ``maintainer``. Needs `manage_groups` or `manage_roles`.

        Members of `admin_groups` are administrators instead. What the role may do is in `maintainer_scopes`.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=True)

    maintainer_scopes = List(
        Unicode(),
        default_value=MAINTAINER_SCOPES,
        config=True,
        help="""
        The scopes of the role ``maintainer``. Default: ``admin-ui``, ``list:users``, ``read:users``, ``read:servers``.

        Or define a role of that name in ``JupyterHub.load_roles``.

        .. versionadded:: 0.1
        """,
    )

    user_groups = Grants(
        UNIX_GROUP,
        help="""
        Let in the members of these Unix groups, as plain users.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=True)

    allowed_groups = Grants(
        UNIX_GROUP,
        help="""
        Let in the members of these Unix groups, without a role of their own.

        .. versionadded:: 0.1
        """,
    )

    all_unix_groups = Bool(
        False,
        config=True,
        help="""
        With `manage_groups`, make all of a user's Unix groups groups of the Hub, for `group_roles` and sharing.

        Without it, the Hub's groups of a user are the name of their role: ``admin``, ``maintainer`` or ``user``. Unix
        groups with one of these names are left out.

        .. versionadded:: 0.1
        """,
    )

    member_groups = Renamed("user_groups", since="oauthenticator_suite 0.1")

    group_whitelist = Renamed("allowed_groups", since="JupyterHub 1.2")
