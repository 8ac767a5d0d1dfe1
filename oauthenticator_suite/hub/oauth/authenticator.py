"""`OAuthenticator`: the options, the overridable stages, and the parts that run them.

The order of the stages and the checks between them are in `pipeline`, the refresh in `hub.refresh`, the logout in
`hub.logout`, and the access decision in `hub.base`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar
from urllib.parse import urljoin

from jupyterhub.handlers import BaseHandler
from jupyterhub.user import User
from jupyterhub.utils import url_path_join

from ...errors import ConfigurationError
from ...policy.access import Rule
from ...policy.claims import find_claim
from ...policy.username import REQUEST_SCOPES, username_from_claims
from ...protocol import token as token_protocol
from ..accounts.identity_keys import Owner
from ..accounts.record import KEY, SessionRecord
from ..accounts.sign_in import SignIn
from ..base.authenticator import AuthModel, SuiteAuthenticator
from ..base.plug_in import provider_of
from ..base.refresh_guard import answer_refresh
from ..findings.finding import Problem
from ..logout.handlers import OAuthLogoutHandler
from ..logout.logout import Logouts
from ..observe.state import ProviderState
from ..options import OAuthOptions
from ..refresh.refresher import Refresher
from ..sessions.outcome import Outcome
from ..web.paths import Paths
from .all_checks import ALL_OAUTH_CHECKS
from .attempts import Attempts
from .callback_url import url_of_hub
from .claim_sources import found_elsewhere, seconds_outdated
from .connection import ProviderConnection
from .flow import CodeFlow, Flow
from .followed import complete_index, provider_name_is_blocked, recorded_owner
from .front_channel import FrontChannelMessages
from .login_handlers import OAuthCallbackHandler, OAuthLoginHandler
from .login_start import LoginStart
from .observed_state import provider_state
from .pipeline import Pipeline
from .provider_requests import ProviderRequests
from .public_providers import public_provider_at
from .routes import routes_of
from .secret_watch import start_watching
from .startup_checks import missing_endpoints, requested_urls
from .user_groups import UserGroups


class OAuthenticator(ProviderRequests, OAuthOptions, SuiteAuthenticator):
    """Sign in at an OAuth 2.0 or OpenID provider.

    Base of all providers. In `jupyterhub_config.py` a subclass may override the documented stages (in this order):
    `build_access_tokens_request_params`, `get_token_info`, `token_to_user`, `user_info_to_username`,
    `build_auth_state_dict`, the Hub's `normalize_username`, `get_user_groups`, `update_auth_model`. Between them, where
    no override reaches, the response, the token reply, the ID token and the subject are checked.
    """

    login_handler = OAuthLoginHandler
    callback_handler = OAuthCallbackHandler
    logout_handler = OAuthLogoutHandler
    startup_checks = ALL_OAUTH_CHECKS

    paths = Paths()
    """The paths of this login's URLs."""

    _deprecated_oauth_aliases: ClassVar[Mapping[str, tuple[Any, ...]]] = {}
    """Old option names of a subclass that was written for `oauthenticator`: see `hub.base.deprecated_names`."""

    error_hints: Mapping[str, str] = {}
    """By words in the detail of an error: what the log adds to errors about ID tokens. For a provider's class."""

    auth_state_tokens: tuple[str, ...] = ("access_token", "refresh_token", "id_token", "token_response")
    """The keys of `auth_state` that a logout empties: everything that lets its holder act as the user."""

    # --- the parts ---------------------------------------------------------------------------------------------------

    @cached_property
    def connection(self) -> ProviderConnection:
        """The provider's endpoints, metadata and keys, and the HTTP client."""
        return ProviderConnection(self)

    @cached_property
    def flow(self) -> Flow:
        """The protocol of the login: the authorization code grant, unless the provider speaks another one."""
        return CodeFlow(self, self.connection)

    @cached_property
    def pipeline(self) -> Pipeline:
        """The order of the stages, and the checks between them."""
        return Pipeline(self, self.connection, self.flow)

    @cached_property
    def attempts(self) -> Attempts:
        """The login attempts that have started and not ended."""
        return Attempts()

    @cached_property
    def front_channel(self) -> FrontChannelMessages:
        """The messages through the browser that the Hub keeps for a moment."""
        return FrontChannelMessages(self.provider_id)

    @cached_property
    def login_start(self) -> LoginStart:
        """The start of a login: the attempt, and the provider's URL."""
        return LoginStart(self)

    @cached_property
    def group_finder(self) -> UserGroups:
        """Finds a user's groups in `auth_state`."""
        return UserGroups(self)

    @cached_property
    def refresher(self) -> Refresher:
        """When the provider is asked again about signed-in users, and what happens while it is down."""
        return Refresher(self, self.pipeline)

    @cached_property
    def logouts(self) -> Logouts:
        """Logging users out, here and at the provider."""
        return Logouts(self, self.connection, self.refresher)

    def observed_state(self) -> ProviderState:
        """The circuit breaker, the refresh queue, and the age of keys and secret."""
        return provider_state(self)

    # --- URLs --------------------------------------------------------------------------------------------------------

    def login_url(self, base_url: str) -> str:
        """The URL of this Hub that begins a login."""
        return str(url_path_join(base_url, self.paths.login))

    def logout_url(self, base_url: str) -> str:
        """The URL of this Hub that logs out."""
        return str(url_path_join(base_url, self.paths.logout))

    def get_callback_url(self, handler: BaseHandler | None = None) -> str:
        """The redirect URI: `oauth_callback_url`, else from the Hub's public URL, else guessed from the request.

        Raises
        ------
        ConfigurationError
            When it can only be guessed and there is no request to guess from.
        """
        if self.oauth_callback_url:
            return str(self.oauth_callback_url)
        if handler is None:
            raise ConfigurationError(f"set c.{type(self).__name__}.oauth_callback_url to this hub's callback URL")
        return url_of_hub(handler, self.paths.callback)

    def get_logged_out_url(self, handler: BaseHandler) -> str:
        """Where the provider's logout page sends the browser: ``oauth_logged_out`` next to the redirect URI."""
        callback_url = self.get_callback_url(handler)
        if callback_url.endswith(f"/{self.paths.callback}"):
            return callback_url.removesuffix(self.paths.callback) + self.paths.logged_out
        return str(urljoin(callback_url, url_path_join(handler.hub.base_url, self.paths.logged_out)))

    # --- a login -----------------------------------------------------------------------------------------------------

    @property
    def provider_id(self) -> str:
        """The name of this authenticator in login attempts. It is unique on the Hub, and the same after a restart."""
        return self.login_url("/")

    async def authenticate(
        self, handler: BaseHandler, data: dict[str, Any] | None = None, **kwargs: Any
    ) -> AuthModel | None:
        """From an authorization code to the authentication model: see `pipeline.Pipeline.sign_in`."""
        return (await self.pipeline.sign_in(handler, data)).auth_model

    async def _token_to_auth_model(self, token_info: dict[str, Any]) -> AuthModel:
        """The authentication model for a token response, by all stages that follow.

        A subclass written for `oauthenticator` may wrap it, and a hook may call it with tokens that it has got. An
        override that does not call ``super()`` stops the start-up.
        """
        return await self.pipeline.auth_model_of(token_info)

    # --- the stages that ask no provider: the others are in `provider_requests` ---------------------------------------

    def readable(self, user_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data as the provider sent them, with standard claim names added: for a provider's class.

        It may add claims such as ``sub`` and ``email_verified``, and must not change what they say.
        """
        return user_info

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """The name in `user_info`, by `username_claim`.

        Raises
        ------
        IdentityError
            When there is none.
        """
        if not callable(self.username_claim):
            claim = self.username_claim
            return username_from_claims(
                user_info, claim, lambda: found_elsewhere(self, claim) or self.missing_claim_advice
            )
        found = {"username_claim()": self.username_claim(user_info)}
        return username_from_claims(found, "username_claim()", self.missing_claim_advice)

    missing_claim_advice: str = REQUEST_SCOPES
    """What the log says when the provider did not send the claim of `username_claim`."""

    def build_auth_state_dict(self, token_info: dict[str, Any], user_info: dict[str, Any]) -> dict[str, Any]:
        """What the Hub stores of a login, encrypted, with `enable_auth_state`. An override may be async."""
        return {
            "access_token": token_info["access_token"],
            "refresh_token": token_info.get("refresh_token"),
            "id_token": token_info.get("id_token"),
            "scope": token_protocol.granted_scope(token_info, self.scope),
            "token_response": dict(token_info),
            self.user_auth_state_key: user_info,
        }

    async def get_user_groups(self, auth_state: dict[str, Any]) -> Any:
        """The user's groups, by `auth_state_groups_key` and `entitlement_namespaces`.

        A list of names, or, with the default `groups_format`, the value that the provider sent.

        Raises
        ------
        oauthenticator_suite.policy.access.Unknown
            When there are groups that cannot be read, such as those that the provider sends as a reference or cuts off.
            The user's groups on the Hub then stay as they are, and no access rule takes the user for a non-member.
        """
        return await self.group_finder.find(auth_state)

    async def update_auth_model(self, auth_model: AuthModel) -> AuthModel:
        """The last word on the authentication model, for overrides.

        The model is complete: ``name`` is the username on the Hub, ``admin`` is True for users in `admin_users` (else
        None, so that the rules decide), ``groups`` are there with `manage_groups`, and so is ``auth_state``. Values of
        ``groups``, ``admin`` and ``roles`` that an override sets are kept. The access decision is taken on the result.
        """
        return auth_model

    # --- whose account, and what is stored of it ---------------------------------------------------------------------

    @property
    def account_issuer(self) -> str | None:
        """The provider that accounts belong to: the declared site, `issuer`, or `authorize_url` without its query.

        Without an issuer, the page to which users are sent tells two providers apart. None when there is not even that.
        """
        known = self.declared_url("site").rstrip("/") or self.issuer
        if known:
            return str(known)
        return self.configured_url("authorize_url").partition("?")[0].partition("#")[0].rstrip("/") or None

    def verified_subject(self, claims: Mapping[str, Any]) -> str:
        """The provider's stable key of the account in the claims of a verified ID token: ``sub``.

        A provider's class may take other claims, if the provider documents them as stable and unique.
        """
        subject: str = claims["sub"]
        return subject

    @property
    def public_provider(self) -> str:
        """The name of the provider, if everyone in the world can get an account there; else an empty string."""
        return public_provider_at(self.account_issuer or "")

    def subject_of(self, user_info: Mapping[str, Any]) -> str | None:
        """The provider's stable key of the account, where no verified ID token has it: by `claims`, else None."""
        value = find_claim(user_info, self.claims.subject)
        return str(value) or None if isinstance(value, (str, int)) and not isinstance(value, bool) else None

    def groups_named(self, names: Collection[str]) -> frozenset[str]:
        """The Hub groups that names in options mean. An entitlement stands for its group."""
        if self.entitlement_namespaces:
            names = [group for name in names for group in self.namespaces_of_entitlements.named_by(name)]
        return super().groups_named(names)

    def hint_for(self, claims: Collection[str]) -> str:
        """Where claims are that a restriction needs and that are missing in the user's data."""
        return next((hint for claim in claims if (hint := found_elsewhere(self, claim))), "")

    def seconds_outdated(self, sign_in: SignIn, facts: Mapping[str, Any], now: float) -> float:
        """How long rights have depended on a claim of an expired ID token, in seconds: see `claim_sources`."""
        return seconds_outdated(self, sign_in, facts, now)

    def is_of_this_provider(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether `auth_state` can be of a login at the provider that is configured now. Not to be overridden.

        Tokens of another provider must not be sent to this one, and what the other provider said decides nothing here.
        """
        if KEY not in auth_state:  # stored by another package: the key of the user's data tells
            return self.user_auth_state_key in auth_state
        return SessionRecord.of(auth_state).issuer == self.account_issuer

    def vouches_for(self, auth_state: Mapping[str, Any]) -> bool:
        """Whether the record names this issuer; without a record, whether the data are stored as this class does."""
        return OAuthenticator.is_of_this_provider(self, auth_state)

    def owner_of(self, auth_state: Mapping[str, Any]) -> SessionRecord:
        """Whose account it is. An `auth_state` of another package has the subject in the user's data."""
        record, user_info = SessionRecord.of(auth_state), auth_state.get(self.user_auth_state_key)
        if record.subject is None and isinstance(user_info, Mapping):
            return replace(record, subject=self.subject_of(self.readable(dict(user_info))))
        return record

    @property
    def keeps_renamed_users(self) -> bool:
        """Whether `follow_renames` is on, with what it needs."""
        return bool(self.follow_renames and self.enable_auth_state)

    @property
    def shares_accounts(self) -> bool:
        """Whether users of other providers may have the same accounts."""
        return False

    def may_own(self, name: str) -> bool:
        """Whether an account of this name can belong to a user of this authenticator."""
        return True

    def recorded_owner(self, name: str, auth_state: dict[str, Any]) -> Owner | None:
        """Whose account it is by its `auth_state`; None when that is not a user of this authenticator."""
        return recorded_owner(self, auth_state)

    def blocked_rules(self) -> list[Rule]:
        """Those of every authenticator; with `follow_renames`, also one on the name at the provider."""
        return [*super().blocked_rules(), *([provider_name_is_blocked(self)] if self.follow_renames else [])]

    def kept_token_info(self, auth_state: Mapping[str, Any]) -> dict[str, Any]:
        """The token response that `auth_state` amounts to; an empty one when the user has logged out."""
        kept = auth_state.get("token_response")
        token_info: dict[str, Any] = dict(kept) if isinstance(kept, Mapping) else {}
        token_info.update({name: auth_state[name] for name in ("access_token", "id_token") if auth_state.get(name)})
        return token_info

    # --- a refresh ---------------------------------------------------------------------------------------------------

    async def refresh_user(self, user: User, handler: BaseHandler | None = None, **kwargs: Any) -> bool:
        """Whether a signed-in user may stay signed in. The Hub asks every `auth_refresh_age` seconds.

        Returns
        -------
        True when the user may stay; the Hub has then already stored any changes. False when the user must sign in
        again. Never a model: JupyterHub would write the account a second time.
        """
        return await answer_refresh(self, user, handler, lambda: self._refreshed(user))

    async def _refreshed(self, user: User) -> Outcome:
        """The outcome for a user who is not blocked. Without `enable_auth_state` nothing more is known."""
        return await self.refresher.refresh(user) if self.enable_auth_state else Outcome(True)

    async def outcome_of_answer(self, user: User, answer: Any) -> Outcome:
        """The outcome for a user, after an override of `refresh_user` has answered."""
        if not self.enable_auth_state:
            return Outcome(bool(answer))
        return await self.refresher.outcome_of_answer(user, answer)

    # --- start-up ----------------------------------------------------------------------------------------------------

    def get_handlers(self, app: Any) -> list[Any]:
        """The Hub's routes for this login. Also runs the start-up checks, and begins to fetch metadata and keys."""
        self.connection.read_options_again()
        super().get_handlers(app)
        complete_index(self, app.db)
        start_watching(self, app.db)
        self.connection.issuer.begin_to_warm_up()
        if self.backchannel_logout:
            self.logouts.sessions.read_in_background(app.db)
        return routes_of(self)

    @property
    def all_paths(self) -> tuple[Paths, ...]:
        """`paths`, and for the only login of a Hub also those that it would have as one of several."""
        return self.paths.with_lasting(f"auth/{provider_of(type(self))}")

    def check_configuration(self) -> None:
        """Run `startup_checks`, and log which proxies the Hub uses."""
        super().check_configuration()
        self.transport.announce_routes(requested_urls(self))

    def endpoint_problems(self) -> Iterable[Problem]:
        """The endpoints that are neither set nor discoverable."""
        return missing_endpoints(self)

    def options_that_need_groups(self) -> tuple[str, ...]:
        """The options about the Hub's groups, which are known only with `manage_groups`."""
        return (*super().options_that_need_groups(), "entitlement_namespaces")

    def options_without_meaning(self) -> dict[str, str]:
        """Options that stop the start-up when they are set, because they would have no effect; and the reason."""
        reason = "it is for logins with a form of the Hub's"
        return {"request_otp": reason, "otp_prompt": reason}
