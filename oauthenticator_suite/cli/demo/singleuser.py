"""The server that the demo's Hub starts for each user: one page with the user's name and groups.

It takes the place of ``jupyterhub-singleuser`` and signs its visitors in the same way, with the Hub as OAuth provider.
``python -m oauthenticator_suite.cli.demo.singleuser`` starts it, with its settings in ``JUPYTERHUB_…`` variables.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import signal
from typing import Any
from urllib.parse import urlsplit

from jupyterhub import __version__ as hub_version
from jupyterhub.services.auth import HubOAuthCallbackHandler, HubOAuthenticated
from jupyterhub.utils import url_path_join
from tornado import template, web

# tornado's templates escape every value.
PAGE = template.Template("""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Signed in as {{ name }}</title>
<style>
  body { margin: 0; font: 1rem/1.5 system-ui, sans-serif; color: #24292f; background: #f4f5f7; }
  main { max-width: 34rem; margin: 10vh auto; padding: 2rem 2.5rem; background: #fff; border-top: 4px solid #f37726;
         border-radius: 6px; box-shadow: 0 1px 4px #0003; }
  h1 { margin-top: 0; font-size: 1.6rem; }
  dt { color: #57606a; font-size: .875rem; }
  dd { margin: 0 0 1rem; font-weight: 600; }
  a { display: inline-block; margin: .5rem .75rem 0 0; padding: .4rem .9rem; border: 1px solid #b5541c;
      border-radius: 4px; color: #b5541c; text-decoration: none; }
  a:first-of-type { color: #fff; background: #b5541c; }
</style>
</head>
<body>
<main>
  <h1>Hello, {{ name }}!</h1>
  <p>You are signed in, and this page comes from your own server. On a production Hub, JupyterLab would be here.</p>
  <dl>
    <dt>Your name on this hub</dt><dd id="name">{{ name }}</dd>
    <dt>Your groups</dt><dd id="groups">{{ ", ".join(groups) if groups else "none" }}</dd>
  </dl>
  <a href="{{ hub_path }}home">Hub control panel</a>
  <a href="{{ hub_path }}logout">Sign out</a>
</main>
</body>
</html>
""")


class WhoAmIHandler(HubOAuthenticated, web.RequestHandler):  # type: ignore[misc]  # the Hub's class has no types
    """Serves the page."""

    def set_default_headers(self) -> None:
        """Set a content security policy that allows only what the page needs."""
        self.set_header(
            "Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
        )
        self.set_header("Cache-Control", "no-store")
        self.set_header("X-JupyterHub-Version", hub_version)  # the Hub compares the versions

    @web.authenticated
    def get(self) -> None:
        """Show the page to the user who owns the server. The Hub refuses all other users."""
        user = self.current_user
        self.finish(
            PAGE.generate(
                name=user["name"],
                groups=sorted(user.get("groups") or []),
                hub_path=os.environ["JUPYTERHUB_BASE_URL"] + "hub/",
            )
        )


def make_app(prefix: str) -> web.Application:
    """The tornado application. `prefix` is the URL path of this server, with a trailing slash."""
    return web.Application(
        [
            (url_path_join(prefix, "oauth_callback"), HubOAuthCallbackHandler),
            (prefix + ".*", WhoAmIHandler),
        ],
        cookie_secret=secrets.token_bytes(32),
    )


async def serve() -> None:
    """Serve at the address that the Hub has assigned, until SIGINT or SIGTERM."""
    ended = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, ended.set)
    address: Any = urlsplit(os.environ["JUPYTERHUB_SERVICE_URL"])
    server = make_app(os.environ["JUPYTERHUB_SERVICE_PREFIX"]).listen(address.port, address.hostname)
    await ended.wait()
    server.stop()


if __name__ == "__main__":
    asyncio.run(serve())
