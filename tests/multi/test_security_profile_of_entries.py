"""`security_profile` holds for one entry alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from oauthenticator_suite.errors import ConfigurationError
from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Start
from tests.support.fapi2 import demand_fapi2


@pytest.mark.hub_versions
async def test_one_entry_keeps_the_profile(
    several: Start, campus: FakeProvider, lab: FakeProvider, tmp_path: Path
) -> None:
    """The other one signs in with a secret and RS256, without pushed requests and DPoP."""
    hub = await several(children={"campus": demand_fapi2(campus, tmp_path)})
    for name, provider, user in (("campus", campus, "alice"), ("lab", lab, "bob")):
        page = await hub.browser().login(user, at=name)
        assert (page.status, page.path) == (200, "/hub/home"), page.text[:300]
        assert provider.refusals == []
    assert (campus.count("par"), lab.count("par")) == (1, 0)
    assert ["dpop" in provider.requests_to("token")[0].headers for provider in (campus, lab)] == [True, False]
    keys = json.loads((await hub.browser().get("/hub/auth/campus/jwks")).text)["keys"]
    assert [key["kty"] for key in keys] == ["EC"]
    assert (await hub.browser().get("/hub/auth/lab/jwks")).status == 404


@pytest.mark.parametrize(("option", "value"), [("enable_pkce", False), ("client_secret", "a-secret")])
async def test_what_the_profile_forbids_in_an_entry(
    several: Start, campus: FakeProvider, tmp_path: Path, option: str, value: Any
) -> None:
    """The error names the entry."""
    with pytest.raises(ConfigurationError, match=rf"campus.*{option}.*\[security-profile\]"):
        await several(children={"campus": {**demand_fapi2(campus, tmp_path), option: value}})
