"""``oauthenticator-suite demo``: a real Hub that logs people in through a real OpenID provider, on this machine.

::

    oauthenticator-suite demo         runner.py
    ├── OpenID provider               provider.py: Canaille, its data in memory
    └── jupyterhub -f examples/jupyterhub_config.py
        ├── configurable-http-proxy
        └── one server per user       singleuser.py: a page that says who you are

Everything listens on 127.0.0.1 only, keeps its files in one temporary folder, and ends together.
"""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "Start a demo on this machine: a Hub, an OpenID provider, and three people who may try to log in."

DEFAULT_PORT = 8000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--port`` and ``--config``."""
    parser.add_argument(
        "--port",
        type=port_number,
        default=DEFAULT_PORT,
        help="where the Hub is to be reached (default %(default)s); when it is in use, the next free one",
    )
    parser.add_argument(
        "--config",
        type=Path,
        default=None,
        metavar="FILE",
        help="the Hub's configuration (default: the jupyterhub_config.py of the examples)",
    )


def port_number(text: str) -> int:
    """A TCP port from the command line: 1 to 65535."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo until it is interrupted (status 0) or a part of it fails (status 1)."""
    from .runner import run_demo

    return run_demo(port=arguments.port, config=arguments.config)
