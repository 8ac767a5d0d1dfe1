"""Options on the claims of a user: restrictions, groups, and the `auth_state` that is stored."""

from __future__ import annotations

from traitlets import Bool, Callable, Dict, Unicode, Union

from ...policy.predicates import has_claims, has_verified_email, has_verified_email_in
from .names import Names
from .session import SessionOptions
from .trait_types import rule


class ClaimOptions(SessionOptions):
    """Options for every kind of sign-in that provides more than a name."""

    required_claims = Dict(
        config=True,
        help="""
        Allow only users whose claims have these values: ``{"acr": ["gold", "silver"], "org.unit": "physics"}``.

        A dot in a key leads into a nested claim. A list of values allows each of them. A claim that is a list must
        contain one of the values. This is a restriction: it applies to every user, also with `allow_all` and to
        administrators.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", has_claims))

    require_verified_email = Bool(
        False,
        config=True,
        help="""
        Allow only users whose e-mail address the provider has verified (``email_verified``). Default: False.

        A restriction, as `required_claims`. Needs the scope ``email``.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", has_verified_email))

    allowed_email_domains = Names(
        "domain",
        config=True,
        help="""
        Allow only users with a verified e-mail address in one of these domains. A restriction, as `required_claims`.

        ``example.org`` means exactly that domain, without its subdomains.

        .. versionadded:: 0.1
        """,
    ).tag(**rule("required", has_verified_email_in))

    auth_state_groups_key = Union(
        [Unicode(), Callable()],
        config=True,
        help="""
        The place of the user's groups in `auth_state`: a key with dots (``oauth_user.groups``), or a function, which
        may be async, that gets `auth_state` and returns a list of names. Takes effect with `manage_groups`. The value
        at the key is a list of names, unless `groups_format` states another form.

        Default: ``oauth_user.groups`` for `GenericOAuthenticator`.

        .. versionadded:: 0.1
        """,
    )

    modify_auth_state_hook = Callable(
        None,
        allow_none=True,
        config=True,
        help="""
        A function ``hook(authenticator, auth_state)``, which may be async, that returns the `auth_state` to store.

        It runs before the groups are read from `auth_state`. If it raises an exception, the sign-in is refused.

        .. versionadded:: 0.1
        """,
    )
