"""What the demo adds to its OpenID provider: the landing page, the switch that turns the provider off, and the look.

The pages of the provider and the landing page are templates in the folder ``look``. They use the stylesheets and the
scripts of the Hub: JupyterHub's own, and those of `hub.pages`.
"""

from __future__ import annotations

import os
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from .people import GUEST_PEOPLE, GUESTS, PEOPLE, UNIVERSITY

if TYPE_CHECKING:
    from flask import Flask, Response

LOOK_FOLDER = Path(__file__).with_name("look")
"""The folder of the templates, by the paths that Canaille gives its own, and of the static files."""

CUSTOM_CONFIG = "OAUTHENTICATOR_SUITE_DEMO_CONFIG"
"""The environment variable with the path of the Hub's configuration, when it is not the demo's own."""

OPEN_PATHS = ("/oauth/", "/.well-known/", "/login", "/logout", "/auth/password", "/look/", "/switch")
"""The paths that are served, next to the landing page. Canaille has more pages, such as the user's profile."""

PATHS_OF_PAGES = ("/login", "/logout", "/auth/", "/oauth/end_session")
"""The paths of pages for people. The other paths of the provider are for the Hub."""

DOCUMENTATION = "docs/index.md"


class Switch:
    """Whether the provider answers. While it is off, it answers as a provider does that is down.

    The Hub gets 503 for each of its requests. The authorization endpoint sends the browser back to the Hub with the
    error ``temporarily_unavailable``, which takes the place of 503 there (RFC 6749 §4.1.2.1).
    """

    def __init__(self) -> None:
        self.is_on = True


def add_pages(app: Flask, hub_url: str) -> Switch:
    """Add the landing page, the switch and the look to the provider's application; returns the switch.

    Parameters
    ----------
    app:
        Canaille, with `LOOK_FOLDER` as its theme.
    hub_url:
        The Hub's address, without a trailing slash.
    """
    from flask import abort, redirect, request, send_from_directory
    from jupyterhub._data import DATA_FILES_PATH

    from ...hub import pages

    switch = Switch()
    folders = {
        "hub": Path(DATA_FILES_PATH) / "static",
        "pages": Path(pages.__file__).with_name("static"),
        "demo": LOOK_FOLDER / "static",
    }

    def look(folder: str, name: str) -> Response:
        if folder not in folders:
            abort(404)
        return send_from_directory(folders[folder], name, max_age=3600)

    def landing() -> str:
        return _render("landing.html", **_landing_variables(hub_url))

    def turn() -> Any:
        """Turn the provider on or off. Canaille checks the form's CSRF token."""
        switch.is_on = request.form.get("turn") == "on"
        return redirect("/#off", 303)

    def only_known_paths() -> Any:
        if request.path != "/" and not request.path.startswith(OPEN_PATHS):
            return redirect("/")
        return None

    def answer_when_off() -> Any:
        if switch.is_on or request.path in ("/", "/switch") or request.path.startswith("/look/"):
            return None
        if request.path == "/oauth/authorize":
            return _temporarily_unavailable(request.host_url.rstrip("/"))
        if request.path.startswith(PATHS_OF_PAGES):
            return _render("off.html"), 503
        return {"error": "temporarily_unavailable"}, 503

    app.add_url_rule("/look/<folder>/<path:name>", "demo.look", look)
    app.add_url_rule("/switch", "demo.switch", turn, methods=["POST"])
    app.view_functions["core.account.index"] = landing
    app.context_processor(lambda: {"switch": switch, "hub_url": hub_url, "people": PEOPLE, "university": UNIVERSITY})
    # the redirect to the server's own name comes first, so that all cookies belong to one name
    app.before_request_funcs.setdefault(None, []).extend((only_known_paths, answer_when_off))
    # the last function to see a response: Canaille sets its own policy, which allows more
    app.after_request_funcs.setdefault(None, []).insert(0, _security_headers(hub_url))
    return switch


def _render(template: str, **variables: Any) -> str:
    from canaille.app.templating import render_template

    return str(render_template(template, **variables))


def _landing_variables(hub_url: str) -> dict[str, Any]:
    checkout = Path(__file__).resolve().parents[3] / DOCUMENTATION
    urls = [text.partition(", ") for text in metadata.metadata("oauthenticator_suite").get_all("Project-URL") or []]
    return {
        "guests": GUEST_PEOPLE,
        "guests_name": GUESTS,
        "custom_config": os.environ.get(CUSTOM_CONFIG, ""),
        "docs_path": str(checkout) if checkout.is_file() else "",
        "docs_url": next((url for name, _, url in urls if name == "Documentation"), ""),
        "links": {
            "hub": f"{hub_url}/hub/login",
            "sign_out": f"{hub_url}/hub/logout",
            "home": f"{hub_url}/hub/home",
            "admin": f"{hub_url}/hub/admin",
            "status": f"{hub_url}/hub/auth/status",
            "metrics": f"{hub_url}/hub/metrics",
        },
    }


def _temporarily_unavailable(issuer: str) -> Any:
    """The authorization response of a provider that is down (RFC 6749 §4.1.2.1, RFC 9207 §2)."""
    from canaille.app import models
    from canaille.backends import Backend
    from flask import redirect, request

    client = Backend.instance.get(models.Client, client_id=request.args.get("client_id", ""))
    redirect_uri = request.args.get("redirect_uri", "")
    if client is None or redirect_uri not in client.redirect_uris:
        return _render("off.html"), 503
    answer = {"error": "temporarily_unavailable", "iss": issuer}
    if state := request.args.get("state"):
        answer["state"] = state
    return redirect(f"{redirect_uri}?{urlencode(answer)}")


def _security_headers(hub_url: str) -> Any:
    """A function that sets the headers of each response. Forms lead to the Hub, by a redirect."""
    hubs = f"{hub_url} {hub_url.replace('127.0.0.1', 'localhost')}"
    policy = (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; "
        f"connect-src 'self'; form-action 'self' {hubs}; base-uri 'none'; frame-ancestors 'none'"
    )

    def set_headers(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return set_headers
