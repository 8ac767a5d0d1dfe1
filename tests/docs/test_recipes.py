"""The recipes in examples/ and their pages: each configuration starts in a real Hub, and users sign in."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
import yaml
from sqlalchemy import make_url
from traitlets.config import Config, PyFileConfigLoader

from tests.contract.cases.github import GitHubCase
from tests.contract.cases.jupyterhub import JupyterHubCase
from tests.docs.pages import DOCS, blocks, page
from tests.fakes.openid_provider import FakeProvider
from tests.support import Hub, HubState, start_hub
from tests.support.helm_values import load_values

REPOSITORY = DOCS.parent
EXAMPLES = REPOSITORY / "examples"
CRYPT_KEY = "0123456789abcdef" * 4
SHOWN = {
    "zero-to-jupyterhub": ["z2jh/values.yaml"],
    "the-littlest-jupyterhub": ["tljh/sign_in.py"],
    "fleet-of-hubs": ["fleet/central_config.py", "fleet/physics_config.py"],
}
DOCKERFILES = [EXAMPLES / "z2jh" / "Dockerfile", EXAMPLES / "docker" / "Dockerfile"]


def text_of(name: str, changes: Mapping[str, str]) -> str:
    """An example, with its addresses and paths as they are here; each must be there."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    for example, value in changes.items():
        assert example in text, example
        text = text.replace(example, value)
    return text


def load(name: str, folder: Path, changes: Mapping[str, str]) -> Config:
    """The configuration in an example, read by JupyterHub's loader."""
    (folder / "read_here.py").write_text(text_of(name, changes), encoding="utf-8")
    return PyFileConfigLoader("read_here.py", str(folder)).load_config()


def write_secrets(folder: Path, **secrets: str) -> str:
    """Files with secrets, each with a line break at its end, as commands write them. Returns the folder."""
    for name, secret in secrets.items():
        (folder / name).write_text(f"{secret}\n", encoding="utf-8")
    return str(folder)


@pytest.mark.parametrize("name", sorted(SHOWN))
def test_a_page_shows_its_files(name: str) -> None:
    for file in SHOWN[name]:
        kind = {".py": "python", ".yaml": "yaml"}[Path(file).suffix]
        assert f"```{kind}\n{text_of(file, {})}```\n" in page(f"how-to/{name}.md"), file
    configurations = [block.code for block in blocks() if block.page.name == f"{name}.md" and block.is_configuration]
    assert set(configurations) <= {text_of(file, {}) for file in SHOWN[name]}


@pytest.mark.parametrize("name", ["zero-to-jupyterhub", "the-littlest-jupyterhub", "docker", "fleet-of-hubs"])
def test_files_that_a_page_names_exist(name: str) -> None:
    for path in re.findall(r"`(examples/[\w./-]+)`", page(f"how-to/{name}.md")):
        assert (REPOSITORY / path).exists(), path


# --- Zero to JupyterHub and The Littlest JupyterHub ------------------------------------------------------------------


async def signs_in_as_member(config: Config, case: GitHubCase) -> Hub:
    """A Hub with the options of a recipe at the fake GitHub: alice may sign in, and carol may not."""
    state = HubState()
    case.register(f"{state.url}/hub/oauth_callback")
    config.GitHubOAuthenticator.github_url = case.fake.issuer
    config.JupyterHub.pop("public_url")
    async with start_hub(config, state) as hub:
        browser = hub.browser()
        assert (await browser.login(case.member.key)).path == "/hub/home"
        assert (await hub.auth_state(case.member.name) or {})["access_token"]
        assert (await hub.browser().login(case.outsider.key)).status == 403
    return hub


async def test_values_of_zero_to_jupyterhub(tmp_path: Path) -> None:
    case = GitHubCase()
    async with case.fake:
        client = case.fake.client
        secrets = write_secrets(tmp_path, github_client_secret=client.client_secret)
        changes = {
            "/run/secrets/hub/github_client_secret": f"{secrets}/github_client_secret",
            "Ov23li0123456789abcd": client.client_id,
            "physics-lab": "lab",
        }
        hub = await signs_in_as_member(load_values(text_of("z2jh/values.yaml", changes)), case)
    assert type(hub.authenticator).__name__ == "GitHubOAuthenticator"
    assert hub.authenticator.admin_users == {"octocat"}


def test_the_secrets_of_the_values_are_mounted() -> None:
    """Each file that an option names is in a mounted secret, and the page creates each key of that secret."""
    hub = yaml.safe_load(text_of("z2jh/values.yaml", {}))["hub"]
    folders = {mount["mountPath"]: mount["name"] for mount in hub["extraVolumeMounts"]}
    secrets = {volume["name"]: volume["secret"]["secretName"] for volume in hub["extraVolumes"]}
    used = {(secrets[folders[str(path.parent)]], path.name) for path in secret_files(hub["config"])}
    for variable in hub["extraEnv"].values():
        reference = variable["valueFrom"]["secretKeyRef"]
        used.add((reference["name"], reference["key"]))
    assert {key for _, key in used} == {"github_client_secret", "postgres_password"}
    (command,) = re.findall(r"kubectl .* create secret generic (\S+) (.*)", page("how-to/zero-to-jupyterhub.md"))
    for name, key in used:
        assert name == command[0]
        assert re.search(rf"--from-(file|literal)={key}\b", command[1])


def secret_files(config: Mapping[str, Mapping[str, Any]]) -> Iterator[Path]:
    for options in config.values():
        yield from (Path(value) for option, value in options.items() if option.endswith("_file"))


def test_the_database_of_the_values() -> None:
    db = yaml.safe_load(text_of("z2jh/values.yaml", {}))["hub"]["db"]
    url = make_url(db["url"])
    assert (db["type"], url.get_backend_name(), url.get_driver_name()) == ("postgres", "postgresql", "psycopg2")
    assert url.password is None


async def test_the_littlest_jupyterhub(tmp_path: Path) -> None:
    """The file comes after TLJH's own configuration, which has another authenticator and lists of users."""
    case = GitHubCase()
    async with case.fake:
        client = case.fake.client
        changes = {
            "/opt/tljh/state": write_secrets(tmp_path, github_client_secret=client.client_secret, crypt_key=CRYPT_KEY),
            "Ov23li0123456789abcd": client.client_id,
            "physics-lab": "lab",
        }
        config = Config()
        config.JupyterHub.authenticator_class = "firstuseauthenticator.FirstUseAuthenticator"
        config.FirstUseAuthenticator.create_users = False
        config.Authenticator.update(allowed_users=set(), blocked_users=set(), admin_users={"bob"})
        config.merge(load("tljh/sign_in.py", tmp_path, changes))
        hub = await signs_in_as_member(config, case)
    assert hub.authenticator.admin_users == {"octocat"}


# --- Docker ----------------------------------------------------------------------------------------------------------


async def test_the_configuration_of_the_container(
    tmp_path: Path, provider: FakeProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With a database in memory, and without DockerSpawner."""
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    environment = {"PUBLIC_URL": f"{state.url}/", "OIDC_ISSUER": provider.issuer, "OAUTH_CLIENT_ID": "hub"}
    for name, value in {**environment, "PGPASSWORD": ""}.items():
        monkeypatch.setenv(name, value)
    secret = provider.client.client_secret
    folder = write_secrets(tmp_path, oauth_client_secret=secret, crypt_key=CRYPT_KEY, database_password="a password")
    config = load("docker/jupyterhub_config.py", tmp_path, {"/run/secrets": folder, "hub-users": "staff"})
    assert os.environ["PGPASSWORD"] == "a password"
    assert make_url(config.JupyterHub.db_url).get_backend_name() == "postgresql"
    for option in ("db_url", "spawner_class", "hub_ip", "hub_connect_ip", "cookie_secret_file"):
        del config.JupyterHub[option]
    provider.client.auth_method = "client_secret_post"
    provider.client.scopes.add("groups")
    provider.users["alice"]["groups"] = ["staff"]
    provider.users["carol"]["groups"] = []
    async with start_hub(config, state) as hub:
        assert (await hub.browser().login("alice")).path == "/hub/home"
        assert (await hub.browser().login("carol")).status == 403
        assert hub.app.db_url != "postgresql+psycopg://hub@database/hub"


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(text_of("docker/compose.yaml", {}))
    return found


def test_compose_gives_the_hub_what_it_reads() -> None:
    hub = compose()["services"]["hub"]
    code = text_of("docker/jupyterhub_config.py", {})
    read = set(re.findall(r'secret\("(\w+)"\)|SECRETS / "(\w+)"', code))
    assert {name for pair in read for name in pair if name} == set(hub["secrets"]) == set(compose()["secrets"])
    assert set(hub["environment"]) == {"PUBLIC_URL", "OIDC_ISSUER", "OAUTH_CLIENT_ID"}
    assert set(re.findall(r'os\.environ\["(\w+)"\](?! =)', code)) <= set(hub["environment"])
    url = make_url("postgresql+psycopg://hub@database/hub")
    assert f'"{url}"' in code
    database = compose()["services"][url.host]
    assert (database["environment"]["POSTGRES_USER"], database["environment"]["POSTGRES_DB"]) == ("hub", url.database)
    assert f'network_name = "{compose()["networks"]["servers"]["name"]}"' in code


def test_the_steps_of_the_readme_write_the_files_of_compose() -> None:
    text = text_of("docker/README.md", {})
    for secret in compose()["secrets"].values():
        assert f"> {secret['file']}\n" in text
    for name in compose()["services"]["hub"]["environment"]:
        assert re.search(rf"^ *{name}=", text, re.MULTILINE)
    for link in re.findall(r"\]\((\.\./[^)#]+)", text):
        assert (EXAMPLES / "docker" / link).exists(), link


INSTRUCTIONS = {"FROM", "WORKDIR", "COPY", "RUN", "USER", "ARG", "CMD"}


def instructions(dockerfile: Path) -> list[tuple[str, str]]:
    """The instructions of a Dockerfile and their arguments. Comments are left out, and continued lines joined."""
    lines = [line for line in dockerfile.read_text(encoding="utf-8").splitlines() if not line.lstrip().startswith("#")]
    joined = re.sub(r"\\\n\s*", "", "\n".join(lines))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in joined.splitlines() if line)]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_a_dockerfile_is_consistent(dockerfile: Path) -> None:
    found = instructions(dockerfile)
    assert {name for name, _ in found} <= INSTRUCTIONS
    arguments = {rest.partition("=")[0] for name, rest in found if name == "ARG"}
    used = set(re.findall(r"\$\{(\w+)\}", " ".join(rest for _, rest in found)))
    assert used == arguments
    stages = {rest.split(" AS ")[1] for name, rest in found if name == "FROM" and " AS " in rest}
    for name, rest in found:
        *sources, _ = rest.split() if name == "COPY" else [""]
        if sources and sources[0].startswith("--from="):
            assert sources[0].removeprefix("--from=") in stages
        else:
            assert all((REPOSITORY / source).exists() for source in sources)
    (install,) = [rest for name, rest in found if name == "RUN" and rest.startswith("pip install")]
    assert install.startswith("pip install --no-cache-dir /tmp/wheels/*.whl ")
    assert re.search(r'"jupyterhub==(\$\(jupyterhub --version\)|\$\{JUPYTERHUB_VERSION\})"', install)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=lambda path: path.parent.name)
def test_the_copied_files_are_enough_for_a_wheel(dockerfile: Path, tmp_path: Path) -> None:
    """The first stage: what it copies, and setuptools with them."""
    stage = instructions(dockerfile)
    last = next(number for number, (_, rest) in enumerate(stage) if rest.startswith("pip wheel"))
    for name, rest in stage[:last]:
        *sources, target = rest.split() if name == "COPY" else [""]
        for source in sources:
            if (REPOSITORY / source).is_dir():
                shutil.copytree(REPOSITORY / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(REPOSITORY / source, tmp_path)
    code = "import setuptools, runpy; setuptools.setup = lambda **given: print(*given['packages']); runpy.run_path('setup.py')"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=100, check=True
    )
    packages = done.stdout.split()
    assert {"oauthenticator_suite.hub.oauth", "oauthenticator_suite.examples"} <= set(packages)


# --- a fleet ---------------------------------------------------------------------------------------------------------

MEMBERS = ("physics", "chemistry")


async def test_the_central_hub_signs_users_in_at_a_member(tmp_path: Path, provider: FakeProvider) -> None:
    """The browser comes from a member, goes to the provider and back, and the member learns the name and groups."""
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    provider.client.auth_method = "client_secret_post"
    provider.client.scopes.add("groups")
    provider.users["alice"]["groups"] = ["physics"]
    provider.users["carol"]["groups"] = ["history"]
    names = {"provider_client_secret": provider.client.client_secret, "crypt_key": CRYPT_KEY}
    folder = write_secrets(tmp_path, **names, **{f"{name}-hub_secret": name * 6 for name in MEMBERS})
    changes = {
        "/run/secrets": folder,
        'https://login.example.org/"': f'{state.url}/"',
        "https://sso.example.org/realms/university": provider.issuer,
        'client_id = "jupyterhub"': f'client_id = "{provider.client.client_id}"',
    }
    async with start_hub(load("fleet/central_config.py", tmp_path, changes), state) as hub:
        callback = "https://physics.example.org/hub/oauth_callback"
        asked = {
            "client_id": "service-physics-hub",
            "redirect_uri": callback,
            "response_type": "code",
            "state": "s" * 40,
        }
        browser = hub.browser("alice")
        first = await browser.get(f"/hub/api/oauth2/authorize?{urlencode(asked)}")
        last = await browser.follow(first, stop_before="https://physics.example.org")
        code = parse_qs(urlsplit(last.location or "").query)["code"][0]
        user = await redeem(hub, code, callback, "physics" * 6)
        assert (user["name"], user["groups"]) == ("alice", ["physics"])
        assert (await browser.open("/hub/home")).status == 200
        assert (await browser.open("/hub/spawn/alice")).status in (403, 404), "the central Hub starts no servers"
        assert (await hub.browser("carol").login("carol")).status == 403


async def redeem(hub: Hub, code: str, callback: str, secret: str) -> dict[str, Any]:
    """What a member does with a code: the user's data at the central Hub."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": callback}
    client = {"client_id": "service-physics-hub", "client_secret": secret}
    async with aiohttp.ClientSession() as session:
        async with session.post(f"{hub.url}/hub/api/oauth2/token", data={**form, **client}) as response:
            assert response.status == 200, await response.text()
            token = (await response.json())["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        async with session.get(f"{hub.url}/hub/api/user", headers=headers) as response:
            assert response.status == 200
            found: dict[str, Any] = await response.json()
            return found


@pytest.mark.parametrize("name", MEMBERS)
async def test_a_member_signs_users_in_at_the_central_hub(name: str, tmp_path: Path) -> None:
    case = JupyterHubCase()
    async with case.fake as central:
        central.client.client_id = f"service-{name}-hub"
        central.clients = {central.client.client_id: central.client}
        central.users["alice"]["groups"] = [name]
        central.users["carol"]["groups"] = ["history"]
        state = HubState()
        case.register(f"{state.url}/hub/oauth_callback")
        secrets = {f"{name}-hub_secret": central.client.client_secret, "crypt_key": CRYPT_KEY}
        changes = {
            "/run/secrets": write_secrets(tmp_path, **secrets),
            '"https://login.example.org"': f'"{central.origin}"',
            f"https://{name}.example.org/": f"{state.url}/",
        }
        async with start_hub(load(f"fleet/{name}_config.py", tmp_path, changes), state) as hub:
            assert (await hub.browser().login("alice")).path == "/hub/home"
            assert (await hub.browser().login("carol")).status == 403


def test_the_configurations_of_the_fleet_fit() -> None:
    central = text_of("fleet/central_config.py", {})
    for name in MEMBERS:
        member = text_of(f"fleet/{name}_config.py", {})
        assert f'"{name}-hub": "https://{name}.example.org"' in central
        assert f'public_url = "https://{name}.example.org/"' in member
        assert f'client_id = "service-{name}-hub"' in member
        assert f'"{name}-hub_secret"' in member
