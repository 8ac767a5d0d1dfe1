"""Options of `PAMAuthenticator`."""

from __future__ import annotations

from traitlets import Bool, Integer, Unicode

from ...hub.options.names import NameList
from ...hub.options.trait_types import Grants, Renamed
from ..forms.options import FormOptions

UNIX_GROUP = "unix_group"
"""The kind of membership in options that name Unix groups."""

MAINTAINER_SCOPES = ["admin-ui", "list:users", "read:users", "read:servers"]


class PAMOptions(FormOptions):
    """Options for sign-in with the accounts of this system. Groups are **Unix** groups here."""

    service = Unicode(
        "login",
        config=True,
        help="""
        The PAM service: the name of a file in ``/etc/pam.d``. Default: ``login``.

        The Hub does not start with a service that does not exist, or that lets root in without a password (as ``su``
        does).

        .. versionadded:: 0.1
        """,
    )

    service_folder = Unicode(
        config=True,
        help="""
        A folder with service files to use instead of ``/etc/pam.d``. Needs Linux-PAM 1.4 or later.

        .. versionadded:: 0.1
        """,
    )

    encoding = Unicode(
        "utf8",
        config=True,
        help="""
        The encoding of names, passwords and messages for PAM. Default: ``utf8``.

        .. versionadded:: 0.1
        """,
    )

    executor_threads = Integer(
        4,
        min=1,
        config=True,
        help="""
        The number of sign-ins that PAM handles at the same time; further ones wait. Default: 4. Refreshes have the
        same number of threads in addition.

        With passwords on this machine a sign-in occupies a thread for about 0.1 seconds. Set a higher number when PAM
        asks a slow directory.

        .. versionadded:: 0.1
        """,
    )

    check_account = Bool(
        True,
        config=True,
        help="""
        Also ask PAM at each sign-in and each refresh whether the account may be used. Default: True.

        Danger: when it is off, users can sign in to accounts that have expired or that the rules of the system
        exclude.

        .. versionadded:: 0.1
        """,
    )

    open_sessions = Bool(
        False,
        config=True,
        help="""
        Open a PAM session when a user's server starts, and close it when the server has stopped. Default: False.

        Danger: the session is opened in the process of the Hub. Modules that change the calling process (limits,
        groups, a systemd session) change the Hub. Switch it on only for a module that needs it, such as one that
        mounts a folder.

        .. versionadded:: 0.1
        """,
    )

    pam_normalize_username = Bool(
        False,
        config=True,
        help="""
        Replace the name that the user typed by the name that the system has for the user's ID. Default: False.

        Use it with directories that accept several names for a user, such as ``DOMAIN\\alice``. Upper-case letters
        are then kept.

        .. versionadded:: 0.1
        """,
    )

    allow_nologin_shells = Bool(
        False,
        config=True,
        help="""
        Allow users whose shell is ``nologin`` or ``false``. Default: False. PAM itself does not check the shell.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=False)

    admin_groups = Grants(
        UNIX_GROUP,
        part="admin",
        help="""
        Make the members of these Unix groups administrators, and allow them.

        When this option is set, a user who is in none of these groups and not in `admin_users` loses administrator
        rights at the next sign-in or refresh. Danger: administrators can do everything on the Hub, also as any other
        user.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=True)

    maintainer_groups = Grants(
        UNIX_GROUP,
        help="""
        Allow the members of these Unix groups, with the role ``maintainer``. Needs `manage_groups` or `manage_roles`.

        Members of `admin_groups` become administrators instead. `maintainer_scopes` lists the scopes of the role.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=True)

    maintainer_scopes = NameList(
        "other",
        default_value=MAINTAINER_SCOPES,
        config=True,
        help="""
        The scopes of the role ``maintainer``. Default: ``admin-ui``, ``list:users``, ``read:users``,
        ``read:servers``.

        You can define a role of that name in ``JupyterHub.load_roles`` instead.

        .. versionadded:: 0.1
        """,
    )

    user_groups = Grants(
        UNIX_GROUP,
        help="""
        Allow the members of these Unix groups as users without further rights.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=True)

    allowed_groups = Grants(
        UNIX_GROUP,
        help="""
        Allow the members of these Unix groups. They get no role from this package.

        .. versionadded:: 0.1
        """,
    )

    all_unix_groups = Bool(
        False,
        config=True,
        help="""
        With `manage_groups`, make all Unix groups of a user groups of the Hub, for `group_roles` and sharing.
        Default: False.

        When it is off, the user's only Hub group is the name of the user's role: ``admin``, ``maintainer`` or
        ``user``. Unix groups with one of these names are left out.

        .. versionadded:: 0.1
        """,
    )

    member_groups = Renamed("user_groups", since="oauthenticator_suite 0.1")

    group_whitelist = Renamed("allowed_groups", since="JupyterHub 1.2")
