"""A strict MediaWiki with Extension:OAuth on a free loopback port, in the test's own event loop, with faults on request.

::

    async with FakeMediaWiki() as wiki:
        wiki.consumer.callback_url = "http://127.0.0.1:8000/hub/oauth_callback"
        url = wiki.index_url                                  # where OAuth 1.0a is, with consumer.key, consumer.secret
        wiki.user = "Bob van Dyke"                            # who is logged in when a browser comes
        wiki.faults.on("F1", at="initiate")                   # the wiki accepts and never answers
        wiki.faults.on("nonce-wrong", times=1)                # the next identity is another request's
        ...
        assert wiki.count("initiate") == 1

Endpoints, as tests count them and as faults are put `at` them: ``initiate``, ``authenticate`` (also the page
``authorize``), ``token``, ``identify``; ``oauth2_authorize``, ``oauth2_token``, ``profile``; ``page`` is any other page.
A browser says who sits in front of it by the parameter ``as_user`` of the two pages that ask.

Knobs, all of them attributes of the wiki:

``consumer``, ``register(**fields)``
    The registered application: `key`, `secret`, `callback_url`, `callback_is_prefix`, `grants` (the default is
    authentication only; with ``mwoauth-authonlyprivate`` also realname and email), `oauth_version` (``"1.0a"`` or
    ``"2.0"``), `confidential`.
``users``, ``user``
    Accounts by their names; the logged-in user (None: no user, unless the browser names one).
``revoke(user)``, ``block(user)``, ``hide(user)``, ``rename(user, new_name)``
    What may happen to an account. `revoke` ends every grant; a hidden account is told of by `sub` and `blocked` alone.
``deny``, ``denial_error``
    The user says no. In OAuth 1.0a the browser then stays at the wiki; in OAuth 2.0 it comes back with this error and
    without state. The extension itself says ``unauthorized_client``; ``access_denied`` is the code of the standard.
``dialog``
    The user is asked by a page with a form (buttons `accept` and `cancel`), except where an authentication-only
    consumer was accepted before.
``int_sub``
    `sub` is a number, as on some releases.
``old_release``
    The profile has the content type of HTML, and codes and refresh tokens that are no longer valid are
    ``invalid_request`` (refresh tokens: with status 401) instead of ``invalid_grant``.
``block_disables_login``
    $wgBlockDisablesLogin: a blocked user can neither grant anything nor be identified. Else `blocked` is only a claim.
``demands_user_agent``
    Requests whose User-Agent is a library's default get status 403, as at Wikimedia.
``canonical_server``
    $wgCanonicalServer, the `iss` of identities; empty: the origin that the wiki has.
``clock``, ``access_token_lifetime``, ``faults``, ``released``, ``secrets``, ``codes_issued``, ``elsewhere``
    As of the other fakes. `faults.py` lists what a wiki can get wrong in addition to the faults of HTTP.

What it insists on in OAuth 1.0a (RFC 5849, checked by oauthlib's server side): HMAC-SHA1 over the wiki's own URL, a nonce
that is new, a timestamp within 300 s, exactly the parameters that belong to the request and all of them in the header, a
callback that is ``oob`` or begins as registered, a request token that is younger than 600 s and was not used, its
verifier. In OAuth 2.0: redirect_uri exact and repeated, PKCE with S256 (always of public clients, else when a challenge
was sent), the secret of a confidential client, codes good once, refresh tokens that take the old pair with them, no
stray fields. No secret or token may be in a URL. Errors of OAuth 1.0a have status 200, as in the extension.
"""

from .faults import WIKI_FAULTS, WRONG_CLAIMS
from .records import AccessToken, Consumer, RequestToken, WikiUser
from .server import FakeMediaWiki

__all__ = [
    "WIKI_FAULTS",
    "WRONG_CLAIMS",
    "AccessToken",
    "Consumer",
    "FakeMediaWiki",
    "RequestToken",
    "WikiUser",
]
