"""GitHub's OAuth: not quite RFC 6749. Errors of the token endpoint have status 200, scopes are joined by commas.

From the pages "Authorizing OAuth apps", "Troubleshooting OAuth app access token request errors", "Scopes for OAuth apps",
"Generating a user access token for a GitHub App" and "Refreshing user access tokens" of docs.github.com.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from secrets import compare_digest, token_hex, token_urlsafe
from typing import Any
from urllib.parse import urlencode

from tests.fakes.openid_provider import rules
from tests.fakes.openid_provider.records import Call, Grant, Reply
from tests.fakes.openid_provider.rules import FORM, Refused, Registration
from tests.fakes.openid_provider.server import AS_USER

from .world import User, World

EIGHT_HOURS = 28_800
SIX_MONTHS = 15_897_600
TEN_MINUTES = 600

# Each scope, and those that it includes: of what is asked for, only the widest are granted by name.
SCOPES = {
    "user": {"read:user", "user:email", "user:follow"},
    "read:user": set(),
    "user:email": set(),
    "user:follow": set(),
    "admin:org": {"write:org", "read:org"},
    "write:org": {"read:org"},
    "read:org": set(),
    "repo": {"public_repo"},
    "public_repo": set(),
    "gist": set(),
}
CODE_FIELDS = ({"client_id", "client_secret", "code"}, {"redirect_uri", "code_verifier", "grant_type", "state"})
REFRESH_FIELDS = ({"client_id", "client_secret", "grant_type", "refresh_token"}, set())


def normalized(asked: str) -> list[str]:
    """Unknown names are dropped without a message, and so are scopes that another scope includes."""
    known = [scope for scope in dict.fromkeys(asked.split(" ")) if scope in SCOPES]
    return [scope for scope in known if not any(scope in SCOPES[other] for other in known)]


def token_fields(call: Call) -> dict[str, str]:
    """A POST, of a form or of a JSON object (which some clients send), and nothing in the query, which is logged."""
    if call.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
        rules.check_form_request(call.method, call.query, call.headers)
        return rules.decode_fields(call.body, "the token request")
    rules.check_form_request(call.method, call.query, {"content-type": FORM})
    try:
        fields = json.loads(call.body)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or not all(isinstance(value, str) for value in fields.values()):
        raise Refused("invalid_request", "the token request is no JSON object of strings")
    return fields


class GitHubOAuth:
    """The part of `FakeGitHub` that lets users in and hands out tokens."""

    client: Registration
    clients: dict[str, Registration]
    user: str | None
    deny: str | None
    world: World
    clock: Callable[[], float]
    secrets: set[str]
    refusals: list[str]
    codes_issued: set[str]
    github_app: bool
    expiring_tokens: bool
    scopes_withheld: set[str]
    requires_verified_email: bool
    _codes: dict[str, Grant]
    _refresh_tokens: dict[str, Grant]
    _access_tokens: dict[str, Grant]

    # -- what tests do

    def token_for(self, login: str, *scopes: str) -> str:
        """An access token without the walk through the browser."""
        user = self.world.users[login]
        grant = Grant(self.client.client_id, str(user.id), normalized(" ".join(scopes)), token_urlsafe(12))
        return self._issue_tokens(grant)["access_token"]

    # -- /login/oauth/authorize

    async def _authorize(self, call: Call) -> Reply:
        if call.method != "GET":
            raise Refused("not_found", "the authorization page is for browsers", status=404)
        fields = call.fields = rules.decode_fields(call.query, "the authorization request")
        login = fields.pop(AS_USER, self.user)
        client = self.clients.get(fields.get("client_id", ""))
        if client is None:
            raise Refused("not_found", "no such application", status=404)
        if not client.redirect_uris:
            raise Refused("redirect_uri_mismatch", "the application has no callback URL")
        registered = sorted(client.redirect_uris)[0]
        target = fields.get("redirect_uri", registered)
        answer = [("state", fields["state"])] if fields.get("state") else []
        refusal: Refused | None = None
        if target not in client.redirect_uris:  # the answer goes to where the application has registered
            target = registered
            refusal = Refused("redirect_uri_mismatch", "redirect_uri is not the registered callback URL")
        else:
            try:
                answer.insert(0, ("code", self._issue_code_to(client, login, fields)))
            except Refused as why:
                if why.status == 401:
                    raise
                refusal = why
        if refusal is not None:
            self.refusals.append(f"authorize: {refusal}")
            uri = f"https://docs.example/errors#{refusal.error}"
            answer = [("error", refusal.error), ("error_description", refusal.why), ("error_uri", uri), *answer]
        return Reply.redirect(target, answer)

    def _issue_code_to(self, client: Registration, login: str | None, fields: dict[str, str]) -> str:
        if "code_challenge" in fields or "code_challenge_method" in fields:
            rules.check_challenge(fields)
        if fields.get("response_type", "code") != "code":
            raise Refused("unsupported_response_type", "response_type is not code")
        if self.deny is not None:
            raise Refused(self.deny, "The user has denied your application access.")
        user = self.world.user_by_login(login) if login else None
        if user is None:
            raise Refused("login_required", "nobody is logged in", status=401)
        asked = [] if self.github_app else normalized(fields.get("scope", ""))  # an App has permissions instead
        code = token_hex(10)
        self.codes_issued.add(code)
        self._codes[code] = Grant(
            client.client_id,
            str(user.id),
            [scope for scope in asked if scope not in self.scopes_withheld],
            token_urlsafe(12),
            redirect_uri=fields.get("redirect_uri", ""),
            challenge=fields.get("code_challenge", ""),
            expires_at=self.clock() + TEN_MINUTES,
        )
        return code

    # -- /login/oauth/access_token

    async def _token(self, call: Call) -> Reply:
        try:
            fields = call.fields = token_fields(call)
        except Refused as refusal:
            raise Refused("not_found", refusal.why, status=404) from refusal
        try:
            reply = self._token_reply(fields)
        except Refused as refusal:
            self.refusals.append(f"token: {refusal}")
            uri = f"https://docs.example/errors#{refusal.error}"
            reply = {"error": refusal.error, "error_description": refusal.why, "error_uri": uri}
        accepted = [entry.partition(";")[0].strip() for entry in call.headers.get("accept", "").split(",")]
        if "application/json" in accepted:
            return Reply(json=reply, headers={"Content-Type": "application/json; charset=utf-8"})
        return Reply(body=urlencode(reply).encode(), headers={"Content-Type": f"{FORM}; charset=utf-8"})

    def _token_reply(self, fields: dict[str, str]) -> dict[str, Any]:
        self.secrets.update(fields[name] for name in ("code_verifier",) if name in fields)
        client = self.clients.get(fields.get("client_id", ""))
        secret = fields.get("client_secret", "")
        if client is None or not compare_digest(secret.encode(), client.client_secret.encode()):
            # In the body: this endpoint knows no other way of client authentication.
            raise Refused("incorrect_client_credentials", "client_id or client_secret is wrong, or not in the form")
        grant_type = fields.get("grant_type", "authorization_code")
        if grant_type == "refresh_token":
            rules.check_fields(fields, *REFRESH_FIELDS)
            return self._issue_tokens(self._redeem_refresh(client, fields["refresh_token"]))
        if grant_type != "authorization_code":
            raise Refused("unsupported_grant_type", "grant_type is not one of mine")
        rules.check_fields(fields, *CODE_FIELDS)
        return self._issue_tokens(self._redeem(client, fields))

    def _redeem(self, client: Registration, fields: dict[str, str]) -> Grant:
        grant = self._codes.pop(fields["code"], None)  # once, whatever comes of it
        if grant is None or grant.client_id != client.client_id or grant.expires_at < self.clock():
            raise Refused("bad_verification_code", "The code passed is incorrect or expired.")
        if fields.get("redirect_uri", grant.redirect_uri) != grant.redirect_uri:
            raise Refused("redirect_uri_mismatch", "redirect_uri is not that of the authorization request")
        if grant.challenge:
            try:
                rules.check_verifier(fields.get("code_verifier", ""), grant.challenge)
            except Refused as refusal:  # the documentation gives no code for this
                raise Refused("bad_verification_code", refusal.why) from refusal
        elif "code_verifier" in fields:
            raise Refused("bad_verification_code", "a code_verifier, and no code_challenge before it")
        user = self._user_of(grant)
        if self.requires_verified_email and (user is None or user.primary is None or not user.primary.verified):
            raise Refused("unverified_user_email", "The user must have a verified primary email.")
        return replace(grant, expires_at=float("inf"))

    def _redeem_refresh(self, client: Registration, token: str) -> Grant:
        """ "Once you use a refresh token, that refresh token and the old user access token will no longer work.\""""
        grant = self._refresh_tokens.pop(token, None)
        if grant is None or grant.client_id != client.client_id or grant.expires_at < self.clock():
            raise Refused("bad_refresh_token", "The refresh token passed is incorrect or expired.")
        self._forget_family(grant.family)
        return grant

    def _forget_family(self, family: str) -> None:
        for tokens in (self._access_tokens, self._refresh_tokens):
            for token in [token for token, grant in tokens.items() if grant.family == family]:
                del tokens[token]

    def _issue_tokens(self, grant: Grant) -> dict[str, Any]:
        expires = self.github_app and self.expiring_tokens
        lifetime = EIGHT_HOURS if expires else float("inf")
        access_token = f"{'ghu' if self.github_app else 'gho'}_{token_hex(18)}"
        self._access_tokens[access_token] = replace(grant, expires_at=self.clock() + lifetime)
        reply: dict[str, Any] = {"access_token": access_token, "scope": ",".join(grant.scope), "token_type": "bearer"}
        self.secrets.add(access_token)
        if expires:
            refresh_token = f"ghr_{token_hex(38)}"
            self._refresh_tokens[refresh_token] = replace(grant, expires_at=self.clock() + SIX_MONTHS)
            self.secrets.add(refresh_token)
            reply |= {
                "expires_in": EIGHT_HOURS,
                "refresh_token": refresh_token,
                "refresh_token_expires_in": SIX_MONTHS,
            }
        return reply

    def _user_of(self, grant: Grant) -> User | None:
        return self.world.user_by_id(int(grant.user))
