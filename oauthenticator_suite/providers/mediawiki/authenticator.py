"""`MWOAuthenticator`: the documented class."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.handlers import BaseHandler
from mwoauth import AccessToken, ConsumerToken, RequestToken
from traitlets import Instance, default

from ...errors import AttemptError, ConfigurationError, InvalidGrant, TokenResponseError
from ...hub.oauth.flow import CodeFlow, Flow
from ...hub.oauth.startup_checks import URL_OPTIONS
from ...hub.unix.local_users import LocalUsers
from ...policy.profile import ProfileClaims
from ...protocol.urls import add_query
from .flow import OAuth1Flow
from .handshake import Handshake, Native
from .library import Library
from .options import WikiOptions

_ONLY_OAUTH_2 = (
    *URL_OPTIONS,
    "userdata_params",
    "userdata_token_method",
    "userdata_from_id_token",
    "id_token_signed_response_alg",
    "client_auth_method",
    "basic_auth",
    "enable_pkce",
    "scope",
    "allowed_scopes",
    "token_params",
    "rp_initiated_logout",
    "revoke_tokens_on_logout",
    "backchannel_logout",
    "frontchannel_logout",
)
_ONLY_OAUTH_1 = ("handshaker", "executor_threads", "send_callback_url")

_WIKIMEDIA = (
    "wikimedia.org", "wikipedia.org", "wikidata.org", "wiktionary.org", "wikisource.org", "wikibooks.org",
    "wikiquote.org", "wikinews.org", "wikiversity.org", "wikivoyage.org", "wikifunctions.org", "mediawiki.org",
)  # fmt: skip


class MWOAuthenticator(WikiOptions):
    """Sign in at a MediaWiki with Extension:OAuth, such as Wikimedia's.

    `client_id` and `client_secret` are those of a consumer that was registered at the wiki, for the protocol that
    `oauth_version` names.
    """

    service = "MediaWiki"
    icon = "brands/wikipedia-w"
    default_provider = "mediawiki"
    user_auth_state_key = "MEDIAWIKI_USER_IDENTITY"
    profile_claims = ProfileClaims(name="username")  # not the real name, which the wiki tells to this Hub alone
    userdata_types = frozenset({"text/html"})  # MediaWiki up to 1.39 sends the profile's JSON so
    auth_state_tokens = (*WikiOptions.auth_state_tokens, "ACCESS_TOKEN_KEY", "ACCESS_TOKEN_SECRET")

    executor: Any = Instance(Executor, help="The threads in which the mwoauth library waits for the wiki.")

    @default("executor")
    def _executor_default(self) -> Executor:
        return ThreadPoolExecutor(self.executor_threads, thread_name_prefix="mwoauth")

    @default("auth_state_groups_key")
    def _auth_state_groups_key_default(self) -> str:
        return f"{self.user_auth_state_key}.groups"

    @default("issuer")
    def _issuer_default(self) -> str:
        return ""  # one in the environment is another provider's

    @default("authorize_url")
    def _authorize_url_default(self) -> str:
        return self._rest_url("authorize")

    @default("token_url")
    def _token_url_default(self) -> str:
        return self._rest_url("access_token")

    @default("userdata_url")
    def _userdata_url_default(self) -> str:
        return self._rest_url("resource/profile")

    def _rest_url(self, path: str) -> str:
        if self._speaks_oauth_1:
            return ""
        return f"{str(self.mw_index_url).removesuffix('index.php')}rest.php/oauth2/{path}"

    @property
    def _speaks_oauth_1(self) -> bool:
        return bool(self.oauth_version == "1.0a")

    # --- OAuth 1.0a --------------------------------------------------------------------------------------------------

    @cached_property
    def handshake(self) -> Handshake:
        """What makes the requests of OAuth 1.0a."""
        # these write whatever they sign into their debug logs: tokens and verifiers are among it
        for name in ("oauthlib", "requests_oauthlib"):
            logging.getLogger(name).setLevel(logging.INFO)
        if self.handshaker == "mwoauth":
            return Library(self.mw_index_url, self.transport.settings, self.executor)
        return Native(self.mw_index_url, self.transport.send, self.trusted_provider_hosts)

    @cached_property
    def flow(self) -> Flow:
        """By request tokens with OAuth 1.0a, by authorization codes with 2.0."""
        return OAuth1Flow(self) if self._speaks_oauth_1 else CodeFlow(self, self.connection)

    def consumer(self) -> ConsumerToken:
        """This Hub, as the wiki knows it."""
        return ConsumerToken(self.client_id, self.current_client_secret())

    def build_access_tokens_request_params(
        self, handler: BaseHandler, data: dict[str, Any] | None = None
    ) -> dict[str, str]:
        """What `get_token_info` needs. With OAuth 1.0a: ``oauth_token``, ``oauth_token_secret``, ``oauth_verifier``."""
        if not self._speaks_oauth_1:
            return super().build_access_tokens_request_params(handler, data)
        if not data:
            raise AttemptError("missing", "no login attempt to ask an access token for")
        return self.flow.grant(data["code"], data["attempt"])

    async def get_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        """The access token. With OAuth 1.0a: ``access_token`` is its key, ``access_token_secret`` its secret."""
        if not self._speaks_oauth_1:
            return await self._oauth_2_token_info(handler, params)
        if "oauth_token" not in params:
            raise InvalidGrant("oauth_version", "the kept tokens are of OAuth 2.0, and the Hub speaks 1.0a by now")
        request_token = RequestToken(params["oauth_token"], params["oauth_token_secret"])
        token = await self.handshake.complete(self.consumer(), request_token, params["oauth_verifier"])
        return {"access_token": token.key, "access_token_secret": token.secret}

    async def _oauth_2_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        try:
            return await super().get_token_info(handler, params)
        except TokenResponseError as error:
            # MediaWiki up to 1.39 calls a code or refresh token that is not good any more an invalid request
            if error.error == "invalid_request":
                raise InvalidGrant("invalid_request", error.detail) from None
            raise

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """The wiki's words on the user: the verified identity of OAuth 1.0a, or the profile of 2.0."""
        if self._speaks_oauth_1:
            token = AccessToken(token_info["access_token"], token_info["access_token_secret"])
            identity = await self.handshake.identify(self.consumer(), token)
        else:
            identity = await super().token_to_user(token_info)
        if not self.keep_wiki_rights:
            identity.pop("rights", None)
        return identity

    def build_auth_state_dict(self, token_info: dict[str, Any], user_info: dict[str, Any]) -> dict[str, Any]:
        """What is kept of a login; with OAuth 1.0a: ``ACCESS_TOKEN_KEY``, ``ACCESS_TOKEN_SECRET``, and the identity."""
        if not self._speaks_oauth_1:
            return super().build_auth_state_dict(token_info, user_info)
        return {
            "ACCESS_TOKEN_KEY": token_info["access_token"],
            "ACCESS_TOKEN_SECRET": token_info["access_token_secret"],
            self.user_auth_state_key: user_info,
        }

    def kept_token_info(self, auth_state: Mapping[str, Any]) -> dict[str, Any]:
        """The tokens in `auth_state`, as `get_token_info` gave them; empty when they are of the other version."""
        if not self._speaks_oauth_1:
            return super().kept_token_info(auth_state)
        key, secret = auth_state.get("ACCESS_TOKEN_KEY"), auth_state.get("ACCESS_TOKEN_SECRET")
        return {"access_token": key, "access_token_secret": secret} if key and secret else {}

    # --- names -------------------------------------------------------------------------------------------------------

    def normalize_username(self, username: str) -> str:
        """The name of the account here: with ``_`` for spaces, which are the same to a wiki, and in the wiki's case.

        `username_map` may have its keys in either spelling.
        """
        name = username.replace(" ", "_")
        names = {key.replace(" ", "_"): value for key, value in self.username_map.items()}
        return str(names.get(name, name))

    def subject_of(self, user_info: Mapping[str, Any]) -> str | None:
        """The number of the account, which stays when it is renamed. 0 is that of no account."""
        subject = super().subject_of(user_info)
        return None if subject == "0" else subject

    @property
    def revoke_url(self) -> str:
        """The user's list of connected applications."""
        return add_query(self.mw_index_url, {"title": "Special:OAuthManageMyGrants"}, "mw_index_url")

    @property
    def account_issuer(self) -> str:
        """The wiki."""
        return str(self.mw_index_url)

    # --- start-up ----------------------------------------------------------------------------------------------------

    def options_without_meaning(self) -> dict[str, str]:
        """As of every OAuth authenticator, and those of the other version of OAuth."""
        others, needed = (_ONLY_OAUTH_2, "2.0") if self._speaks_oauth_1 else (_ONLY_OAUTH_1, "1.0a")
        reason = f'it is for oauth_version = "{needed}"'
        return {**super().options_without_meaning(), **dict.fromkeys(others, reason)}

    def check_endpoints_known(self, name: str) -> None:
        """All follow from `mw_index_url`."""
        if not urlsplit(self.mw_index_url).path.endswith("/index.php"):
            raise ConfigurationError(f"{name}.mw_index_url must be the URL of the wiki's index.php")
        if self._speaks_oauth_1 and not self.current_client_secret():
            raise ConfigurationError(f"{name}.client_secret is not set: OAuth 1.0a signs every request with it")

    def check_configuration(self) -> None:
        """As of every OAuth authenticator; also that the wiki will answer."""
        super().check_configuration()
        host = urlsplit(self.mw_index_url).hostname or ""
        agent = self.transport.settings.user_agent
        if host.endswith(_WIKIMEDIA) and "@" not in agent and "http" not in agent:
            self.log.warning(
                "c.%s.user_agent names no contact: Wikimedia asks for one, and may block requests without it. Set it "
                'to something like "hub.example.org/1.0 (https://hub.example.org; admin@example.org)".',
                type(self).__name__,
            )


class LocalMWOAuthenticator(LocalUsers, MWOAuthenticator):
    """Sign in at a MediaWiki, as users of this system."""
