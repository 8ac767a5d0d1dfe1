"""Handler classes of a subclass: what is honoured as in `oauthenticator`."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from oauthenticator import oauth2

from oauthenticator_suite import extend
from oauthenticator_suite.errors import ConfigurationError
from tests.compatibility.sides import ApiProvider, Sides, TheirGenericOAuthenticator
from tests.support import Hub, reference_on

pytestmark = pytest.mark.hub_versions


def handlers_for(base: Any) -> Any:
    """The module with the handler classes of the package to which the base class belongs."""
    return oauth2 if base is TheirGenericOAuthenticator else extend


async def where_to(hub: Hub) -> Any:
    """The parameters of the redirect to the provider that are the same at each login."""
    page = await hub.browser().get("/hub/oauth_login")
    query = parse_qs(urlsplit(page.location or "").query)
    return {name: value for name, value in query.items() if name not in ("state", "code_challenge", "redirect_uri")}


async def test_more_parameters_of_the_redirect(sides: Sides) -> None:
    """As the login handler of a federation has it: a parameter by the request."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Login(handlers_for(base).OAuthLoginHandler):
            def authorize_redirect(self, *args: Any, **kwargs: Any) -> Any:
                extra_params = kwargs.setdefault("extra_params", {})
                extra_params["selected_idp"] = self.get_argument("idp", "https://idp.example.org")
                received.append([args, sorted(kwargs), kwargs["scope"], kwargs["response_type"]])
                return super().authorize_redirect(*args, **kwargs)

        return type("Federated", (base,), {"login_handler": Login})

    seen = await sides.run_same(
        subclass, then=where_to, extra_authorize_params={"ui_locales": "de", "prompt": "consent"}
    )
    assert seen.pages == {"alice": 200}
    assert seen.result["selected_idp"] == ["https://idp.example.org"]
    assert seen.result["prompt"] == ["consent"]


@pytest.mark.parametrize("kind", ["sync", "sync that returns it", "async"])
async def test_get_of_the_login_handler_of_either_kind(sides: Sides, kind: str) -> None:
    """There it is a plain method, so an override may call it without waiting for it."""

    def subclass(base: Any, received: list[Any]) -> Any:
        handler = handlers_for(base).OAuthLoginHandler

        def get(self: Any) -> Any:
            received.append(self.get_argument("next", "none"))
            begun = handler.get(self)
            return begun if kind != "sync" else None

        async def later(self: Any) -> None:
            begun = get(self)
            if begun is not None:
                await begun

        login = type("Login", (handler,), {"get": later if kind == "async" else get})
        return type("Greets", (base,), {"login_handler": login})

    seen = await sides.run_same(subclass, then=where_to)
    assert seen.pages == {"alice": 200}
    assert seen.received == ["/hub/home", "none"]
    assert seen.result["client_id"] == ["hub"]


async def test_an_error_in_a_login_handler_that_nobody_awaits(sides: Sides, provider: ApiProvider) -> None:
    """It is a page, and the request does not hang."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class Login(extend.OAuthLoginHandler):
            def get(self) -> None:
                super().get()

            def authorize_redirect(self, *args: Any, **kwargs: Any) -> None:
                raise RuntimeError("in the override")

        return type("Fails", (base,), {"login_handler": Login})

    seen = await sides.run_one("ours", subclass)
    assert seen.pages == {"alice": 500}
    assert any("in the override" in line for line in seen.warnings)


CHANGES: list[dict[str, Any]] = [
    {"redirect_uri": "https://attacker.example/"},
    {"client_id": "another"},
    {"scope": ["openid", "admin"]},
    {"response_type": "token"},
    {"extra_params": {"state": "fixed"}},
    {"extra_params": {"nonce": "fixed"}},
    {"extra_params": {"max_age": "60"}},
    {"extra_params": {"prompt": "login"}},
]


@pytest.mark.parametrize("change", CHANGES, ids=str)
async def test_what_secures_the_login_cannot_be_changed(sides: Sides, change: dict[str, Any]) -> None:
    def subclass(base: Any, received: list[Any]) -> Any:
        class Login(extend.OAuthLoginHandler):
            def authorize_redirect(self, *args: Any, **kwargs: Any) -> None:
                super().authorize_redirect(*args, **{**kwargs, **change})

        return type("Changes", (base,), {"login_handler": Login})

    async def refused(hub: Hub) -> Any:
        page = await hub.browser().get("/hub/oauth_login")
        return [page.status, hub.log.lines_with(reference_on(page, hub))[0]]

    seen = await sides.run_one("ours", subclass, then=refused)
    status, line = seen.result
    assert status == 500
    assert "max_age" in line if "max_age" in str(change) or "prompt" in str(change) else "must not" in line


async def test_an_override_that_does_not_pass_on(sides: Sides) -> None:
    def subclass(base: Any, received: list[Any]) -> Any:
        class Login(extend.OAuthLoginHandler):
            def authorize_redirect(self, *args: Any, **kwargs: Any) -> None:
                received.append("called")

        return type("Stops", (base,), {"login_handler": Login})

    seen = await sides.run_one("ours", subclass)
    assert seen.pages == {"alice": 500}
    assert any("must call super().authorize_redirect" in line for line in seen.warnings)


async def test_where_a_login_and_a_logout_lead(sides: Sides) -> None:
    def subclass(base: Any, received: list[Any]) -> Any:
        handlers = handlers_for(base)

        class Callback(handlers.OAuthCallbackHandler):
            def get_next_url(self, user: Any = None) -> str:
                received.append(["next", user.name, super().get_next_url(user)])
                return "/hub/token"

            async def get(self) -> None:
                received.append("callback")
                await super().get()

        class Logout(handlers.OAuthLogoutHandler):
            async def handle_logout(self) -> None:
                await super().handle_logout()
                received.append("logout")

            async def render_logout_page(self) -> None:
                self.redirect("/hub/goodbye")

        return type("Leads", (base,), {"callback_handler": Callback, "logout_handler": Logout})

    async def walk(hub: Hub) -> Any:
        browser = hub.browser()
        page = await browser.login("alice")
        left = await browser.get("/hub/logout")
        return [page.path, urlsplit(left.location or "").path, browser.logged_in]

    seen = await sides.run_same(subclass, then=walk)
    assert seen.result == ["/hub/token", "/hub/goodbye", False]
    assert seen.received.count("logout") == 1


@pytest.mark.parametrize("attribute", ["login_handler", "callback_handler", "logout_handler"])
async def test_a_handler_of_the_other_package_stops_the_start(sides: Sides, attribute: str) -> None:
    name = {"login_handler": "Login", "callback_handler": "Callback", "logout_handler": "Logout"}[attribute]
    theirs = getattr(oauth2, f"OAuth{name}Handler")

    def subclass(base: Any, received: list[Any]) -> Any:
        return type("Mixed", (base,), {attribute: type("Ours", (theirs,), {})})

    with pytest.raises(
        ConfigurationError, match=rf"Mixed\.{attribute}.*oauthenticator_suite\.extend\.OAuth{name}Handler"
    ):
        await sides.run_one("ours", subclass)


async def test_a_route_of_its_own(sides: Sides) -> None:
    """And a login by another way there, as a subclass for JWTs has it."""

    def subclass(base: Any, received: list[Any]) -> Any:
        class ByToken(handlers_for(base).OAuthLoginHandler):
            async def get(self) -> None:
                token = self.request.headers["X-Token"]
                token_info = {"access_token": token, "token_type": "Bearer", "scope": "profile email groups"}
                user = await self.login_user({"token_info": token_info})
                self.finish({"name": user.name})

        class Routes(base):
            def get_handlers(self, app: Any) -> list[Any]:
                return [*super().get_handlers(app), ("/jwt_login", ByToken)]

            async def authenticate(self, handler: Any, data: Any = None, **kwargs: Any) -> Any:
                if data and "token_info" in data:
                    return await self._token_to_auth_model(data["token_info"])
                return await super().authenticate(handler, data, **kwargs)

        return Routes

    async def by_token(hub: Hub) -> Any:
        token = (await hub.auth_state("alice") or {})["access_token"]
        good = await hub.browser().get("/hub/jwt_login", headers={"X-Token": token})
        bad = await hub.browser().get("/hub/jwt_login", headers={"X-Token": "another"})
        return [good.status, good.body, bad.status >= 400]

    seen = await sides.run_same(subclass, then=by_token)
    assert seen.result == [200, '{"name": "alice"}', True]
