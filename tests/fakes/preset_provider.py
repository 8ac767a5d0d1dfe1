"""A strict provider in the shape of a preset: its paths, its scopes, and its layout of claims.

::

    async with FakePresetProvider("nextcloud") as provider:
        config.GenericOAuthenticator.update(provider.options())

Paths, scopes and keys of claims are those of the row in `oauthenticator_suite.providers.generic.presets`. What a row
does not say comes from the provider's documentation, which the row names: `LAYOUTS` and `NUMBERS`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from oauthenticator_suite.hub.options.template import fill
from oauthenticator_suite.providers.generic.preset import Preset
from oauthenticator_suite.providers.generic.presets import PRESETS

from .openid_provider import Call, FakeProvider, Refused, Reply
from .openid_provider.records import Grant
from .openid_provider.wire import Endpoints

GROUPS = {"alice": ["staff", "lab"], "bob": ["students"], "carol": []}

NUMBERS = {"canvas"}
"""Providers whose IDs of users are numbers in JSON."""


def _hugging_face(groups: list[str]) -> dict[str, Any]:
    orgs = [{"sub": f"id-of-{name}", "preferred_username": name, "roleInOrg": "read"} for name in groups]
    held_back = [
        {"sub": "1", "preferred_username": "needs-sso", "pendingSSO": True},
        {"sub": "2", "preferred_username": "needs-mfa", "missingMFA": True},
        {"sub": "3", "preferred_username": "restricted", "securityRestrictions": ["sso"]},
    ]
    return {"orgs": [*held_back, *orgs]}


def _zitadel(groups: list[str]) -> dict[str, Any]:
    """The claim is left out for users without roles."""
    roles = {name: {"177": "example.zitadel.cloud"} for name in groups}
    return {"urn:zitadel:iam:org:project:roles": roles} if roles else {}


def _lemonldap(groups: list[str]) -> dict[str, Any]:
    return {"groups": "; ".join(groups)}


def _entitlements(claim: str, namespace: str, authority: str) -> Callable[[list[str]], dict[str, Any]]:
    """A membership for each group, with values that the proxy relays, and others that name no group."""

    def layout(groups: list[str]) -> dict[str, Any]:
        own = [f"{namespace}:group:{name}{authority}" for name in groups]
        relayed = [
            "urn:geant:another.example:group:staff#idp.another.example",
            "urn:mace:dir:entitlement:common-lib-terms",
        ]
        return {claim: [*relayed, *own]}

    return layout


LAYOUTS = {
    "egi-check-in": _entitlements("entitlements", "urn:mace:egi.eu", "#aai.egi.eu"),
    "helmholtz-id": _entitlements("eduperson_entitlement", "urn:geant:helmholtz.de", "#login.helmholtz.de"),
    "hugging-face": _hugging_face,
    "lemonldap": _lemonldap,
    "ls-login": _entitlements("eduperson_entitlement", "urn:geant:lifescience-ri.eu", "#aai.lifescience-ri.eu"),
    "zitadel": _zitadel,
}
"""How providers write groups that are not a list of names."""


class FakePresetProvider(FakeProvider):
    """See the module's docstring."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name
        self.row: Preset = PRESETS[name]
        self.client.scopes = set(self.row.scope or ())
        self.client.auth_method = self.row.client_auth_method or "client_secret_post"  # the metadata offer both
        self.errors_with_200 = False
        self.scopes_asked: list[str] = []
        self.users = {user: self._user(user, number) for number, user in enumerate(GROUPS, 101)}

    @property
    def is_openid(self) -> bool:
        return "openid" in (self.row.scope or ())

    @property
    def _own_url(self) -> str:
        """The issuer, or the value of `preset_url`, at the provider's own host."""
        return self.row.example or self.row.endpoints.issuer

    async def __aenter__(self) -> FakePresetProvider:
        await super().__aenter__()
        self.issuer = self.origin + urlsplit(self._own_url).path
        self.announce_iss = self.is_openid
        return self

    def options(self) -> dict[str, Any]:
        """The options of an operator; a service at a fixed host is replaced by this one, as a test instance of it."""
        found: dict[str, Any] = {"preset": self.name, "client_id": self.client.client_id}
        found["client_secret"] = self.client.client_secret
        if self.is_openid:
            return {**found, "issuer": self.issuer}
        if self.row.needs:
            return {**found, self.row.needs: self.origin}
        urls = {"authorize_url": "authorize", "token_url": "token", "userdata_url": "userdata"}
        return {**found, **{option: self.origin + self._path(name) for option, name in urls.items()}}

    def _path(self, name: str) -> str:
        filled = fill(getattr(self.row.endpoints, name), self)
        return urlsplit(filled).path

    @property
    def preset_url(self) -> str:
        """For the templates of the row."""
        return "https://provider.example"

    def endpoints(self) -> Endpoints:
        if not self.is_openid:
            return {
                self._path("authorize"): ("authorize", self._authorize),
                self._path("token"): ("token", self._token),
                self._path("userdata"): ("userinfo", self._userinfo),
            }
        below = urlsplit(self._own_url).path.rstrip("/")
        known = super().endpoints()
        return {f"{below}{path}": endpoint for path, endpoint in known.items() if "{" not in path}

    async def _metadata(self, call: Call) -> Reply:
        reply = await super()._metadata(call)
        base = self.issuer.rstrip("/")
        names = {"authorization": "authorize", "token": "token", "userinfo": "userinfo", "end_session": "end_session"}
        reply.json.update({f"{name}_endpoint": f"{base}/{path}" for name, path in names.items()})
        reply.json.update(jwks_uri=f"{base}/jwks", revocation_endpoint=f"{base}/revoke")
        return reply

    async def _jwks(self, call: Call) -> Reply:
        return await self._published_keys(call)

    def _issue_code(self, client: Any, user: str | None, fields: dict[str, str]) -> str:
        self.scopes_asked = fields.get("scope", "").split(" ") if fields.get("scope") else []
        return super()._issue_code(client, user, fields)

    def _user(self, name: str, number: int) -> dict[str, Any]:
        claims = self.row.claims
        user: dict[str, Any] = {"sub": f"subject-of-{name}"} if self.is_openid else {}
        if claims.subject != "sub":
            _put(user, claims.subject, number if self.name in NUMBERS else str(number))
        _put(user, claims.username, name)
        _put(user, claims.name, f"{name.title()} Example")
        if layout := LAYOUTS.get(self.name):
            user.update(layout(GROUPS[name]))
        elif claims.groups:
            _put(user, claims.groups, GROUPS[name])
        return user

    def _user_claims(self, grant: Grant) -> dict[str, Any]:
        """A claim that has its own scope is left out without that scope."""
        left_out = self.client.scopes - set(grant.scope)
        return {key: value for key, value in self.users[grant.user].items() if key not in left_out}

    async def _userinfo(self, call: Call) -> Reply:
        query, call.query = call.query, ""  # `rules` allow none; the row's own is checked here
        expected = urlsplit(fill(self.row.endpoints.userdata, self)).query
        if query != expected:
            raise Refused("invalid_request", f"the query is {query!r}, not {expected!r}")
        if self.errors_with_200:
            return Reply(json={"ok": False, "error": "invalid_auth"})
        return await super()._userinfo(call)


def _put(target: dict[str, Any], key: str, value: Any) -> None:
    """Set the value at a key with dots."""
    *path, last = key.split(".")
    for part in path:
        target = target.setdefault(part, {})
    target[last] = value
