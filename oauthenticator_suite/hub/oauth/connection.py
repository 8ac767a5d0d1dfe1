"""The connection to one provider: its endpoints, metadata and keys, this Hub as its client, and the HTTP client."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import cached_property
from typing import Any

from ...errors import ConfigurationError, InvalidResponse, InvalidToken, TokenResponseError
from ...protocol import logout as logout_protocol
from ...protocol.algorithms import ALGORITHMS
from ...protocol.authentication import AuthenticationDemand
from ...protocol.client import Client
from ...protocol.dpop import ProofKey
from ...protocol.id_token import MAX_AGE_AT_LOGIN, Expectations
from ...protocol.jwks import LOGOUT, RESPONSE
from ...protocol.messages import refuse_outage
from ...protocol.metadata import ServerMetadata
from ...protocol.response_object import check_response, refusal
from ...protocol.token_validation import process_validation_response, validation_request
from ..accounts.sign_in import SignIn
from ..observe.facts import ProviderAnswered
from ..observe.metrics.labels import request_of
from ..transport.client import Transport
from .client_authentication import ClientAuthentication
from .client_certificates import ClientCertificates
from .client_keys import ClientKeys
from .client_secrets import ClientSecrets
from .configured_addresses import address_guard
from .connection_options import ConnectionOptions
from .dpop import Nonces, bound_to, send_with_token, stored_key
from .encrypted_tokens import EncryptedTokens
from .endpoint_document import MEMBERS, EndpointDocument
from .explained import explained
from .front_channel_options import front_channel_of
from .introspection import Introspection
from .issuer import Issuer, IssuerSettings
from .referenced_claims import ReferencedClaims
from .second_credential import Answer
from .security_profile import Protections, plain_http_of
from .transport_options import transport_settings
from .userinfo_reader import UserinfoReader

ENDPOINT_MEMBERS = {**MEMBERS, "userdata_url": "userinfo_endpoint"}
"""The member of the provider's metadata for each option that is filled from them."""


class ProviderConnection:
    """Everything that the protocol needs from options. It knows no user and no login."""

    def __init__(self, options: ConnectionOptions) -> None:
        self._options = options
        self._name = type(options).__name__
        self.secrets = ClientSecrets(options, self._name)
        self.keys = ClientKeys(options, self._name)
        self.encrypted = EncryptedTokens(options, self._name, self.keys)
        self.userinfo = UserinfoReader(
            options, lambda: self.issuer, lambda: self._expectations, self.secrets, self.encrypted
        )
        self._nonces = Nonces()
        self.certificates = ClientCertificates(options, self._name, self.keys)
        options.observe(lambda change: self.read_options_again())

    def read_options_again(self) -> None:
        """Compute again what follows from options. It is computed once, and again after an option is set.

        Call this where an option may have been changed in place, such as an item of a set.
        """
        for name in ("authentication", "protections"):
            vars(self).pop(name, None)

    @cached_property
    def authentication(self) -> ClientAuthentication:
        """How this Hub authenticates as the provider's client."""
        return ClientAuthentication(self._options, self._name, self.secrets, self.keys, self.certificates)

    @cached_property
    def protections(self) -> Protections:
        """What protects the logins."""
        return Protections.of(self._options, has_certificate=self.authentication.has_certificate)

    @cached_property
    def transport(self) -> Transport:
        """The HTTP client. Made once, from the options as they are then."""
        options = self._options
        settings = transport_settings(options, self._name)
        return Transport(settings, options.log, self._note_request, address_guard(options))

    def _note_request(self, label: str, result: str, seconds: float) -> None:
        options, request = self._options, request_of(label)
        options.observers.note(
            ProviderAnswered(provider=options.observed_name, request=request, result=result, seconds=seconds)
        )

    @cached_property
    def issuer(self) -> Issuer:
        """The provider's metadata and keys."""
        options = self._options
        settings = IssuerSettings(
            issuer=options.issuer,
            discovery_url=options.discovery_url,
            jwks_url=options.jwks_url,
            trusted_hosts=frozenset(options.trusted_provider_hosts),
            plain_http=plain_http_of(options),
            discovery=not self._has_all_endpoints(),
            auth_methods=self.authentication.compared,
            uses_mutual_tls=self.authentication.has_certificate,
            uses_pkce=self.protections.uses_pkce,
            uses_dpop=self.protections.uses_dpop,
            front_channel=front_channel_of(options, self.keys, pushes=self.protections.pushes_requests),
            fapi2=self.protections.fapi2,
        )
        return Issuer(settings, self.transport.send, options.log)

    @cached_property
    def document(self) -> EndpointDocument | None:
        """The document with the endpoints, for a provider whose class declares one."""
        options = self._options
        url = options.declared_url("document")
        if not url:
            return None
        return EndpointDocument(url, self.transport.send, options.log, plain_http_of(options))

    @cached_property
    def introspection(self) -> Introspection:
        """Asks the provider whether stored access tokens are active."""
        return Introspection(self._options, self)

    def _has_all_endpoints(self) -> bool:
        """Whether the options leave nothing to discover, for a provider with an issuer and without metadata.

        The endpoint of pushed authorization requests is only in the metadata.
        """
        options = self._options
        urls = {name: options.configured_url(name) for name in ENDPOINT_MEMBERS}
        user_data = urls["userdata_url"] or options.userdata_from_id_token
        needed = urls["authorize_url"] and urls["token_url"] and user_data and options.jwks_url
        return bool(needed and not options.discovery_url and not self.protections.pushes_requests)

    async def endpoint(self, option: str, member: str, *, required: bool = True) -> str:
        """The URL in `option`, else the one that the provider's metadata have as `member`, else an empty string.

        Raises
        ------
        ConfigurationError
            When the endpoint is `required` and neither has it.
        """
        url = self._options.configured_url(option)
        if not url and self.document is not None and option in MEMBERS:
            return await self.document.endpoint(option)
        if not url and self.issuer.has_discovery:
            url = getattr(await self.issuer.metadata(), member) or ""
        if not url and required:
            raise ConfigurationError(f"set c.{self._name}.{option}, or issuer for a provider with discovery")
        return url

    def discovered(self, option: str) -> str:
        """What the provider's metadata, as far as they have been read, say for an endpoint; else an empty string."""
        parts = vars(self)  # neither of them is made just to be asked
        document: EndpointDocument | None = parts.get("document")
        issuer: Issuer | None = parts.get("issuer")
        if document is not None:
            return document.known(option)
        if issuer is None or issuer.known_metadata is None or option not in ENDPOINT_MEMBERS:
            return ""
        return getattr(issuer.known_metadata, ENDPOINT_MEMBERS[option]) or ""

    async def client(self) -> Client:
        """This Hub as the provider's client, with its method of client authentication."""
        return self.authentication.client(await self._metadata_for_client())

    async def _metadata_for_client(self) -> ServerMetadata | None:
        """The provider's metadata, where they say something about the authentication of the client."""
        asks = self.authentication.needs_metadata and self.issuer.has_discovery
        return await self.issuer.metadata() if asks else None

    @property
    def has_secret(self) -> bool:
        """Whether there is a client secret, without reading it."""
        return self.authentication.has_secret

    def client_secret(self) -> str:
        """The client secret to send: see `ClientSecrets.in_use`.

        Raises
        ------
        ConfigurationError
            When the file cannot be read, is empty, or has several lines.
        """
        return self.secrets.in_use()

    async def authenticated(self, request: Callable[[Client], Awaitable[Answer]]) -> Answer:
        """The answer to a request of this client: see `ClientAuthentication.authenticated`."""
        return await self.authentication.authenticated(await self._metadata_for_client(), request)

    @property
    def has_public_keys(self) -> bool:
        """Whether the options name a file with keys of this client, without reading it."""
        return self.keys.are_configured or bool(self._options.client_decryption_key_file)

    def public_keys(self) -> dict[str, Any]:
        """The JWK Set that this client publishes: the keys that sign, and those to which the provider encrypts.

        Raises
        ------
        ConfigurationError
            When there are none, or a file cannot be used.
        """
        return self.keys.public_set(self.encrypted.own_keys())

    def bound_to(self, key: ProofKey | None) -> AbstractContextManager[None]:
        """Within the block, requests with a token of a login have proofs with this key (RFC 9449)."""
        return bound_to(key, self._nonces)

    def bound_to_key_of(self, stored: SignIn) -> AbstractContextManager[None]:
        """Within the block, requests with a token of a stored login have proofs, if its tokens are bound to a key.

        Raises
        ------
        UnreadableRecord
            If the stored key cannot be used.
        """
        return bound_to(stored_key(stored.record), self._nonces, str(stored.token_info.get("access_token") or ""))

    # --- tokens of the provider --------------------------------------------------------------------------------------

    @property
    def _expectations(self) -> Expectations:
        """What every signed message of the provider must be like."""
        options = self._options
        return Expectations(
            client_id=options.client_id,
            issuer=options.issuer,
            nonce=None,
            access_token=None,
            algorithms=self.protections.algorithms,
            leeway=options.clock_tolerance,
        )

    async def verify_id_token(
        self, token_info: Mapping[str, Any], nonce: str | None, requested_at: float | None = None
    ) -> dict[str, Any] | None:
        """The claims of the ID token in a token response; None when none is expected.

        Parameters
        ----------
        requested_at:
            At a login, the time of the authorization request, in seconds since the epoch: the ID token must then show
            what the parameters of the request demand (`AuthenticationDemand`).

        Raises
        ------
        TokenResponseError
            When an ID token is expected and missing.
        InvalidToken
            When it does not pass a check (OpenID Connect Core 1.0 §3.1.3.7).
        TransportError
            When the provider's keys are needed and out of reach.
        """
        with explained(lambda: self._options.error_hints):
            return await self._verified_claims(token_info, nonce, requested_at)

    async def _verified_claims(
        self, token_info: Mapping[str, Any], nonce: str | None, requested_at: float | None
    ) -> dict[str, Any] | None:
        options, raw = self._options, token_info.get("id_token")
        params = {} if requested_at is None else options.authorize_params()
        demand = AuthenticationDemand.of(params) if params else None
        if raw is None:
            is_read = options.userdata_from_id_token or options.merge_id_token_claims
            is_demanded = demand is not None and demand.needs_id_token
            if is_demanded or is_read or (options.issuer and "openid" in options.scope):
                raise TokenResponseError(
                    "no_id_token", "the token response has no id_token although openid was asked for"
                )
            return None
        verified = self.issuer.can_verify
        expectations = replace(
            self._expectations,
            issuer=options.issuer or None,
            nonce=nonce,
            access_token=token_info["access_token"],
            algorithms=self.protections.algorithms if verified else frozenset(ALGORITHMS),
            max_age=None if requested_at is None else MAX_AGE_AT_LOGIN,
        )
        if verified:
            claims = await self.issuer.verify(raw, expectations, self.secrets.for_signatures)
        else:
            claims = self.issuer.check_unsigned(raw, expectations)
        if demand is not None and requested_at is not None:
            demand.check(claims, requested_at=requested_at, now=time.time(), leeway=options.clock_tolerance)
        return claims

    async def with_referenced_claims(self, claims: dict[str, Any]) -> dict[str, Any]:
        """The user's claims, with those that the provider sends as a reference and a trusted issuer has signed."""
        return await self._referenced_claims.resolved(claims)

    @cached_property
    def _referenced_claims(self) -> ReferencedClaims:
        return ReferencedClaims(self._options, self.transport.send)

    def stored_id_token_claims(self, id_token: str) -> dict[str, Any]:
        """The claims of an ID token that was verified when it was received, and stored since then."""
        return self.issuer.stored_claims(id_token)

    async def verify_logout_token(self, raw: str) -> logout_protocol.LogoutToken:
        """The content of a logout token that passes every check (Back-Channel Logout 1.0 §2.6).

        Raises
        ------
        InvalidToken
            When it does not pass a check.
        TransportError
            When the provider's keys are needed and out of reach.
        """
        signed = self.encrypted.signed_logout_token(raw)
        claims = await self.issuer.verify(
            signed,
            self._expectations,
            self.secrets.for_signatures,
            logout_protocol.check_logout_token,
            purpose=LOGOUT,
        )
        return logout_protocol.LogoutToken.of(claims)

    async def verify_response(self, raw: str) -> dict[str, Any]:
        """The claims of a signed authorization response that passes every check (JARM §2.4).

        Raises
        ------
        AuthorizationResponseError
            When it does not pass a check.
        TransportError
            When the provider's keys are needed and out of reach.
        """
        try:
            return await self.issuer.verify(
                raw, self._expectations, self.secrets.for_signatures, check_response, purpose=RESPONSE
            )
        except InvalidToken as error:
            raise refusal(error) from None

    async def accepts_token(self, url: str, token: str) -> bool:
        """Whether the provider's `url` for this purpose says that an access token is valid.

        Raises
        ------
        TransportError
            When it does not say. `UserLimit` when the provider limits requests with this token.
        """
        try:
            request = validation_request(url, token)
        except TokenResponseError:
            return False  # not a token that a provider could have issued
        response = await send_with_token(self.transport.send, request, token)
        verdict = None if response.quota_used_up else process_validation_response(response)
        if verdict is None:
            refuse_outage(response, request.label, of_user=True)
            raise InvalidResponse(f"{request.label}: HTTP {response.status}, which says nothing about the token")
        return verdict
