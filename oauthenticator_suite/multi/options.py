"""Options of `MultiAuthenticator`, in addition to those of JupyterHub."""

from __future__ import annotations

from jupyterhub.auth import Authenticator
from traitlets import Bool, Enum, List, Unicode, default, validate

from ..hub.options import config_help
from ..hub.options.names import OF_JUPYTERHUB, clean_names
from ..hub.options.pages import PageOptions
from ..hub.options.trait_types import URL, Renamed

COLLISIONS = ("reject", "prefix", "share")
"""The values of `username_collision`."""


class MultiOptions(PageOptions, Authenticator):
    """Options on the authenticators to combine, and on users with equal names.

    JupyterHub's own options, set for this class or for ``c.Authenticator``, apply to every child authenticator that
    does not set them.
    """

    class_get_help = classmethod(config_help.class_get_help)
    class_config_section = classmethod(config_help.class_config_section)

    _clean_names = validate(*OF_JUPYTERHUB)(clean_names)

    authenticators = List(
        config=True,
        help="""
        The authenticators to offer, in the order of the sign-in page. Each is a dict with these keys:

        ``authenticator_class``
            The name of an entry point such as ``suite-github``, a class, or the import path of a class.
        ``config``
            Its options: ``{"client_id": …}``. They take precedence over its section, such as
            ``c.GitHubOAuthenticator``.
        ``provider``
            Its name in URLs and in usernames with a prefix (``github:alice``): lower-case letters, digits, ``-`` and
            ``_``. Default: derived from the class. Danger: accounts are stored under this name, so do not change it
            later.
        ``login_service``
            Its name for users, on the button or in the heading of the form.
        ``icon``
            The picture on the button: a URL, or the style and name of a Font Awesome icon that JupyterHub includes,
            such as ``brands/github`` or ``solid/school``.
        ``prefix``
            Only with `username_collision` ``prefix``: an empty string, for the one authenticator whose usernames get
            no prefix.

        A name or a class alone is the same as a dict with only ``authenticator_class``.

        .. versionadded:: 0.1
        """,
    )

    username_collision = Enum(
        COLLISIONS,
        "reject",
        config=True,
        help="""
        How users with the same name at two providers are told apart. Default: ``reject``.

        ``reject``
            The name belongs to the user who has signed in first. Sign-in of the other user is refused (409).
        ``prefix``
            Every username begins with the name of the provider: ``github:alice``.
        ``share``
            Both are the same user of the Hub. Danger: use it only where a name always belongs to the same person,
            such as with several sign-ins for one directory. At a provider where users choose their names, any user
            can take over any account.

        ``reject`` and ``share`` need `enable_auth_state`, which stores the owner of an account.

        .. versionadded:: 0.1
        """,
    )

    unclaimed_accounts = Unicode(
        config=True,
        help="""
        The provider whose users may sign in to accounts without a stored owner: accounts from before
        `MultiAuthenticator`, and accounts that an administrator or the configuration has created.

        Empty by default: no user may, because the same name may belong to different people at different providers.

        .. versionadded:: 0.1
        """,
    )

    tell_account_owner = Bool(
        True,
        config=True,
        help="""
        Whether the page of a refused sign-in names the provider that the existing account belongs to, with a button
        that leads there. Default: True.

        False: the page says that the account signs in another way, and does not say which one. A user who has the same
        name at another provider then does not learn where the owner of the account signs in. The log names both
        providers.

        .. versionadded:: 0.1
        """,
    )

    discover_plugins = Bool(
        False,
        config=True,
        help="""
        Also offer authenticators of other packages that have an entry point in the group
        ``oauthenticator_suite.authenticator`` and are configured. Default: False.

        Danger: when it is on, the installation of a package can add a way to sign in.

        .. versionadded:: 0.1
        """,
    )

    logout_redirect_url = URL(
        config=True,
        env="OAUTH_LOGOUT_REDIRECT_URL",
        help="""
        The URL to which the browser is sent after logout, for child authenticators that do not set one. Environment:
        ``OAUTH_LOGOUT_REDIRECT_URL``.

        .. versionadded:: 0.1
        """,
    )

    whitelist = Renamed("allowed_users", since="JupyterHub 1.2")

    blacklist = Renamed("blocked_users", since="JupyterHub 1.2")

    @default("enable_auth_state")
    def _enable_auth_state_default(self) -> bool:
        return bool(self.username_collision != "prefix")
