"""`oauthenticator_suite.extend`: the names that authors import. They are documented, and none may disappear."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from oauthenticator_suite import extend

REPOSITORY = Path(__file__).resolve().parents[1]
TEXTS = [
    *sorted((REPOSITORY / "docs").rglob("*.md")),
    *sorted((REPOSITORY / "examples").glob("*.py")),
    *sorted(path for path in (REPOSITORY / "cookiecutter-authenticator" / "templates").rglob("*") if path.is_file()),
    REPOSITORY / "README.md",
]

PUBLIC = {
    "OAuthenticator", "SuiteAuthenticator", "SimpleAuthenticator", "LocalUsers",
    "Endpoints", "Claims", "ProfileClaims",
    "URL", "EnvUnicode", "EnvBool", "Grants", "HostURL", "NamesInClaim", "Renamed", "rule", "from_environment",
    "Identity", "Rule", "Unknown", "in_unix_groups", "verified_email",
    "UserApi", "ApiRefusal", "unless_refused", "Found", "all_of", "side_by_side", "wanted_among", "names_in", "find_claim",
    "cut_off",
    "Paths", "OAuthLoginHandler", "OAuthCallbackHandler", "OAuthLogoutHandler", "SignedInHandler", "SuiteLogoutHandler",
    "guarded", "sign_in_form",
    "Verifier", "hash_password", "is_hash",
    "SuiteError", "AccessDenied", "ConfigurationError", "IdentityError", "InvalidResponse", "TokenResponseError",
    "TransportError",
}  # fmt: skip
"""Written out here on purpose: code of others imports these names. Add to it; never remove or rename."""


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_a_public_name_stays(name: str) -> None:
    assert name in extend.__all__, f"code of others imports {name} from oauthenticator_suite.extend: keep the name"
    assert callable(getattr(extend, name))
    assert name in dir(extend)


def test_no_name_is_public_by_accident() -> None:
    added = set(extend.__all__) - PUBLIC
    assert not added, f"add to PUBLIC in tests/test_extend.py what is to stay for ever: {', '.join(sorted(added))}"
    with pytest.raises(AttributeError, match="'nothing'"):
        extend.nothing  # noqa: B018


def test_every_name_is_documented() -> None:
    page = (REPOSITORY / "docs" / "reference" / "python-api.md").read_text(encoding="utf-8")
    table = page.partition("## oauthenticator_suite.extend")[2].partition("\n### ")[0]
    documented = set(re.findall(r"`(\w+)`", table))
    assert documented == set(extend.__all__), (
        "the table in docs/reference/python-api.md differs from oauthenticator_suite/extend.py: "
        f"{', '.join(sorted(documented ^ set(extend.__all__)))}"
    )


def test_type_checkers_see_the_same_names() -> None:
    source = (REPOSITORY / "oauthenticator_suite" / "extend.py").read_text(encoding="utf-8")
    imported = dict(re.findall(r"^    from \.([\w.]+) import (\w+) as \2$", source, re.MULTILINE))
    seen = {name for _, name in re.findall(r"^    from \.([\w.]+) import (\w+) as \2$", source, re.MULTILINE)}
    assert seen == set(extend.__all__)
    assert set(imported) == set(extend._MODULES.values())


def test_importing_it_is_cheap() -> None:
    code = (
        "import sys, oauthenticator_suite.extend\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'jupyterhub', 'traitlets', 'tornado', 'aiohttp'}))\n"
        "from oauthenticator_suite.extend import Endpoints, ConfigurationError\n"
        "print('oauthenticator_suite.local.pam' in sys.modules)\n"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY)
    assert result.stdout == "[]\nFalse\n"


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_documentation_and_templates_import_from_it_only(path: Path) -> None:
    modules = re.findall(
        r"^\s*(?:from|import) oauthenticator_suite\.([\w.]+)", path.read_text(encoding="utf-8"), re.MULTILINE
    )
    assert set(modules) <= {"extend"}, (
        f"{path.relative_to(REPOSITORY)} imports oauthenticator_suite.{modules[0]}: import from "
        "oauthenticator_suite.extend, and add the name there if authors need it"
    )
