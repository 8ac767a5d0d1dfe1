"""how-to/research-communities.md: each configuration lets the members of the group in, and no other user."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from oauthenticator_suite.providers.generic.presets import PRESETS
from tests.docs.pages import Block, blocks, page
from tests.fakes.openid_provider import FakeProvider
from tests.support import HubState

BLOCKS = [block for block in blocks() if block.page.name == "research-communities.md"]
MEMBERSHIPS = {
    "EGI Check-in": "urn:mace:egi.eu:group:vo.example.org:role=member#aai.egi.eu",
    "Helmholtz ID": "urn:geant:helmholtz.de:group:my-vo:staff#login.helmholtz.de",
    "LS Login": "urn:geant:lifescience-ri.eu:group:lifescience:my-project#aai.lifescience-ri.eu",
    "With a preset": "urn:mace:egi.eu:group:vo.example.org:role=member",
}
"""For each section of the page, what the service sends about a member."""


def test_every_service_has_a_configuration_of_ten_options() -> None:
    assert [block.section for block in BLOCKS] == list(MEMBERSHIPS)
    for block in BLOCKS:
        assert len([line for line in block.code.splitlines() if line.startswith("c.")]) <= 10


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.section)
async def test_the_members_of_the_group_sign_in(
    block: Block, hubs: Any, provider: FakeProvider, tmp_path: Path
) -> None:
    config = block.load(tmp_path)
    assert config.JupyterHub.pop("public_url") == "https://hub.example.org/"
    options = config.GenericOAuthenticator
    secret = tmp_path / "client_secret"
    secret.write_text(provider.client.client_secret)
    provider.client.scopes |= {"offline_access", "entitlements", "eduperson_entitlement"}
    options.update(issuer=provider.issuer, client_id="hub", client_secret_file=str(secret))
    options.client_auth_method = provider.client.auth_method
    state = HubState()
    provider.client.redirect_uris.add(f"{state.url}/hub/oauth_callback")
    member = MEMBERSHIPS[block.section]
    provider.users["alice"]["entitlements"] = [member, "urn:mace:dir:entitlement:common-lib-terms"]
    provider.users["bob"]["eduperson_entitlement"] = [member]
    provider.users["carol"]["entitlements"] = [
        member.replace(":group:", ":evil:group:"),
        member.replace(":group:", ":res:"),
        *([f"{member}.evil.example"] if "#" in member else []),
    ]
    hub = await hubs(config, state)
    found = {name: (await hub.browser().login(name)).status for name in ("alice", "bob", "carol")}
    assert found == {"alice": 200, "bob": 200, "carol": 403}


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.section)
def test_the_scopes_are_those_of_the_preset(block: Block, tmp_path: Path) -> None:
    options = block.load(tmp_path).GenericOAuthenticator
    if "preset" in options:
        assert "scope" not in options
        return
    preset = next(each for each in PRESETS.values() if each.endpoints.issuer == options.issuer)
    assert set(options.scope) - {"offline_access"} == set(preset.scope or ())


@pytest.mark.parametrize("namespace", ["urn:mace:egi.eu", "urn:mace:egi.eu#aai.egi.eu", "urn:mace:egi.eu#"])
def test_each_kind_of_entry_is_explained(namespace: str) -> None:
    assert f"| `{namespace}` |" in page("how-to/research-communities.md")
