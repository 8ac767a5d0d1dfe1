"""The options of every authenticator of the suite: who may come in, and as what."""

from __future__ import annotations

from traitlets import Bool, Callable, Dict, HasTraits, List, Set, Unicode, default

from ...policy.predicates import in_groups
from . import config_help
from .trait_types import Renamed, rule


class AccessOptions(HasTraits):
    """Options on access that hold for every way of signing in.

    JupyterHub's own are inherited: `allow_all`, `allowed_users`, `admin_users`, `blocked_users`, `username_map`,
    `username_pattern`, `post_auth_hook`, `enable_auth_state`, `manage_groups` and the rest.
    """

    class_get_help = classmethod(config_help.class_get_help)
    class_config_section = classmethod(config_help.class_config_section)

    allow_existing_users = Bool(
        False,
        config=True,
        help="""
        Let in everybody who is in the Hub's database already.

        Blocks still hold. Off by default, also when `allowed_users` is set: a user who was taken off every
        list stays in the database, and would stay allowed.

        .. versionadded:: 0.1
        """,
    ).tag(allow_config=True)

    allowed_groups = Set(
        Unicode(),
        config=True,
        help="""
        Let in the members of these Hub groups.

        Needs `manage_groups`, so that the groups are those the login brings along.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", in_groups))

    admin_groups = Set(
        Unicode(),
        config=True,
        help="""
        Make the members of these Hub groups administrators, and let them in.

        Who is in none of them (and not in `admin_users`) loses administrator's rights at the next login.
        Needs `manage_groups`. Administrators can do everything on the Hub, also as any other user.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("admin", in_groups))

    @default("any_allow_config")
    def _any_allow_config_default(self) -> bool:
        # as the Hub does, but an option that allows something else than people can say so by its tag
        return any(
            getattr(self, name)
            for name, trait in self.traits(config=True).items()
            if trait.metadata.get("allow_config", name.startswith("allow"))
        )

    rebind_accounts_by_name = Bool(
        False,
        config=True,
        help="""
        Give an existing account to whoever signs in under its name, also if it was another person's at the provider.

        For the time of a move from one provider to another. While it is on, somebody who gets hold of a name at the
        provider gets what the one had who had it before: files, and an administrator's rights too. Takes effect with
        `enable_auth_state`; without that, accounts go by name alone.

        .. versionadded:: 0.1
        """,
    )

    custom_403_message = Unicode(
        "You are not allowed to use this hub. If you think you should be, please ask its administrator.",
        config=True,
        help="""
        The sentence for people who signed in but are not allowed to use this Hub. Plain text.

        .. versionadded:: 0.1
        """,
    )

    group_roles = Dict(
        key_trait=Unicode(),
        value_trait=List(Unicode()),
        config=True,
        help="""
        Give the members of a Hub group roles of the Hub: ``{"teachers": ["instructor", "course-editor"]}``.

        Define the roles in ``JupyterHub.load_roles``, with their scopes and without users and groups; one that the Hub
        does not have stops the start-up. Who leaves the group loses the role at the next login or refresh. Needs
        `manage_roles` and `manage_groups`. For administrators there is `admin_groups`.

        .. versionadded:: 0.1
        """,
    )

    reconcile_auth_state_hook = Callable(
        None,
        allow_none=True,
        config=True,
        help="""
        A function ``hook(authenticator, auth_model, existing_auth_state)``, which may be async, that returns the
        `auth_state` to keep.

        It is called last of all, for somebody who may come in, with the `auth_state` kept of their last login or
        refresh (None at the first), before their account is made or changed. If it raises, the login is refused. Needs
        `enable_auth_state`; works with every version of JupyterHub.

        .. versionadded:: 0.1
        """,
    )

    whitelist = Renamed("allowed_users", since="JupyterHub 1.2")

    blacklist = Renamed("blocked_users", since="JupyterHub 1.2")
