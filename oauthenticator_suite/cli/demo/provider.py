"""The demo's OpenID provider: Canaille with its data in memory, on 127.0.0.1 and plain http.

``python -m oauthenticator_suite.cli.demo.provider PORT HUB_URL`` starts it. The client's ID and secret come from the
environment variables ``OAUTH_CLIENT_ID`` and ``OAUTH_CLIENT_SECRET``. The provider has the accounts of `people.PEOPLE`
and one client, the Hub.
"""

from __future__ import annotations

import os
import secrets
import sys
from typing import Any

from .people import PEOPLE
from .ports import LOOPBACK

SCOPES = ["openid", "profile", "email", "groups"]


def make_app(port: int, hub_url: str, client_id: str, client_secret: str) -> Any:
    """The provider as a WSGI application."""
    # Without it, Authlib refuses plain http. All requests stay on the loopback interface.
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

    from canaille import create_app
    from joserfc.jwk import RSAKey

    key = RSAKey.generate_key(2048, private=True)
    key.ensure_kid()
    app = create_app(
        backend=_make_backend(),
        config={
            "SECRET_KEY": secrets.token_hex(32),
            "SERVER_NAME": f"{LOOPBACK}:{port}",
            "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {
                "DATABASE": "memory",
                "NAME": "Demo OpenID provider",
                "JAVASCRIPT": False,
                "ENABLE_PASSWORD_RECOVERY": False,
            },
            "CANAILLE_OIDC": {
                "ACTIVE_JWKS": [key.as_dict(private=True)],
                "REQUIRE_NONCE": True,
                "TRUSTED_DOMAINS": [],  # a trusted client, such as one on 127.0.0.1, gets no consent page
                "USERINFO_MAPPING": {"PREFERRED_USERNAME": "{{ user.user_name }}"},
            },
        },
    )
    with app.app_context():
        _add_people()
        _add_client(hub_url, client_id, client_secret)
    return app


def _make_backend() -> Any:
    """Canaille's store in memory, where a query for several attributes must match all of them, as Canaille documents.

    In Canaille 0.3.6 a query matches objects of which *one* attribute fits. The first user's consent would then count
    for every user, and an unused authorization code would be found instead of the code in the request.
    """
    from canaille.backends.memory.backend import MemoryBackend

    class StrictMemoryBackend(MemoryBackend):  # type: ignore[misc]  # Canaille's class has no types
        __module__ = MemoryBackend.__module__  # where Canaille looks for the models that belong to a backend

        def do_query(self, model: Any, *args: Any, **attributes: Any) -> list[Any]:
            if len(attributes) < 2:
                return list(super().do_query(model, *args, **attributes))
            (name, value), *others = attributes.items()
            found = self.do_query(model, **{name: value})
            kept = [{other.id for other in self.do_query(model, **{key: wanted})} for key, wanted in others]
            return [one for one in found if all(one.id in ids for ids in kept)]

    return StrictMemoryBackend({})


def _add_people() -> None:
    from canaille.app import models
    from canaille.backends import Backend

    members: dict[str, list[Any]] = {}
    for person in PEOPLE:
        given_name, family_name = person.full_name.split(" ", 1)
        user = models.User(
            user_name=person.username,
            formatted_name=person.full_name,
            display_name=person.full_name,
            given_name=given_name,
            family_name=family_name,
            emails=[f"{person.username}@example.org"],
            password=person.password,
        )
        Backend.instance.save(user)
        for group in person.groups:
            members.setdefault(group, []).append(user)
    for group, users in members.items():
        Backend.instance.save(models.Group(display_name=group, members=users))


def _add_client(hub_url: str, client_id: str, client_secret: str) -> None:
    from canaille.app import models
    from canaille.backends import Backend

    client = models.Client(
        client_id=client_id,
        client_secret=client_secret,
        client_name="JupyterHub",
        client_uri=hub_url,
        redirect_uris=[f"{hub_url}/hub/oauth_callback"],
        post_logout_redirect_uris=[f"{hub_url}/hub/oauth_logged_out"],
        grant_types=["authorization_code", "refresh_token"],
        response_types=["code"],
        scope=SCOPES,
        token_endpoint_auth_method="client_secret_post",  # noqa: S106  the name of a method
        id_token_signed_response_alg="RS256",  # noqa: S106
    )
    Backend.instance.save(client)
    # Without an audience, ID tokens have none. It can be set only on a client that is already saved.
    client.audience = [client]
    Backend.instance.save(client)


def main() -> None:
    """Serve until the process ends."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Handler(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"  # keeps connections open, as production providers do

    port, hub_url = int(sys.argv[1]), sys.argv[2]
    app = make_app(port, hub_url, os.environ["OAUTH_CLIENT_ID"], os.environ["OAUTH_CLIENT_SECRET"])
    make_server(LOOPBACK, port, app, threaded=True, request_handler=Handler).serve_forever()


if __name__ == "__main__":
    main()
