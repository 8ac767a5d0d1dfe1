"""The Dynamic plan's module about signed requests by reference, through a real Hub."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from joserfc.jwk import KeySet, RSAKey

from tests.contract.logins import accepted, asked_by_browser, ready
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hub, check_invariants

HubMaker = Callable[..., Awaitable[Hub]]


@pytest.mark.conformance("oidcc-client-test-request-uri-signed-rs256")
async def test_oidcc_client_test_request_uri_signed_rs256(
    provider: FakeProvider, hub_at_provider: HubMaker, tmp_path: Path
) -> None:
    """oidcc-client-test-request-uri-signed-rs256: the browser carries a URL, where the provider fetches the request."""
    key = RSAKey.generate_key(2048)
    file = tmp_path / "client.pem"
    file.write_bytes(key.as_pem(private=True))
    file.chmod(0o600)
    public = {**key.as_dict(private=False), "kid": key.thumbprint()}
    provider.client.request_object_keys = KeySet.import_key_set({"keys": [public]})
    provider.request_object_algorithms = ["RS256"]
    provider.requires_signed_requests = True
    hub = await ready(await hub_at_provider(client_key_file=str(file), request_object="reference"))
    browser = await accepted(hub, provider)
    carried = asked_by_browser(browser, provider)
    assert carried["request_uri"].startswith(hub.url)
    assert not {"redirect_uri", "state", "nonce", "code_challenge", "request"} & set(carried)
    assert provider.requests_to("authorize")[0].fields["redirect_uri"] == hub.callback_url
    assert provider.refusals == []
    check_invariants(hub, provider, accounts={"alice"})
