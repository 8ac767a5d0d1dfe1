"""Words under which readers look for a page, and which its title does not have: the search shows these pages first.

The words are entries of the index. Sphinx's search leaves numbers out of the text of pages, so that ``403`` is found as
an entry alone.
"""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging

from .environment import all_variables

SEARCH_WORDS: dict[str, tuple[str, ...]] = {
    "how-to/entra": ("azure", "azure ad", "azuread", "microsoft", "entra", "office 365"),
    "reference/options/entra": ("entra",),
    "reference/options/azuread": ("azuread",),
    "how-to/keycloak": ("keycloak", "red hat sso", "realm"),
    "reference/options/keycloak": ("keycloak",),
    "how-to/cognito": ("aws", "amazon", "cognito"),
    "how-to/google": ("google", "google workspace", "g suite", "gmail"),
    "how-to/github": ("github", "github enterprise", "organization", "team"),
    "how-to/gitlab": ("gitlab",),
    "how-to/mediawiki": ("wikimedia", "wikipedia", "mediawiki"),
    "how-to/forgejo": ("gitea", "codeberg", "forgejo"),
    "how-to/openid-provider": ("oidc", "openid connect", "openid", "sso"),
    "how-to/presets": ("authentik", "authelia", "preset", "canvas", "nextcloud", "slack", "zitadel"),
    "how-to/unix-users": ("pam", "ldap", "linux"),
    "migrating/from-ldap": ("ldap",),
    "how-to/users-in-a-dictionary": ("password", "passwords", "dictionary"),
    "how-to/several-at-once": ("multiauthenticator", "several providers"),
    "how-to/groups-and-admins": ("groups", "group", "admin", "administrator", "admins", "allowed users"),
    "how-to/roles": ("role", "roles"),
    "how-to/logout": ("logout", "log out", "sign out", "single logout"),
    "how-to/stay-signed-in": ("session", "sessions", "refresh token", "token refresh", "expired"),
    "explanation/security": ("cookie", "cookies", "csrf", "xsrf", "pkce", "state"),
    "how-to/troubleshooting": ("400", "401", "403", "404", "409", "500", "502", "503", "504", "cookie", "error"),
    "how-to/why-was-a-user-refused": ("403", "forbidden", "refused", "denied", "not allowed"),
    "reference/errors": ("status", "error"),
    "how-to/behind-a-proxy-and-tls": ("nginx", "proxy", "certificate", "https", "redirect uri mismatch"),
    "how-to/zero-to-jupyterhub": ("kubernetes", "helm", "z2jh"),
    "how-to/the-littlest-jupyterhub": ("tljh",),
    "how-to/docker": ("docker", "compose"),
    "how-to/monitoring": ("prometheus", "grafana", "alert"),
    "how-to/events-and-logs": ("audit", "log", "json log"),
    "how-to/change-secrets": ("rotate", "client secret", "crypt key"),
    "migrating/move-from-oauthenticator": ("oauthenticator", "migrate"),
    "reference/environment-variables": ("environment", "variable"),
    "reference/auth-state": ("auth_state", "access token"),
}
"""The words of each page."""


def add_words(app: Any, doctree: nodes.document) -> None:
    """Enter the words of a page into its index, as main entries."""
    name = app.env.docname
    words = list(SEARCH_WORDS.get(name, ()))
    if name == "reference/environment-variables":
        words += [variable.name for variable in all_variables()]
    if words:
        entries = [("single", word, "", "main", None) for word in words]
        app.env.domaindata["index"]["entries"].setdefault(name, []).extend(entries)  # for the page of the index
        next(doctree.findall(nodes.section)).insert(1, addnodes.index(entries=entries))  # for the search


def check_pages(app: Any, env: Any) -> None:
    """Warn of a page that does not exist, which fails the build."""
    for name in SEARCH_WORDS.keys() - env.all_docs.keys():
        logging.getLogger(__name__).warning("search_words.py names a page that does not exist: %s", name)
