"""Start-up checks of values that an option of an OAuth login accepts, and that cannot be meant."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from jupyterhub.app import JupyterHub

from ...errors import ConfigurationError
from ..findings.finding import ERROR, INFO, WARNING, Check, Problem, check, section
from ..findings.hub_files import application_of

_PLACEHOLDER = re.compile(
    r"<[^<>]*>|\[[^\[\]]*\]|\*+|\.{3,}|…|x{4,}"
    r"|(?:replace|change|insert|enter|put|fill)[ _-]?(?:me|this|here|in|with)?\b.{0,40}|todo|tbd|fixme"
    r"|(?:your|my|the|some|our)[ _-].{0,20}(?:client|app|oauth|secret|id|key)\b.{0,20}|changeme|replaceme|placeholder"
    r"|(?:client|app|application|oauth)[ _-]?(?:id|secret|key)(?:[ _-]?(?:here|value))?",
    re.IGNORECASE,
)
_METADATA = re.compile(r"/\.well-known/(?:openid-configuration|oauth-authorization-server)/?$")

_SCOPE_OF_CLAIM = {
    "email": "email",
    "email_verified": "email",
    **dict.fromkeys(("preferred_username", "name", "given_name", "family_name", "nickname"), "profile"),
}
"""The scope with which an OpenID provider sends a claim (OpenID Connect Core 1.0 §5.4)."""

_ORGANIZATIONS = ("allowed_organizations", "allowed_teams", "allowed_gitlab_groups")
_URL = re.compile(r"(?:https?:)?//[^/]*|[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:com|org|net|edu|eu|io|gov)/", re.IGNORECASE)
_SHORT_NAMES = ("GitHub", "GitLab", "Forgejo")
_NOT_UNIQUE = frozenset({"name", "given_name", "family_name"})
_EXPLICIT = ("authorize_url", "token_url", "userdata_url")


def _given(authenticator: Any) -> Any:
    return authenticator._find_my_config(authenticator.config)


@check(
    "credential-placeholder",
    WARNING,
    "`client_id` or the client secret is the placeholder of a guide or a template, such as `<your-client-id>` or "
    "`changeme`.",
    "Replace it by the value that the provider assigned.",
)
def credential_placeholder(authenticator: Any) -> Iterator[Problem]:
    """The provider would answer with invalid_client."""
    if _PLACEHOLDER.fullmatch(authenticator.client_id):
        yield Problem("client_id", f"is {authenticator.client_id[:40]!a}, a placeholder")
    try:
        secret = authenticator.current_client_secret()
    except ConfigurationError:
        return  # the check `client-secret` reports it
    if secret and _PLACEHOLDER.fullmatch(secret):
        option = "client_secret_file" if authenticator.client_secret_file else "client_secret"
        source = "" if option in _given(authenticator) else f" (from {_secret_variables(authenticator)})"
        yield Problem(option, f"holds a placeholder instead of a secret{source}")


def _secret_variables(authenticator: Any) -> str:
    names = filter(None, (authenticator.client_secret_env, "OAUTH_CLIENT_SECRET"))
    return f"the environment variable {' or '.join(names)}"


@check(
    "certificate-not-verified",
    WARNING,
    "`validate_server_cert` is off, so that anyone between the Hub and the provider can read the client secret and "
    "sign in as any user.",
    "Leave it on, and name the authority that signed the certificate: `http_request_kwargs` with `ca_certs`.",
)
def certificate_not_verified(authenticator: Any) -> Iterator[Problem]:
    """For tests with your own provider."""
    if not authenticator.validate_server_cert:
        yield Problem("validate_server_cert", "is off: the provider's certificate is not verified")


@check(
    "issuer-form",
    ERROR,
    "`issuer` is the URL of the provider's metadata, or has a query or a fragment.",
    "Set it to the URL before `/.well-known/openid-configuration`, exactly as the metadata state it.",
)
def issuer_form(authenticator: Any) -> Iterator[Problem]:
    """OpenID Connect Discovery 1.0 §3: the issuer has no query and no fragment, and the metadata are below it."""
    issuer = authenticator.issuer
    if not issuer or "issuer" not in _given(authenticator):
        return
    if found := _METADATA.search(issuer):
        yield Problem(
            "issuer",
            "is the URL of the provider's metadata",
            f"Set it to {issuer[: found.start()]!r}, without /.well-known/openid-configuration",
        )
    elif urlsplit(issuer).query or urlsplit(issuer).fragment:
        yield Problem("issuer", "has a query or a fragment", "Remove what begins with ? or #")


@check(
    "endpoint-elsewhere",
    WARNING,
    "An endpoint is set to another host than that of `issuer`, for example to that of a former provider.",
    "Remove it, so that it is discovered from `issuer`; or, if the provider has several hosts, name the host in "
    "`trusted_provider_hosts`.",
)
def endpoint_elsewhere(authenticator: Any) -> Iterator[Problem]:
    """The authorization code and the client secret would be sent to the other host."""
    given = _given(authenticator)
    host = urlsplit(authenticator.issuer).hostname
    if not host or "issuer" not in given:
        return
    for option in _EXPLICIT:
        other = urlsplit(getattr(authenticator, option)).hostname if option in given else None
        if other and other != host and other not in authenticator.trusted_provider_hosts:
            yield Problem(option, f"is at {other}, and issuer is at {host}")


@check(
    "openid-not-requested",
    WARNING,
    "`issuer` and `scope` are set, and `scope` lacks `openid`: the provider sends no ID token.",
    "Add `openid` to `scope`.",
)
def openid_not_requested(authenticator: Any) -> Iterator[Problem]:
    """OpenID Connect Core 1.0 §3.1.2.1. Without an ID token the user's data are those of the userinfo endpoint."""
    given = _given(authenticator)
    if "issuer" in given and "scope" in given and authenticator.issuer and "openid" not in authenticator.scope:
        yield Problem("scope", "lacks openid, although issuer is set: there is no ID token to verify")


@check(
    "claim-without-scope",
    WARNING,
    "`username_claim`, `allowed_email_domains`, `require_verified_email` or `collect_emails` needs a claim that an "
    "OpenID provider sends only with a scope that `scope` lacks.",
    "Add the scope.",
)
def claim_without_scope(authenticator: Any) -> Iterator[Problem]:
    """OpenID Connect Core 1.0 §5.4. Some providers send the claims anyway."""
    scope = set(authenticator.scope)
    if "scope" not in _given(authenticator) or "openid" not in scope:
        return
    needed: dict[str, list[str]] = {}
    claim = authenticator.username_claim
    if isinstance(claim, str) and claim in _SCOPE_OF_CLAIM:
        needed.setdefault(_SCOPE_OF_CLAIM[claim], []).append(f"username_claim = {claim!r}")
    for option in ("allowed_email_domains", "require_verified_email", "collect_emails"):
        if getattr(authenticator, option):
            needed.setdefault("email", []).append(option)
    for name, users in needed.items():
        if not any(name == each or each.endswith(f".{name}") for each in scope):
            yield Problem("scope", f"lacks {name}, which {' and '.join(users)} needs", f"Add {name}")


@check(
    "username-not-unique",
    WARNING,
    "`username_claim` is a part of the user's name, which several users can have, and which users can often change.",
    "Use `preferred_username`, or another claim that the provider assigns to one user.",
)
def username_not_unique(authenticator: Any) -> Iterator[Problem]:
    """The second user of a name is refused, because the account belongs to the first one."""
    if authenticator.username_claim in _NOT_UNIQUE and "username_claim" in _given(authenticator):
        yield Problem("username_claim", f"is {authenticator.username_claim!r}, which several users can share")


@check(
    "refresh-asks-nobody",
    INFO,
    "`refresh_pre_spawn` or `refresh_pre_stop` is set without `enable_auth_state`, so that the refresh cannot ask the "
    "provider.",
    "Set `enable_auth_state` to True.",
)
def refresh_asks_nobody(authenticator: Any) -> Iterator[Problem]:
    """Such a refresh checks only blocks, limits of the session and recorded denials."""
    for option in ("refresh_pre_spawn", "refresh_pre_stop"):
        if getattr(authenticator, option, False) and not authenticator.enable_auth_state:
            fix = f"Set {section(authenticator)}.enable_auth_state = True"
            yield Problem(option, "has little effect: no tokens are stored with which to ask the provider", fix)


@check(
    "cookies-strict",
    WARNING,
    "`JupyterHub.tornado_settings` gives cookies SameSite=Strict. Browsers do not send them when a provider on another "
    "site sends the user back, so that no login ends.",
    "Use `Lax`, which is the default.",
)
def cookies_strict(authenticator: Any) -> Iterator[Problem]:
    """The cookie of the login attempt is among them."""
    hub = application_of(authenticator)
    if hub is None or not isinstance(authenticator.parent, JupyterHub):
        return
    options = hub.tornado_settings.get("cookie_options") or {}
    if any(name.lower() == "samesite" and str(value).lower() == "strict" for name, value in options.items()):
        yield Problem("c.JupyterHub.tornado_settings", "sets SameSite=Strict, so that logins are not found again")


@check(
    "name-is-url",
    ERROR,
    "An organization, a group or a team is given by its URL, so that no user is a member of it.",
    "Write its name alone, as it is in the URL after the host.",
)
def name_is_url(authenticator: Any) -> Iterator[Problem]:
    """The names are compared as a whole."""
    for option in _ORGANIZATIONS:
        for name in sorted(name for name in getattr(authenticator, option, ()) if _URL.match(name)):
            short = _URL.sub("", name).strip("/")
            yield Problem(option, f"has {name[:80]!r}, which is a URL", f"Write {short[:80]!r}" if short else "")


@check(
    "name-is-no-login",
    WARNING,
    "An option names a user by an e-mail address or a full name. Usernames at GitHub, GitLab and Forgejo have neither "
    "`@` nor blanks.",
    "Name the user by the login at the provider.",
)
def name_is_no_login(authenticator: Any) -> Iterator[Problem]:
    """No user has such a name: a block would not hold."""
    if authenticator.service not in _SHORT_NAMES or authenticator.username_map:
        return
    if authenticator.username_claim != authenticator.claims.username:
        return
    for option in ("allowed_users", "admin_users", "blocked_users"):
        if found := sorted(name for name in getattr(authenticator, option) if re.search(r"[@\s]", name)):
            yield Problem(option, f"has names that are no logins: {', '.join(map(repr, found[:5]))}")


OAUTH_VALUE_CHECKS: tuple[Check, ...] = (
    credential_placeholder,
    certificate_not_verified,
    issuer_form,
    endpoint_elsewhere,
    openid_not_requested,
    claim_without_scope,
    username_not_unique,
    refresh_asks_nobody,
    cookies_strict,
    name_is_url,
    name_is_no_login,
)
"""The checks of values, for every OAuth login."""
