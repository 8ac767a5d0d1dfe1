"""How a person walks through the pages of the Django site with two OpenID providers."""

from __future__ import annotations

from bs4 import Tag

from .provider_sites import Account, ProviderSite, StopBefore
from .web_client import Page, WebClient


class DjangoSite(ProviderSite):
    """The page of django-allauth to sign in, and the page of either provider to agree."""

    def answer(self, client: WebClient, page: Page, account: Account, stop_before: StopBefore | None) -> Page:
        if page.path == "/accounts/login/":
            fields = {"login": account.name, "password": account.password}
            return client.submit(page, page.form(having="password"), fields, stop_before=stop_before)
        form = page.form(having="csrfmiddlewaretoken")
        return client.submit(page, form, self.button(form, "Authorize"), stop_before=stop_before)

    def log_out(self, client: WebClient, page: Page) -> Page:
        """Confirm on the provider's page that a logout is wanted."""
        form = page.form(having="csrfmiddlewaretoken")
        return client.submit(page, form, self.button(form, "Logout", "Sign Out"))

    @staticmethod
    def button(form: Tag, *labels: str) -> dict[str, str]:
        """What the button with one of these labels adds to the form."""
        for button in form.find_all(["button", "input"], attrs={"type": "submit", "name": True}):
            label = str(button.get("value") or "") if button.name == "input" else button.get_text(strip=True)
            if label in labels:
                return {str(button["name"]): str(button.get("value", ""))}
        raise AssertionError(f"no button {labels}: {form}")
