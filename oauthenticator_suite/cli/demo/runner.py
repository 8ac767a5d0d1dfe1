"""Starts the processes of the demo, reports their progress, and ends them."""

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
from .people import UNIVERSITY, table
from .ports import LOOPBACK, reserve_port
from .processes import Child, adopt_orphans, end_all
from .university import CUSTOM_CONFIG

READY_WITHIN = 90.0
"""Seconds from the start of a process until it must answer."""

REMIND_AFTER = 10.0
"""Seconds between two messages about a process that does not answer yet."""

CLIENT_ID = "jupyterhub-demo"

PROVIDER_PORT = 8080
"""The port of the provider, if it is free."""

# Variables with these prefixes in the caller's environment belong to another Hub or provider.
FOREIGN_VARIABLES = ("OAUTH", "OIDC_", "JUPYTERHUB_", "JPY_", "CONFIGPROXY_", "CANAILLE", "LOGIN_SERVICE")

PROVIDER, HUB = f"the provider ({UNIVERSITY})", "JupyterHub"
"""The names of the processes in messages."""


class DemoFailed(Exception):
    """The demo cannot start or continue. The message says why."""


class Ports(NamedTuple):
    """The port of each process on 127.0.0.1."""

    hub: int
    proxy_api: int
    hub_api: int
    provider: int

    @classmethod
    def choose(cls, preferred: int) -> Ports:
        """Free ports: `preferred` for the Hub, the usual ones for the others; or the next free port of each."""
        chosen: list[int] = []
        for port in (preferred, 8001, 8081, PROVIDER_PORT):
            chosen.append(reserve_port(port, chosen))
        return cls(*chosen)

    @property
    def hub_url(self) -> str:
        """The address to open in the browser, without a trailing slash."""
        return f"http://{LOOPBACK}:{self.hub}"

    @property
    def issuer(self) -> str:
        """The provider's issuer identifier."""
        return f"http://{LOOPBACK}:{self.provider}"


def example_config() -> Path:
    """The path of the demo's configuration, demo_config.py: in the installed package, or next to it in a checkout.

    Raises
    ------
    DemoFailed
        When the installation lacks it.
    """
    package = Path(__file__).resolve().parents[2]
    for folder in (package, package.parent):
        path = folder / "examples" / "demo_config.py"
        if path.is_file():
            return path
    raise DemoFailed("The demo's configuration, examples/demo_config.py, is missing from this installation.")


def make_environment(ports: Ports, inherited: Mapping[str, str], custom_config: Path | None = None) -> dict[str, str]:
    """The environment of the processes: the variables that examples/jupyterhub_config.py reads, with new secrets.

    Parameters
    ----------
    ports:
        The ports of the processes.
    inherited:
        The environment of this process. Variables that belong to another Hub or provider are left out.
    custom_config:
        The configuration of the Hub, when it is not the demo's own: the landing page says so.
    """
    environment = {name: value for name, value in inherited.items() if not name.startswith(FOREIGN_VARIABLES)}
    return environment | {
        "OIDC_ISSUER": ports.issuer,
        "OAUTH_CLIENT_ID": CLIENT_ID,
        "OAUTH_CLIENT_SECRET": secrets.token_urlsafe(32),
        "JUPYTERHUB_CRYPT_KEY": secrets.token_hex(32),
        "JPY_COOKIE_SECRET": secrets.token_hex(32),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{inherited.get('PATH', os.defpath)}",
        "PYTHONUNBUFFERED": "1",
        **({CUSTOM_CONFIG: str(custom_config)} if custom_config else {}),
    }


def hub_command(config: Path, ports: Ports, folder: Path) -> list[str]:
    """The Hub's command line: the configuration file, and options that only the demo needs."""
    return [
        *(sys.executable, "-m", "jupyterhub", f"--config={config}"),
        f"--JupyterHub.bind_url={ports.hub_url}",
        f"--JupyterHub.hub_bind_url=http://{LOOPBACK}:{ports.hub_api}",
        f"--ConfigurableHTTPProxy.api_url=http://{LOOPBACK}:{ports.proxy_api}",
        f"--SimpleLocalProcessSpawner.home_dir_template={folder}/homes/{{username}}",
        # One person tries all accounts: signing out of the Hub must end the session at the provider as well.
        "--GenericOAuthenticator.rp_initiated_logout=True",
    ]


def provider_command(ports: Ports) -> list[str]:
    """The provider's command line."""
    return [sys.executable, "-m", f"{__package__}.provider", str(ports.provider), ports.hub_url]


def check_installed(path: str) -> None:
    """Check that the packages of the extra ``demo`` are installed.

    Parameters
    ----------
    path:
        Where to look for programs: folders as in the variable PATH.

    Raises
    ------
    DemoFailed
        When a package is missing.
    """
    if importlib.util.find_spec("canaille") is None or shutil.which("configurable-http-proxy", path=path) is None:
        raise DemoFailed('The demo needs more packages: pip install "oauthenticator_suite[demo]"')


def status_of(url: str) -> int | None:
    """The HTTP status of a GET request to an ``http:`` URL, or None without an answer. Ignores proxy settings."""
    address, _, path = url.removeprefix("http://").partition("/")
    connection = http.client.HTTPConnection(address, timeout=5)
    try:
        connection.request("GET", f"/{path}")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()


def check_readable(config: Path) -> None:
    """Check that the configuration file can be read.

    Raises
    ------
    DemoFailed
        When it cannot, naming the file.
    """
    try:
        with config.open("rb"):
            pass
    except OSError as error:
        raise DemoFailed(f"The configuration file {config} cannot be read: {error.strerror}") from None


class Demo:
    """The processes of the demo.

    Parameters
    ----------
    config:
        The configuration file of the Hub.
    ports:
        The ports of the processes.
    folder:
        The folder for logs and home directories.
    say:
        Prints a line for the user.
    clock:
        Returns seconds, as `time.monotonic` does.
    is_custom:
        Whether the configuration is not the demo's own.

    Attributes
    ----------
    stop:
        Setting it ends `run()`. A signal handler may do that.
    """

    def __init__(
        self,
        config: Path,
        ports: Ports,
        folder: Path,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        is_custom: bool = False,
    ) -> None:
        self.config = config
        self.ports = ports
        self.folder = folder
        self.say = say
        self.stop = threading.Event()
        self._clock = clock
        self._is_custom = is_custom
        self._children: list[Child] = []

    def run(self) -> None:
        """Start the processes, wait for `stop`, and end the processes.

        Raises
        ------
        DemoFailed
            When a process is not ready in time, or ends.
        """
        environment = make_environment(self.ports, os.environ, self.config if self._is_custom else None)
        adopting = adopt_orphans()
        began = self._clock()
        try:
            self.say(f"starting {UNIVERSITY} and JupyterHub ...")
            # At the same time: the Hub asks the provider again if it is not ready yet.
            provider = self._start("provider", provider_command(self.ports), environment)
            hub = self._start("jupyterhub", hub_command(self.config, self.ports, self.folder), environment)
            self.wait_until_ready(PROVIDER, f"{self.ports.issuer}/.well-known/openid-configuration", provider)
            self.wait_until_ready(HUB, f"{self.ports.hub_url}/hub/health", hub)
            if not self.stop.is_set():
                seconds = self._clock() - began
                self.say(f"ready after {seconds:.0f} s: open {self.ports.issuer} (Ctrl-C ends everything)")
            while not self.stop.wait(0.5):
                self._check_children()
            self.say("\nending ...")
        finally:
            end_all(self._children, adopting=adopting)

    def _start(self, name: str, command: list[str], environment: Mapping[str, str]) -> Child:
        self._children.append(Child(name, command, env=environment, folder=self.folder))
        return self._children[-1]

    def wait_until_ready(self, name: str, url: str, child: Child | None = None) -> None:
        """Wait until a process answers with status 200, or until `stop` is set.

        Parameters
        ----------
        name:
            The name of the process in messages. There is one message every `REMIND_AFTER` seconds.
        url:
            The address to ask.
        child:
            The process: the end of its log is in the error.

        Raises
        ------
        DemoFailed
            When a process ends, or after `READY_WITHIN` seconds.
        """
        began = reminded = self._clock()
        while not self.stop.is_set() and status_of(url) != 200:
            self._check_children()
            if self.stop.wait(0.1):
                return
            now = self._clock()
            if now - began > READY_WITHIN:
                tail = child.log_tail() if child else ""
                raise DemoFailed(f"{tail}\n{name} was not ready within {READY_WITHIN:.0f} seconds.")
            if now - reminded >= REMIND_AFTER:
                reminded = now
                self.say(f"  waiting for {name}: {now - began:.0f} seconds, of at most {READY_WITHIN:.0f}")

    def _check_children(self) -> None:
        for child in self._children:
            if child.exit_status is not None:
                raise DemoFailed(f"{child.log_tail()}\n{child.name} has ended (status {child.exit_status}).")


def say(text: str) -> None:
    """Print a line and flush it, also into a pipe."""
    print(text, flush=True)


def run_demo(port: int, config: Path | None) -> int:
    """Run the demo in the foreground; returns 0 when a signal has ended it, 1 when it has failed.

    Parameters
    ----------
    port:
        The port of the Hub. When it is in use, the Hub gets the next free port.
    config:
        The configuration file of the Hub; None for the example.
    """
    try:
        check_readable(config or example_config())
        check_installed(f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}")
    except DemoFailed as error:
        print(error, file=sys.stderr)
        return 1
    folder = Path(tempfile.mkdtemp(prefix="oauthenticator-suite-demo-"))
    try:
        path = (config or example_config()).resolve()
        demo = Demo(path, Ports.choose(port), folder, say, is_custom=config is not None)

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
    """The first lines of output: the addresses, and the accounts with their passwords."""
    hub_note = f"  (port {wanted_port} is in use)" if ports.hub != wanted_port else ""
    provider_note = f"; port {PROVIDER_PORT} is in use" if ports.provider != PROVIDER_PORT else ""
    return f"""\
oauthenticator_suite {__version__}: a JupyterHub and an OpenID provider, both on this machine only.

  Start here     {ports.issuer}  (what to try{provider_note})
  Hub            {ports.hub_url}{hub_note}
  Configuration  {config}
  Logs           {folder}

{table()}
"""
