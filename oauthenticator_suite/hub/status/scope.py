"""The scope for services that read the status, and who may read it."""

from __future__ import annotations

from typing import Any

from jupyterhub import scopes
from jupyterhub.handlers import BaseHandler

READ_STATUS = "custom:oauthenticator_suite:read:status"
"""The scope of the JSON form, for the roles of services. It gives no other right."""

ADMIN_UI = "admin-ui"
"""JupyterHub's scope for the admin page."""

ASK_USERS = "admin:users"
"""JupyterHub's scope for asking users to sign in again. A scope that is limited to some users is not enough."""


def define_scope(hub: Any) -> None:
    """Define `READ_STATUS`, unless the operator has: JupyterHub creates the authenticator before it reads any role.

    Parameters
    ----------
    hub:
        The parent of the Hub's authenticator: the `JupyterHub` application, or None in a tool.
    """
    if READ_STATUS not in (getattr(hub, "custom_scopes", None) or {}) and READ_STATUS not in scopes.scope_definitions:
        scopes.define_custom_scopes({READ_STATUS: {"description": "Read the status of sign-ins on this Hub."}})


def may_read_status(handler: BaseHandler) -> bool:
    """Whether the request has a scope for the JSON form."""
    return bool(handler.has_scope(READ_STATUS) or handler.has_scope(ADMIN_UI))


def may_ask_users(handler: BaseHandler) -> bool:
    """Whether the request may ask all users, or any user, to sign in again."""
    return bool(handler.has_scope(ASK_USERS))
