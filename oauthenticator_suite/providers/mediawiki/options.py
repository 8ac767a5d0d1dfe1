"""The options of `MWOAuthenticator`."""

from __future__ import annotations

from traitlets import Bool, Enum, Float, Integer

from ...hub.oauth.authenticator import OAuthenticator
from ...hub.options.names import Names
from ...hub.options.trait_types import URL, rule
from .predicates import account_age_in_days, edit_count, has_confirmed_email, in_wiki_groups, is_not_blocked


class WikiOptions(OAuthenticator):
    """The address and protocol of the wiki, and access rules on the wiki's data about an account."""

    mw_index_url = URL(
        "https://meta.wikimedia.org/w/index.php",
        config=True,
        env="MW_INDEX_URL",
        help="""
        The URL of the wiki's ``index.php``. Environment: ``MW_INDEX_URL``.

        .. versionadded:: 0.1
        """,
    )

    oauth_version = Enum(
        ["1.0a", "2.0"],
        "1.0a",
        config=True,
        help="""
        The version of OAuth for which the consumer is registered at the wiki: ``1.0a`` or ``2.0``.

        With 2.0, the endpoints follow from `mw_index_url` (``…/rest.php/oauth2/…``), unless `authorize_url`,
        `token_url` and `userdata_url` are set.

        .. versionadded:: 0.1
        """,
    )

    handshaker = Enum(
        ["native", "mwoauth"],
        "native",
        config=True,
        help="""
        The client for OAuth 1.0a: ``native``, without threads, or the ``mwoauth`` library in threads.

        Both make the same checks. With ``mwoauth``, `trusted_provider_hosts` has no effect.

        .. versionadded:: 0.1
        """,
    )

    executor_threads = Integer(
        12,
        min=1,
        config=True,
        help="""
        The number of threads for the ``mwoauth`` library (see `handshaker`).

        .. versionadded:: 0.1
        """,
    )

    send_callback_url = Bool(
        False,
        config=True,
        help="""
        Send the callback URL of this Hub to the wiki at each login, with OAuth 1.0a.

        For a consumer that is registered with "allow consumer to specify a callback in requests" and serves several
        Hubs. If off, the wiki uses the URL that the consumer is registered with.

        .. versionadded:: 0.1
        """,
    )

    allowed_wiki_groups = Names(
        "group",
        config=True,
        help="""
        Allow the members of these user groups of the wiki, given by internal names: ``{"sysop", "autoconfirmed"}``.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", in_wiki_groups))

    admin_wiki_groups = Names(
        "group",
        config=True,
        help="""
        Allow the members of these user groups of the wiki, and make them administrators of the Hub.

        A user who is in none of them, and not in `admin_users`, loses administrator rights at the next login or
        refresh.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("admin", in_wiki_groups))

    deny_blocked_users = Bool(
        True,
        config=True,
        help="""
        Refuse users who are blocked on the wiki. This restriction applies to all users, also with `allow_all`.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", is_not_blocked))

    minimum_edit_count = Integer(
        0,
        min=0,
        config=True,
        help="""
        Refuse users with fewer edits on the wiki. A restriction, like `deny_blocked_users`.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", edit_count))

    minimum_account_age_days = Float(
        0.0,
        min=0.0,
        config=True,
        help="""
        Refuse users whose account on the wiki is younger, in days. A restriction, like `deny_blocked_users`.

        Accounts from before 2005, for which the wiki has no date, are old enough.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", account_age_in_days))

    require_confirmed_email = Bool(
        False,
        config=True,
        help="""
        Refuse users who have not confirmed an e-mail address on the wiki. A restriction, like `deny_blocked_users`.

        The wiki does not need to disclose the address for this.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", has_confirmed_email))

    keep_wiki_rights = Bool(
        False,
        config=True,
        help="""
        Store the list of the user's rights on the wiki in `auth_state` and in the claims: a hundred names or more.

        .. versionadded:: 0.1
        """,
    )
