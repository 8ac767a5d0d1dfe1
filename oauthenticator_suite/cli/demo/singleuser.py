"""The server that the demo's Hub starts for each user: one page with the user's name and groups.

It takes the place of ``jupyterhub-singleuser`` and signs its visitors in the same way, with the Hub as OAuth provider.
``python -m oauthenticator_suite.cli.demo.singleuser`` starts it, with its settings in ``JUPYTERHUB_…`` variables.
``DEMO_URL`` is the address of the demo's landing page, for a link; it may be missing.
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
  :root { color-scheme: light dark; --page: #f6f7f8; --card: #fff; --ink: #1f2429; --muted: #565e67; --line: #dfe3e7;
          --edge: #838b94; --accent: #b94a08; --on-accent: #fff; --focus: #14568c; }
  @media (prefers-color-scheme: dark) {
    :root { --page: #1a1d20; --card: #24282c; --ink: #e8ebee; --muted: #b0b8c0; --line: #3b4147;
            --edge: #858e97; --accent: #f7924a; --on-accent: #1d0f04; --focus: #a6d2f7; }
  }
  body { margin: 0; padding: 7vh 1rem 2rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink);
         background: var(--page); }
  main { max-width: 31rem; margin: 0 auto; padding: 2.25rem 2rem; box-sizing: border-box; background: var(--card);
         border: 1px solid var(--line); border-radius: .875rem; box-shadow: 0 8px 28px rgb(0 0 0 / .07);
         overflow-wrap: anywhere; }
  h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; font-weight: 600; text-align: center; }
  p { margin: 0 0 1.25rem; text-align: center; text-wrap: pretty; }
  dl { margin: 0 0 1.25rem; padding: .875rem 1rem; border: 1px solid var(--line); border-radius: .5rem; }
  dt { color: var(--muted); font-size: .8125rem; font-weight: 600; }
  dd { margin: 0 0 .75rem; font-weight: 600; }
  dd:last-child { margin: 0; }
  a { display: block; margin-top: .75rem; padding: .75rem 1.125rem; border: 1px solid var(--edge); border-radius: .5rem;
      color: var(--ink); font-weight: 600; line-height: 1.3; text-align: center; text-decoration: none; }
  a:first-of-type { border-color: var(--accent); color: var(--on-accent); background: var(--accent); }
  a:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
</style>
</head>
<body>
<main>
  <h1>Hello, {{ name }}!</h1>
  <p>You are signed in, and this page comes from your own server. On a real Hub, JupyterLab would be here.</p>
  <dl>
    <dt>Your name on this Hub</dt><dd id="name">{{ name }}</dd>
    <dt>Your groups</dt><dd id="groups">{{ ", ".join(groups) if groups else "none" }}</dd>
  </dl>
  {% if demo_url %}<a href="{{ demo_url }}">Try more</a>{% end %}
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
                demo_url=os.environ.get("DEMO_URL", ""),
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
