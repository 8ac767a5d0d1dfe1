"""Starts the demo's processes, says when they are ready, and ends them."""

from __future__ import annotations

import http.client
import importlib.util
import os
import secrets
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from ..._version import __version__
from .people import table
from .ports import LOOPBACK, next_free_port
from .processes import Child, adopt_orphans, end_all

READY_WITHIN = 90.0
"""Seconds from the start of a process until it must answer."""

CLIENT_ID = "jupyterhub-demo"

# Variables of these kinds in the caller's environment mean some other Hub or provider.
FOREIGN_VARIABLES = ("OAUTH", "OIDC_", "JUPYTERHUB_", "JPY_", "CONFIGPROXY_", "CANAILLE", "LOGIN_SERVICE")


class DemoFailed(Exception):
    """The demo cannot start or go on; the text says why, to the person at the terminal."""


class Ports(NamedTuple):
    """Where each part listens on 127.0.0.1."""

    hub: int
    proxy_api: int
    hub_api: int
    provider: int

    @classmethod
    def choose(cls, preferred: int) -> Ports:
        """Free ports: the Hub's the preferred one if it can be, the others the usual ones if they can be."""
        chosen: list[int] = []
        for port in (preferred, 8001, 8081, 8080):
            chosen.append(next_free_port(port, chosen))
        return cls(*chosen)

    @property
    def hub_url(self) -> str:
        """What to open in the browser, without a slash at its end."""
        return f"http://{LOOPBACK}:{self.hub}"

    @property
    def issuer(self) -> str:
        """The provider's issuer identifier."""
        return f"http://{LOOPBACK}:{self.provider}"


def example_config() -> Path:
    """The example's jupyterhub_config.py: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parents[2]
    for folder in (package, package.parent):
        path = folder / "examples" / "jupyterhub_config.py"
        if path.is_file():
            return path
    raise DemoFailed("The example's jupyterhub_config.py is missing from this installation.")


def make_environment(ports: Ports, inherited: Mapping[str, str]) -> dict[str, str]:
    """The environment of the demo's processes: what examples/jupyterhub_config.py asks for, with fresh secrets."""
    environment = {name: value for name, value in inherited.items() if not name.startswith(FOREIGN_VARIABLES)}
    return environment | {
        "OIDC_ISSUER": ports.issuer,
        "OAUTH_CLIENT_ID": CLIENT_ID,
        "OAUTH_CLIENT_SECRET": secrets.token_urlsafe(32),
        "OAUTH_CALLBACK_URL": f"{ports.hub_url}/hub/oauth_callback",
        "JUPYTERHUB_CRYPT_KEY": secrets.token_hex(32),
        "JPY_COOKIE_SECRET": secrets.token_hex(32),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{inherited.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
    }


def hub_command(config: Path, ports: Ports, folder: Path) -> list[str]:
    """The Hub's command line: the configuration as it is, and what only a demo needs."""
    return [
        *(sys.executable, "-m", "jupyterhub", f"--config={config}"),
        f"--JupyterHub.bind_url={ports.hub_url}",
        f"--JupyterHub.hub_bind_url=http://{LOOPBACK}:{ports.hub_api}",
        f"--ConfigurableHTTPProxy.api_url=http://{LOOPBACK}:{ports.proxy_api}",
        f"--SimpleLocalProcessSpawner.home_dir_template={folder}/homes/{{username}}",
        # One person tries all three accounts here: signing out must not leave the last one signed in at the provider.
        "--GenericOAuthenticator.rp_initiated_logout=True",
    ]


def provider_command(ports: Ports) -> list[str]:
    """The provider's command line."""
    return [sys.executable, "-m", f"{__package__}.provider", str(ports.provider), ports.hub_url]


def check_installed(path: str) -> None:
    """Raise `DemoFailed` when a package of the extra ``demo`` is missing. `path` is the PATH to look in."""
    if importlib.util.find_spec("canaille") is None or shutil.which("configurable-http-proxy", path=path) is None:
        raise DemoFailed('The demo needs some more packages: pip install "oauthenticator_suite[demo]"')


def status_of(url: str) -> int | None:
    """The HTTP status of a GET, or None when nothing answers. Plain http; proxies of the environment are not used."""
    address, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", f"/{path}")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


class Demo:
    """The running demo. `stop` ends `run()`; it may be set from a signal handler."""

    def __init__(self, config: Path, ports: Ports, folder: Path, say: Callable[[str], None]) -> None:
        self.config = config
        self.ports = ports
        self.folder = folder
        self.say = say
        self.stop = threading.Event()
        self._children: list[Child] = []

    def run(self) -> None:
        """Start everything, wait for `stop`, end everything. Raises `DemoFailed` when a part does not start or ends."""
        environment = make_environment(self.ports, os.environ)
        check_installed(environment["PATH"])
        adopting = adopt_orphans()
        try:
            self._start("provider", provider_command(self.ports), environment)
            self._wait_for(f"{self.ports.issuer}/.well-known/openid-configuration")
            if not self.stop.is_set():
                self._start("jupyterhub", hub_command(self.config, self.ports, self.folder), environment)
                self._wait_for(f"{self.ports.hub_url}/hub/health")
            if not self.stop.is_set():
                self.say("ready - press Ctrl-C to end everything")
            while not self.stop.wait(0.5):
                self._check_children()
            self.say("\nending ...")
        finally:
            end_all(self._children, adopting=adopting)

    def _start(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        self._children.append(Child(name, command, env=environment, folder=self.folder))

    def _wait_for(self, url: str) -> None:
        deadline = time.monotonic() + READY_WITHIN
        while status_of(url) != 200:
            self._check_children()
            if self.stop.wait(0.1):
                return
            if time.monotonic() > deadline:
                child = self._children[-1]
                raise DemoFailed(f"{child.log_tail()}\n{child.name} was not ready within {READY_WITHIN:.0f} seconds.")

    def _check_children(self) -> None:
        for child in self._children:
            if child.exit_status is not None:
                raise DemoFailed(f"{child.log_tail()}\n{child.name} has ended (status {child.exit_status}).")


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    print(text, flush=True)


def run_demo(port: int, config: Path | None) -> int:
    """Run the demo in the foreground; the exit status is 0 when it was ended by a signal, 1 when it failed.

    Parameters
    ----------
    port:
        Where the Hub is to be reached; when it is in use, the next free one.
    config:
        The Hub's configuration file; by default the example's.
    """
    folder = Path(tempfile.mkdtemp(prefix="oauthenticator-suite-demo-"))
    try:
        demo = Demo(config.resolve() if config else example_config(), Ports.choose(port), folder, say)

        def end(number: int, frame: FrameType | None) -> None:
            demo.stop.set()

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, end)
        say(introduction(demo.config, demo.ports, port, folder))
        demo.run()
    except (DemoFailed, OSError) as error:
        print(f"{error}\nThe demo has ended. Its files are in {folder}", file=sys.stderr, flush=True)
        return 1
    shutil.rmtree(folder, ignore_errors=True)
    return 0


def introduction(config: Path, ports: Ports, wanted_port: int, folder: Path) -> str:
    """What the demo says first: where it is, and who may log in."""
    note = f"  (port {wanted_port} is in use)" if ports.hub != wanted_port else ""
    return f"""\
oauthenticator_suite {__version__}: a Hub and an OpenID provider, both on this machine only.

  Hub            {ports.hub_url}{note}
  Provider       {ports.issuer}
  Configuration  {config}
  Logs           {folder}

{table()}

starting ..."""
