"""Whether the user asked for a logout: a page of another site must not log a user out.

``GET /hub/logout`` is a link on the Hub's pages, so it cannot require a token. The browser tells where the request
comes from: by ``Sec-Fetch-Site`` (W3C Fetch Metadata), or, where browsers do not send that header (plain HTTP), by
``Referer``. If the request may come from another site, a page asks the user, and the answer is a POST request with the
Hub's XSRF token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tornado import web

from ..pages.template_files import SIGN_OUT

if TYPE_CHECKING:
    from ..web.pages import SignInHandler as _Handler
else:
    _Handler = object

_TO_CONFIRM, _INTENDED, _REFUSED = "to confirm", "intended", "refused"


class ConfirmedLogout(_Handler):
    """The mixin of handlers whose ``get`` logs the signed-in user out. It comes before `SignInHandler` in the bases."""

    needs_confirmation = True
    """Whether a GET request is checked. False for requests of the provider, which have their own checks."""

    async def prepare(self) -> None:
        """Respond with the question if a GET request may come from another site.

        Raises
        ------
        tornado.web.HTTPError
            403 for a request that no user makes: an image or a script of another page, or a link that is prefetched.
        """
        await super().prepare()
        if not self.needs_confirmation or self.request.method != "GET" or self._finished:
            return
        origin = self._origin_of_request()
        if origin == _REFUSED:
            raise web.HTTPError(403, "An image or a script of another site cannot log a user out.")
        if origin == _TO_CONFIRM and self.current_user:
            self.finish(await self._question())
        elif origin == _TO_CONFIRM:
            await self.render_logout_page()  # no user is signed in: as after a logout, and nothing is changed

    async def post(self) -> None:
        """Log out: the answer to the question. JupyterHub has checked the XSRF token."""
        await self.get()

    def _origin_of_request(self) -> str:
        headers = self.request.headers
        purposes = ",".join(headers.get(name, "") for name in ("Sec-Purpose", "Purpose", "X-Moz")).lower()
        site, mode = headers.get("Sec-Fetch-Site"), headers.get("Sec-Fetch-Mode", "navigate")
        if "prefetch" in purposes or mode == "no-cors" or (mode != "navigate" and site not in (None, "same-origin")):
            return _REFUSED
        if site is None:
            return _INTENDED if self._referrer() in self._own_hosts() else _TO_CONFIRM
        if site in ("same-origin", "none") or (site == "same-site" and self._is_own_subdomain()):
            return _INTENDED
        return _TO_CONFIRM

    def _referrer(self) -> str:
        """The host and port of the page that the request comes from; empty if it is unknown."""
        try:
            return str(urlsplit(self.request.headers.get("Referer", "")).netloc).lower()
        except ValueError:
            return ""

    def _own_hosts(self) -> set[str]:
        """The hosts, with ports, under which browsers know the Hub."""
        public_url = self.settings.get("public_url")  # parsed; an empty string if it is not set
        public = public_url.netloc if public_url else ""
        return {host.lower() for host in (self.request.host, public, urlsplit(self.subdomain_host).netloc) if host}

    def _is_own_subdomain(self) -> bool:
        """Whether the request comes from the Hub or a user's server, where users have their own subdomains."""
        referrer = self._referrer()
        domain = urlsplit(self.subdomain_host).netloc.lower()
        return bool(domain) and (not referrer or referrer == domain or referrer.endswith(f".{domain}"))

    async def _question(self) -> Any:
        self.set_header("Referrer-Policy", "same-origin")  # for the redirect that may follow the answer
        return await self.render_template(
            SIGN_OUT,
            action=self.request.path,
            xsrf=self.xsrf_token.decode("ascii"),
            username=self.current_user.name,
            no_spawner_check=True,
        )
