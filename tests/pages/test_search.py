"""The search over many ways to sign in, without a script."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from traitlets.config import Config

from oauthenticator_suite import GenericOAuthenticator
from oauthenticator_suite.hub.pages.search import MANY, found
from oauthenticator_suite.hub.pages.ways import Way
from oauthenticator_suite.multi import MultiAuthenticator

NAMES = ("Aalen", "Bodø", "Córdoba", "Delft", "Évora", "Gießen", "Łódź", "Tromsø University")


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", NAMES),
        ("  ", NAMES),
        ("bodo", ("Bodø",)),
        ("BODØ", ("Bodø",)),
        ("lodz", ("Łódź",)),
        ("cordoba", ("Córdoba",)),
        ("giessen", ("Gießen",)),
        ("university troms", ("Tromsø University",)),
        ("nowhere", ()),
    ],
)
def test_accents_and_case_do_not_matter(query: str, names: tuple[str, ...]) -> None:
    ways = [Way(name.lower(), name) for name in NAMES]
    assert [way.name for way in found(ways, query)] == list(names)


@given(st.text(max_size=60))
def test_each_way_is_found_by_its_name(name: str) -> None:
    assert found([Way("x", name)], name) == [Way("x", name)]


def _at(count: int) -> Config:
    config = Config()
    config.JupyterHub.authenticator_class = MultiAuthenticator
    options = {"issuer": "https://login.example", "client_id": "hub", "client_secret": "a secret", "allow_all": True}
    names = [f"Faculty {number}" for number in range(count - 1)] + ["Tromsø"]
    config.MultiAuthenticator.authenticators = [
        {
            "authenticator_class": GenericOAuthenticator,
            "provider": f"p{number}",
            "login_service": name,
            "config": options,
        }
        for number, name in enumerate(names)
    ]
    return config


async def test_many_ways_can_be_searched(hubs) -> None:
    browser = (await hubs(_at(MANY + 1))).browser()
    page = await browser.get("/hub/login?next=%2Fhub%2Ftoken")
    assert "Find your organisation" in page.text
    assert '<input type="hidden" name="next" value="/hub/token">' in page.body
    one = await browser.get("/hub/login?find=tromso&next=%2Fhub%2Ftoken")
    assert "Tromsø" in one.text
    assert "Faculty" not in one.text
    assert re.search(r"href=\"([^\"]*)\">Show all", one.body)[1] == "/hub/login?next=%2Fhub%2Ftoken"
    none = await browser.get("/hub/login?find=nowhere")
    assert "Nothing found." in none.text
    for hostile in ("%ff%fe", "%3Cscript%3E", "x" * 3000, "a%00b"):
        answer = await browser.get(f"/hub/login?find={hostile}")
        assert answer.status == 200
        assert "<script>" not in answer.body.partition("<main")[2]


async def test_few_ways_have_no_search(hubs) -> None:
    page = await (await hubs(_at(MANY))).browser().get("/hub/login?find=tromso")
    assert "Find your organisation" not in page.text
    assert "Faculty 0" in page.text
