"""The groups of a user who has too many of them for a token.

Above 200 groups, the ID token has a reference instead of the claim ``groups``. The reference names a service that is
retired, so it is never followed: the groups come from Microsoft Graph.

Sources: Microsoft's documentation "Configure group claims" and "Access token claims reference" (groups overage claim);
the Graph reference "List a user's memberships (direct and transitive)".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import InvalidResponse
from ...hub.oauth.user_api import ApiRefusal, UserApi

_GROUP = "#microsoft.graph.group"
_LABEL = "the user's groups at Microsoft Graph"


def groups_are_a_reference(claims: Mapping[str, Any]) -> bool:
    """Whether the claims have a reference to the user's groups instead of them (OpenID Connect Core 1.0 §5.6.2)."""
    names = claims.get("_claim_names")
    return (isinstance(names, Mapping) and "groups" in names) or claims.get("hasgroups") in (True, "true")


async def groups_from_graph(api: UserApi, graph_url: str) -> list[str]:
    """The object IDs of all groups of the token's user, also through other groups.

    Raises
    ------
    InvalidResponse
        When Graph refuses the request, with what to grant.
    SuiteError
        When Graph cannot be asked.
    """
    url = f"{graph_url.rstrip('/')}/v1.0/me/transitiveMemberOf?$select=id&$top=999"
    try:
        entries = await api.items_in_body(url, _LABEL, entries="value", following="@odata.nextLink")
    except ApiRefusal as refusal:
        raise InvalidResponse(
            f"{refusal.detail.rstrip('.')}. The user has too many groups for the token: add User.Read to scope, and to "
            "the delegated permissions of the application"
        ) from None
    return [
        str(entry["id"])
        for entry in entries
        if isinstance(entry, dict) and entry.get("@odata.type") == _GROUP and entry.get("id")
    ]
