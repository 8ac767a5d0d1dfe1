"""Run as a program: a Django site with two OpenID providers, django-oauth-toolkit below ``/o`` and django-allauth's at ``/``.

``python -m tests.e2e.django_providers PORT HUB_URL FOLDER``. Users sign in on the page of django-allauth; each has the
password ``password-of-NAME``. The client secrets are in ``TOOLKIT_SECRET`` and ``ALLAUTH_SECRET``. Both give access tokens
that last for a moment, and refresh tokens that are good once. Clients may register themselves at django-allauth's with the
initial access token in ``ALLAUTH_INITIAL_ACCESS_TOKEN``.
"""

from __future__ import annotations

import os
import sys

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from werkzeug.serving import make_server

USERS = ("tom", "alva")
CLIENT_ID = "hub"
TOKEN_SECONDS = 25


def configure(folder: str) -> None:
    """The settings of the site. Its database is in `folder`."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    settings.configure(
        SECRET_KEY="for-tests-only",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF="tests.e2e.django_site",
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": f"{folder}/django.sqlite"}},
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],  # fast
        INSTALLED_APPS=[
            *("django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"),
            *("django.contrib.messages", "allauth", "allauth.account", "allauth.idp.oidc", "oauth2_provider"),
        ],
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
            "allauth.account.middleware.AccountMiddleware",
        ],
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "APP_DIRS": True,
                "OPTIONS": {"context_processors": ["django.template.context_processors.request"]},
            }
        ],
        LOGIN_URL="account_login",
        USE_TZ=True,
        MIGRATION_MODULES=dict.fromkeys(
            ("auth", "contenttypes", "sessions", "account", "allauth_idp_oidc", "oauth2_provider")
        ),  # the tables at once, without their history
        ACCOUNT_EMAIL_VERIFICATION="none",
        ACCOUNT_RATE_LIMITS=False,
        IDP_OIDC_DCR_ENABLED=True,
        IDP_OIDC_PRIVATE_KEY=key.decode(),
        IDP_OIDC_ACCESS_TOKEN_EXPIRES_IN=TOKEN_SECONDS,
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": key.decode(),
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "OIDC_RP_INITIATED_LOGOUT_STRICT_REDIRECT_URIS": True,
            "OAUTH2_VALIDATOR_CLASS": "tests.e2e.django_site.Validator",
            "SCOPES": {"openid": "Who you are", "profile": "Your name"},
            "ACCESS_TOKEN_EXPIRE_SECONDS": TOKEN_SECONDS,
            "ROTATE_REFRESH_TOKEN": True,
            "REFRESH_TOKEN_REUSE_PROTECTION": True,
            "REFRESH_TOKEN_EXPIRE_SECONDS": 86400,
        },
    )
    django.setup()


def fill(hub_url: str) -> None:
    """The users, and the Hub as a client of each provider."""
    from allauth.idp.oidc.models import Client, Token
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from oauth2_provider.models import get_application_model

    call_command("migrate", run_syncdb=True, verbosity=0)
    for name in USERS:
        get_user_model().objects.create_user(name, f"{name}@example.test", f"password-of-{name}")
    application = get_application_model()
    application.objects.create(
        client_id=CLIENT_ID,
        client_secret=os.environ["TOOLKIT_SECRET"],
        name="the Hub",
        client_type=application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=application.GRANT_AUTHORIZATION_CODE,
        algorithm=application.RS256_ALGORITHM,
        redirect_uris=f"{hub_url}/hub/auth/toolkit/authorize",
        post_logout_redirect_uris=f"{hub_url}/hub/auth/toolkit/logged_out",
    )
    client = Client(id=CLIENT_ID, name="the Hub")
    client.set_secret(os.environ["ALLAUTH_SECRET"])
    client.set_scopes(["openid", "profile"])
    client.set_grant_types(["authorization_code", "refresh_token"])
    client.set_redirect_uris([f"{hub_url}/hub/auth/allauth/authorize"])
    client.set_post_logout_redirect_uris([f"{hub_url}/hub/auth/allauth/logged_out"])
    client.save()
    if value := os.environ.get("ALLAUTH_INITIAL_ACCESS_TOKEN"):
        token = Token(type=Token.Type.INITIAL_ACCESS_TOKEN)
        token.set_value(value)
        token.save()


def main() -> None:
    """Serve until the process is ended."""
    port, hub_url, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3]
    configure(folder)
    fill(hub_url)
    from django.core.wsgi import get_wsgi_application

    make_server("127.0.0.1", port, get_wsgi_application(), threaded=True).serve_forever()


if __name__ == "__main__":
    main()
