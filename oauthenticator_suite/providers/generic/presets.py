"""The table of presets. A new row needs an entry in docs/how-to/presets.md; tests compare the two.

Each row names the documentation that its values are from. What a provider lets its administrators choose, such as the
claims of LemonLDAP::NG, is the product's default.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...hub.options.declaration import Claims, Endpoints
from ...policy.unknown import Unknown
from .preset import Expectation, Preset

_OPENID = ("openid", "profile", "email")
_SLACK_TEAM = "https://slack.com/team_id"

_NO_SIGNING_KEY = (
    "authentik signs ID tokens with the client secret as long as its provider has no signing key: choose a Signing Key "
    "in the settings of the provider at authentik"
)


def hugging_face_orgs(claims: Mapping[str, Any]) -> list[str]:
    """The organizations in which the user has the rights of a member now: no sign-in or second factor is missing.

    Raises
    ------
    Unknown
        If the claim is not a list.
    """
    orgs = claims.get("orgs") or []
    if not isinstance(orgs, list):
        raise Unknown("orgs is not a list", retry=False)
    held_back = ("pendingSSO", "missingMFA", "securityRestrictions")
    members = [org for org in orgs if isinstance(org, Mapping) and not any(org.get(name) for name in held_back)]
    return [name for org in members if isinstance(name := org.get("preferred_username"), str)]


PRESETS: Mapping[str, Preset] = {
    "authelia": Preset(
        service="Authelia",
        source="https://www.authelia.com/integration/openid-connect/openid-connect-1.0-claims/",
        needs="issuer",
        example="https://auth.example.org",
        scope=(*_OPENID, "groups"),
        claims=Claims(username="preferred_username", groups="groups"),
        advised=(
            Expectation(
                option="userdata_from_id_token",
                holds=lambda authenticator: not authenticator.userdata_from_id_token,
                reason="is on, and Authelia sends names and groups only to the userinfo endpoint",
                fix="Remove it",
            ),
        ),
    ),
    "authentik": Preset(
        service="authentik",
        source="https://docs.goauthentik.io/add-secure-apps/providers/oauth2/",
        needs="issuer",
        example="https://auth.example.org/application/o/SLUG/",
        scope=_OPENID,
        claims=Claims(username="preferred_username", groups="groups"),
        hints={"alg HS256 is not allowed": _NO_SIGNING_KEY},
    ),
    "canvas": Preset(
        service="Canvas",
        source="https://canvas.instructure.com/doc/api/file.oauth_endpoints.html",
        needs="preset_url",
        example="https://canvas.example.edu",
        endpoints=Endpoints(
            authorize="{preset_url}/login/oauth2/auth",
            token="{preset_url}/login/oauth2/token",
            userdata="{preset_url}/api/v1/users/self/profile",
            site="{preset_url}",
        ),
        scope=("url:GET|/api/v1/users/:user_id/profile",),
        claims=Claims(subject="id", username="login_id", name="name", picture="avatar_url"),
        required=(
            Expectation(
                option="scope",
                holds=lambda authenticator: "/auth/userinfo" not in authenticator.scope,
                reason="contains '/auth/userinfo', with which Canvas sends no access token",
                fix="Remove it from the list",
            ),
        ),
        hints={
            "invalid_scope": "the developer key must have every scope in scope; for a key without scopes, set it to []"
        },
        missing_claim="Canvas sends login_id only if the account that made the developer key may see it.",
    ),
    "discord": Preset(
        service="Discord",
        icon="brands/discord",
        source="https://discord.com/developers/docs/topics/oauth2",
        endpoints=Endpoints(
            authorize="https://discord.com/oauth2/authorize",
            token="https://discord.com/api/oauth2/token",
            userdata="https://discord.com/api/users/@me",
            revocation="https://discord.com/api/oauth2/token/revoke",
            site="https://discord.com",
        ),
        scope=("identify",),
        claims=Claims(subject="id", username="username", name="global_name"),
        renamed_users=True,
        required=(
            Expectation(
                option="scope",
                holds=lambda authenticator: "identify" in authenticator.scope,
                reason="does not contain 'identify', without which Discord sends no user data",
                fix="Add it to the list",
            ),
        ),
    ),
    "eduteams": Preset(
        service="eduTEAMS",
        source="https://wiki.geant.org/display/eduTEAMS/Registering+services+on+the+eduTEAMS+Service",
        endpoints=Endpoints(issuer="https://proxy.eduteams.org"),
        scope=(*_OPENID, "eduperson_entitlement"),
        claims=Claims(username="sub"),
    ),
    "egi-check-in": Preset(
        service="EGI Check-in",
        source="https://docs.egi.eu/providers/check-in/sp/",
        endpoints=Endpoints(issuer="https://aai.egi.eu/auth/realms/egi"),
        scope=(*_OPENID, "entitlements"),
        claims=Claims(username="preferred_username"),
        entitlement_namespaces=("urn:mace:egi.eu",),
        renamed_users=True,
    ),
    "gitea": Preset(
        service="Gitea",
        icon="brands/git-alt",
        source="https://docs.gitea.com/development/oauth2-provider",
        needs="issuer",
        example="https://gitea.example.org",
        scope=(*_OPENID, "groups"),
        claims=Claims(username="preferred_username", groups="groups"),
        renamed_users=True,
    ),
    "helmholtz-id": Preset(
        service="Helmholtz ID",
        source="https://hifis.net/doc/helmholtz-aai/attributes/",
        endpoints=Endpoints(issuer="https://login.helmholtz.de/oauth2"),
        scope=(*_OPENID, "eduperson_entitlement"),
        claims=Claims(username="preferred_username"),
        entitlement_namespaces=("urn:geant:helmholtz.de",),
        renamed_users=True,
    ),
    "hugging-face": Preset(
        service="Hugging Face",
        source="https://huggingface.co/docs/hub/oauth",
        endpoints=Endpoints(
            issuer="https://huggingface.co", grants_page="https://huggingface.co/settings/connected-applications"
        ),
        scope=_OPENID,
        claims=Claims(username="preferred_username"),
        groups=hugging_face_orgs,
        renamed_users=True,
    ),
    "indigo-iam": Preset(
        service="INDIGO IAM",
        source="https://indigo-iam.github.io/v/current/docs/reference/configuration/jwt-profiles/",
        needs="issuer",
        example="https://iam.example.org/",
        scope=_OPENID,
        claims=Claims(username="preferred_username", groups="groups"),
    ),
    "kanidm": Preset(
        service="Kanidm",
        source="https://kanidm.github.io/kanidm/stable/integrations/oauth2.html",
        needs="issuer",
        example="https://idm.example.org/oauth2/openid/CLIENT",
        scope=(*_OPENID, "groups"),
        claims=Claims(username="preferred_username", groups="groups"),
        client_auth_method="client_secret_basic",
        required=(
            Expectation(
                option="enable_pkce",
                holds=lambda authenticator: authenticator.enable_pkce,
                reason="is off, and Kanidm refuses logins without PKCE",
                fix="Remove it",
            ),
            Expectation(
                option="id_token_signed_response_alg",
                holds=lambda authenticator: "ES256" in authenticator.id_token_signed_response_alg,
                reason="does not contain ES256, with which Kanidm signs",
                fix="Add it",
            ),
        ),
        hints={
            "access_denied": "every scope in scope must be in the scope map of one of the user's groups: see "
            "kanidm system oauth2 update-scope-map",
            "invalid_scope": "every scope in scope must be in a scope map: see kanidm system oauth2 update-scope-map",
        },
    ),
    "lemonldap": Preset(
        service="LemonLDAP::NG",
        source="https://lemonldap-ng.org/documentation/latest/idpopenidconnect.html",
        needs="issuer",
        example="https://auth.example.org",
        scope=_OPENID,
        claims=Claims(username="sub", groups="groups"),
        groups_format="separated",  # or a list, as its administrator chooses
        groups_separator=";",
        renamed_users=True,
        missing_claim="LemonLDAP::NG sends only the attributes that its administrator exports to this client.",
    ),
    "ls-login": Preset(
        service="LS Login",
        source="https://lifescience-ri.eu/ls-login/documentation/service-provider-documentation/"
        "service-provider-documentation.html",
        endpoints=Endpoints(issuer="https://login.aai.lifescience-ri.eu/oidc/"),
        scope=(*_OPENID, "eduperson_entitlement"),
        claims=Claims(username="preferred_username"),
        entitlement_namespaces=("urn:geant:lifescience-ri.eu",),
        renamed_users=True,
    ),
    "moodle": Preset(
        service="Moodle",
        source="https://github.com/projectestac/moodle-local_oauth",
        needs="preset_url",
        example="https://moodle.example.edu",
        endpoints=Endpoints(
            authorize="{preset_url}/local/oauth/login.php",
            token="{preset_url}/local/oauth/token.php",
            userdata="{preset_url}/local/oauth/user_info.php",
            site="{preset_url}",
        ),
        scope=("user_info",),
        claims=Claims(subject="id", username="username", given_name="firstname", family_name="lastname"),
    ),
    "nextcloud": Preset(
        service="Nextcloud",
        source="https://docs.nextcloud.com/server/latest/admin_manual/configuration_server/oauth2.html",
        needs="preset_url",
        example="https://cloud.example.org",
        endpoints=Endpoints(
            authorize="{preset_url}/index.php/apps/oauth2/authorize",
            token="{preset_url}/index.php/apps/oauth2/api/v1/token",
            userdata="{preset_url}/ocs/v2.php/cloud/user?format=json",
            site="{preset_url}",
        ),
        scope=(),
        claims=Claims(
            subject="ocs.data.id", username="ocs.data.id", name="ocs.data.display-name", groups="ocs.data.groups"
        ),
    ),
    "slack": Preset(
        service="Slack",
        icon="brands/slack",
        source="https://docs.slack.dev/authentication/sign-in-with-slack/",
        endpoints=Endpoints(issuer="https://slack.com"),
        scope=_OPENID,
        claims=Claims(username="sub"),
        advised=(
            Expectation(
                option="required_claims",
                holds=lambda authenticator: _SLACK_TEAM in authenticator.required_claims,
                reason=f"does not contain {_SLACK_TEAM!r}, so that users of every workspace that has installed the app "
                "are considered. The parameter team is only a proposal to the user",
                fix=f'Set it to {{"{_SLACK_TEAM}": "T0123456"}} with the ID of your workspace',
            ),
        ),
        hints={"sub is missing": "Slack reports errors with status 200: see the requests of the app at Slack"},
    ),
    "surfconext": Preset(
        service="SURFconext",
        source="https://servicedesk.surf.nl/wiki/spaces/IAM/pages/128909987/OpenID+Connect+features",
        endpoints=Endpoints(issuer="https://connect.surfconext.nl"),
        scope=("openid",),
        claims=Claims(username="eduperson_principal_name", groups="edumember_is_member_of"),
        missing_claim="SURFconext sends only the attributes that the SP Dashboard lists for this service.",
    ),
    "zitadel": Preset(
        service="Zitadel",
        source="https://zitadel.com/docs/apis/openidoauth/claims",
        needs="issuer",
        example="https://example-abc123.zitadel.cloud",
        scope=_OPENID,
        claims=Claims(username="preferred_username", groups="urn:zitadel:iam:org:project:roles"),
        groups_format="keys",  # the values are the organizations that assigned the roles
    ),
}
"""The presets, by the value of the option `preset`."""

CLASSES = {
    "amazon": "cognito",
    "aws": "cognito",
    "codeberg": "forgejo",
    "gitlab.com": "gitlab",
    "microsoft": "entra",
    "wikimedia": "mediawiki",
}
"""Other names of providers that have a class: the name in the registry."""
