"""Run as a program: the demo's provider for a Hub at which it is one of several, and a path that changes its groups.

``python -m tests.e2e.canaille_several PORT HUB_URL PROVIDER``; `PROVIDER` is what the Hub calls it. A POST to ``/_test``
of ``{group: [names]}`` says who is in these groups from now on.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable
from typing import Any

from werkzeug.serving import make_server
from werkzeug.wrappers import Request, Response

from oauthenticator_suite.cli.demo.ports import LOOPBACK
from oauthenticator_suite.cli.demo.provider import make_app


def main() -> None:
    """Serve until the process is ended."""
    port, hub_url, provider = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    app = make_app(port, hub_url, os.environ["OAUTH_CLIENT_ID"], os.environ["OAUTH_CLIENT_SECRET"])

    from canaille.app import models
    from canaille.backends import Backend

    with app.app_context():
        client = Backend.instance.get(models.Client, client_id=os.environ["OAUTH_CLIENT_ID"])
        client.redirect_uris = [f"{hub_url}/hub/auth/{provider}/authorize"]
        client.post_logout_redirect_uris = [f"{hub_url}/hub/auth/{provider}/logged_out"]
        Backend.instance.save(client)

    def change_groups(members: dict[str, list[str]]) -> None:
        with app.app_context():
            for name, users in members.items():
                group = Backend.instance.get(models.Group, display_name=name)
                group.members = [Backend.instance.get(models.User, user_name=user) for user in users]
                Backend.instance.save(group)

    def serve(environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/_test":
            answer: Iterable[bytes] = app(environ, start)
            return answer
        change_groups(json.loads(Request(environ).get_data()))
        return Response("done")(environ, start)

    make_server(LOOPBACK, port, serve, threaded=True).serve_forever()


if __name__ == "__main__":
    main()
