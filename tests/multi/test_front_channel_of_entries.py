"""The options on the front channel hold for each entry apart."""

from __future__ import annotations

import pytest

from tests.fakes.openid_provider import FakeProvider
from tests.multi.conftest import Start
from tests.support.browser import form_of_provider


async def test_one_entry_pushes_its_requests(several: Start, campus: FakeProvider, lab: FakeProvider) -> None:
    hub = await several(children={"campus": {"enable_par": True}})
    for name, provider, user, pushed in (("campus", campus, "alice", 1), ("lab", lab, "bob", 0)):
        page = await hub.browser().login(user, at=name)
        assert (page.status, page.path) == (200, "/hub/home"), page.text[:300]
        assert provider.count("par") == pushed
        assert provider.refusals == []


@pytest.mark.hub_versions
async def test_one_entry_takes_forms(several: Start, campus: FakeProvider, lab: FakeProvider) -> None:
    hub = await several(children={"campus": {"response_mode": "form_post"}, "lab": {"response_mode": "form_post.jwt"}})
    for name, user in (("campus", "alice"), ("lab", "bob")):
        browser = hub.browser()
        page = await browser.login(user, at=name)
        assert (page.status, page.path) == (200, "/hub/home"), page.text[:300]
        assert [hop.path for hop in browser.hops if hop.method == "POST"] == [f"/hub/auth/{name}/authorize"]


async def test_a_form_for_one_entry_is_none_for_another(
    several: Start, campus: FakeProvider, lab: FakeProvider
) -> None:
    """RFC 9700 §4.4: the sealed form belongs to the callback to which it was posted."""
    hub = await several(children={"campus": {"response_mode": "form_post"}, "lab": {"response_mode": "form_post"}})
    browser = hub.browser("alice")
    callback = f"{hub.url}/hub/auth/campus/authorize"
    page = await browser.follow(await browser.get(f"{hub.url}/hub/auth/campus/login"), stop_before=callback)
    form = form_of_provider(page)
    assert form is not None
    posted = await browser.post_across_sites(*form)
    elsewhere = (posted.location or "").replace("/campus/", "/lab/")
    page = await browser.get(elsewhere)
    assert page.status == 400
    assert (campus.count("token"), lab.count("token")) == (0, 0)
    assert (await browser.follow(posted)).path == "/hub/home"


async def test_an_entry_without_forms_takes_none(several: Start) -> None:
    hub = await several(children={"campus": {"response_mode": "form_post"}})
    page = await hub.browser().post_across_sites(f"{hub.url}/hub/auth/lab/authorize", {"code": "a"})
    assert page.status in (403, 405)
