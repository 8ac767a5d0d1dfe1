"""The options of `MultiAuthenticator` beside those of JupyterHub's own."""

from __future__ import annotations

from jupyterhub.auth import Authenticator
from traitlets import Bool, Enum, List, Unicode, default

from ..hub.options import config_help
from ..hub.options.trait_types import URL, Renamed

COLLISIONS = ("reject", "prefix", "share")
"""What `username_collision` may be."""


class MultiOptions(Authenticator):
    """What there is to sign in with, and what becomes of equal names.

    JupyterHub's own options, set for this class or for ``c.Authenticator``, are every child's, unless the child has its
    own.
    """

    class_get_help = classmethod(config_help.class_get_help)
    class_config_section = classmethod(config_help.class_config_section)

    authenticators = List(
        config=True,
        help="""
        The ways to sign in, in the order of the page: each a dict with

        ``authenticator_class``
            an entry point's name such as ``suite-github``, a class, or its import path;
        ``config``
            its options: ``{"client_id": …}``. They go before those of its own section, ``c.GitHubOAuthenticator``;
        ``provider``
            what it is called in URLs and in front of names (``github:alice``): small letters, digits, ``-`` and
            ``_``. Default: from the class. Do not change it later: accounts are known by it;
        ``login_service``
            what people know it as, for the button or the heading of the form;
        ``icon``
            a picture for the button: a URL, or one of the Font Awesome pictures that JupyterHub brings along, by
            style and name, such as ``brands/github`` or ``solid/school``;
        ``prefix``
            with `username_collision` ``prefix`` only: an empty string, for the one way whose names stay as they are.

        A name or a class alone stands for a dict with that as ``authenticator_class``.

        .. versionadded:: 0.1
        """,
    )

    username_collision = Enum(
        COLLISIONS,
        "reject",
        config=True,
        help="""
        What becomes of two people who have the same name in two places.

        ``reject``
            The name belongs to whoever had it first. The other is refused (409), and told so.
        ``prefix``
            All names have the provider in front: ``github:alice``.
        ``share``
            Both are the same user of the Hub. Only where one and the same person is behind a name everywhere, as where
            all ways lead to one directory: with a service at which anybody may choose a name, anybody gets anybody's
            files.

        ``reject`` and ``share`` need `enable_auth_state`, where it is kept whose an account is.

        .. versionadded:: 0.1
        """,
    )

    unclaimed_accounts = Unicode(
        config=True,
        help="""
        The provider whose people may sign in to accounts of which it is not known whose they are: those from before
        `MultiAuthenticator`, and those that an administrator or the configuration has made.

        Empty: nobody may, as any of the ways to sign in might lead to somebody else of that name.

        .. versionadded:: 0.1
        """,
    )

    discover_plugins = Bool(
        False,
        config=True,
        help="""
        Offer also what other packages bring along, by an entry point in the group
        ``oauthenticator_suite.authenticator``, where it is configured.

        Off by default: to install a package must not open a way in.

        .. versionadded:: 0.1
        """,
    )

    logout_redirect_url = URL(
        config=True,
        env="OAUTH_LOGOUT_REDIRECT_URL",
        help="""
        Where the browser goes after logging out of the Hub, unless a child has its own.
        Environment: ``OAUTH_LOGOUT_REDIRECT_URL``.

        .. versionadded:: 0.1
        """,
    )

    whitelist = Renamed("allowed_users", since="JupyterHub 1.2")

    blacklist = Renamed("blocked_users", since="JupyterHub 1.2")

    @default("enable_auth_state")
    def _enable_auth_state_default(self) -> bool:
        return bool(self.username_collision != "prefix")
