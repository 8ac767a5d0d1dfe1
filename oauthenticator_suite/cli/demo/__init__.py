"""``oauthenticator-suite demo``: a Hub whose users sign in at an OpenID provider, both on this machine.

::

    oauthenticator-suite demo         runner.py
    ├── Demo University               provider.py: Canaille, an OpenID provider, its data in memory
    │                                 university.py: its look, the landing page, and the switch that turns it off
    └── jupyterhub -f examples/demo_config.py
        ├── configurable-http-proxy
        └── one server per user       singleuser.py: a page with the user's name and groups

All processes listen on 127.0.0.1 only, keep their files in one temporary folder, and end together.
"""

from __future__ import annotations

import argparse
from pathlib import Path

HELP = "Start a demo on this machine: a Hub with two ways to sign in, and an OpenID provider with its accounts."

DEFAULT_PORT = 8000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare ``--port`` and ``--config``."""
    parser.add_argument(
        "--port",
        type=port_number,
        default=DEFAULT_PORT,
        help="the port of the Hub (default: %(default)s); when it is in use, the next free port",
    )
    parser.add_argument(
        "--config",
        type=Path,
        default=None,
        metavar="FILE",
        help="the configuration file of the Hub (default: demo_config.py of the examples)",
    )


def port_number(text: str) -> int:
    """Parse a TCP port, 1 to 65535.

    Raises
    ------
    argparse.ArgumentTypeError
        When `text` is not such a number.
    """
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 65535):
        raise argparse.ArgumentTypeError("a port is a number from 1 to 65535")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Run the demo until it is interrupted (returns 0) or one of its processes fails (returns 1)."""
    from .runner import run_demo

    return run_demo(port=arguments.port, config=arguments.config)
