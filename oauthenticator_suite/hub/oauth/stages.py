"""The documented stages of a login: each does one thing, and an operator's subclass may override any of them.

The checks are not here: they stand between the stages, in `authenticator`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any

from jupyterhub.handlers import BaseHandler

from ...errors import (
    AttemptError,
    ConfigurationError,
    ProviderUnreachable,
    SuiteError,
    TokenResponseError,
    TransportError,
)
from ...policy.claims import find_claim, names_in
from ...policy.profile import ProfileClaims
from ...policy.restrictions import is_address, verified_email
from ...policy.username import username_from_claims
from ...protocol import token as token_protocol
from ...protocol.token_validation import process_validation_response, validation_request
from ...protocol.userinfo import check_subject, process_userinfo_response, userinfo_request
from ..base.authenticator import AuthModel
from ..maybe_await import result_of
from .flow import CodeFlow, Flow
from .memberships import Found
from .setup import OAuthSetup


class OAuthStages(OAuthSetup):
    """The stages of `OAuthenticator`, in the order in which they are called."""

    user_auth_state_key = "oauth_user"
    """The key of `auth_state` under which the user's data are kept."""

    userdata_types: frozenset[str] = frozenset()
    """Media types, beside those of JSON, under which the provider is known to send the user's data."""

    profile_claims = ProfileClaims()
    """Which of the user's data tell the name and the picture that JupyterHub 6 shows to others (`user_info`)."""

    @property
    def flow(self) -> Flow:
        """How a login leaves and comes back: the code grant, unless a provider speaks another protocol."""
        return CodeFlow(self)

    auth_state_tokens: tuple[str, ...] = ("access_token", "refresh_token", "id_token", "token_response")
    """The keys of `auth_state` that are emptied when the user logs out: all that would let somebody act as the user."""

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
            **self.flow.grant(data["code"], data["attempt"]),
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
        user_info = self.readable(process_userinfo_response(await self.transport.send(request), self.userdata_types))
        if claims is not None:
            # OpenID Connect Core 1.0 §5.3.2: without an equal sub the data may be somebody else's
            check_subject(user_info, claims["sub"], required=self.provider.can_verify)
        return user_info

    def readable(self, user_info: dict[str, Any]) -> dict[str, Any]:
        """The user's data as the provider sent them, with what the rest looks for under other names: for a provider.

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

    async def look_up(
        self, token_info: dict[str, Any], user: Awaitable[dict[str, Any]], wanted: Mapping[str, frozenset[str]]
    ) -> Found:
        """What else the provider must be asked: for a provider's class, which has options of the type `Grants`.

        It is asked at the same time as the user's data, at a login and at each refresh.

        Parameters
        ----------
        token_info:
            The checked token response. Memberships are asked for by its access token.
        user:
            Await it for the user's data, where a question needs them; one that does not had better go out at once.
        wanted:
            The names in all the options of a kind, such as ``{"organization": {"jupyter"}}``; no empty ones.

        Raises
        ------
        SuiteError
            When the provider cannot be asked: the login, or this refresh, ends with that.
        """
        return Found()

    async def update_auth_model(self, auth_model: AuthModel) -> AuthModel:
        """A last word on the authentication model, for overrides; it may set `groups` itself."""
        return auth_model

    def subject_of(self, user_info: Mapping[str, Any]) -> str | None:
        """The provider's stable key of the user, where no ID token gives it."""
        value = user_info.get("sub")
        return str(value) if isinstance(value, (str, int)) and not isinstance(value, bool) else None

    async def collect_verified_emails(self, token_info: dict[str, Any], user_info: dict[str, Any]) -> list[str]:
        """The addresses that the provider vouches for, for `collect_emails`. An override may ask for more of them.

        If it raises, that is a warning in the log, and the address in `user_info` is taken alone.
        """
        email = verified_email(user_info)
        return [email] if email is not None else []

    async def validate_token(self, token: str) -> bool | None:
        """Whether the provider says that an access token is good: True, False, or None when it does not tell.

        Asks `validate_token_url`; without that it is None. An override for a provider that is asked in another way
        must return None, and nothing else, for whatever is neither a yes nor a no. A refresh asks this when the user's
        data come from the ID token.
        """
        if not self.validate_token_url:
            return None
        try:
            response = await self.transport.send(validation_request(self.validate_token_url, token))
        except TokenResponseError:
            return False  # nothing that a provider could have issued
        except TransportError as error:
            self.log.warning("c.%s.validate_token_url: %s", type(self).__name__, error.detail)
            return None
        verdict = process_validation_response(response)
        if verdict is None:
            self.log.warning(
                "c.%s.validate_token_url answered HTTP %d, which says nothing about the token",
                type(self).__name__,
                response.status,
            )
        return verdict

    async def check_kept_token(self, token: str, *, ended: bool = False) -> None:
        """Refuse an access token that has ended or been taken back, where no other request would show it.

        Parameters
        ----------
        ended:
            Whether its time is over, by what the provider said when it gave it.

        Raises
        ------
        TokenResponseError
            When the provider says that the token is not good, or the token has ended and the provider cannot be asked.
        ProviderUnreachable
            When it does not tell.
        """
        nobody_to_ask = not self.validate_token_url and type(self).validate_token is OAuthStages.validate_token
        if nobody_to_ask and not ended:
            return
        if not self.userdata_from_id_token and await self.endpoint("userdata_url", "userinfo_endpoint", required=False):
            return
        if nobody_to_ask:  # the user's data would be those of the login, for ever
            raise TokenResponseError("invalid_token", "the access token has ended, and there is no refresh token")
        verdict = await self.validate_token(token)
        if verdict is None:
            raise ProviderUnreachable("whether the access token is still good is unknown")
        if not verdict:
            raise TokenResponseError("invalid_token", "the provider says that the access token is not good")

    async def _managed_groups(self, auth_state: dict[str, Any]) -> list[str]:
        names, complaints = names_in(await self.get_user_groups(auth_state))
        for complaint in complaints:
            self.log.warning("%s.auth_state_groups_key: the value %s", type(self).__name__, complaint)
        return names

    async def _collected_emails(self, token_info: dict[str, Any], user_info: dict[str, Any], found: Found) -> list[str]:
        try:
            emails = [*found.emails, *await result_of(self.collect_verified_emails(token_info, user_info))]
        except SuiteError as error:
            self.log.warning("%s.collect_verified_emails: %s", type(self).__name__, error.detail)
            emails = await OAuthStages.collect_verified_emails(self, token_info, user_info)
        except Exception:
            self.log.warning("%s.collect_verified_emails failed", type(self).__name__, exc_info=True)
            emails = await OAuthStages.collect_verified_emails(self, token_info, user_info)
        return list(dict.fromkeys(email for email in emails if isinstance(email, str) and is_address(email)))
