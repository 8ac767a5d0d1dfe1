"""OpenShift: the users of the cluster that the Hub runs on, or of another one.

Sources: OpenShift's documentation "Configuring the internal OAuth server" and "Using a service account as an OAuth
client"; RFC 8414; the source of its OAuth server.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import MappingProxyType
from typing import Any

from traitlets import default

from ..hub.findings.finding import Problem
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.trait_types import URL, Renamed
from ..hub.unix.local_users import LocalUsers

CA_FILE = "/run/secrets/kubernetes.io/serviceaccount/ca.crt"
"""The certificate authority of the cluster, in every pod."""


class OpenShiftOAuthenticator(OAuthenticator):
    """Sign in with the users of an OpenShift cluster."""

    service = "OpenShift"
    icon = "brands/redhat"
    environment = "OPENSHIFT"
    user_auth_state_key = "openshift_user"
    endpoints = Endpoints(
        authorize="{openshift_auth_api_url}/oauth/authorize",
        token="{openshift_auth_api_url}/oauth/token",
        userdata="{openshift_rest_api_url}/apis/user.openshift.io/v1/users/~",
        document="{openshift_url}/.well-known/oauth-authorization-server",
        site="{openshift_url}",
    )
    claims = Claims(subject="metadata.uid", username="metadata.name", groups="groups", name="fullName")
    default_scope = ("user:info",)
    replaced_options = MappingProxyType({"ca_certs": 'Set http_request_kwargs = {"ca_certs": "/path/to/ca.crt"}'})

    openshift_url = URL(
        "https://openshift.default.svc.cluster.local",
        config=True,
        env="OPENSHIFT_URL",
        help="""
        The URL of the cluster's API server. The Hub finds the OAuth server there. Environment: ``OPENSHIFT_URL``.

        .. versionadded:: 0.1
        """,
    )

    openshift_auth_api_url = URL(
        config=True,
        help="""
        The URL of the cluster's OAuth server, such as ``https://oauth-openshift.apps.example.org``.

        Default: empty. Then the Hub asks the API server for it at the first login.

        .. versionadded:: 0.1
        """,
    )

    openshift_rest_api_url = URL(
        "{openshift_url}",
        config=True,
        help="""
        The URL of the API server for the user's data, if it is not `openshift_url`.

        .. versionadded:: 0.1
        """,
    )

    validate_cert = Renamed("validate_server_cert", since="oauthenticator 16")

    @default("http_request_kwargs")
    def _http_request_kwargs_default(self) -> dict[str, Any]:
        """Trust the certificate authority of the cluster, where there is one."""
        return {"ca_certs": CA_FILE} if self.validate_server_cert and os.path.exists(CA_FILE) else {}

    def endpoint_problems(self) -> Iterator[Problem]:
        """The API server, where the endpoints are found."""
        if not self.openshift_url and not (self.configured_url("authorize_url") and self.configured_url("token_url")):
            yield Problem("openshift_url", "is empty", "Set it to the URL of the cluster's API server")


class LocalOpenShiftOAuthenticator(LocalUsers, OpenShiftOAuthenticator):
    """Sign in with the users of an OpenShift cluster, with an account on the Hub's system."""
