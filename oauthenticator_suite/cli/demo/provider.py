"""The demo's OpenID provider "Demo University": Canaille with its data in memory, on 127.0.0.1 and plain http.

``python -m oauthenticator_suite.cli.demo.provider PORT HUB_URL`` starts it. The client's ID and secret come from the
environment variables ``OAUTH_CLIENT_ID`` and ``OAUTH_CLIENT_SECRET``. The provider has the accounts of `people.PEOPLE`
and one client, the Hub. Its pages, and the demo's landing page at its root, are added by `university`.
"""

from __future__ import annotations

import os
import secrets
import sys
from typing import Any

from .people import PEOPLE, UNIVERSITY
from .ports import LOOPBACK
from .university import LOOK_FOLDER, add_pages

SCOPES = ["openid", "profile", "email", "groups"]

HUB_NAME = "Demo Hub"
"""The name of the Hub on the provider's pages, as `hub_name` in ``examples/demo_config.py``."""

AMONG_SEVERAL = "auth/university"
"""The path below ``/hub/`` of a Hub at which the provider is the entry ``university`` of several."""


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
                "NAME": UNIVERSITY,
                "LANGUAGE": "en",
                "THEME": str(LOOK_FOLDER),
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
    app.before_request(_keep_one_account)
    app.before_request(_remember_request_of_consent)
    add_pages(app, hub_url)
    return app


def _keep_one_account() -> None:
    """Let a browser be signed in to one account, the latest.

    Canaille keeps the earlier ones as well. After the end of the latest, the browser would have one of them again.
    """
    from canaille.app.session import USER_SESSION
    from flask import session

    if len(session.get(USER_SESSION, ())) > 1:
        session[USER_SESSION] = session[USER_SESSION][:1]


def _remember_request_of_consent() -> None:
    """Let the answer to the consent page belong to the authorization request that has shown the page.

    Canaille 0.3.6 knows requests by their URL, to which it adds the fields of the answer. With ``prompt=login`` it
    takes the answer for a new request, and asks for the password again and again.
    """
    from canaille.oidc.endpoints import oauth
    from flask import request

    if request.path == "/oauth/authorize" and request.method == "POST" and "answer" in request.form:
        began = oauth.get_authorization_request_datetime(request.url)
        if began is not None:
            oauth.save_authorization_request_datetime(oauth.add_params_to_uri(request.url, request.form), began)


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

    # A Hub with this provider only, and a Hub at which it is one of several. Some visitors type "localhost".
    hubs = [f"{url}/hub" for url in (hub_url, hub_url.replace(LOOPBACK, "localhost"))]
    client = models.Client(
        client_id=client_id,
        client_secret=client_secret,
        client_name=HUB_NAME,
        client_uri=hub_url,
        redirect_uris=[f"{hub}/{path}" for hub in hubs for path in ("oauth_callback", f"{AMONG_SEVERAL}/authorize")],
        post_logout_redirect_uris=[
            f"{hub}/{path}" for hub in hubs for path in ("oauth_logged_out", f"{AMONG_SEVERAL}/logged_out")
        ],
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
