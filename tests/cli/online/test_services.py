"""What is asked of single providers with the configured credentials."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import RSAKey

from oauthenticator_suite.cli.check.online import probe
from tests.cli.online.asking import by_code
from tests.cli.online.test_every_provider import authenticator
from tests.contract.cases import ProviderCase
from tests.contract.cases.entra import EntraCase
from tests.contract.cases.github import GitHubCase
from tests.contract.cases.gitlab import GitLabCase
from tests.contract.cases.google import GoogleCase
from tests.contract.cases.jupyterhub import JupyterHubCase
from tests.contract.cases.mediawiki import MediaWikiCase
from tests.contract.cases.openshift import OpenShiftCase
from tests.fakes.entra import CAMPUS
from tests.fakes.google import ApiError
from tests.fakes.openid_provider import Fault
from tests.fakes.openid_provider.bending import member, reply_is
from tests.support.key_files import write_keys


async def found(case: ProviderCase, **options: Any) -> dict[str, str]:
    return by_code(await probe(authenticator(case, **options)))


async def told(case: ProviderCase, **options: Any) -> dict[str, str]:
    return by_code(await probe(authenticator(case, **options)), info=True)


# --- GitHub ----------------------------------------------------------------------------------------------------------


async def test_github_refuses_the_secret() -> None:
    case = GitHubCase()
    async with case.fake:
        findings = await found(case, client_secret="no-secret-of-github")
        assert set(findings) == {"client-refused"}, "one cause is one finding, although the API says so too"
        (call,) = case.fake.requests_to("check_token")
        assert call.path == f"/api/v3/applications/{case.fake.client.client_id}/token"


async def test_github_knows_another_callback_url() -> None:
    """GitHub redirects to the registered URL, with the error."""
    case = GitHubCase()
    async with case.fake:
        made = authenticator(case)
        case.fake.client.redirect_uris = {"https://other.example/hub/oauth_callback"}
        findings = by_code(await probe(made))
        assert set(findings) == {"authorization-refused"}
        assert "redirect_uri_mismatch" in findings["authorization-refused"]
        assert "at https://other.example/hub/oauth_callback" in findings["authorization-refused"]


async def test_github_counts_requests() -> None:
    case = GitHubCase()
    async with case.fake:
        case.fake.requests_left = 7
        assert "only 7 of 5000 more requests" in (await found(case))["github-limit"]


async def test_the_api_of_github_alone_refuses_the_secret() -> None:
    """The token endpoint is not asked without a redirect URI."""
    case = GitHubCase()
    async with case.fake:
        findings = await found(case, client_secret="no-secret-of-github", oauth_callback_url="")
        assert set(findings) == {"github-credentials"}
        assert "GitHub answers 401" in findings["github-credentials"]


async def test_github_without_a_network() -> None:
    """Every host fails for the same reason: one finding names them all."""
    case = GitHubCase()
    async with case.fake:
        github = {"github_url": "https://no-such-host.invalid", "github_api": "https://api.no-such-host.invalid"}
        findings = await found(case, **github)
        assert set(findings) == {"provider-unreachable"}
        text = findings["provider-unreachable"]
        assert text.startswith("api.no-such-host.invalid:443, no-such-host.invalid:443: the host name does not resolve")


async def test_google_without_a_network() -> None:
    """The question about groups fails as all others do, and says nothing about the service account."""
    case = GoogleCase()
    async with case.fake:
        await case.fake.go_down()
        findings = await told(case)
        assert [code for code in findings if code in ("google-directory", "provider-unreachable")] == [
            "provider-unreachable"
        ]


async def test_github_without_a_secret() -> None:
    case = GitHubCase()
    async with case.fake:
        case.fake.client.auth_method = "none"
        findings = await told(case, client_secret="", client_auth_method="none")
        assert findings["not-asked"] == (
            "Not checked (github-api), because there is no client secret. Correct the cause in the message, and run "
            "the command again"
        )


async def test_the_api_of_github_is_elsewhere() -> None:
    case = GitHubCase()
    async with case.fake:
        findings = await found(case, github_api=f"{case.fake.issuer}/api/v2")
        assert "answers HTTP 404" in findings["userdata-missing"]


# --- GitLab, JupyterHub, OpenShift -----------------------------------------------------------------------------------


async def test_the_api_of_gitlab_is_elsewhere() -> None:
    case = GitLabCase()
    async with case.fake:
        findings = await found(case, gitlab_api=f"{case.fake.issuer}/api/v40")
        assert set(findings) == {"userdata-missing"}


async def test_an_upstream_hub_that_does_not_know_the_service() -> None:
    case = JupyterHubCase()
    async with case.fake:
        assert "client-refused" in await found(case, client_id="service-unknown")


async def test_the_document_of_openshift() -> None:
    case = OpenShiftCase()
    async with case.fake:
        case.fake.faults.on(Fault("no document", "metadata", "", member("token_endpoint", 7)))
        findings = await told(case)
        assert "token_endpoint is missing" in findings["discovery-document"]
        assert "the provider's metadata cannot be used" in findings["not-asked"]


# --- Google ----------------------------------------------------------------------------------------------------------


async def test_google_without_delegation() -> None:
    case = GoogleCase()
    async with case.fake:
        case.fake.directory.errors.append(ApiError.no_scope())
        findings = await found(case)
        assert set(findings) == {"google-directory"}
        assert "['example.org'] cannot be used" in findings["google-directory"]
        assert "Domain-wide delegation" in findings["google-directory"]
        assert "https://www.googleapis.com/auth/admin.directory.group.readonly" in findings["google-directory"]


async def test_google_with_the_key_of_another_account() -> None:
    case = GoogleCase()
    async with case.fake:
        other = RSAKey.generate_key(2048, auto_kid=False).as_pem(private=True).decode()
        key = {**case.fake.service_account_key(), "private_key": other}
        findings = await found(case, google_service_account_keys={"example.org": key})
        assert set(findings) == {"google-directory"}
        assert "gives the service account no token" in findings["google-directory"]
        assert "PRIVATE KEY" not in findings["google-directory"]


async def test_google_with_a_file_that_is_no_key(tmp_path: Path) -> None:
    case = GoogleCase()
    async with case.fake:
        file = tmp_path / "key.json"
        file.write_text("not JSON")
        made = authenticator(case)
        made.google_service_account_keys = {"example.org": str(file)}
        made._made_directories = None
        findings = by_code(await probe(made))
        assert "cannot be read as a JSON file" in findings["google-directory"]


async def test_google_with_another_administrator() -> None:
    case = GoogleCase()
    async with case.fake:
        findings = await found(case, gsuite_administrator={"example.org": "alice"})
        assert set(findings) == {"google-directory"}


async def test_google_groups_that_do_not_exist() -> None:
    case = GoogleCase()
    async with case.fake:
        findings = await found(
            case,
            allowed_google_groups={"example.org": {"physics", "fysics"}},
            admin_google_groups={"example.org": {"staff@example.org"}},
        )
        assert set(findings) == {"google-group"}
        assert "allowed_google_groups has fysics@example.org, which does not exist" in findings["google-group"]


async def test_google_without_service_accounts() -> None:
    case = GoogleCase()
    async with case.fake:
        assert await found(case, google_service_account_keys={}, gsuite_administrator={}) == {}
        assert case.fake.count("groups") == 0


# --- Entra -----------------------------------------------------------------------------------------------------------


async def test_entra_accepts_the_secret() -> None:
    case = EntraCase()
    async with case.fake:
        assert "Entra ID accepts the client's credentials" in (await told(case))["entra-credentials-accepted"]


async def test_entra_refuses_the_secret() -> None:
    case = EntraCase()
    async with case.fake:
        secret = "the-id-of-a-secret"
        findings = await found(case, client_secret=secret, oauth_callback_url="")  # the token endpoint is not asked
        assert set(findings) == {"entra-credentials"}
        assert "AADSTS7000215" in findings["entra-credentials"]
        assert secret not in str(findings)
        assert set(await found(case, client_secret=secret)) == {"client-refused"}, "one cause is one finding"


async def test_entra_does_not_say() -> None:
    case = EntraCase()
    async with case.fake:
        case.fake.faults.on(Fault("policy", "token", "", reply_is(400, {"error": "invalid_request"})))
        assert set(await found(case)) == {"client-unknown", "entra-credentials-unknown"}


async def test_entra_shows_a_page_with_a_code() -> None:
    case = EntraCase()
    page = b'<script>$Config={"strServiceExceptionMessage":"AADSTS50011: The redirect URI is not right."}</script>'
    async with case.fake:
        case.fake.faults.on(Fault("page", "authorize", "", reply_is(200, page)))
        findings = await found(case)
        assert "AADSTS50011: The redirect URI is not right." in findings["authorization-refused"]


async def test_entra_without_a_secret() -> None:
    case = EntraCase()
    async with case.fake:
        findings = await told(case, client_secret="", client_auth_method="none")
        assert "entra-credentials" in findings["not-asked"]
        assert case.fake.count("token") == 1


@pytest.mark.parametrize("known", [True, False])
async def test_entra_with_a_key(tmp_path: Path, known: bool) -> None:
    """The certificate of the key is on the application's page, or not."""
    case, key = EntraCase(), RSAKey.generate_key(2048)
    write_keys(tmp_path / "key", key)
    async with case.fake:
        case.fake.assertion_typ = "JWT"
        case.fake.assertion_audience = f"{case.fake.origin}/{CAMPUS}/oauth2/v2.0/token"
        case.fake.register_keys(*[key] if known else [])
        options = {"client_secret": "", "client_auth_method": "", "client_key_file": str(tmp_path / "key")}
        findings = await told(case, **options)
        if known:
            assert "Entra ID accepts the client's credentials" in findings["entra-credentials-accepted"]
        else:
            assert "client_key_file or client_id is refused" in findings["client-refused"]
            findings = await found(case, **options, oauth_callback_url="")  # the token endpoint is not asked
            assert "client_key_file or client_id is refused by Entra ID" in findings["entra-credentials"]


async def test_entra_of_several_tenants() -> None:
    case = EntraCase()
    async with case.fake:
        findings = await told(case, tenant_id="organizations", allowed_tenants={"11111111-1111-4111-8111-111111111111"})
        assert "client credentials belong to one tenant" in findings["not-asked"]


# --- MediaWiki -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"client_secret": "wrong-secret"}, {"client_id": "0" * 32}])
async def test_a_wiki_refuses_the_consumer(options: dict[str, Any]) -> None:
    case = MediaWikiCase()
    async with case.fake:
        findings = await found(case, **options)
        assert set(findings) == {"wiki-consumer"}
        assert "the wiki refuses the request token" in findings["wiki-consumer"]


async def test_a_wiki_is_asked_one_thing() -> None:
    case = MediaWikiCase()
    async with case.fake:
        findings = await told(case)
        assert set(findings) == {"wiki-consumer-accepted"}
        assert [call.endpoint for call in case.fake.calls] == ["initiate"]


async def test_a_wiki_whose_callback_is_not_known() -> None:
    case = MediaWikiCase()
    async with case.fake:
        findings = await told(case, send_callback_url=True, oauth_callback_url="")
        assert "wiki-consumer" in findings["not-asked"]
