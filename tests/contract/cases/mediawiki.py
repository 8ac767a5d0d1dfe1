"""MediaWiki: OAuth 1.0a with two clients, and OAuth 2.0."""

from __future__ import annotations

from typing import Any

from tests.fakes.mediawiki import FakeMediaWiki, WikiUser
from tests.fakes.traffic import Traffic

from .base import OAUTH_2_KEYS, Person, ProviderCase


class MeasuredWiki(Traffic, FakeMediaWiki):
    """The strict MediaWiki, with its requests measured."""


class MediaWikiCase(ProviderCase):
    """OAuth 1.0a with the shared HTTP client."""

    id = "mediawiki"
    entry_point = "suite-mediawiki"
    member = Person("Alice")
    outsider = Person("Bob van Dyke", name="Bob_van_Dyke")
    user_endpoint = "identify"
    state_parameter = "oauth_token"
    denied = None
    token_refused = "token-error"
    user_refused = "identify-error"
    auth_state_keys = frozenset({"ACCESS_TOKEN_KEY", "ACCESS_TOKEN_SECRET"})
    fake: FakeMediaWiki

    def make_fake(self) -> FakeMediaWiki:
        return MeasuredWiki()

    def register(self, callback_url: str) -> None:
        self.fake.consumer.callback_url = callback_url

    def options(self) -> dict[str, Any]:
        return {
            "mw_index_url": self.fake.index_url,
            "client_id": self.fake.consumer.key,
            "client_secret": self.fake.consumer.secret,
        }

    @property
    def own_rule(self) -> dict[str, Any]:
        return {"allowed_wiki_groups": {"sysop"}}

    @property
    def revoke_page(self) -> str:
        return f"{self.fake.index_url}?title=Special%3AOAuthManageMyGrants"

    def deny(self) -> None:
        self.fake.deny = True

    def revoke(self) -> None:
        self.fake.revoke(self.member.key)

    def leave(self) -> None:
        self.fake.users[self.member.key].groups = []

    def tell_something_new(self) -> tuple[str, Any]:
        self.fake.users[self.member.key].editcount = 4711
        return "editcount", 4711

    def recycle(self) -> bool:
        self.fake.rename(self.member.key, f"{self.member.key} (as was)")
        self.fake.users[self.member.key] = WikiUser(4711, self.member.key)
        return True


class MediaWikiLibraryCase(MediaWikiCase):
    """OAuth 1.0a with the mwoauth library."""

    id = "mediawiki-mwoauth"

    def options(self) -> dict[str, Any]:
        return {**super().options(), "handshaker": "mwoauth"}


class MediaWiki2Case(MediaWikiCase):
    """OAuth 2.0."""

    id = "mediawiki-oauth2"
    token_endpoint = "oauth2_token"
    user_endpoint = "profile"
    state_parameter = "state"
    denied = 400  # the wiki omits the state when the user refuses consent, so that the attempt is unknown
    token_refused = "invalid-grant"
    user_refused = ProviderCase.user_refused
    auth_state_keys = OAUTH_2_KEYS

    def make_fake(self) -> FakeMediaWiki:
        wiki = MeasuredWiki()
        wiki.consumer.oauth_version = "2.0"
        return wiki

    def options(self) -> dict[str, Any]:
        return {**super().options(), "oauth_version": "2.0"}
