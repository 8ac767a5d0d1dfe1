"""Providers at which everyone in the world can get an account, also by way of Google, GitHub or ORCID."""

from __future__ import annotations

from urllib.parse import urlsplit

_HOSTS = {
    "aai.egi.eu": "EGI Check-in",
    "accounts.google.com": "Google",
    "auth.globus.org": "Globus",
    "bitbucket.org": "Bitbucket",
    "codeberg.org": "Codeberg",
    "discord.com": "Discord",
    "gitea.com": "gitea.com",
    "github.com": "GitHub",
    "gitlab.com": "gitlab.com",
    "huggingface.co": "Hugging Face",
    "login.aai.lifescience-ri.eu": "LS Login",
    "login.helmholtz.de": "Helmholtz ID",
    "orcid.org": "ORCID",
    "proxy.eduteams.org": "eduTEAMS",
    "sandbox.orcid.org": "ORCID's sandbox",
}

WIKIMEDIA = (
    "mediawiki.org", "wikibooks.org", "wikidata.org", "wikifunctions.org", "wikimedia.org", "wikinews.org",
    "wikipedia.org", "wikiquote.org", "wikisource.org", "wikiversity.org", "wikivoyage.org", "wiktionary.org",
)  # fmt: skip
"""The domains of Wikimedia's wikis."""


def public_provider_at(url: str) -> str:
    """The name of the public provider with this issuer or site; an empty string for any other."""
    host = (urlsplit(url).hostname or "").lower()
    if any(host == domain or host.endswith(f".{domain}") for domain in WIKIMEDIA):
        return "Wikimedia"
    return _HOSTS.get(host, "")
