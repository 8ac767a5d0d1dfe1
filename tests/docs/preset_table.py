"""The table of docs/how-to/presets.md, made from the rows in `oauthenticator_suite.providers.generic.presets`.

``python -m tests.docs.preset_table`` writes it.
"""

from __future__ import annotations

from oauthenticator_suite.policy.entitlements import ENTITLEMENT_CLAIMS
from oauthenticator_suite.providers.generic.preset import Preset
from oauthenticator_suite.providers.generic.presets import PRESETS
from tests.docs.pages import DOCS
from tests.docs.provider_table import NO, markdown, with_table

PAGE = DOCS / "how-to" / "presets.md"
NAME = "presets"


def groups_of(row: Preset) -> str:
    if row.groups is not None:
        return "read by a function"
    if set(ENTITLEMENT_CLAIMS) & set(row.scope or ()):
        return "entitlements" + "".join(f" in `{namespace}`" for namespace in row.entitlement_namespaces)
    return f"`{row.claims.groups}`" if row.claims.groups else NO


def table() -> str:
    rows = [
        [
            f"[{row.service}](#{anchor(row.service)})",
            f"`{name}`",
            f"`{row.needs}`" if row.needs else NO,
            " ".join(f"`{scope.replace('|', chr(92) + '|')}`" for scope in row.scope or ()) or NO,
            f"`{row.claims.username}`",
            groups_of(row),
            f"[documentation]({row.source})",
        ]
        for name, row in PRESETS.items()
    ]
    return markdown(["provider", "preset", "you set", "scopes", "username", "groups", "source"], rows)


def anchor(heading: str) -> str:
    """The anchor of a heading, as MyST makes it."""
    return "".join(each for each in heading.lower().replace(" ", "-") if each.isalnum() or each in "-_")


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), NAME, table()), encoding="utf-8")
