"""The report of ``oauthenticator-suite check`` has no secret, whatever is wrong with the configuration."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from oauthenticator_suite.cli.check.formats import as_github, as_json, as_text
from oauthenticator_suite.cli.check.report import findings_of
from oauthenticator_suite.cli.configuration.sources import read
from oauthenticator_suite.cli.configuration.unreadable import CannotReadConfiguration
from oauthenticator_suite.hub.findings.secrets import HIDDEN, is_secret, secret_options, secrets_in, without
from tests.support.entry_points import ENTRY_POINTS

SECRETS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"]), min_size=8, max_size=40
)

PLACES = (
    "c.GenericOAuthenticator.client_secret = SECRET",
    "c.GenericOAuthenticator.client_secret = [SECRET]",
    "c.GenericOAuthenticator.client_secret = SECRET; c.GenericOAuthenticator.client_secret_file = SECRET",
    "c.GenericOAuthenticator.client_secret = SECRET; c.GenericOAuthenticator.issuer = SECRET",
    "c.GenericOAuthenticator.client_secret = SECRET; c.GenericOAuthenticator.allowed_users = SECRET",
    "c.GenericOAuthenticator.client_secret = SECRET; c.GenericOAuthenticator.username_claim = [SECRET]",
    "c.GenericOAuthenticator.client_secert = SECRET",
    "c.GenericOAuthenticator.issuer = 'https://name:' + QUOTED + '@login.example.org'",
    "c.GenericOAuthenticator.token_url = 'login.example.org?client_secret=' + QUOTED",
    "c.GenericOAuthenticator.http_request_kwargs = {'proxy_password': SECRET}",
    "c.GenericOAuthenticator.http_request_kwargs = {'proxy_host': 'http://a:' + QUOTED + '@b', 'proxy_port': 1}",
    "c.CryptKeeper.keys = [SECRET]",
    "c.CryptKeeper.keys = SECRET",
    "c.JupyterHub.cookie_secret = SECRET.encode()",
    "c.JupyterHub.cookie_secret = SECRET",
    "c.JupyterHub.cookie_secret = [SECRET]",
    "c.JupyterHub.db_url = 'postgresql://hub:' + QUOTED + '@db/hub'",
    "c.JupyterHub.services = [{'name': 'x', 'api_token': SECRET}]",
    "c.JupyterHub.services = {'name': 'x', 'api_token': SECRET}",
    "c.ConfigurableHTTPProxy.auth_token = SECRET",
    "c.JupyterHub.authenticator_class = 'suite-google'; c.GoogleOAuthenticator.google_service_account_keys = {'a': SECRET}",
    "c.JupyterHub.authenticator_class = 'suite-google'; c.GoogleOAuthenticator.google_service_account_keys = SECRET",
    "c.JupyterHub.authenticator_class = 'suite-dictionary'; c.DictionaryAuthenticator.passwords = {'ada': SECRET}",
    "c.JupyterHub.authenticator_class = 'suite-dictionary'; c.DictionaryAuthenticator.passwords = [SECRET]",
    "c.JupyterHub.authenticator_class = 'suite-multi'; c.MultiAuthenticator.authenticators = "
    "[{'authenticator_class': 'suite-github', 'config': {'client_id': 'a', 'client_secret': SECRET, 'github_url': SECRET}}]",
    "c.JupyterHub.authenticator_class = 'suite-multi'; c.MultiAuthenticator.authenticators = "
    "[{'authenticator_class': 'suite-github', 'client_secret': SECRET}]",
    "c.DummyAuthenticator.password = SECRET; c.JupyterHub.authenticator_class = 'dummy'",
    "raise ValueError(SECRET)",
    "{}[SECRET]",
)

BASE = """
c.JupyterHub.authenticator_class = "suite-generic"
c.GenericOAuthenticator.client_id = "hub"
c.GenericOAuthenticator.enable_auth_state = True
"""


def outputs(configuration: str) -> str:
    """Everything that the command would print, without the escapes of its formats."""
    with TemporaryDirectory() as folder:
        path = Path(folder, "jupyterhub_config.py")
        path.write_text(configuration, encoding="utf-8")
        try:
            report = findings_of(read([path]))
        except CannotReadConfiguration as error:
            return str(error)
    strings: list[str] = []

    def walk(value: Any) -> None:
        if isinstance(value, str):
            strings.append(value)
        elif isinstance(value, (dict, list)):
            for each in value.values() if isinstance(value, dict) else value:
                walk(each)

    walk(json.loads(as_json(report)))
    github = "\n".join(as_github(report)).replace("%0A", "\n").replace("%3A", ":").replace("%2C", ",")
    return "\n".join([*as_text(report, colour=False), github.replace("%25", "%"), *strings])


@pytest.mark.parametrize("place", PLACES)
def test_no_format_has_a_secret(place: str, examples: Any) -> None:
    @settings(max_examples=examples(4, 60))
    @given(secret=SECRETS)
    def holds(secret: str) -> None:
        lines = f"SECRET = {secret!r}\nQUOTED = {quote(secret, safe='')!r}\n{BASE}\n{place}\n"
        printed = outputs(lines)
        assert printed
        for form in (secret, repr(secret)[1:-1], quote(secret, safe="")):
            assert form not in printed, place

    logging.disable(logging.CRITICAL)
    try:
        holds()
    finally:
        logging.disable(logging.NOTSET)


def test_every_option_with_a_secret_is_known_as_one() -> None:
    """By the name: an option of another name that has a secret must be added here and to the rule."""
    named = {
        option
        for cls in ENTRY_POINTS.values()
        for option in cls.class_traits(config=True)
        if any(word in option for word in ("secret", "password", "keys", "token", "credential"))
    }
    assert {option for option in named if is_secret(option)} == {
        "client_secret",
        "github_client_secret",
        "google_service_account_keys",
        "passwords",
        "previous_client_secret",
        "userdata_from_id_token",  # True or False
    }


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        ("is 'hunter22' here", {"hunter22"}, f"is '{HIDDEN}' here"),
        ("is 'a\\'b\"c' here", {"a'b\"c"}, f"is '{HIDDEN}' here"),
        ("is 'ab' in table", {"ab"}, f"is '{HIDDEN}' in table"),
        ("is 'l\\xe9on-key'", {"léon-key"}, f"is '{HIDDEN}'"),
        ("long-secret and secret", {"secret", "long-secret"}, f"{HIDDEN} and {HIDDEN}"),
        ("nothing", {"secret"}, "nothing"),
    ],
)
def test_a_secret_is_replaced_in_each_form(text: str, secrets: set[str], expected: str) -> None:
    assert without(text, secrets) == expected


def test_secrets_of_a_configuration_and_an_environment() -> None:
    from traitlets.config import Config

    config = Config({"A": {"client_secret": "one1", "url": "https://u:two2@x"}, "CryptKeeper": {"keys": ["three3"]}})
    config.B.passwords.update({"ada": "four4"})
    assert secrets_in(config, {"MY_PASSWORD": "five5", "HOME": "/root", "DB": "postgresql://u:six6@h"}) == {
        "one1", "two2", "three3", "four4", "five5", "six6"
    }  # fmt: skip
    assert set(secret_options(config)) == {
        ("c.A.client_secret", "one1"),
        ("c.A.url", "two2"),
        ("c.CryptKeeper.keys", "three3"),
        ("c.B.passwords", "four4"),
    }
