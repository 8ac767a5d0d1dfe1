"""The questions to every OAuth provider."""

from __future__ import annotations

import time
from secrets import token_urlsafe
from typing import Any

from ....errors import TokenResponseError, TransportError
from ....hub.oauth.attempts import Attempt, AttemptSecrets, new_state
from ....hub.oauth.flow import CodeFlow
from ....protocol.dpop import ProofKey
from ....protocol.introspection import Expected, introspection_request, process_introspection_response
from ....protocol.logout import process_revocation_response, revocation_request
from ....protocol.messages import Request, refuse_outage
from ....protocol.metadata import discovery_request, process_discovery_response, read_document
from .authorization import ACCEPTS, NO_OBJECTION, REFUSES, PageReading, follow
from .facts import Facts, NotAsked
from .question import Question, question

_INVALID_CODE = "invalid-code-of-a-check-"


class ThrowawaySecrets(AttemptSecrets):
    """The secrets of a login attempt that no user makes: random, and not kept."""

    def __init__(self) -> None:
        self._verifier = token_urlsafe(48)
        self._seed = token_urlsafe(32)

    def nonce(self, state: str) -> str:
        """A random nonce."""
        return token_urlsafe(32)

    def code_verifier(self, state: str) -> str:
        """A random verifier, the same for this object."""
        return self._verifier

    def dpop_seed(self, state: str) -> str:
        """A random seed, the same for this object."""
        return self._seed


def has_code_flow(authenticator: Any) -> bool:
    """Whether logins use the authorization code grant."""
    return isinstance(authenticator.flow, CodeFlow)


# --- metadata --------------------------------------------------------------------------------------------------------


@question(
    "metadata",
    "GET of the provider's metadata (`issuer` + `/.well-known/openid-configuration`, or `discovery_url`), without "
    "credentials.",
    lambda authenticator: authenticator.connection.issuer.has_discovery,
)
async def metadata(facts: Facts) -> None:
    """Also reads the document into `facts` when the Hub would refuse it, so that all its faults are found at once."""
    authenticator, settings = facts.authenticator, facts.authenticator.connection.issuer.settings
    request = discovery_request(settings.issuer, settings.discovery_url or None)
    response = await authenticator.transport.send(request)
    facts.document = read_document(response, settings.issuer)
    process_discovery_response(
        response,
        issuer=settings.issuer,
        trusted_hosts=settings.trusted_hosts,
        plain_http=settings.plain_http,
        auth_methods=settings.auth_methods,
        uses_mutual_tls=settings.uses_mutual_tls,
        uses_pkce=settings.uses_pkce,
        uses_dpop=settings.uses_dpop,
        front_channel=settings.front_channel,
        fapi2=settings.fapi2,
    )


@question(
    "document",
    "GET of the document that names the endpoints (OpenShift), without credentials.",
    lambda authenticator: authenticator.connection.document is not None,
)
async def document(facts: Facts) -> None:
    """RFC 8414, of a server whose issuer is not known beforehand."""
    await facts.authenticator.connection.document.endpoint("authorize_url")


@question(
    "keys",
    "GET of the provider's public keys (`jwks_uri` of the metadata, or `jwks_url`), without credentials.",
    lambda authenticator: authenticator.connection.issuer.can_verify,
)
async def keys(facts: Facts) -> Any:
    """The response of the ``jwks_uri``."""
    url = facts.authenticator.jwks_url
    if not url and facts.error("metadata") is not None:
        raise NotAsked("the provider's metadata cannot be used")
    url = url or facts.document.get("jwks_uri")
    if not isinstance(url, str):
        raise NotAsked("the provider's metadata do not name the URL of the keys")
    return await facts.authenticator.transport.send(
        Request("GET", url, "request for the provider's keys", {"Accept": "*/*"})
    )


# --- the two endpoints of a login ------------------------------------------------------------------------------------


@question(
    "authorization",
    "GET of the page to which a login sends the browser, with the same parameters (`client_id`, `redirect_uri`, "
    "`scope`, PKCE), random values for `state` and `nonce`, and without cookies. Redirects within the provider's host "
    "are followed, at most five. With the scope `openid` and if the provider raises no objection, a second time with "
    "`prompt=none`, to which a provider answers at the redirect URI. No user signs in; the provider may begin a "
    "session that expires. With pushed authorization requests, the parameters are sent to the provider's endpoint for "
    "them first, with the client's credentials.",
    has_code_flow,
)
async def authorization(facts: Facts) -> PageReading:
    """Whether the provider accepts this Hub's authorization requests, as far as it says without a user."""
    authenticator, redirect_uri = facts.authenticator, facts.needs_redirect_uri()
    await facts.endpoint("authorize_url", "authorization_endpoint")
    verdict = await _authorization(facts, redirect_uri, authenticator.authorize_params())
    if verdict.kind != NO_OBJECTION or "openid" not in authenticator.scope:
        return verdict
    silent = {**authenticator.authorize_params(), "prompt": "none"}
    silent.pop("max_age", None)
    try:
        answer = await _authorization(facts, redirect_uri, silent, redirects=0)
    except TransportError:
        return verdict
    # Some providers do not support prompt=none, so that another answer than these two says nothing.
    says_more = answer.kind == ACCEPTS or (answer.kind == REFUSES and answer.code == "invalid_scope")
    return answer if says_more else verdict


async def _authorization(facts: Facts, redirect_uri: str, params: dict[str, str], redirects: int = 5) -> PageReading:
    authenticator = facts.authenticator
    _, url = await authenticator.flow.leave(authenticator.provider_id, redirect_uri, "", ThrowawaySecrets(), params)
    return await follow(url, redirect_uri, authenticator.transport.send, redirects)


@question(
    "token",
    "POST to the token endpoint as at a login, with the client's credentials and an invalid authorization code. A "
    "provider that accepts the credentials answers `invalid_grant`. The provider's log may show a failed request.",
    has_code_flow,
)
async def token(facts: Facts) -> None:
    """Always ends in an error: `InvalidGrant` when the credentials are right (RFC 6749 §5.2)."""
    authenticator, redirect_uri = facts.authenticator, facts.needs_redirect_uri()
    await facts.endpoint("token_url", "token_endpoint")
    protections = authenticator.connection.protections
    verifier = ThrowawaySecrets().code_verifier("") if protections.uses_pkce else ""
    attempt = Attempt(authenticator.provider_id, new_state(), "", verifier, redirect_uri, "", "", time.time())
    code = _INVALID_CODE + token_urlsafe(12)
    fields = authenticator.build_access_tokens_request_params(None, {"code": code, "attempt": attempt})
    key = ProofKey.from_seed(ThrowawaySecrets().dpop_seed("")) if protections.uses_dpop else None
    with authenticator.connection.bound_to(key):
        await authenticator.get_token_info(None, fields)
    raise TokenResponseError("unexpected", "the provider issued a token for an invalid authorization code")


# --- other endpoints -------------------------------------------------------------------------------------------------


@question(
    "userdata",
    "GET of the endpoint with the user's data, without an access token. It must exist, and refuse. At GitHub, GitLab, "
    "Bitbucket, Forgejo, OpenShift and another JupyterHub it is in the API that also has the memberships.",
    lambda authenticator: has_code_flow(authenticator) and not authenticator.userdata_from_id_token,
)
async def userdata(facts: Facts) -> int:
    """The status."""
    url = await facts.endpoint("userdata_url", "userinfo_endpoint", required=False)
    if not url:
        raise NotAsked("the user's data come from the ID token")
    request = Request("GET", url, "userinfo request without a token", {"Accept": "application/json"})
    response = await facts.authenticator.transport.send(request)
    refuse_outage(response, request.label)
    return int(response.status)


@question(
    "revocation",
    "With `revoke_tokens_on_logout`: POST to the revocation endpoint, with the client's credentials and a random value "
    "in place of a token. RFC 7009 has providers ignore unknown tokens.",
    lambda authenticator: has_code_flow(authenticator) and authenticator.revoke_tokens_on_logout,
)
async def revocation(facts: Facts) -> None:
    """Whether the provider accepts revocations by this client."""
    authenticator = facts.authenticator
    url = await facts.endpoint("revocation_url", "revocation_endpoint", required=False)
    if not url:
        raise NotAsked("the provider has no revocation endpoint")
    client = await authenticator.connection.client()
    request = revocation_request(url, client, _INVALID_CODE + token_urlsafe(12), "access_token")
    process_revocation_response(await authenticator.transport.send(request))


@question(
    "introspection",
    "With `introspection_url`: POST there, with the client's credentials and a random value in place of a token. "
    "RFC 7662 has providers answer that it is not active.",
    lambda authenticator: has_code_flow(authenticator) and bool(authenticator.introspection_url),
)
async def introspection(facts: Facts) -> bool:
    """Whether the random value is an active token; it must not be."""
    authenticator = facts.authenticator
    client = await authenticator.connection.client()
    request = introspection_request(authenticator.introspection_url, client, _INVALID_CODE + token_urlsafe(12))
    return process_introspection_response(await authenticator.transport.send(request), Expected())


METADATA_QUESTIONS: tuple[Question, ...] = (metadata, document)
"""What other questions need."""

PROVIDER_QUESTIONS: tuple[Question, ...] = (keys, authorization, token, userdata, revocation, introspection)
"""The questions to every provider."""
