"""Each registered provider: silent when all is right, and a wrong secret is named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from oauthenticator_suite.cli.check.online import probe
from tests.cli.online.asking import by_code
from tests.contract.cases import CASES, ProviderCase

HUB = "http://127.0.0.1:8000"


@pytest.fixture(params=CASES, ids=lambda case: case.id)
async def case(request: pytest.FixtureRequest) -> AsyncIterator[ProviderCase]:
    case: ProviderCase = request.param()
    async with case.fake:
        yield case


def authenticator(case: ProviderCase, **options: Any) -> Any:
    config = case.config(HUB, **{"oauth_callback_url": f"{HUB}/hub/oauth_callback", **options})
    del config["JupyterHub"]
    return case.cls(config=config)


async def test_a_good_provider_has_no_errors_and_warnings(case: ProviderCase) -> None:
    findings = await probe(authenticator(case, **case.own_rule))
    assert by_code(findings) == {}
    assert "not-asked" not in by_code(findings, info=True)
    told = by_code(findings, info=True)
    assert told.keys() & {"client-answered", "wiki-consumer-accepted"}
    assert told.keys() & {"authorization-answered", "wiki-consumer-accepted"}


async def test_a_wrong_secret_is_named(case: ProviderCase) -> None:
    wrong = "another-secret-than-the-right-one-0123"
    findings = by_code(await probe(authenticator(case, client_secret=wrong)))
    assert findings.keys() & {"client-refused", "wiki-consumer"}
    assert wrong not in str(findings)


async def test_a_provider_that_is_down(case: ProviderCase) -> None:
    """No traceback: at most, it is not known."""
    made = authenticator(case)
    while case.fake._runners:
        await case.fake.go_down()
    findings = by_code([each for each in await probe(made) if each.code != "provider-unreachable"])
    assert set(findings) <= {"page-unreachable", "google-directory"}
