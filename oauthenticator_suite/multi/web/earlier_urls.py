"""URLs of a Hub with one provider that lead on after a move to `MultiAuthenticator`: bookmarks and links have them."""

from __future__ import annotations

from ...hub.oauth.authenticator import OAuthenticator
from ...hub.web.pages import SignInHandler
from ...hub.web.query import with_query
from .parent import Parent


class EarlierLoginHandler(SignInHandler):
    """``GET /hub/oauth_login`` and ``/hub/oauth_callback``."""

    async def get(self) -> None:
        """Respond with 302 to the login of the only child that is an `OAuthenticator`, else to the choices.

        A callback is not completed here: its login attempt began before the move. Nothing of it is passed on.
        """
        multi: Parent = self.authenticator
        logins = [child for child in multi.children.values() if isinstance(child, OAuthenticator)]
        next_url = self.intended_url()
        if len(logins) == 1:
            url = logins[0].login_url(self.hub.base_url)
            self.redirect(with_query(url, {"next": next_url}))
        else:
            self.redirect(multi.choices_url(self, next_url))
