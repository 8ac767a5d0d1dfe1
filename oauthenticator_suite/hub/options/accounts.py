"""Options on which account of the Hub belongs to a user of the provider."""

from __future__ import annotations

from traitlets import Bool

from .session import SessionOptions


class AccountOptions(SessionOptions):
    """Options for every kind of sign-in with issuer and subject."""

    follow_renames = Bool(
        False,
        config=True,
        help="""
        Let a user who was renamed at the provider keep the account. Default: False, so that such a user gets a new
        account under the new name.

        With this option, the Hub finds the account by the issuer and subject of the login. The account keeps its
        username on the Hub, and with it servers, files and rights; the new name at the provider is not used. Options
        such as `allowed_users` and `admin_users` name the Hub's usernames. A user is blocked if `blocked_users` has the
        username on the Hub or the name at the provider. `username_map`, `update_auth_model` and `post_auth_hook` name
        a user's first account, and do not change the name of an existing one. A user who takes the former name of
        another user does not get that user's account, and is refused as long as it exists. Needs `enable_auth_state`.

        .. versionadded:: 0.1
        """,
    )
