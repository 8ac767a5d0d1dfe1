"""GitHub: whether the API accepts the application's credentials.

Source: GitHub's REST API, "Check a token": authenticated by the application's client ID and secret, status 404 for a
token that GitHub does not know.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from secrets import token_hex
from urllib.parse import quote

from .....errors import ClientRefused
from .....hub.findings.finding import ERROR, WARNING, Check, Problem, check
from .....protocol.messages import Request, Response, refuse_outage
from .....providers.github import GitHubOAuthenticator
from ..facts import Facts, NotAsked
from ..question import question

_LABEL = "request to check a token"
_FEW = 50


@question(
    "github-api",
    "GitHub: POST to `/applications/CLIENT_ID/token` of its API, with the client's credentials and a random value in "
    "place of a token. GitHub answers 404 if the credentials are right, and 401 if they are not.",
    lambda authenticator: isinstance(authenticator, GitHubOAuthenticator),
)
async def github_credentials(facts: Facts) -> Response:
    """The response."""
    authenticator = facts.authenticator
    secret = authenticator.current_client_secret()
    if not secret:
        raise NotAsked("there is no client secret")
    credentials = b64encode(f"{authenticator.client_id}:{secret}".encode()).decode("ascii")
    headers = {
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
        "Authorization": f"Basic {credentials}",
        "Content-Type": "application/json",
    }
    url = f"{authenticator.github_api.rstrip('/')}/applications/{quote(authenticator.client_id, safe='')}/token"
    body = json.dumps({"access_token": f"gho_{token_hex(18)}"}).encode()
    response: Response = await authenticator.transport.send(
        Request("POST", url, _LABEL, headers, body, configured=True)
    )
    if response.status != 403 or not response.quota_used_up:
        refuse_outage(response, _LABEL)
    return response


@check(
    "github-credentials",
    ERROR,
    "GitHub's API refuses the application's credentials.",
    "Copy `client_id` and `client_secret` again from the application's page at GitHub.",
    stage="online",
)
def credentials_refused(facts: Facts) -> Iterator[Problem]:
    """Status 401. Any other status says nothing about the credentials. The token endpoint may have said it already."""
    response = facts.value("github-api")
    if response is not None and response.status == 401 and not isinstance(facts.error("token"), ClientRefused):
        yield Problem("client_secret", "is not the secret of the application with this client_id: GitHub answers 401")


@check(
    "github-limit",
    WARNING,
    "GitHub's rate limit for this application or this address is almost used up.",
    "Wait until it is reset, and find out which program uses it.",
    stage="online",
)
def limit_almost_used_up(facts: Facts) -> Iterator[Problem]:
    """GitHub, "Rate limits for the REST API": ``x-ratelimit-remaining``."""
    response = facts.value("github-api")
    remaining = "" if response is None else response.headers.get("x-ratelimit-remaining", "")
    if remaining.isascii() and remaining.isdigit() and len(remaining) < 9 and int(remaining) < _FEW:
        limit = response.headers.get("x-ratelimit-limit", "")
        of = f" of {limit}" if limit.isascii() and limit.isdigit() and len(limit) < 9 else ""
        yield Problem("", f"GitHub accepts only {int(remaining)}{of} more requests in this hour")


GITHUB_ONLINE_CHECKS: tuple[Check, ...] = (credentials_refused, limit_almost_used_up)
"""The checks of GitHub's answers."""
