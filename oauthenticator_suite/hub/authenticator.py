"""`OAuthenticator`: wires the floors, decides nothing.

The protocol's judgements are in `protocol/`, the decision on access in `policy/`, what the browser sees in `handlers`.
Here is the order in which they are asked, and the stages that an operator's subclass may override.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import get_browser_protocol, maybe_future, url_path_join

from ..errors import AttemptError, ConfigurationError, IdentityError, TokenResponseError
from ..policy.access import Rule
from ..policy.claims import find_claim, names_in
from ..policy.identity import Identity
from ..policy.restrictions import has_email_in, has_required_claims, verified_email
from ..policy.username import username_from_claims, vet_username
from ..protocol import token as token_protocol
from ..protocol.algorithms import ALGORITHMS
from ..protocol.authorization import authorization_url, validate_authorization_response
from ..protocol.id_token import Expectations
from ..protocol.userinfo import check_subject, process_userinfo_response, userinfo_request
from .attempts import Attempt, Attempts, new_secret
from .base import AuthModel
from .handlers import OAuthCallbackHandler, OAuthLoginHandler, OAuthLogoutHandler
from .oauth_setup import OAuthSetup


class TokenInfo(dict[str, Any]):
    """A token response that has been checked, with the claims of its verified ID token (or None)."""

    id_token_claims: dict[str, Any] | None = None


class OAuthenticator(OAuthSetup):
    """Sign in at an OAuth 2.0 or OpenID provider.

    Base of all providers. In `jupyterhub_config.py` a subclass may override the documented stages (in this order):
    `build_access_tokens_request_params`, `get_token_info`, `token_to_user`, `user_info_to_username`,
    `normalize_username`, `build_auth_state_dict`, `update_auth_model`. Between them, where no override reaches, the
    response, the token reply, the ID token and the subject are checked.
    """

    login_handler = OAuthLoginHandler
    callback_handler = OAuthCallbackHandler
    logout_handler = OAuthLogoutHandler

    user_auth_state_key = "oauth_user"
    """The key of `auth_state` under which the user's data are kept."""

    # --- URLs --------------------------------------------------------------------------------------------------------

    def login_url(self, base_url: str) -> str:
        """The URL of this Hub that begins a login."""
        return str(url_path_join(base_url, "oauth_login"))

    def logout_url(self, base_url: str) -> str:
        """The URL of this Hub that logs out."""
        return str(url_path_join(base_url, "logout"))

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
        path = url_path_join(handler.hub.base_url, "oauth_callback")
        public_url = handler.settings.get("public_url")
        if public_url:
            return f"{public_url.scheme}://{public_url.netloc}{path}"
        return f"{get_browser_protocol(handler.request)}://{handler.request.host}{path}"

    def get_handlers(self, app: Any) -> list[Any]:
        """The Hub's routes for this login; also where the start-up checks run."""
        super().get_handlers(app)
        return [
            (r"/oauth_login", self.login_handler),
            (r"/oauth_callback", self.callback_handler),
            (r"/logout", self.logout_handler),
        ]

    # --- one attempt: leaving and coming back ------------------------------------------------------------------------

    @cached_property
    def attempts(self) -> Attempts:
        """The login attempts that were begun and not finished."""
        return Attempts()

    @property
    def provider_id(self) -> str:
        """What tells this authenticator's attempts from another's on the same Hub; the same after a restart."""
        return self.login_url("/")

    async def begin_attempt(self, handler: BaseHandler, next_url: str) -> str:
        """Seal a new attempt into the browser's cookies; returns the URL to send it to (RFC 6749 §4.1.1)."""
        attempt = Attempt(
            provider=self.provider_id,
            state=new_secret(),
            nonce=new_secret() if "openid" in self.scope else "",
            code_verifier=new_secret() if self.enable_pkce else "",
            redirect_uri=self.get_callback_url(handler),
            next_url=next_url,
            issuer=self.issuer,
            issued_at=time.time(),
        )
        url = authorization_url(
            await self.endpoint("authorize_url", "authorization_endpoint"),
            client_id=self.client_id,
            redirect_uri=attempt.redirect_uri,
            scope=self.scope,
            state=attempt.state,
            nonce=attempt.nonce or None,
            code_verifier=attempt.code_verifier or None,
            extra={key: str(value) for key, value in self.extra_authorize_params.items()},
        )
        self.attempts.begin(handler, attempt)
        return url

    async def judge_response(self, params: Mapping[str, str], attempt: Attempt) -> str:
        """The code of an authorization response that answers `attempt` (RFC 6749 §4.1.2, RFC 9207).

        Raises
        ------
        AttemptError
            ``mismatch`` when the attempt went to another issuer than the one configured now.
        AuthorizationResponseError
            When the response is an error or does not belong to the attempt.
        """
        if attempt.issuer != self.issuer:
            raise AttemptError("mismatch", "the issuer was changed while the user was away at the provider")
        iss_required = False
        if self.issuer:
            iss_required = (await self.provider.metadata()).authorization_response_iss_parameter_supported
        return validate_authorization_response(
            params, state=attempt.state, issuer=self.issuer or None, iss_required=iss_required
        )

    # --- the walk ----------------------------------------------------------------------------------------------------

    async def authenticate(
        self, handler: BaseHandler, data: dict[str, Any] | None = None, **kwargs: Any
    ) -> AuthModel | None:
        """From the code in `data` to the authentication model.

        Parameters
        ----------
        data:
            ``code``, the authorization code, and ``attempt``, the `Attempt` that was taken for it.

        Raises
        ------
        SuiteError
            Whatever is wrong with the code, the token reply, the ID token or the user's data.
        """
        if not data or not isinstance(data.get("attempt"), Attempt):
            raise AttemptError("missing", "authenticate() was called without a login attempt")
        attempt: Attempt = data["attempt"]
        params = await maybe_future(self.build_access_tokens_request_params(handler, data))
        params.update(self._grant(data["code"], attempt))
        token_info = await self.get_token_info(handler, params)
        return await self._token_to_auth_model(token_info, nonce=attempt.nonce or None)

    async def _token_to_auth_model(self, token_info: Mapping[str, Any], *, nonce: str | None) -> AuthModel:
        """Everything after the token reply. Not to be overridden: the stages it calls are."""
        token_protocol.check_token_info(token_info)
        checked = TokenInfo(token_info)
        checked.id_token_claims = await self._verified_claims(checked, nonce)
        user_info = await maybe_future(self.token_to_user(checked))
        if not isinstance(user_info, dict):
            raise IdentityError(f"token_to_user gave a {type(user_info).__name__}, not a dict")
        claims = checked.id_token_claims
        if claims is not None:
            check_subject(user_info, claims["sub"], required=False)
        login = vet_username(await maybe_future(self.user_info_to_username(user_info)))
        auth_state = await maybe_future(self.build_auth_state_dict(checked, user_info))
        if self.modify_auth_state_hook is not None:
            auth_state = await self.call_hook("modify_auth_state_hook", self.modify_auth_state_hook, self, auth_state)
        model: AuthModel = {
            "name": login,
            "admin": None,
            "auth_state": auth_state,
            "identity": Identity(
                username=login,
                login=login,
                issuer=self.issuer or None,
                subject=claims["sub"] if claims is not None else self.subject_of(user_info),
                scopes=frozenset(token_protocol.granted_scope(checked, self.scope)),
                claims=user_info,
            ),
        }
        model = await maybe_future(self.update_auth_model(model))
        if self.manage_groups and "groups" not in model:
            model["groups"] = await self._managed_groups(model["auth_state"])
        return model

    async def _verified_claims(self, token_info: Mapping[str, Any], nonce: str | None) -> dict[str, Any] | None:
        raw = token_info.get("id_token")
        if raw is None:
            if self.userdata_from_id_token or (self.issuer and "openid" in self.scope):
                raise TokenResponseError(
                    "no_id_token", "the token response has no id_token although openid was asked for"
                )
            return None
        verified = self.provider.can_verify
        expectations = Expectations(
            client_id=self.client_id,
            issuer=self.issuer or None,
            nonce=nonce,
            access_token=token_info["access_token"],
            algorithms=frozenset(self.id_token_signed_response_alg) if verified else frozenset(ALGORITHMS),
        )
        if verified:
            return await self.provider.verify(raw, expectations, self.current_client_secret())
        return self.provider.check_unsigned(raw, expectations)

    def _grant(self, code: str, attempt: Attempt) -> dict[str, str]:
        return token_protocol.authorization_code_grant(code, attempt.redirect_uri, attempt.code_verifier or None)

    async def _managed_groups(self, auth_state: dict[str, Any]) -> list[str]:
        names, complaints = names_in(await self.get_user_groups(auth_state))
        for complaint in complaints:
            self.log.warning("%s.auth_state_groups_key: the value %s", type(self).__name__, complaint)
        return names

    # --- the documented stages ---------------------------------------------------------------------------------------

    def build_access_tokens_request_params(
        self, handler: BaseHandler, data: dict[str, Any] | None = None
    ) -> dict[str, str]:
        """The fields of the token request (RFC 6749 §4.1.3), without those that authenticate the client.

        An override may add fields; code, redirect_uri, code_verifier and grant_type are put back afterwards.
        """
        if not data:
            raise AttemptError("missing", "no login attempt to build a token request for")
        return {
            **{key: str(value) for key, value in self.token_params.items()},
            **self._grant(data["code"], data["attempt"]),
        }

    async def get_token_info(self, handler: BaseHandler | None, params: Mapping[str, str]) -> dict[str, Any]:
        """POST `params` to the token endpoint; returns the token response (RFC 6749 §5.1).

        Raises
        ------
        TokenResponseError, TransportError
            When the provider refuses, or cannot be asked.
        """
        url = await self.endpoint("token_url", "token_endpoint")
        request = token_protocol.token_request(url, await self.client(), params)
        return token_protocol.process_token_response(await self.transport.send(request))

    async def token_to_user(self, token_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data: from the ID token with `userdata_from_id_token`, else from the userinfo endpoint.

        An override gets the checked token response, and returns a dict. When there is a verified ID token, the ``sub``
        of what it returns must be the same.
        """
        claims = getattr(token_info, "id_token_claims", None)
        url = (
            ""
            if self.userdata_from_id_token
            else await self.endpoint("userdata_url", "userinfo_endpoint", required=False)
        )
        if not url:
            if claims is None:
                raise ConfigurationError(
                    f"c.{type(self).__name__}: neither userdata_url nor an ID token tells who the user is"
                )
            return dict(claims)
        request = userinfo_request(
            url,
            access_token=token_info["access_token"],
            method=self.userdata_token_method,
            params={key: str(value) for key, value in self.userdata_params.items()},
        )
        user_info = process_userinfo_response(await self.transport.send(request))
        if claims is not None:
            # OpenID Connect Core 1.0 §5.3.2: without an equal sub the data may be somebody else's
            check_subject(user_info, claims["sub"], required=self.provider.can_verify)
        return user_info

    def user_info_to_username(self, user_info: dict[str, Any]) -> str:
        """The name in `user_info`, by `username_claim`.

        Raises
        ------
        IdentityError
            When there is none.
        """
        if not callable(self.username_claim):
            return username_from_claims(user_info, self.username_claim)
        return username_from_claims({"username_claim()": self.username_claim(user_info)}, "username_claim()")

    def build_auth_state_dict(self, token_info: dict[str, Any], user_info: dict[str, Any]) -> dict[str, Any]:
        """What is kept of a login, encrypted, with `enable_auth_state`. An override may be async."""
        return {
            "access_token": token_info["access_token"],
            "refresh_token": token_info.get("refresh_token"),
            "id_token": token_info.get("id_token"),
            "scope": token_protocol.granted_scope(token_info, self.scope),
            "token_response": dict(token_info),
            self.user_auth_state_key: user_info,
        }

    async def get_user_groups(self, auth_state: dict[str, Any]) -> Any:
        """The user's groups, by `auth_state_groups_key`: a list of names, or whatever the provider sent there."""
        key = self.auth_state_groups_key
        if callable(key):
            return await self.call_hook("auth_state_groups_key", key, auth_state)
        value = find_claim(auth_state, key) if key else None
        if value is None and key:
            self._report_missing_groups(key, auth_state)
        return value

    async def update_auth_model(self, auth_model: AuthModel) -> AuthModel:
        """A last word on the authentication model, for overrides; it may set `groups` itself."""
        return auth_model

    def subject_of(self, user_info: Mapping[str, Any]) -> str | None:
        """The provider's stable key of the user, where no ID token gives it."""
        value = user_info.get("sub")
        return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None

    # --- the policy --------------------------------------------------------------------------------------------------

    def required_rules(self) -> list[Rule]:
        """The restrictions on claims. They hold for everybody, under every allow mode."""
        rules = [*super().required_rules()]
        if self.required_claims:
            rules.append(Rule("required_claims", lambda who: has_required_claims(who.claims, self.required_claims)))
        if self.require_verified_email:
            rules.append(Rule("require_verified_email", lambda who: verified_email(who.claims) is not None))
        if self.allowed_email_domains:
            rules.append(
                Rule("allowed_email_domains", lambda who: has_email_in(who.claims, self.allowed_email_domains))
            )
        return rules

    def allow_rules(self) -> list[Rule]:
        """The ways in of every authenticator, and `allowed_scopes`."""
        wanted = frozenset(self.allowed_scopes)
        return [*super().allow_rules(), Rule("allowed_scopes", lambda who: bool(wanted) and wanted <= who.scopes)]
