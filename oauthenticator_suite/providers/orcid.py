"""ORCID: researchers sign in with their ORCID record.

Sources: ORCID's documentation, "OpenID Connect" (ORCID-Source, ``orcid-web/ORCID_AUTH_WITH_OPENID_CONNECT.md``),
"Revoke an access token" and "Structure of the ORCID Identifier"; ISO/IEC 7064, MOD 11-2.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from traitlets import default

from ..errors import IdentityError
from ..hub.findings.finding import ERROR, Problem, check
from ..hub.oauth.authenticator import OAuthenticator
from ..hub.options.declaration import Claims, Endpoints
from ..hub.options.trait_types import URL
from ..hub.unix.local_users import LocalUsers

_LOOKS_LIKE_ID = re.compile(r"(.*/)?([0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9X])", re.IGNORECASE)


def is_orcid_id(text: object) -> bool:
    """Whether `text` is an ORCID iD as ORCID writes it, ``0000-0002-1694-233X``, and its check digit is right."""
    if not isinstance(text, str) or not re.fullmatch(r"([0-9]{4}-){3}[0-9]{3}[0-9X]", text):
        return False
    total = 0
    for digit in text[:-1].replace("-", ""):
        total = (total + int(digit)) * 2
    return text[-1] == "0123456789X"[(12 - total % 11) % 11]


@check(
    "orcid-id",
    ERROR,
    "A list of users has an ORCID iD with a wrong check digit or as a URL, or `username_map` has one with a capital X.",
    "Write the iD as in `0000-0002-1694-233x`.",
    stage="options",  # before JupyterHub refuses a name with a slash
)
def wrong_ids(authenticator: Any) -> Iterator[Problem]:
    """Almost all typing errors in an iD change its check digit."""
    for option in ("admin_users", "allowed_users", "blocked_users", "username_map"):
        for name in sorted(getattr(authenticator, option)):
            found = _LOOKS_LIKE_ID.fullmatch(name)
            if found and not is_orcid_id(found[2].upper()):
                yield Problem(option, f"contains {name!r}, whose check digit is wrong", "Correct the iD")
            elif found and found[1]:
                yield Problem(option, f"contains {name!r}, which is a URL", f"Write {found[2].lower()!r}")
            elif found and option == "username_map" and "X" in name:
                yield Problem(option, f"contains {name!r}, and usernames are in lower case", f"Write {name.lower()!r}")


@check("orcid-scope", ERROR, "The scope `openid` is not requested.", "Add it to `scope`. It includes `/authenticate`.")
def without_openid(authenticator: Any) -> Iterator[Problem]:
    """ORCID sends neither an ID token nor the user's data without it."""
    if "openid" not in authenticator.scope:
        yield Problem("scope", "does not contain openid, without which ORCID sends no user data")


class ORCIDOAuthenticator(OAuthenticator):
    """Sign in with ORCID. The username is the ORCID iD, such as ``0000-0002-1825-0097``."""

    service = "ORCID"
    icon = "brands/orcid"
    environment = "ORCID"
    user_auth_state_key = "orcid_user"
    endpoints = Endpoints(revocation="{orcid_url}/oauth/revoke", grants_page="{orcid_url}/trusted-parties")
    claims = Claims(username="sub")
    default_scope = ("openid",)
    startup_checks = (wrong_ids, without_openid)

    orcid_url = URL(
        "https://orcid.org",
        config=True,
        env="ORCID_URL",
        help="""
        The registry: ``https://orcid.org``, the default, or ``https://sandbox.orcid.org`` for tests. Environment:
        ``ORCID_URL``.

        .. versionadded:: 0.1
        """,
    )

    @default("issuer")
    def _issuer_default(self) -> str:
        return str(self.orcid_url).rstrip("/")

    def verified_subject(self, claims: Mapping[str, Any]) -> str:
        """The ORCID iD. A subject of another form, or with a wrong check digit, is refused."""
        subject = super().verified_subject(claims)
        if not is_orcid_id(subject):
            raise IdentityError("sub is not an ORCID iD, or its check digit is wrong")
        return subject

    def options_without_meaning(self) -> dict[str, str]:
        """ORCID never sends an e-mail address."""
        addresses = ("allowed_email_domains", "collect_emails", "require_verified_email")
        return {**super().options_without_meaning(), **dict.fromkeys(addresses, "ORCID sends no e-mail address")}


class LocalORCIDOAuthenticator(LocalUsers, ORCIDOAuthenticator):
    """Sign in with ORCID, with an account on the Hub's system."""
