"""The credential of the request for which a user is refreshed."""

from __future__ import annotations

from enum import Enum
from typing import Any

from jupyterhub import orm
from jupyterhub.apihandlers.users import ActivityAPIHandler
from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from sqlalchemy.orm import Session


class Credential(Enum):
    """What a request was authenticated with. The first two belong to browsers."""

    COOKIE = "the Hub cookie"
    SESSION_TOKEN = "a token that a browser got for a server or a service"
    TOKEN = "a token that the user or a program made"
    SERVER_TOKEN = "the token of a running server, for its report of activity"
    OTHER = "the credential of a service or of another user, or none"

    @property
    def is_of_browser(self) -> bool:
        """Whether it ends with the user's sessions."""
        return self in (Credential.COOKIE, Credential.SESSION_TOKEN)


def credential_of(handler: BaseHandler | None, user: User) -> Credential:
    """The credential of a request about `user`.

    Parameters
    ----------
    handler:
        The handler of the request; None when there is no request.
    """
    if handler is None:
        return Credential.OTHER
    # JupyterHub up to 6.0 sets this attribute only after the refresh of the user whose request it is.
    requester: Any = getattr(handler, "_jupyterhub_user", user)
    if getattr(requester, "orm_user", None) is not user.orm_user:
        return Credential.OTHER
    if not getattr(handler, "_token_authenticated", False):
        return Credential.COOKIE
    token: orm.APIToken | None = handler.get_token()
    if token is not None and token.session_id is not None:
        return Credential.SESSION_TOKEN
    if token is not None and isinstance(handler, ActivityAPIHandler) and is_token_of_server(token, user):
        return Credential.SERVER_TOKEN
    return Credential.TOKEN


def is_token_of_server(token: orm.APIToken, user: User) -> bool:
    """Whether a running server of the user has this token.

    After a restart the Hub no longer knows which token it gave to a server. Then only the note tells, which a user can
    choose freely; so the answer must not give more than a report of activity.
    """
    if token.session_id is not None:
        return False
    for spawner in user.spawners.values():
        if not spawner.active:
            continue
        if spawner.api_token:
            if token.match(spawner.api_token):
                return True
        elif spawner.server is not None and token.note == f"Server at {spawner.server.base_url}":
            return True
    return False


def delete_session_tokens(db: Session, user_id: int | None = None) -> None:
    """Delete the tokens that browsers hold for servers and services, and the codes for more of them.

    They are those of the user with this number in the database; without a number, those of all users.
    """
    tokens = db.query(orm.APIToken).filter(orm.APIToken.session_id.isnot(None))
    codes = db.query(orm.OAuthCode)
    if user_id is not None:
        tokens = tokens.filter(orm.APIToken.user_id == user_id)
        codes = codes.filter(orm.OAuthCode.user_id == user_id)
    for row in [*tokens, *codes]:
        db.delete(row)


def delete_other_tokens(user: User) -> int:
    """Delete the tokens that the user or programs made, but not those of running servers. Returns their number."""
    tokens = user.db.query(orm.APIToken).filter(orm.APIToken.user_id == user.id, orm.APIToken.session_id.is_(None))
    deleted = [token for token in tokens if not is_token_of_server(token, user)]
    for token in deleted:
        user.db.delete(token)
    return len(deleted)
