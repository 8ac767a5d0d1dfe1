"""A login with given claims, without a request to the provider.

The authenticator's own pipeline runs, with every stage, override and hook, up to the authentication model and the
access decision. Only the requests are answered here: the token and userinfo requests with the given claims, and all
others not at all. What they would have told is then unknown, which is neither a yes nor a no.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mwoauth import AccessToken

from ...errors import ProviderUnreachable, TransportError
from ...hub.base.login import walk_of_login
from ...hub.base.refusal_record import LoginProgress
from ...hub.oauth.attempts import Attempt
from ...hub.oauth.authenticator import OAuthenticator
from ...hub.oauth.memberships import Found
from ...hub.transport.client import Transport, TransportSettings
from ...policy.claims import wanted_among
from ...policy.explanation import PartialClaims
from ...policy.identity import Identity
from ...protocol.messages import Request, Response
from .given import GivenUser

NOT_LOOKED_UP = "only the provider's API knows the claim {claim!r}, if the user has it, and it was not asked"
NOT_IN_CLAIMS = "only the provider's API knows whether the user is a member, and it was not asked"

_TOKEN = "not-a-token"
_PLACE = "https://offline.invalid/"


@dataclass
class OfflineLogin:
    """One login with given claims.

    Attributes
    ----------
    progress:
        How far the login has come, and what is known about the user.
    model:
        The authentication model of a user who may sign in; None after an error.
    error:
        The error that ended the login; None if none did.
    unsent:
        The requests that were not sent, by label.
    asked:
        By kind, the names for which the memberships are known.
    """

    progress: LoginProgress = field(default_factory=LoginProgress)
    model: dict[str, Any] | None = None
    error: Exception | None = None
    unsent: list[str] = field(default_factory=list)
    asked: dict[str, frozenset[str]] = field(default_factory=dict)


class OfflineTransport(Transport):
    """Answers the requests of a login with given claims, and sends none."""

    def __init__(self, claims: Mapping[str, Any], scopes: tuple[str, ...] | None, unsent: list[str]) -> None:
        super().__init__(TransportSettings(), logging.getLogger("oauthenticator_suite.explain"))
        self._claims = claims
        self._scopes = scopes
        self._unsent = unsent

    async def send(self, request: Request, settings: TransportSettings | None = None) -> Response:
        """The response to a token or userinfo request.

        Raises
        ------
        ProviderUnreachable
            For every other request.
        """
        fields: Mapping[str, Any]
        if request.label == "token request":
            fields = {"access_token": _TOKEN, "token_type": "Bearer"}
            fields = fields if self._scopes is None else {**fields, "scope": " ".join(self._scopes)}
        elif request.label == "userinfo request":
            fields = self._claims
        else:
            self._unsent.append(request.label)
            raise ProviderUnreachable(f"{request.label}: not sent, because explain sends no request")
        return Response(200, {"content-type": "application/json"}, json.dumps(fields).encode())


class _GivenHandshake:
    """In place of the OAuth 1.0a handshake of a wiki."""

    def __init__(self, claims: Mapping[str, Any]) -> None:
        self._claims = claims

    async def complete(self, *_: Any) -> Any:
        return AccessToken(_TOKEN, _TOKEN)

    async def identify(self, *_: Any) -> dict[str, Any]:
        return dict(self._claims)


async def sign_in(way: Any, given: GivenUser, username: str | None) -> OfflineLogin:
    """Sign a user in with given claims.

    Parameters
    ----------
    way:
        The authenticator: an `OAuthenticator` or a `FormAuthenticator`. It must not be used for anything else.
    username:
        The name at the provider, in place of the one in the claims; None for that.
    """
    login = OfflineLogin()
    way.reconcile.take_over()
    data: Any = {}
    if isinstance(way, OAuthenticator):
        data = _prepare(way, given, login)
        if username is not None:
            _replace(way, "user_info_to_username", lambda user_info: username)
    else:
        _replace(way, "authentication_model", lambda handler, data: way.build_model(_form_answer(given, username)))
    try:
        login.model = await walk_of_login(way, None, data, login.progress)
    except Exception as error:  # noqa: BLE001 - of a stage, an override or a hook
        login.error = error
    return login


def _form_answer(given: GivenUser, username: str | None) -> dict[str, Any]:
    """What `authenticate` of a login with a form might have returned."""
    claims = given.claims
    name = username or claims.get("username") or claims.get("name")
    groups = {"groups": claims["groups"]} if "groups" in claims else {}
    memberships = {kind: sorted(names) for kind, names in given.memberships.items()}
    return {"username": name, "profile": dict(claims), "memberships": memberships, **groups}


def _prepare(way: Any, given: GivenUser, login: OfflineLogin) -> dict[str, Any]:
    """Have the authenticator sign in without the provider. Returns the data of its callback."""
    connection = way.connection
    vars(connection)["transport"] = OfflineTransport(given.claims, given.scopes, login.unsent)
    from_id_token = way.userdata_from_id_token  # the default depends on the endpoints, which are set here
    way.userdata_from_id_token = from_id_token
    for option in ("authorize_url", "token_url", "userdata_url"):
        if not way.configured_url(option) and not (option == "userdata_url" and from_id_token):
            setattr(way, option, f"{_PLACE}{option}")
    if not (way.client_auth_method or way.basic_auth):
        way.client_auth_method = "client_secret_post"
    if hasattr(way, "handshake") and getattr(way, "oauth_version", "") == "1.0a":
        vars(way)["handshake"] = _GivenHandshake(given.claims)

    has_subject = isinstance(given.claims.get("sub"), str) and "openid" in way.scope
    claims = given.claims if has_subject else None
    if claims is None and (from_id_token or way.merge_id_token_claims):
        claims = {**given.claims, "sub": str(given.claims.get("sub") or given.claims.get("id") or "not-given")}

    async def verified(*_: Any, **__: Any) -> Any:
        return None if claims is None else dict(claims)

    _replace(connection, "verify_id_token", verified)
    look_up, identity_of = way.look_up, way.pipeline._identity

    async def tolerant(token_info: Any, user: Awaitable[Any], wanted: Mapping[str, frozenset[str]]) -> Found:
        before = len(login.unsent)
        try:
            found = await look_up(token_info, user, wanted)
        except TransportError:
            found = Found()
        if len(login.unsent) == before:
            login.asked.update(wanted)
        return _with_given(found, given, wanted, login)

    def identity(sign_in: Any, name: str, scopes: Any) -> Identity:
        known: Identity = identity_of(sign_in, name, scopes)
        wanted = way.wanted_memberships()
        unknown = {kind: NOT_IN_CLAIMS for kind in wanted if wanted[kind] - login.asked.get(kind, frozenset())}
        if login.unsent:
            known = replace(known, claims=PartialClaims(known.claims, (), NOT_LOOKED_UP))
        return replace(known, memberships_unknown=unknown)

    _replace(way, "look_up", tolerant)
    _replace(way.pipeline, "_identity", identity)
    attempt = Attempt(
        provider=way.provider_id,
        state="offline",
        nonce="",
        code_verifier="",
        redirect_uri=_PLACE,
        next_url="",
        issuer="",
        issued_at=time.time(),
        request_token_secret=_TOKEN,
    )
    return {"code": "offline", "attempt": attempt}


def _with_given(found: Found, given: GivenUser, wanted: Mapping[str, frozenset[str]], login: OfflineLogin) -> Found:
    """What look-ups found, with the memberships in the file. The options' own spelling counts."""
    memberships = {kind: set(names) for kind, names in found.memberships.items()}
    for known, is_complete in ((given.memberships, True), (given.partial, False)):
        for kind, names in known.items():
            if kind in wanted:
                among = wanted_among(names, sorted(wanted[kind]))
                memberships[kind] = memberships.get(kind, set()) | set(among)
                login.asked[kind] = wanted[kind] if is_complete else frozenset(among)
    return replace(found, memberships=memberships)


def _replace(part: Any, name: str, value: Any) -> None:
    """Replace a method of this object alone."""
    object.__setattr__(part, name, value)
