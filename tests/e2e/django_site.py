"""The routes of the Django site with two providers, and what one of them says of a user. Django imports this."""

from __future__ import annotations

from typing import Any

from django.urls import include, path
from oauth2_provider.oauth2_validators import OAuth2Validator

urlpatterns = [
    path("accounts/", include("allauth.account.urls")),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
    path("", include("allauth.idp.urls")),
]


class Validator(OAuth2Validator):
    """Adds the name to the claims of the scope ``profile``, as the documentation of django-oauth-toolkit tells."""

    oidc_claim_scope = {**OAuth2Validator.oidc_claim_scope, "preferred_username": "profile"}

    def get_additional_claims(self) -> dict[str, Any]:
        return {"preferred_username": lambda request: request.user.username}
