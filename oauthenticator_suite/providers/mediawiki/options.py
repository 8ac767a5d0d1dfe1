"""The options of `MWOAuthenticator` alone."""

from __future__ import annotations

from traitlets import Bool, Enum, Float, Integer, Set, Unicode

from ...hub.oauth.authenticator import OAuthenticator
from ...hub.options.trait_types import URL, rule
from .predicates import account_age_in_days, edit_count, has_confirmed_email, in_wiki_groups, is_not_blocked


class WikiOptions(OAuthenticator):
    """Where the wiki is, how it is asked, and rules on what it tells of an account."""

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
        The protocol that the consumer is registered for at the wiki: ``1.0a`` or ``2.0``.

        With 2.0 the endpoints follow from `mw_index_url` (``…/rest.php/oauth2/…``), unless `authorize_url`, `token_url`
        and `userdata_url` are set.

        .. versionadded:: 0.1
        """,
    )

    handshaker = Enum(
        ["native", "mwoauth"],
        "native",
        config=True,
        help="""
        What talks OAuth 1.0a to the wiki: ``native``, without threads, or the ``mwoauth`` library in threads.

        Both refuse the same. With ``mwoauth``, `trusted_provider_hosts` has no effect.

        .. versionadded:: 0.1
        """,
    )

    executor_threads = Integer(
        12,
        min=1,
        config=True,
        help="""
        The number of threads in which the ``mwoauth`` library waits for the wiki (see `handshaker`).

        .. versionadded:: 0.1
        """,
    )

    send_callback_url = Bool(
        False,
        config=True,
        help="""
        Tell the wiki the callback URL of this Hub at each login, with OAuth 1.0a.

        For a consumer that is registered with "allow consumer to specify a callback in requests" and serves several
        Hubs. Off, the wiki uses the URL that the consumer was registered with.

        .. versionadded:: 0.1
        """,
    )

    allowed_wiki_groups = Set(
        Unicode(),
        config=True,
        help="""
        Let in the members of these user groups of the wiki, by their internal names: ``{"sysop", "autoconfirmed"}``.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("allowed", in_wiki_groups))

    admin_wiki_groups = Set(
        Unicode(),
        config=True,
        help="""
        Make the members of these user groups of the wiki administrators of the Hub, and let them in.

        Who is in none of them (and not in `admin_users`) loses administrator's rights at the next login or refresh.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("admin", in_wiki_groups))

    deny_blocked_users = Bool(
        True,
        config=True,
        help="""
        Keep out users who are blocked on the wiki. A restriction: it holds for everybody, also with `allow_all`.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", is_not_blocked))

    minimum_edit_count = Integer(
        0,
        min=0,
        config=True,
        help="""
        Let in only users with this many edits on the wiki. A restriction, as `deny_blocked_users`.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", edit_count))

    minimum_account_age_days = Float(
        0.0,
        min=0.0,
        config=True,
        help="""
        Let in only users whose account at the wiki is this many days old. A restriction, as `deny_blocked_users`.

        Accounts from before 2005, for which the wiki knows no date, are old enough.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", account_age_in_days))

    require_confirmed_email = Bool(
        False,
        config=True,
        help="""
        Let in only users who have confirmed an e-mail address to the wiki. A restriction, as `deny_blocked_users`.

        The wiki does not tell the address for this.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", has_confirmed_email))

    keep_wiki_rights = Bool(
        False,
        config=True,
        help="""
        Keep the list of the user's rights on the wiki in `auth_state` and among the claims: a hundred names or more.

        .. versionadded:: 0.1
        """,
    )
