"""``oauthenticator-suite register`` at real providers, and logins by a Hub with the options that it has printed."""

from __future__ import annotations

import ast
import json
import secrets
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.ports import reserve_port

from .certified_provider import npm_proxy
from .checks import fit_log
from .django_pages import DjangoSite
from .hub_process import REPOSITORY, HubProcess
from .processes import ServerProcess
from .provider_sites import Account, ProviderSite
from .strict_hub import StrictWay
from .strict_keys import make_keys
from .strict_providers import StrictProviders
from .worlds import People

if sys.version_info < (3, 11):  # elsewhere it must be installed
    pytest.skip("django-allauth needs Python 3.11", allow_module_level=True)

CONFIGURATION = """
import json
from pathlib import Path

c = get_config()
c.JupyterHub.authenticator_class = "suite-multi"
c.JupyterHub.spawner_class = "simple"
c.JupyterHub.public_url = {url!r}
c.Authenticator.allow_all = True
c.MultiAuthenticator.authenticators = [
    {{"authenticator_class": "suite-generic", "provider": name, "login_service": name, "config": config}}
    for name, config in json.loads(Path({entries!r}).read_text()).items()
]
"""

SECRET, KEY, ALLAUTH = "secret", "key", "allauth"
"""Two clients of `oidc-provider`, one with a secret and one with a key that the Hub publishes; one of django-allauth."""


@dataclass
class Registering:
    """An operator at the command line, and the Hub that is started when all clients are registered."""

    folder: Path
    hub: HubProcess
    configuration: Path
    entries: dict[str, dict[str, Any]]
    initial_access_tokens: Mapping[str, str]

    def write(self) -> None:
        (self.folder / "entries.json").write_text(json.dumps(self.entries))

    def run(self, name: str, *arguments: str) -> str:
        """The command for one of the providers; what it prints."""
        command = [
            *(sys.executable, "-m", "oauthenticator_suite", "register", "--config", str(self.configuration)),
            *("--provider", name, "--directory", str(self.folder / name), *arguments),
        ]
        environment = dict(self.hub.environment)
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=100, check=False, cwd=self.folder, env=environment
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def register(self, name: str) -> None:
        """Register the Hub, and take the printed lines into the configuration."""
        token = self.folder / f"{name}-token"
        token.write_text(self.initial_access_tokens[name])
        printed = self.run(name, "--initial-access-token-file", str(token))
        _, _, lines = printed.partition("in c.MultiAuthenticator.authenticators:\n")
        self.entries[name] |= ast.literal_eval("{" + lines + "}")
        self.write()

    def secret_values(self) -> dict[str, str]:
        """What no page and no log may show."""
        values = {f"the initial token of {name}": value for name, value in self.initial_access_tokens.items()}
        for name in self.entries:
            kept = json.loads((self.folder / name / "client-registration.json").read_text())
            file = self.folder / name / "client-secret"
            values[f"the registration token of {name}"] = kept["registration_access_token"]
            values[f"the secret of {name}"] = file.read_text().strip() if file.exists() else ""
        return {what: value for what, value in values.items() if value}


@dataclass(frozen=True)
class Registered:
    """The Hub runs; each client is a way to sign in."""

    operator: Registering
    providers: StrictProviders
    ways: Mapping[str, StrictWay]


@pytest.fixture(scope="module")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registered]:
    folder = tmp_path_factory.mktemp("registration")
    keys = make_keys(folder)
    providers = StrictProviders(
        folder, keys, secret=secrets.token_urlsafe(32), users={"sam": {}, "kim": {}}, clients=[]
    )
    django_port, hub_port = reserve_port(until_exit=True), reserve_port(until_exit=True)
    hub_url, allauth_token = f"https://127.0.0.1:{hub_port}", secrets.token_urlsafe(32)
    common = {
        "user_data_max_age": 0,
        "rp_initiated_logout": True,
        "scope": ["openid", "profile"],
        "http_request_kwargs": {"ca_certs": str(keys.authority)},
    }
    issuer = providers.issuer("dynamic")
    entries: dict[str, dict[str, Any]] = {
        SECRET: {**common, "issuer": issuer, "backchannel_logout": True, "initiate_login": True},
        KEY: {**common, "issuer": issuer, "client_key_file": str(keys.client_keys)},
        ALLAUTH: {**common, "issuer": f"http://127.0.0.1:{django_port}"},
    }
    entries[KEY] |= {
        "client_decryption_key_file": str(keys.client_keys),
        "id_token_encrypted_response_alg": ["ECDH-ES"],
        "userinfo_signed_response_alg": ["ES256"],
    }
    configuration = folder / "registered_config.py"
    configuration.write_text(CONFIGURATION.format(url=f"{hub_url}/", entries=str(folder / "entries.json")))
    hub = HubProcess(
        folder,
        port=hub_port,
        configuration=[configuration],
        certificate=keys.server,
        authority=keys.authority,
        environment={"JUPYTERHUB_CRYPT_KEY": secrets.token_hex(32)},
        settings={"ConfigurableHTTPProxy": {"command": npm_proxy()}},  # the one from PyPI does not speak TLS
    )
    django = ServerProcess(
        "the Django site",
        [sys.executable, "-m", "tests.e2e.django_providers", str(django_port), hub_url, str(folder)],
        ready_url=f"http://127.0.0.1:{django_port}/.well-known/openid-configuration",
        log_file=folder / "django.log",
        directory=REPOSITORY,
        environment={
            **hub.environment,
            "TOOLKIT_SECRET": secrets.token_urlsafe(32),
            "ALLAUTH_SECRET": secrets.token_urlsafe(32),
            "ALLAUTH_INITIAL_ACCESS_TOKEN": allauth_token,
        },
    )
    tokens = {SECRET: providers.initial_access_token, KEY: providers.initial_access_token, ALLAUTH: allauth_token}
    operator = Registering(folder, hub, configuration, entries, tokens)
    operator.write()
    with ExitStack() as cleanup:
        for process in (providers.process, django):
            cleanup.callback(process.end)
            process.start(timeout=120)
        for name in entries:
            operator.register(name)
        cleanup.callback(hub.end)
        hub.start(timeout=120)
        accounts = {
            SECRET: Account("sam"),
            KEY: Account("kim"),
            ALLAUTH: Account("alva", "password-of-alva"),
        }
        sites: dict[str, ProviderSite] = {name: providers.site("dynamic") for name in (SECRET, KEY)}
        sites[ALLAUTH] = DjangoSite(entries[ALLAUTH]["issuer"])
        hidden = operator.secret_values()
        ways = {
            name: StrictWay(hub, sites[name], People(account, account, account), hidden, name)
            for name, account in accounts.items()
        }
        yield Registered(operator, providers, ways)


@pytest.mark.parametrize("name", [SECRET, KEY, ALLAUTH])
def test_login(registered: Registered, name: str) -> None:
    """With only the lines that the command has printed, and those that named the provider, in the configuration."""
    way = registered.ways[name]
    with registered.providers.browser() as browser, fit_log(way, browser):
        page = way.log_in(browser, way.people.allowed)
        assert (page.status, page.path) == (200, "/hub/home"), page
        assert way.signed_in_as(browser) == way.people.allowed.name


def test_what_was_registered(registered: Registered) -> None:
    """The command shows what the provider knows, with the token for it, which is good once."""
    operator = registered.operator
    base = f"{operator.hub.url}/hub/auth"
    by_secret = shown(operator.run(SECRET, "--show"))
    assert by_secret["redirect_uris"] == [f"{base}/secret/authorize"]
    assert by_secret["post_logout_redirect_uris"] == [f"{base}/secret/logged_out"]
    assert by_secret["backchannel_logout_uri"] == f"{base}/secret/backchannel_logout"
    assert by_secret["initiate_login_uri"] == f"{base}/secret/initiate"
    assert by_secret["token_endpoint_auth_method"] == "client_secret_post"
    by_key = shown(operator.run(KEY, "--show"))
    assert by_key["jwks_uri"] == f"{base}/key/jwks"
    assert by_key["token_endpoint_auth_method"] == "private_key_jwt"
    assert not (operator.folder / KEY / "client-secret").exists()
    updated = shown(operator.run(SECRET, "--update", "--client-name", "Another name"))
    assert updated["client_name"] == "Another name"
    kept = json.loads((operator.folder / SECRET / "client-registration.json").read_text())
    assert kept["client_id"] == operator.entries[SECRET]["client_id"]


def shown(printed: str) -> dict[str, Any]:
    """The document in what the command prints."""
    document, _ = json.JSONDecoder().raw_decode(printed)
    assert isinstance(document, dict)
    return document
