"""The suite at real providers that each demand a protection: login, userinfo, refresh and logout.

``test_strict_providers.py`` shows that the providers refuse a client that does less.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from .checks import fit_log
from .processes import wait_for
from .strict_hub import StrictHub, start_strict_hub

ENTRIES: dict[str, dict[str, Any]] = {
    "no-userinfo": {"userdata_from_id_token": True},
    "signed-userinfo": {"userinfo_signed_response_alg": ["ES256"]},
    "encrypted-userinfo": {
        "client_decryption_key_file": "{keys}",
        "userinfo_encrypted_response_alg": ["RSA-OAEP-256"],
        "userinfo_signed_response_alg": ["ES256"],
    },
    "par": {"enable_par": True},
    "form-post": {"response_mode": "form_post"},
    "jarm": {"response_mode": "jwt"},
    "encrypted-id-token": {"client_decryption_key_file": "{keys}", "id_token_encrypted_response_alg": ["ECDH-ES"]},
}
"""The options of the Hub for each provider, besides those for a provider that demands nothing."""

WITHOUT_USERINFO = {"no-userinfo"}


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StrictHub]:
    with ExitStack() as cleanup:
        yield start_strict_hub(tmp_path_factory.mktemp("strict"), cleanup, ENTRIES)


@pytest.mark.parametrize("name", ENTRIES)
def test_login_refresh_and_logout(strict: StrictHub, name: str) -> None:
    way = strict.way(name)
    strict.providers.forget(name)
    with strict.providers.browser() as browser, fit_log(way, browser):
        page = strict.log_in(browser, name)
        assert (page.status, page.path) == (200, "/hub/home"), page
        assert way.signed_in_as(browser) == name

        def renewed() -> bool:
            assert way.signed_in_as(browser) == name
            return strict.providers.seen(name).grants.get("refresh_token", 0) >= 2

        wait_for("two renewals of the tokens, each with a refresh token that is good once", renewed)
        seen = strict.providers.seen(name)
        assert seen.grants["authorization_code"] == 1
        assert not refusals(seen.refusals), seen
        assert (seen.requests.get("userinfo", 0) >= 3) is (name not in WITHOUT_USERINFO)

        page = browser.get(strict.hub.page("logout"))
        assert page.url.startswith(way.site.issuer), page
        page = browser.submit(page, page.form(having="xsrf"), {"logout": "yes"})
        assert page.url.startswith(strict.hub.url), page
        assert way.signed_in_as(browser) is None
        seen = strict.providers.seen(name)
        assert seen.requests["revocation"] >= 1
        assert list(seen.backchannel) == ["told hub"]
        assert not refusals(seen.refusals), seen


@pytest.mark.parametrize("name", ENTRIES)
def test_a_logout_at_the_provider_ends_the_session_here(strict: StrictHub, name: str) -> None:
    """Back-channel: the provider tells the Hub before its own page comes, and fails to do so for no reason of TLS."""
    way = strict.way(name)
    with strict.providers.browser() as browser, fit_log(way, browser):
        assert strict.log_in(browser, name).path == "/hub/home"
        strict.providers.forget(name)
        page = browser.get(f"{way.site.issuer}/session/end")
        browser.submit(page, page.form(having="xsrf"), {"logout": "yes"})
        assert list(strict.providers.seen(name).backchannel) == ["told hub"]
        assert way.signed_in_as(browser) is None


def refusals(seen: Any) -> list[str]:
    """Without those that a nonce for the next request comes with."""
    return [refusal for refusal in seen if not refusal.endswith(": use_dpop_nonce")]
