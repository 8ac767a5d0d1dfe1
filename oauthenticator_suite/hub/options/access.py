"""Options of every authenticator: which users may sign in, and which rights they get."""

from __future__ import annotations

from typing import Any

from traitlets import Bool, Callable, List, Unicode, default, validate

from ...errors import AccessDenied
from ...policy.predicates import in_groups
from . import config_help
from .class_values import adopt_plain_values
from .names import OF_JUPYTERHUB, NameMap, Names, clean_names
from .pages import PageOptions
from .trait_types import Renamed, rule


class AccessOptions(PageOptions):
    """Options on access for every kind of sign-in.

    JupyterHub's own options complete them: `allow_all`, `allowed_users`, `admin_users`, `blocked_users`,
    `username_map`, `username_pattern`, `post_auth_hook`, `enable_auth_state`, `manage_groups` and the rest.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Take plain class attributes as defaults of the options whose names they have: see `class_values`."""
        super().__init_subclass__(**kwargs)
        adopt_plain_values(cls)

    class_get_help = classmethod(config_help.class_get_help)
    class_config_section = classmethod(config_help.class_config_section)

    _clean_names = validate(*OF_JUPYTERHUB)(clean_names)

    allow_existing_users = Bool(
        False,
        config=True,
        help="""
        Allow every user who is in the Hub's database already. Default: False.

        `blocked_users` and restrictions still apply. Danger: a user who is removed from every list stays in the
        database, and with this option is still allowed. That is why it is off, also when `allowed_users` is set.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=True)

    allowed_groups = Names(
        "group",
        config=True,
        help="""
        Allow the members of these Hub groups. Needs `manage_groups`, which takes the groups from the provider.

        With `entitlement_namespaces`, an entitlement may stand for its group.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", in_groups))

    admin_groups = Names(
        "group",
        config=True,
        help="""
        Make the members of these Hub groups administrators, and allow them. Needs `manage_groups`.

        When this option is set, a user who is in none of these groups and not in `admin_users` loses administrator
        rights at the next sign-in. Danger: administrators can do everything on the Hub, also as any other user.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("admin", in_groups))

    groups_case_sensitive = Bool(
        True,
        config=True,
        help="""
        Whether the names of Hub groups differ by letter case: ``Staff`` and ``staff`` are two groups. Default: True.

        False makes them one group. `allowed_groups`, `admin_groups` and `group_roles` then match every spelling, and
        the Hub's group has the name in lower case. Unix groups, and groups in the options of one provider, are not
        affected.

        .. versionadded:: 0.1
        """,
    )

    @default("any_allow_config")
    def _any_allow_config_default(self) -> bool:
        # As in JupyterHub; the tag `allow_config` decides for options whose names do not tell.
        return any(
            getattr(self, name)
            for name, trait in self.traits(config=True).items()
            if trait.metadata.get("allow_config", name.startswith("allow"))
        )

    rebind_accounts_by_name = Bool(
        False,
        config=True,
        help="""
        Give an existing account to a user who signs in under its name, even when the account belonged to another user
        at the provider. Default: False.

        Use it only while you move from one provider to another. Danger: while it is on, a user who obtains a name at
        the provider gets the account of its former owner, with files and administrator rights. Takes effect with
        `enable_auth_state`. Without `enable_auth_state`, accounts are always matched by name alone.

        .. versionadded:: 0.1
        """,
    )

    custom_403_message = Unicode(
        AccessDenied.public_message,
        config=True,
        help="""
        The sentence that a user sees who has signed in but may not use this Hub. Plain text. ``{hub}`` stands
        for `hub_name`, and ``{provider}`` for `login_service`. The default is shown in the user's language, and some
        rules have a sentence of their own in its place, such as the one on a verified e-mail address.

        .. versionadded:: 0.1
        """,
    )

    group_roles = NameMap(
        "group",
        "other",
        many=True,
        key_trait=Unicode(),
        value_trait=List(Unicode()),
        config=True,
        help="""
        Roles of the Hub for the members of Hub groups: ``{"teachers": ["instructor", "course-editor"]}``.

        Define the roles in ``JupyterHub.load_roles``, with scopes and without users and groups. The Hub does not
        start with a role that is not defined. A user who leaves the group loses the role at the next sign-in or
        refresh. Needs `manage_roles` and `manage_groups`. The role ``admin`` cannot be used here: set `admin_groups`.

        .. versionadded:: 0.1
        """,
    )

    reconcile_auth_state_hook = Callable(
        None,
        allow_none=True,
        config=True,
        help="""
        A function ``hook(authenticator, auth_model, existing_auth_state)``, which may be async, that returns the
        `auth_state` to store.

        It is called as the last step for a user who may sign in, before the account is created or changed.
        ``existing_auth_state`` is the `auth_state` of the last sign-in or refresh, or None at the first sign-in. If
        the hook raises an exception, the sign-in is refused. Needs `enable_auth_state`. Works with every supported
        version of JupyterHub.

        .. versionadded:: 0.1
        """,
    )

    whitelist = Renamed("allowed_users", since="JupyterHub 1.2")

    blacklist = Renamed("blocked_users", since="JupyterHub 1.2")
