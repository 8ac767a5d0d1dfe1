"""The options on what is known of a user beside the name: claims, and what is kept of them."""

from __future__ import annotations

from traitlets import Bool, Callable, Dict, Set, Unicode, Union

from ...policy.predicates import has_claims, has_verified_email, has_verified_email_in
from .session import SessionOptions
from .trait_types import rule


class ClaimOptions(SessionOptions):
    """Options for every way of signing in that tells more than a name."""

    required_claims = Dict(
        config=True,
        help="""
        Let in only users whose claims have these values: ``{"acr": ["gold", "silver"], "org.unit": "physics"}``.

        Keys may have dots for nested claims; a claim that is a list needs one of the values. A restriction: it
        holds for everybody, also with `allow_all` and for administrators.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", has_claims))

    require_verified_email = Bool(
        False,
        config=True,
        help="""
        Let in only users whose e-mail address the provider has verified (``email_verified``). A restriction, as
        `required_claims`. Needs the scope ``email``.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", has_verified_email))

    allowed_email_domains = Set(
        Unicode(),
        config=True,
        help="""
        Let in only users with a verified e-mail address in one of these domains. A restriction, as `required_claims`.

        ``example.org`` means exactly that domain, none below it.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", has_verified_email_in))

    auth_state_groups_key = Union(
        [Unicode(), Callable()],
        config=True,
        help="""
        Where in `auth_state` the user's groups are: a key with dots (``oauth_user.groups``), or a callable, which may
        be async, that gets `auth_state` and returns a list of names. Takes effect with `manage_groups`.
        `GenericOAuthenticator` has ``oauth_user.groups``.

        .. versionadded:: 0.1
        """,
    )

    modify_auth_state_hook = Callable(
        None,
        allow_none=True,
        config=True,
        help="""
        A function ``hook(authenticator, auth_state)``, which may be async, that returns the `auth_state` to keep.
        It runs before the user's groups are read from it. If it raises, the login is refused.

        .. versionadded:: 0.1
        """,
    )
