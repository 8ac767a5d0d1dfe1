"""Microsoft Entra ID: whether the client's credentials are accepted.

The token endpoint reads the code before the credentials, so that the request with an invalid code says little. The
client credentials grant needs no user and no code. The token is not used.

Source: Microsoft identity platform, "OAuth 2.0 client credentials flow"; "Microsoft Entra authentication error codes".
"""

from __future__ import annotations

from collections.abc import Iterator

from .....errors import ClientRefused, TokenResponseError
from .....hub.findings.finding import ERROR, INFO, WARNING, Check, Problem, check
from .....protocol.token import process_token_response, token_request
from .....providers.entra import EntraOAuthenticator
from .....providers.entra.errors import explain
from .....providers.entra.startup_checks import SEVERAL_TENANTS
from ..checks.login import credential_option
from ..facts import Facts, NotAsked
from ..question import question


@question(
    "entra-credentials",
    "Entra ID: POST to the token endpoint with the client's credentials and the grant `client_credentials`, for "
    "Microsoft Graph. The token that Entra issues is not used.",
    lambda authenticator: isinstance(authenticator, EntraOAuthenticator),
)
async def entra_credentials(facts: Facts) -> bool:
    """True when Entra issued a token."""
    authenticator = facts.authenticator
    if authenticator.tenant_id in (*SEVERAL_TENANTS, "consumers"):
        raise NotAsked(f"client credentials belong to one tenant, and tenant_id is {authenticator.tenant_id!r}")
    if not authenticator.connection.authentication.usable:
        raise NotAsked("there is no client secret, key, token file or certificate")
    url = await facts.endpoint("token_url", "token_endpoint")
    fields = {"grant_type": "client_credentials", "scope": f"{authenticator.graph_api_url.rstrip('/')}/.default"}
    request = token_request(url, await authenticator.connection.client(), fields)
    try:
        process_token_response(await authenticator.transport.send(request))
    except TokenResponseError as error:
        explain(error)
        raise
    return True


@check(
    "entra-credentials",
    ERROR,
    "Entra ID refuses the client's credentials: a wrong or expired secret, a key or a federated token that the "
    "application does not know, or an application of another tenant.",
    "Create a new client secret on the application's page, and set `client_secret` to its value (not to its ID); or "
    "add the certificate or the federated credential there.",
    stage="online",
)
def credentials_refused(facts: Facts) -> Iterator[Problem]:
    """AADSTS7000215, AADSTS7000222, AADSTS700016."""
    error = facts.error("entra-credentials")
    if isinstance(error, ClientRefused) and not isinstance(facts.error("token"), ClientRefused):
        option = credential_option(facts.authenticator)
        yield Problem(option, f"or client_id is refused by Entra ID: {error.detail.rstrip('.')}")


@check(
    "entra-credentials-unknown",
    WARNING,
    "Entra ID does not say whether it accepts the client's credentials.",
    "Begin a login. If it fails, the log says why.",
    stage="online",
)
def credentials_unknown(facts: Facts) -> Iterator[Problem]:
    """Such as by a policy on applications."""
    error = facts.error("entra-credentials")
    if isinstance(error, TokenResponseError) and not isinstance(error, ClientRefused):
        yield Problem("", f"Entra ID issues no token to the client itself: {error.detail.rstrip('.')}")


@check(
    "entra-credentials-accepted",
    INFO,
    "Entra ID accepts the client's credentials.",
    "Sign in once: whether users may use the application is known only then.",
    stage="online",
)
def credentials_accepted(facts: Facts) -> Iterator[Problem]:
    """A token was issued."""
    if facts.value("entra-credentials"):
        yield Problem("", "Entra ID accepts the client's credentials")


ENTRA_ONLINE_CHECKS: tuple[Check, ...] = (credentials_refused, credentials_unknown, credentials_accepted)
"""The checks of Entra's answers."""
