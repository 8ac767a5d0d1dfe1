"""A real nginx with its defaults, as a reverse proxy on a Unix socket."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_UNIX, socket

from .system_tools import skip_or_fail

CONFIGURATION = """\
{user}
pid {folder}/nginx.pid;
error_log {folder}/error.log info;
daemon off;
events {{}}
http {{
  access_log {folder}/access.log;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  server {{
    listen unix:{folder}/nginx.sock;
    location / {{
      proxy_pass {upstream};
      proxy_set_header Host $http_host;
    }}
  }}
}}
"""


class Nginx:
    """A running nginx. `socket` is where it listens."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.socket = folder / "nginx.sock"

    @property
    def access_log(self) -> str:
        return (self._folder / "access.log").read_text()

    @property
    def error_log(self) -> str:
        return (self._folder / "error.log").read_text()


@contextmanager
def nginx_before(upstream: str, folder: Path) -> Iterator[Nginx]:
    """An nginx that forwards all requests to `upstream`, a URL. Sizes and limits are nginx's own."""
    program = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if program is None:
        skip_or_fail("no nginx on this machine: apt-get install --no-install-recommends nginx-light")
    configuration = folder / "nginx.conf"
    user = "user root;" if os.geteuid() == 0 else ""
    configuration.write_text(CONFIGURATION.format(folder=folder, upstream=upstream, user=user))
    command = [program, "-p", str(folder), "-e", str(folder / "error.log"), "-c", str(configuration)]
    nginx = Nginx(folder)
    with socket(AF_UNIX) as listening:
        # Handed over as at an upgrade of nginx: connections wait in the socket's queue until nginx is ready.
        listening.bind(str(nginx.socket))
        listening.listen()
        process = subprocess.Popen(
            command, env={**os.environ, "NGINX": f"{listening.fileno()};"}, pass_fds=[listening.fileno()]
        )
    try:
        yield nginx
    finally:
        process.terminate()
        process.wait(30)
