"""In the place of a running Hub: the redirect URI of its public URL, and the children of `MultiAuthenticator`."""

from __future__ import annotations

from typing import Any

import pytest
from jupyterhub.app import JupyterHub
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator, MultiAuthenticator
from oauthenticator_suite.cli.check.online import probe
from oauthenticator_suite.cli.check.online.probe import redirect_uri_of
from tests.cli.online.asking import at, by_code
from tests.fakes.openid_provider import FakeProvider

pytestmark = pytest.mark.hub_versions


def test_the_redirect_uri_follows_from_the_public_url(provider: FakeProvider) -> None:
    config = at(provider, oauth_callback_url="").config
    assert redirect_uri_of(GenericOAuthenticator(config=config)) == ""
    hub = JupyterHub(config=config, base_url="/base/", public_url="https://hub.example.org/base/")
    authenticator = GenericOAuthenticator(parent=hub)
    assert redirect_uri_of(authenticator) == "https://hub.example.org/base/hub/oauth_callback"


def test_an_override_that_needs_the_request(provider: FakeProvider) -> None:
    class OwnAuthenticator(GenericOAuthenticator):
        def get_callback_url(self, handler: Any = None) -> str:
            return str(handler.request.full_url())

    assert redirect_uri_of(OwnAuthenticator(config=at(provider).config)) == ""


async def test_each_child_of_several(provider: FakeProvider) -> None:
    config = Config()
    common = {"client_id": provider.client.client_id, "client_auth_method": "client_secret_basic", "allow_all": True}
    right = {"issuer": provider.issuer, "client_secret": provider.client.client_secret, **common}
    wrong = {**right, "client_secret": "another-secret-of-the-hub"}
    for name, options in (("one", right), ("two", wrong)):
        options["oauth_callback_url"] = f"https://hub.example.org/hub/auth/{name}/authorize"
        provider.client.redirect_uris.add(options["oauth_callback_url"])
    config.MultiAuthenticator.authenticators = [
        {"authenticator_class": GenericOAuthenticator, "provider": "one", "config": right, "login_service": "One"},
        {"authenticator_class": GenericOAuthenticator, "provider": "two", "config": wrong, "login_service": "Two"},
    ]
    config.MultiAuthenticator.username_collision = "prefix"
    children = MultiAuthenticator(config=config).children
    assert by_code(await probe(children["one"])) == {}
    assert set(by_code(await probe(children["two"]))) == {"client-refused"}
    assert await probe(MultiAuthenticator(config=config)) == []
