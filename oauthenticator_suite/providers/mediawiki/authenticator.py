"""`MWOAuthenticator`."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.handlers import BaseHandler
from mwoauth import AccessToken, ConsumerToken, RequestToken
from traitlets import Instance, default

from ...errors import AttemptError, ClientRefused, InvalidGrant, TokenResponseError
from ...hub.findings.finding import WARNING, Problem, check
from ...hub.oauth.flow import CodeFlow, Flow
from ...hub.oauth.public_providers import WIKIMEDIA
from ...hub.oauth.startup_checks import URL_OPTIONS
from ...hub.options.declaration import Claims, Endpoints
from ...hub.unix.local_users import LocalUsers
from .flow import OAuth1Flow
from .handshake import Handshake, Native
from .library import Library
from .options import WikiOptions

_ONLY_OAUTH_2 = (
    *URL_OPTIONS,
    "userdata_params",
    "userdata_token_method",
    "userdata_from_id_token",
    "merge_id_token_claims",
    "id_token_signed_response_alg",
    "client_auth_method",
    "client_key_file",
    "client_decryption_key_file",
    "id_token_encrypted_response_alg",
    "userinfo_encrypted_response_alg",
    "userinfo_signed_response_alg",
    "client_assertion_file",
    "client_certificate_file",
    "client_certificate_key_file",
    "claim_source_issuers",
    "previous_client_secret",
    "previous_client_secret_file",
    "basic_auth",
    "security_profile",
    "enable_pkce",
    "enable_par",
    "request_object",
    "response_mode",
    "enable_dpop",
    "resources",
    "scope",
    "allowed_scopes",
    "token_params",
    "rp_initiated_logout",
    "revoke_tokens_on_logout",
    "backchannel_logout",
    "frontchannel_logout",
)
_ONLY_OAUTH_1 = ("handshaker", "executor_threads", "send_callback_url")


@check(
    "wikimedia-user-agent",
    WARNING,
    "`user_agent` has no contact address, and the wiki is one of Wikimedia's.",
    "Set it to something like `hub.example.org/1.0 (https://hub.example.org; admin@example.org)`.",
)
def wikimedia_user_agent(authenticator: Any) -> Iterator[Problem]:
    """Wikimedia's user-agent policy."""
    host = urlsplit(authenticator.mw_index_url).hostname or ""
    agent = authenticator.transport.settings.user_agent
    if host.endswith(WIKIMEDIA) and "@" not in agent and "http" not in agent:
        yield Problem(
            "user_agent",
            "has no contact address: Wikimedia asks for one, and may block requests without it",
        )


class MWOAuthenticator(WikiOptions):
    """Sign in at a MediaWiki with Extension:OAuth, such as Wikimedia's wikis.

    `client_id` and `client_secret` are those of a consumer that is registered at the wiki for the protocol in
    `oauth_version`.
    """

    service = "MediaWiki"
    icon = "brands/wikipedia-w"
    status_pages = dict.fromkeys(WIKIMEDIA, "https://www.wikimediastatus.net")
    default_provider = "mediawiki"
    user_auth_state_key = "MEDIAWIKI_USER_IDENTITY"
    endpoints = Endpoints(
        authorize="{_rest_root}/authorize",
        token="{_rest_root}/access_token",
        userdata="{_rest_root}/resource/profile",
        site="{mw_index_url}",
        grants_page="{mw_index_url}?title=Special%3AOAuthManageMyGrants",
    )
    claims = Claims(username="username", groups="groups", name="username")  # the real name is private
    startup_checks = (wikimedia_user_agent,)
    userdata_types = frozenset({"text/html"})  # the type of the profile's JSON in MediaWiki up to 1.39
    missing_claim_advice = (
        "A wiki sends no username of a hidden account, and an e-mail address only to a consumer with that grant."
    )
    auth_state_tokens = (*WikiOptions.auth_state_tokens, "ACCESS_TOKEN_KEY", "ACCESS_TOKEN_SECRET")

    executor: Any = Instance(Executor, help="The thread pool of the mwoauth library.")

    @default("executor")
    def _executor_default(self) -> Executor:
        return ThreadPoolExecutor(self.executor_threads, thread_name_prefix="mwoauth")

    @property
    def _uses_oauth_1(self) -> bool:
        return bool(self.oauth_version == "1.0a")

    @property
    def _rest_root(self) -> str:
        """The root of the OAuth 2.0 endpoints; empty with OAuth 1.0a."""
        return "" if self._uses_oauth_1 else f"{self.mw_index_url.removesuffix('index.php')}rest.php/oauth2"

    # --- OAuth 1.0a --------------------------------------------------------------------------------------------------

    @cached_property
    def handshake(self) -> Handshake:
        """The client of the wiki's OAuth 1.0a pages."""
        # at debug level, these libraries log what they sign, including tokens and verifiers
        for name in ("oauthlib", "requests_oauthlib"):
            logging.getLogger(name).setLevel(logging.INFO)
        if self.handshaker == "mwoauth":
            return Library(self.mw_index_url, self.transport.settings, self.executor, self.clock_tolerance)
        return Native(self.mw_index_url, self.transport.send, self.trusted_provider_hosts, self.clock_tolerance)

    @cached_property
    def flow(self) -> Flow:
        """Request tokens with OAuth 1.0a, authorization codes with OAuth 2.0."""
        return OAuth1Flow(self) if self._uses_oauth_1 else CodeFlow(self, self.connection)

    def consumer(self) -> ConsumerToken:
        """The Hub's consumer key and secret."""
        return ConsumerToken(self.client_id, self.current_client_secret())

    def build_access_tokens_request_params(
        self, handler: BaseHandler, data: dict[str, Any] | None = None
    ) -> dict[str, str]:
        """The token request's fields; for OAuth 1.0a ``oauth_token``, ``oauth_token_secret`` and ``oauth_verifier``."""
        if not self._uses_oauth_1:
            return super().build_access_tokens_request_params(handler, data)
        if not data:
            raise AttemptError("missing", "no login attempt to request an access token for")
        return self.flow.grant(data["code"], data["attempt"])

    async def get_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        """The token response; for OAuth 1.0a ``access_token`` (its key) and ``access_token_secret``."""
        if not self._uses_oauth_1:
            return await self._oauth_2_token_info(handler, params)
        if "oauth_token" not in params:
            raise InvalidGrant("oauth_version", "the stored tokens are from OAuth 2.0, and the Hub now uses OAuth 1.0a")
        request_token = RequestToken(params["oauth_token"], params["oauth_token_secret"])
        token = await self.handshake.complete(self.consumer(), request_token, params["oauth_verifier"])
        return {"access_token": token.key, "access_token_secret": token.secret}

    async def _oauth_2_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        try:
            return await super().get_token_info(handler, params)
        except TokenResponseError as error:
            # MediaWiki up to 1.39 reports an expired or used code or refresh token as an invalid request
            if error.error == "invalid_request":
                raise InvalidGrant("invalid_request", error.detail) from None
            if error.error == "access_denied" and "is not usable by user" in error.detail:
                cause = "an administrator of the wiki has disabled the client, or has not approved it yet"
                raise ClientRefused("access_denied", f"{cause}: {error.detail}") from None
            raise

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data: the verified identity of OAuth 1.0a, or the profile of OAuth 2.0."""
        if self._uses_oauth_1:
            token = AccessToken(token_info["access_token"], token_info["access_token_secret"])
            identity = await self.handshake.identify(self.consumer(), token)
        else:
            identity = await self._profile(token_info)
        if not self.keep_wiki_rights:
            identity.pop("rights", None)
        return identity

    async def _profile(self, token_info: dict[str, Any]) -> dict[str, Any]:
        try:
            return await super().token_to_user(token_info)
        except TokenResponseError as error:
            if error.error == "insufficient_scope":  # a status of 403, which a wiki sends for other reasons than scopes
                raise TokenResponseError("invalid_token", "userinfo request: the wiki answers HTTP 403") from None
            raise

    def build_auth_state_dict(self, token_info: dict[str, Any], user_info: dict[str, Any]) -> dict[str, Any]:
        """The `auth_state`; for OAuth 1.0a ``ACCESS_TOKEN_KEY``, ``ACCESS_TOKEN_SECRET`` and the identity."""
        if not self._uses_oauth_1:
            return super().build_auth_state_dict(token_info, user_info)
        return {
            "ACCESS_TOKEN_KEY": token_info["access_token"],
            "ACCESS_TOKEN_SECRET": token_info["access_token_secret"],
            self.user_auth_state_key: user_info,
        }

    def kept_token_info(self, auth_state: Mapping[str, Any]) -> dict[str, Any]:
        """The tokens in `auth_state`, as `get_token_info` returned them; empty if they are from the other version."""
        if not self._uses_oauth_1:
            return super().kept_token_info(auth_state)
        key, secret = auth_state.get("ACCESS_TOKEN_KEY"), auth_state.get("ACCESS_TOKEN_SECRET")
        return {"access_token": key, "access_token_secret": secret} if key and secret else {}

    # --- names -------------------------------------------------------------------------------------------------------

    def normalize_username(self, username: str) -> str:
        """The wiki's username with ``_`` for spaces, which a wiki treats as equal, and without a change of case.

        The keys of `username_map` may have either.
        """
        name = username.replace(" ", "_")
        names = {key.replace(" ", "_"): value for key, value in self.username_map.items()}
        return str(names.get(name, name))

    def subject_of(self, user_info: Mapping[str, Any]) -> str | None:
        """The number of the account, which stays the same when the account is renamed. 0 is not an account."""
        subject = super().subject_of(user_info)
        return None if subject == "0" else subject

    # --- start-up ----------------------------------------------------------------------------------------------------

    def options_without_meaning(self) -> dict[str, str]:
        """Also the options of the other version of OAuth."""
        others, needed = (_ONLY_OAUTH_2, "2.0") if self._uses_oauth_1 else (_ONLY_OAUTH_1, "1.0a")
        reason = f'it is for oauth_version = "{needed}"'
        return {**super().options_without_meaning(), **dict.fromkeys(others, reason)}

    def endpoint_problems(self) -> Iterator[Problem]:
        """What all endpoints follow from."""
        if not urlsplit(self.mw_index_url).path.endswith("/index.php"):
            yield Problem("mw_index_url", "is another page", "It must be the URL of the wiki's index.php")
        if self._uses_oauth_1 and not self.current_client_secret():
            yield Problem("client_secret", "is not set: OAuth 1.0a signs every request with it", "Set it")


class LocalMWOAuthenticator(LocalUsers, MWOAuthenticator):
    """Sign in at a MediaWiki, with an account on the Hub's system."""
