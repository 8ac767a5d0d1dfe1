"""Reads the groups of a Workspace domain's users with a service account.

Sources: Google's documentation: "Directory API: Groups", "OAuth 2.0 for server to server applications".
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import quote, urlencode

from ...errors import ConfigurationError, InvalidResponse, ProviderBusy, TokenResponseError
from ...hub.oauth.memberships import side_by_side
from ...hub.oauth.user_api import MAX_PAGES, ApiRefusal, UserApi, reason_in
from ...hub.resilience.single_flight import SingleFlight
from ...protocol.jwt_bearer import ServiceAccount
from ...protocol.messages import Request, Response
from ...protocol.strict_json import loads
from ...protocol.token import check_token_info, lifetime, process_token_response

SCOPE = "https://www.googleapis.com/auth/admin.directory.group.readonly"

MEMBER_LOOKUPS_AT_ONCE = 20
"""Concurrent requests for one user. The quota is 2,400 requests per minute."""

MOST_GROUPS = 2000
"""The maximum number of groups of one user whose parent groups are looked up."""

_MARGIN = 60.0
_LABEL = "the user's Google groups"
_GROUP_LABEL = "a Google group"
_QUOTA = frozenset({"quotaExceeded", "rateLimitExceeded", "userRateLimitExceeded"})


class Directory:
    """The groups of one domain.

    Parameters
    ----------
    account:
        The service account, to which the domain has delegated the scope `SCOPE`.
    administrator:
        The administrator of the domain on whose behalf the service account acts.
    api_url:
        The root of the Directory API.
    send:
        The transport.
    """

    def __init__(
        self,
        account: ServiceAccount,
        administrator: str,
        api_url: str,
        send: Callable[[Request], Awaitable[Response]],
    ) -> None:
        self._account = account
        self._administrator = administrator
        self._api_url = api_url
        self._send = send
        self._token: tuple[str, float] | None = None
        self._renew_token = SingleFlight(self._fetch_token)

    async def groups_of(self, email: str, *, nested: bool) -> list[str]:
        """The addresses of the groups that `email` is a member of; with `nested`, also of the groups around these.

        Raises
        ------
        ConfigurationError
            When Google refuses the service account.
        TransportError
            When Google does not answer.
        """
        token = await self._access_token()
        try:
            return await self._groups_of(_Api(self._send, token), email, nested)
        except TokenResponseError:
            # The token was revoked before its end, as when the account's key was changed.
            if self._token is not None and self._token[0] == token:
                self._token = None
        try:
            return await self._groups_of(_Api(self._send, await self._access_token()), email, nested)
        except TokenResponseError as error:  # not the user's own token: no reason to end a session
            raise ConfigurationError(
                f"google_service_account_keys: Google does not accept the service account's token: {error.detail}"
            ) from error

    async def groups_of_administrator(self) -> list[str]:
        """The groups of the administrator: whether the service account may read groups at all, for tools.

        Raises
        ------
        SuiteError
            As `groups_of`.
        """
        return await self.groups_of(self._administrator, nested=False)

    async def has_group(self, address: str) -> bool:
        """Whether the domain has a group with this address, for tools.

        Raises
        ------
        SuiteError
            When Google does not say.
        """
        api = _Api(self._send, await self._access_token())
        try:
            await api.object(f"{self._api_url}/admin/directory/v1/groups/{quote(address, safe='')}", _GROUP_LABEL)
        except ApiRefusal as refusal:
            if refusal.code == 404:
                return False
            raise
        return True

    async def _groups_of(self, api: _Api, email: str, nested: bool) -> list[str]:
        found: dict[str, None] = {}
        members = [email]
        while members:
            if len(found) >= MOST_GROUPS:
                raise InvalidResponse(f"{_LABEL}: more than {MOST_GROUPS}, with groups around them")
            answers = await side_by_side(lambda member: self._direct(api, member), members, MEMBER_LOOKUPS_AT_ONCE)
            new = dict.fromkeys(group for groups in answers for group in groups if group not in found)
            found.update(new)
            members = list(new) if nested else []
        return list(found)

    async def _direct(self, api: _Api, member: str) -> list[str]:
        """The addresses of the groups that `member` is a direct member of. None is left out."""
        addresses: list[str] = []
        page_token: Any = None
        for _ in range(MAX_PAGES):
            query = {"userKey": member, "maxResults": "200"}
            if page_token:
                query["pageToken"] = str(page_token)
            try:
                page = await api.object(f"{self._api_url}/admin/directory/v1/groups?{urlencode(query)}", _LABEL)
            except ApiRefusal as refusal:
                if refusal.code == 404:  # not in the domain's directory
                    return addresses
                raise ConfigurationError(
                    f"google_service_account_keys, gsuite_administrator: {refusal.detail}. The service account needs "
                    f"domain-wide delegation with the scope {SCOPE}, and the administrator the right to read groups"
                ) from refusal
            groups = page.get("groups") or []
            if not isinstance(groups, list):
                raise InvalidResponse(f"{_LABEL}: groups is not a list")
            addresses += [
                group["email"].lower()
                for group in groups
                if isinstance(group, dict) and isinstance(group.get("email"), str)
            ]
            page_token = page.get("nextPageToken")
            if not page_token:
                return addresses
        raise InvalidResponse(f"{_LABEL}: more than {MAX_PAGES} pages")

    async def _access_token(self) -> str:
        """The service account's token, requested once in its lifetime."""
        if self._token is None or time.time() >= self._token[1]:
            return await self._renew_token()
        return self._token[0]

    async def _fetch_token(self) -> str:
        request = self._account.token_request(subject=self._administrator, scope=SCOPE, now=time.time())
        try:
            info = process_token_response(await self._send(request))
            check_token_info(info)
        except TokenResponseError as error:
            raise ConfigurationError(
                f"google_service_account_keys: Google gives the service account no token: {error.detail}. It "
                f"needs domain-wide delegation with the scope {SCOPE}"
            ) from error
        token: str = info["access_token"]
        self._token = token, time.time() + (lifetime(info) or 0.0) - _MARGIN
        return token


class _Api(UserApi):
    """The Directory API, which answers 403 also when a quota is used up."""

    limits_are_of_user = False

    async def get(self, url: str, label: str) -> Response:
        """As in `UserApi`, but a used-up quota raises `ProviderBusy`."""
        response = await super().get(url, label)
        if response.status == 403 and not _QUOTA.isdisjoint(_reasons(response)):
            raise ProviderBusy(f"{label}: {reason_in(response)}")
        return response


def _reasons(response: Response) -> list[str]:
    """The ``reason`` of each error in a response of Google's APIs."""
    try:
        answer = loads(response.body, label=_LABEL)
    except InvalidResponse:
        return []
    error = answer.get("error") if isinstance(answer, dict) else None
    entries = error.get("errors") if isinstance(error, dict) else None
    found = [entry.get("reason") for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []
    return [reason for reason in found if isinstance(reason, str)]
