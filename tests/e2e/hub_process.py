"""A real `jupyterhub` with a real proxy, running the project's example configuration, or another."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.ports import reserve_port

from .processes import ServerProcess

REPOSITORY = Path(__file__).parents[2]
EXAMPLE = REPOSITORY / "examples" / "jupyterhub_config.py"
PROXY_LINE = re.compile(r"\[[A-Z] [\d-]+ [\d:]+,\d+ (tornado\.access|configurable_http_proxy)\]")
CONFIG = Path(__file__).with_name("hub_config.py")


class HubProcess(ServerProcess):
    """One Hub with a separate data folder: database, cookie secret and logs outlive `stop()` and `crash()`.

    `configuration` are its configuration files and `environment` is what they read; `settings` are traits, by class,
    that replace what they say. Hubs that are to be visited in one browser need different values of `host`. `python` is
    that of another environment, which then finds nothing of this checkout but what is installed there. With a
    `certificate` (and its key, in one PEM file) that `authority` has signed, the Hub's addresses begin with https.
    """

    def __init__(
        self,
        folder: Path,
        *,
        environment: Mapping[str, str],
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        configuration: Sequence[Path] = (EXAMPLE,),
        host: str = "127.0.0.1",
        port: int | None = None,
        python: Path | None = None,
        certificate: Path | None = None,
        authority: Path | None = None,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        port = port or reserve_port(host, until_exit=True)
        self.folder = folder
        self.url = f"{'https' if certificate else 'http'}://{host}:{port}"
        traits: dict[str, dict[str, Any]] = {
            "JupyterHub": {
                "bind_url": self.url,
                "hub_bind_url": f"http://127.0.0.1:{reserve_port(until_exit=True)}",
                "db_url": f"sqlite:///{folder / 'hub.sqlite'}",
                "cookie_secret_file": str(folder / "cookie_secret"),
            },
            "ConfigurableHTTPProxy": {
                "api_url": f"http://127.0.0.1:{reserve_port(until_exit=True)}",
                "pid_file": str(folder / "proxy.pid"),
            },
            "SimpleLocalProcessSpawner": {"home_dir_template": str(folder / "homes" / "{username}")},
        }
        if certificate:
            traits["JupyterHub"] |= {"ssl_cert": str(certificate), "ssl_key": str(certificate)}
        for class_name, replaced in (settings or {}).items():
            traits.setdefault(class_name, {}).update(replaced)
        search_path = (
            os.pathsep.join(filter(None, [str(REPOSITORY), os.environ.get("PYTHONPATH")])) if not python else ""
        )
        scripts = str(Path(sys.executable).parent)
        super().__init__(
            "the hub",
            [str(python or sys.executable), "-m", "jupyterhub", "--config", str(CONFIG)],
            ready_url=f"{self.url}/hub/health",
            log_file=folder / "hub.log",
            directory=folder,
            authority=authority,
            environment=os.environ
            | {
                "PATH": scripts + os.pathsep + os.environ.get("PATH", ""),
                "PYTHONPATH": search_path,
                "E2E_CONFIGURATION": os.pathsep.join(map(str, configuration)),
                "E2E_SETTINGS": json.dumps(traits),
            }
            | dict(environment),
        )

    def own_log_since(self, mark: int) -> str:
        """What the Hub itself has logged since `mark`; the proxy, which shares its output, names whole addresses."""
        lines = self.log_since(mark).splitlines(keepends=True)
        return "".join(line for line in lines if not PROXY_LINE.match(line))

    def page(self, path: str) -> str:
        """The public address of a path below ``/hub/``."""
        return f"{self.url}/hub/{path}"
