"""Independent clients at the fakes: their requests reach a fake instead of the real provider, and no other server.

Others wrote these clients from the provider's documentation. A client that can sign in at a fake shows that the fake has
the provider's addresses and answers. The clients use the library `requests`, and block: run them in a thread.

::

    at_fakes = Routes(monkeypatch)
    at_fakes["https://login.microsoftonline.com"] = entra.origin
    answer = visit(url)               # the fields of the redirect to the client
"""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter

from tests.fakes.openid_provider import FakeProvider

CALLBACK = "https://hub.example.org/hub/oauth_callback"


class Routes(dict[str, str]):
    """By the address of a real provider, that of the fake. Requests to all other hosts but loopback are errors."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__()
        send = HTTPAdapter.send

        def to_a_fake(adapter: HTTPAdapter, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
            url = str(request.url)
            for address, origin in self.items():
                if url == address or url.startswith((f"{address}/", f"{address}?")):
                    request.url = origin + url.removeprefix(address)
                    break
            assert urlsplit(str(request.url)).hostname in ("127.0.0.1", "127.0.0.3"), f"{url} is not at a fake"
            if "application/json" not in request.headers.get("Accept", ""):
                request.headers["Accept"] = "application/json"  # the fakes want it from the Hub; real providers do not
            return send(adapter, request, **kwargs)

        monkeypatch.setattr(HTTPAdapter, "send", to_a_fake)


def visit(url: str) -> dict[str, str]:
    """Go to the authorization endpoint as the browser of a user who consents; returns the fields of the answer."""
    response = requests.get(url, allow_redirects=False, timeout=10)
    assert response.status_code == 303, response.text
    location = response.headers["Location"]
    assert location.startswith(f"{CALLBACK}?")
    return dict(parse_qsl(urlsplit(location).query))


def register(fake: FakeProvider, method: str = "client_secret_basic") -> dict[str, str]:
    """Register a client of the usual kind. The secret needs no encoding, because few clients encode it."""
    fake.is_lenient = True
    fake.client.client_secret = "a-plain-secret-of-enough-letters"
    fake.client.redirect_uris.add(CALLBACK)
    fake.client.auth_method = method
    return {"client_id": fake.client.client_id, "client_secret": fake.client.client_secret}
