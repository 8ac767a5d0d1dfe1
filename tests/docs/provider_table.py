"""The tables of docs/reference/providers.md: what each class does, as observed at the provider's fake, and its own rules.

``python -m tests.docs.provider_table`` writes them.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from oauthenticator_suite import OAuthenticator, registry
from tests.contract.cases import CASES, ProviderCase
from tests.docs.pages import DOCS
from tests.support import Hub, HubState, start_hub
from tests.support.entry_points import PROVIDERS

PAGE = DOCS / "reference" / "providers.md"
FEATURES = "features"
RULES = "rules"

YES, NO = "yes", "–"
COLUMNS = (
    "discovery", "verified ID token", "PKCE", "refresh token", "groups", "logout there", "back-channel logout",
    "revocation", "page to withdraw access",
)  # fmt: skip
VARIANTS = {
    "gitlab": "GitLab, REST API",
    "gitlab-openid": "GitLab, with `openid` in `scope`",
    "mediawiki": "MediaWiki, OAuth 1.0a",
    "mediawiki-oauth2": "MediaWiki, OAuth 2.0",
    "azuread": "Azure AD, the older name of Entra ID",
    "entra": "Microsoft Entra ID",
    "forgejo": "Forgejo, Gitea",
    "generic": "Any OpenID provider",
}
"""Names of cases of which the class's `service` says too little."""

LEFT_OUT = {"mediawiki-mwoauth", "okta-custom-server"}
"""Cases that show nothing else than another one."""


def shown_cases() -> list[type[ProviderCase]]:
    """The cases that are rows of the table of features, by name."""
    return sorted(
        (case for case in CASES if case.id not in LEFT_OUT), key=lambda case: (name_of(case).lower(), case.id)
    )


def name_of(case: type[ProviderCase]) -> str:
    service = PROVIDERS[case.entry_point].service
    return VARIANTS.get(case.id, service)


# --- features --------------------------------------------------------------------------------------------------------


async def features(case: ProviderCase) -> dict[str, str]:
    """What happens at the running fake of `case`: one login without, and if need be one with its options for refresh."""
    found = await _observed(case, {})
    extra = {name: value for name, value in case.lasting.items() if name != "user_data_max_age"}
    if found["refresh token"] == NO and extra:
        with_options = await _observed(case, extra)
        if with_options["refresh token"] == YES:
            found["refresh token"] = " and ".join(f"with `{name}`" for name in sorted(extra))
    return found


async def _observed(case: ProviderCase, options: Mapping[str, Any]) -> dict[str, str]:
    state = HubState()
    needed = {"allow_all": True, "enable_auth_state": True}
    async with start_hub(case.config(state.url, **needed, **options), state) as hub:
        return await _features_of(case, hub)


async def _features_of(case: ProviderCase, hub: Hub) -> dict[str, str]:
    authenticator = hub.authenticator
    asked = dict(parse_qsl(urlsplit(str((await hub.browser().get("/hub/oauth_login")).location)).query))
    browser = hub.browser()
    page = await browser.login(case.member.key)
    assert browser.logged_in, page.text[:500]
    auth_state = await hub.auth_state(case.member.name) or {}
    document = await _metadata(authenticator)
    end_session = authenticator.end_session_url or document.get("end_session_endpoint")
    revocation = authenticator.revocation_url or document.get("revocation_endpoint")
    return {
        "discovery": YES if document else "of the OAuth server" if authenticator.endpoints.document else NO,
        "verified ID token": YES if auth_state.get("id_token") and document else NO,
        "PKCE": asked.get("code_challenge_method", NO),
        "refresh token": YES if auth_state.get("refresh_token") else NO,
        "groups": _groups(type(authenticator)()),
        "logout there": YES if end_session else "its own page" if _has_own_logout(type(authenticator)) else NO,
        "back-channel logout": YES if document.get("backchannel_logout_supported") else NO,
        "revocation": YES if revocation else NO,
        "page to withdraw access": YES if authenticator.revoke_url else NO,
    }


async def _metadata(authenticator: OAuthenticator) -> Mapping[str, Any]:
    """The provider's metadata; empty for a provider without discovery."""
    if not authenticator.issuer and not authenticator.discovery_url:
        return {}
    url = authenticator.discovery_url or f"{authenticator.issuer.rstrip('/')}/.well-known/openid-configuration"
    found: Mapping[str, Any] = await authenticator.httpfetch(url, "metadata")
    return found


def _has_own_logout(cls: type) -> bool:
    """Whether the class continues a logout at a page of the provider that is not OpenID Connect's."""
    own = cls.__mro__[: cls.__mro__.index(OAuthenticator)]
    return any("_logout_redirect_url_default" in vars(each) for each in own)


def _groups(authenticator: OAuthenticator) -> str:
    key = authenticator.auth_state_groups_key
    return f"`{key}`" if isinstance(key, str) and key else NO


def table_of_features(found: Mapping[str, Mapping[str, str]]) -> str:
    """`found`: the features by the id of the case."""
    rows = []
    for case in shown_cases():
        entry = next(entry for entry in registry.PROVIDERS if f"suite-{entry.name}" == case.entry_point)
        cells = [f"[{name_of(case)}](../how-to/{entry.page}.md)", f"`{case.entry_point}`"]
        rows.append([*cells, *(found[case.id][column] for column in COLUMNS)])
    return markdown(["provider", "name", *COLUMNS], rows)


def row_of(case: ProviderCase, text: str) -> dict[str, str] | None:
    """The row of the page for `case`."""
    start = f"| [{name_of(type(case))}]"
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith(start) and cells[1] == f"`{case.entry_point}`" and len(cells) == 2 + len(COLUMNS):
            return dict(zip(COLUMNS, cells[2:], strict=True))
    return None


# --- rules -----------------------------------------------------------------------------------------------------------


def table_of_rules() -> str:
    """The options of each class that allow users, make administrators or refuse users."""
    rows = []
    for entry in sorted(registry.PROVIDERS, key=lambda entry: entry.name):
        cls = PROVIDERS[f"suite-{entry.name}"]
        shared = OAuthenticator.class_traits(config=True)
        own = {name: trait for name, trait in cls.class_traits(config=True).items() if name not in shared}
        kinds = [
            ", ".join(f"`{name}`" for name, trait in sorted(own.items()) if trait.metadata.get("rule") == kind) or NO
            for kind in ("allowed", "admin", "required")
        ]
        rows.append([f"`{cls.__name__}`", *kinds])
    return markdown(["class", "allow users", "make administrators", "refuse users"], rows)


# --- the page --------------------------------------------------------------------------------------------------------


def markdown(head: list[str], rows: Iterable[list[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" if cells[0] != "---" else f"|{'|'.join(cells)}|\n" for cells in lines)


def with_table(text: str, name: str, table: str) -> str:
    """`text` with `table` between the two marks of this name."""
    begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    assert text.count(begin) == text.count(end) == 1
    return re.sub(f"(?s){re.escape(begin)}.*?{re.escape(end)}", lambda _: f"{begin}\n{table}\n{end}", text)


async def _all_features() -> dict[str, dict[str, str]]:
    found = {}
    for cls in shown_cases():
        case = cls()
        async with case.fake:
            found[cls.id] = await features(case)
    return found


if __name__ == "__main__":
    page = with_table(PAGE.read_text(encoding="utf-8"), FEATURES, table_of_features(asyncio.run(_all_features())))
    PAGE.write_text(with_table(page, RULES, table_of_rules()), encoding="utf-8")
