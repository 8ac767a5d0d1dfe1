"""Errors about http URLs advise `allow_insecure_http` where it can be set, and nowhere with `security_profile`."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from yarl import URL

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.cli.register.provider import RegisteringProvider
from oauthenticator_suite.cli.register.wanted import Wanted
from oauthenticator_suite.errors import SuiteError
from oauthenticator_suite.hub.findings.finding import find
from oauthenticator_suite.hub.oauth.authenticator import OAuthenticator
from oauthenticator_suite.hub.oauth.configured_addresses import address_guard
from oauthenticator_suite.hub.options.declaration import Endpoints
from oauthenticator_suite.protocol.messages import Request
from tests.fakes.openid_provider import FakeProvider, Fault
from tests.fakes.openid_provider.bending import member

HTTP = "http://elsewhere.example/x"
CALLBACK = "https://hub.example/hub/oauth_callback"

Made = Callable[..., OAuthenticator]


class WithDocument(OAuthenticator):
    """A provider with a document that names the endpoints, as OpenShift has it."""

    service = "Cluster"
    endpoints = Endpoints(userdata="https://cluster.example/user", document="{issuer}/.well-known/openid-configuration")


@pytest.fixture
def make(provider: FakeProvider) -> Made:
    """`make(cls, option=value, …)`: an authenticator at the provider. It sends requests, and no Hub runs."""

    def make(cls: type[OAuthenticator] = GenericOAuthenticator, **options: Any) -> OAuthenticator:
        return cls(**{"client_id": "hub", "issuer": provider.issuer, "allow_all": True, **options})

    return make


async def raised(asked: Awaitable[Any]) -> str:
    with pytest.raises(SuiteError) as caught:
        await asked
    return caught.value.detail


def names_http(provider: FakeProvider, name: str) -> None:
    """The provider's metadata have an http URL as this member."""
    provider.faults.on(Fault("http", "metadata", "", member(name, HTTP)))


async def of_an_option(make: Made, provider: FakeProvider, **options: Any) -> str:
    """At the start of the Hub."""
    (found,) = (each for each in find(make(**{**options, "issuer": HTTP}), "start") if each.code == "provider-url")
    return str(found)


async def of_a_claim_source_in_an_option(make: Made, provider: FakeProvider, **options: Any) -> str:
    issuers = {"https://claims.example": {"jwks_url": HTTP, "claims": ["groups"]}}
    made = make(claim_source_issuers=issuers, **options)
    (found,) = (each for each in find(made, "start") if each.code == "claim-source-issuers")
    return str(found)


async def of_the_metadata(make: Made, provider: FakeProvider, **options: Any) -> str:
    names_http(provider, "token_endpoint")
    return await raised(make(trusted_provider_hosts={"elsewhere.example"}, **options).connection.issuer.metadata())


async def of_a_document_with_the_endpoints(make: Made, provider: FakeProvider, **options: Any) -> str:
    names_http(provider, "token_endpoint")
    document = make(WithDocument, **options).connection.document
    assert document is not None
    return await raised(document.endpoint("token_url"))


async def of_a_claim_source(make: Made, provider: FakeProvider, **options: Any) -> str:
    """It is logged, and the claims stay unknown."""
    issuers = {"https://claims.example": {"jwks_url": "https://claims.example/keys", "claims": ["groups"]}}
    made, lines = make(claim_source_issuers=issuers, log=logging.getLogger("tests.http"), **options), Lines()
    made.log.addHandler(lines)
    sources = {"_claim_names": {"groups": "s1"}, "_claim_sources": {"s1": {"endpoint": HTTP}}}
    await made.connection.with_referenced_claims({"sub": "alice", **sources})
    made.log.removeHandler(lines)
    (text,) = lines.texts
    return text.removesuffix(". (Logged once.)")


class Lines(logging.Handler):
    """The lines of a log."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(record.getMessage())


async def of_a_request(make: Made, provider: FakeProvider, **options: Any) -> str:
    """Before the Hub connects, whatever was checked earlier."""
    guard, request = address_guard(make(**options)), Request("GET", HTTP, "token request", {})
    with pytest.raises(SuiteError) as caught:
        guard.passage(request, URL(HTTP), "token request", is_direct=True)
    return caught.value.detail


async def of_the_registration(make: Made, provider: FakeProvider, **options: Any) -> str:
    """For ``oauthenticator-suite register``."""
    made = make(**options)
    registering = RegisteringProvider.of(Wanted(made.issuer, CALLBACK, authenticator=made))
    with pytest.raises(SuiteError) as caught:
        registering.endpoint_in({"registration_endpoint": HTTP})
    return caught.value.detail


PLACES = (
    of_an_option,
    of_a_claim_source_in_an_option,
    of_the_metadata,
    of_a_document_with_the_endpoints,
    of_a_claim_source,
    of_a_request,
    of_the_registration,
)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.__name__)
@pytest.mark.parametrize("profile", ["", "fapi2"])
async def test_the_option_is_advised_only_where_it_can_be_set(
    make: Made, provider: FakeProvider, place: Callable[..., Awaitable[str]], profile: str
) -> None:
    text = await place(make, provider, security_profile=profile)
    assert "plain http URL" in text
    assert ": secrets would cross the network unencrypted. " in text
    assert ("or set allow_insecure_http = True if the network itself is protected" in text) is (not profile)
    assert ("allow_insecure_http" in text) is (not profile)


def test_without_a_configuration_there_is_no_option_to_set() -> None:
    """``oauthenticator-suite register --issuer`` has no configuration."""
    registering = RegisteringProvider.of(Wanted("https://provider.example", CALLBACK))
    with pytest.raises(SuiteError) as caught:
        registering.endpoint_in({"registration_endpoint": HTTP})
    assert "plain http URL" in caught.value.detail
    assert "allow_insecure_http" not in caught.value.detail
