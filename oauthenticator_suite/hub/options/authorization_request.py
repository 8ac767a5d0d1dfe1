"""Options on the authorization request and its response, which go through the user's browser."""

from __future__ import annotations

from traitlets import Bool, Enum, HasTraits

from ...protocol.front_channel import RESPONSE_MODES


class AuthorizationRequestOptions(HasTraits):
    """Options of every OAuth login on what goes through the browser."""

    enable_par = Bool(
        False,
        config=True,
        help="""
        Send the parameters of each login to the provider before the browser goes there (pushed authorization requests,
        PAR, RFC 9126).

        The browser then carries only a reference to them, which can be used once. Needs `issuer`, and a provider whose
        metadata have a ``pushed_authorization_request_endpoint``. The Hub pushes without this option too, if the
        metadata say that the provider requires it.

        .. versionadded:: 0.1
        """,
    )

    request_object = Enum(
        ["", "value", "reference"],
        "",
        config=True,
        help="""
        Sign the parameters of each login with the key of `client_key_file` (JAR, RFC 9101). Empty, the default: not.

        ``value``: the browser carries them as a signed request object. ``reference``: the browser carries the URL of
        the object, which the provider fetches from the Hub; the Hub must be reachable from the provider. With
        `enable_par` the object is pushed. Needs `issuer`. The Hub signs without this option too, if the provider's
        metadata require it and there is a key.

        .. versionadded:: 0.1
        """,
    )

    response_mode = Enum(
        list(RESPONSE_MODES),
        "",
        config=True,
        help="""
        How the provider sends the response to a login. Empty, the default: in the query of the callback URL.

        ``form_post``: as a form that the browser posts, so that no URL has the authorization code. Needs https.
        ``jwt``: in the query, as a token that the provider has signed (JARM). ``form_post.jwt``: both. The last two
        need `issuer`. A response in another mode is refused.

        .. versionadded:: 0.1
        """,
    )
