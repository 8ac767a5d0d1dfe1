"""How a person walks through the pages of each provider: sign in, agree, or cancel."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from .web_client import Page, WebClient

StopBefore = Callable[[str], bool]
MAX_PAGES = 6


@dataclass(frozen=True)
class Account:
    """A user of the provider."""

    name: str
    password: str = field(default="any-password", repr=False)


class ProviderSite:
    """The pages of one provider. `answer` fills in whichever page is shown, `cancel` refuses to continue."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer.rstrip("/")

    def shows(self, page: Page) -> bool:
        """Whether `page` is the provider's own, and waits for the person to do something."""
        return page.status == 200 and page.url.startswith(self.issuer + "/")

    def answer(self, client: WebClient, page: Page, account: Account, stop_before: StopBefore | None) -> Page:
        raise NotImplementedError

    def cancel(self, client: WebClient, page: Page, account: Account, stop_before: StopBefore | None) -> Page:
        raise NotImplementedError

    def sign_in(
        self, client: WebClient, page: Page, account: Account, *, stop_before: StopBefore | None = None
    ) -> Page:
        """Answer every page of the provider; the first page (or stopped redirect) after them is the result."""
        for _ in range(MAX_PAGES):
            if not self.shows(page):
                return page
            page = self.answer(client, page, account, stop_before)
        raise AssertionError(f"the provider asks and asks: {page}")


class CertifiedSite(ProviderSite):
    """The development pages of node-oidc-provider: any password will do; one page to sign in and one to agree."""

    def answer(self, client: WebClient, page: Page, account: Account, stop_before: StopBefore | None) -> Page:
        form = page.form(having="prompt")
        prompt = form.find(attrs={"name": "prompt"})
        assert prompt is not None
        fields = {"login": account.name, "password": account.password} if prompt["value"] == "login" else {}
        return client.submit(page, form, fields, stop_before=stop_before)

    def cancel(self, client: WebClient, page: Page, account: Account, stop_before: StopBefore | None) -> Page:
        return client.get(page.link("cancel"), stop_before=stop_before)


class CanailleSite(ProviderSite):
    """Canaille: a page for the name, a page for the password, and one to accept or deny."""

    def answer(self, client: WebClient, page: Page, account: Account, stop_before: StopBefore | None) -> Page:
        return self._walk(client, page, account, "accept", stop_before)

    def cancel(self, client: WebClient, page: Page, account: Account, stop_before: StopBefore | None) -> Page:
        # Its sign-in pages have no way out: only a user who has signed in can deny.
        for _ in range(MAX_PAGES):
            if not self.shows(page):
                return page
            page = self._walk(client, page, account, "deny", stop_before)
        raise AssertionError(f"the provider asks and asks: {page}")

    def _walk(
        self, client: WebClient, page: Page, account: Account, decision: str, stop_before: StopBefore | None
    ) -> Page:
        if page.soup.find(id="accept"):
            return client.submit(page, page.form(having="answer"), {"answer": decision}, stop_before=stop_before)
        if page.soup.find(attrs={"name": "password"}):
            form = page.form(having="password")
            return client.submit(page, form, {"password": account.password}, stop_before=stop_before)
        return client.submit(page, page.form(having="login"), {"login": account.name}, stop_before=stop_before)
