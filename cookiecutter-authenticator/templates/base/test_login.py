"""Logins through a real JupyterHub; the tests act as the proxy in front of it, and as clients that imitate it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import requests
from oauthenticator_suite.extend import ConfigurationError

from {{ cookiecutter.__package }} import {{ cookiecutter.__class }}

SECRET = "a secret of the Hub and its proxy"

StartHub = Callable[[str], str]
Headers = dict[str, str]


@pytest.fixture(scope="module")
def secret_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("secret") / "secret"
    path.write_text(SECRET + "\n", encoding="utf-8")
    return path


def configuration(secret_file: Path, *trusted: str) -> str:
    return f"""
c.{{ cookiecutter.__class }}.secret_file = {str(secret_file)!r}
c.{{ cookiecutter.__class }}.trusted_proxies = {list(trusted)!r}
c.{{ cookiecutter.__class }}.allowed_users = {{ '{{"ada"}}' }}
"""


@pytest.fixture(scope="module")
def hub(start_hub: StartHub, secret_file: Path) -> str:
    """The URL of a Hub that allows ada, and not eve, behind a proxy at 192.0.2.7."""
    return start_hub(configuration(secret_file, "127.0.0.1", "192.0.2.0/29"))


def sign_in(hub: str, headers: Headers) -> requests.Response:
    """The response to a new browser, when the proxy adds `headers` to its requests."""
    with requests.Session() as browser:
        browser.headers.update(headers)
        return browser.get(f"{hub}/hub/{{ cookiecutter.name }}/login?next=/hub/home")


def headers(**changes: str) -> Headers:
    """The headers that the proxy sends for ada, with changes; underscores stand for hyphens."""
    sent = {"Remote-User": "ada", "X-Proxy-Secret": SECRET}
    return sent | {name.replace("_", "-"): value for name, value in changes.items()}


def test_the_login_page_has_the_button(hub: str) -> None:
    page = requests.get(f"{hub}/hub/login")
    assert "Sign in with {{ cookiecutter.__title }}" in page.text
    assert "/hub/{{ cookiecutter.name }}/login" in page.text


@pytest.mark.parametrize("through", ["", "192.0.2.7", "198.51.100.1, 192.0.2.7"])
def test_the_user_that_the_proxy_names_signs_in(hub: str, through: str) -> None:
    page = sign_in(hub, headers(X_Forwarded_For=through) if through else headers())
    assert (page.status_code, page.url) == (200, f"{hub}/hub/home")
    assert 'user: "ada"' in page.text


def test_a_user_who_is_not_allowed_is_refused(hub: str) -> None:
    assert sign_in(hub, headers(Remote_User="eve")).status_code == 403


REFUSED = {
    "no secret": {"Remote-User": "ada"},
    "a wrong secret": headers(X_Proxy_Secret="a secret of the Hub and its prox?"),
    "an empty secret": headers(X_Proxy_Secret=""),
    "past the proxy": headers(X_Forwarded_For="198.51.100.1"),
    "past the proxy, with an invented address": headers(X_Forwarded_For="192.0.2.7, 198.51.100.1"),
    "another invented header": headers(X_Forwarded_For="198.51.100.1", X_Real_Ip="192.0.2.7"),
    "not an address": headers(X_Forwarded_For="192.0.2.7.example.org"),
    "no name": {"X-Proxy-Secret": SECRET},
    "an empty name": headers(Remote_User=""),
    "two names": headers(Remote_User="eve, ada"),
    "a path": headers(Remote_User="../ada"),
}


@pytest.mark.parametrize("sent", REFUSED.values(), ids=REFUSED)
def test_every_other_request_is_refused(hub: str, sent: Headers) -> None:
    assert sign_in(hub, sent).status_code == 403


def test_the_other_end_of_the_connection_must_be_trusted(start_hub: StartHub, secret_file: Path) -> None:
    hub = start_hub(configuration(secret_file, "192.0.2.7"))
    for sent in (headers(), headers(X_Forwarded_For="192.0.2.7"), headers(X_Real_Ip="192.0.2.7")):
        assert sign_in(hub, sent).status_code == 403


@pytest.mark.parametrize(
    ("trusted", "secret", "complaint"),
    [
        ([], SECRET, "set .*trusted_proxies"),
        (["proxy.example.org"], SECRET, "trusted_proxies"),
        (["0.0.0.0/0"], SECRET, "every address would be trusted"),
        (["192.0.2.7"], "short", "fewer than 32 characters"),
        (["192.0.2.7"], None, "secret_file cannot be read"),
    ],
)
def test_a_hub_that_trusts_no_address_or_every_address_does_not_start(
    tmp_path: Path, trusted: list[str], secret: str | None, complaint: str
) -> None:
    path = tmp_path / "secret"
    if secret is not None:
        path.write_text(secret, encoding="utf-8")
    authenticator = {{ cookiecutter.__class }}(secret_file=str(path))
    authenticator.trusted_proxies = trusted
    with pytest.raises(ConfigurationError, match=complaint):
        authenticator.check_configuration()


def test_without_a_secret_it_does_not_start() -> None:
    with pytest.raises(ConfigurationError, match=r"set .*secret_file"):
        {{ cookiecutter.__class }}(trusted_proxies=["192.0.2.7"]).check_configuration()
