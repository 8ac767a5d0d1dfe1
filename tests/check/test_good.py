"""Configurations without a mistake, ours and as institutions publish them: `check` has no error and no warning."""

from __future__ import annotations

from pathlib import Path

import pytest

from oauthenticator_suite.local.published_samples import SALTS
from tests.check.cases import FOLDER, Case, cases, checked

pytestmark = pytest.mark.hub_versions

EXAMPLES = FOLDER.parents[1] / "examples"
OURS = [
    Case(
        EXAMPLES / name,
        environment=dict(pair.split("=", 1) for pair in environment.split()),
        replaced=dict.fromkeys(("/run/secrets/hub", "/run/secrets", "/opt/tljh/state"), "/srv/secrets")
        | dict.fromkeys(SALTS, "b3duIHNhbHQgb2Ygb25l"),  # as the operator replaces the sample passwords
        files={f"/srv/secrets/{file}": (0o600, "0123456789abcdef" * 4) for file in files.split()},
    )
    for name, environment, files in (
        (
            "jupyterhub_config.py",
            "OIDC_ISSUER=https://login.example.org/realms/science OAUTH_CLIENT_ID=hub OAUTH_CLIENT_SECRET=Zm9vYmFyLXM",
            "",
        ),
        ("mediawiki_config.py", "OAUTH_CLIENT_ID=0123456789abcdef OAUTH_CLIENT_SECRET=Zm9vYmFyLXM", ""),
        (
            "several_config.py",
            "GITHUB_CLIENT_ID=Ov23li0123456789abcd GITHUB_CLIENT_SECRET=Zm9vYmFyLXM "
            "UNIVERSITY_CLIENT_ID=hub UNIVERSITY_CLIENT_SECRET=YW5vdGhlci1zZWNyZXQ",
            "",
        ),
        ("tljh/sign_in.py", "", "github_client_secret crypt_key"),
        ("z2jh/values.yaml", "", "github_client_secret"),
        ("fleet/central_config.py", "", "provider_client_secret crypt_key physics-hub_secret chemistry-hub_secret"),
        ("fleet/physics_config.py", "", "physics-hub_secret crypt_key"),
        ("fleet/chemistry_config.py", "", "chemistry-hub_secret crypt_key"),
        (
            "docker/jupyterhub_config.py",
            "PUBLIC_URL=https://hub.example.org/ OIDC_ISSUER=https://login.example.org/realms/science OAUTH_CLIENT_ID=hub",
            "oauth_client_secret database_password crypt_key",
        ),
    )
]
GOOD = [*OURS, *cases("good")]


def test_there_are_enough() -> None:
    assert len(GOOD) >= 20 + len(OURS)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: str(case.path.relative_to(FOLDER.parents[1])))
def test_check_is_silent(case: Case, shared_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = checked(case, shared_folder, monkeypatch)
    assert answer.of("error", "warning") == []
    assert answer.status == 0, answer.errors
