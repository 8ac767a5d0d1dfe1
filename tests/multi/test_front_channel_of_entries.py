"""The options on the front channel hold for each entry apart."""

from __future__ import annotations

from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Start


async def test_one_entry_pushes_its_requests(several: Start, campus: FakeProvider, lab: FakeProvider) -> None:
    hub = await several(children={"campus": {"enable_par": True}})
    for name, provider, pushed in (("campus", campus, 1), ("lab", lab, 0)):
        page = await hub.browser().login(at=name)
        assert (page.status, page.path) == (200, "/hub/home"), page.text[:300]
        assert provider.count("par") == pushed
        assert provider.refusals == []
