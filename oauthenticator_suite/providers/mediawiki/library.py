"""The mwoauth library in threads, with the limits of the shared HTTP client."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any, TypeVar
from urllib.parse import urlencode

import jwt
import requests
from mwoauth import AccessToken, ConsumerToken, RequestToken

from ...errors import InvalidResponse, ProviderTimeout, ProviderUnreachable, SuiteError
from ...hub.transport.settings import TransportSettings
from ...protocol.messages import Response
from . import messages as protocol

T = TypeVar("T")

_NONCE = re.compile(r'oauth_nonce="([^"]*)"')
_CHUNK = 65_536


@dataclass(frozen=True)
class Answer:
    """A stand-in for `requests.Response` with what the library reads of it, and a body of limited size."""

    status_code: int
    headers: dict[str, str]
    content: bytes
    request: requests.PreparedRequest

    @property
    def text(self) -> str:
        """The body as text."""
        return self.content.decode("utf-8", "replace")

    @property
    def nonce(self) -> str:
        """The nonce that the library sent in the request."""
        header = self.request.headers.get("Authorization", "")
        found = _NONCE.search(header if isinstance(header, str) else header.decode("ascii", "replace"))
        return found[1] if found else ""

    def as_response(self) -> Response:
        """The same as a `Response`, for the functions in `messages`."""
        return Response(self.status_code, self.headers, self.content)


class Requests:
    """Replaces the `requests` module in the library, which sets no limits itself."""

    def __init__(self, settings: TransportSettings) -> None:
        self._settings = settings
        self._of_thread = threading.local()

    def post(self, url: str, **options: Any) -> Answer:
        """Send a POST with a timeout, without redirects, and read a body of limited size."""
        settings = self._settings
        deadline = time.monotonic() + settings.timeout
        limits = (settings.connect_timeout, settings.silence_timeout)
        with self._session().post(url, timeout=limits, stream=True, allow_redirects=False, **options) as response:
            body = bytearray()
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > settings.max_body_bytes:
                    raise InvalidResponse(f"the wiki's response has more than {settings.max_body_bytes} bytes")
                if time.monotonic() > deadline:
                    raise ProviderTimeout("the wiki's response did not end in time")
            headers = {name.lower(): value for name, value in response.headers.items()}
            answer = Answer(response.status_code, headers, bytes(body), response.request)
        self._of_thread.answer = answer
        return answer

    def last_answer(self) -> Answer | None:
        """Return the last response of this thread, and forget it."""
        answer: Answer | None = self._of_thread.__dict__.pop("answer", None)
        return answer

    def _session(self) -> requests.Session:
        if not hasattr(self._of_thread, "session"):
            settings = self._settings
            session = requests.Session()
            session.trust_env = False  # like the shared HTTP client
            session.verify = settings.ca_certs or settings.verify
            if settings.client_cert:
                session.cert = (settings.client_cert, settings.client_key or settings.client_cert)
            if settings.proxy_url:
                session.proxies = dict.fromkeys(("http", "https"), _with_credentials(settings))
            self._of_thread.session = session
        session = self._of_thread.session
        assert isinstance(session, requests.Session)  # noqa: S101 - for the type checker
        return session


class Library:
    """The handshake with mwoauth's functions.

    Parameters
    ----------
    index_url:
        The wiki's ``index.php``.
    settings:
        Limits, TLS, proxy and User-Agent.
    executor:
        The library's thread pool.
    """

    def __init__(self, index_url: str, settings: TransportSettings, executor: Executor) -> None:
        self._index_url = index_url
        self._settings = settings
        self._executor = executor
        self._requests = Requests(settings)
        self._mwoauth = _own_copy_of_mwoauth(self._requests)

    async def initiate(self, consumer: ConsumerToken, callback: str) -> RequestToken:
        """`mwoauth.initiate`."""

        def ask(agent: str) -> None:
            self._mwoauth.initiate(self._index_url, consumer, callback, user_agent=agent)

        return await self._in_thread(ask, lambda answer: protocol.process_initiate_response(answer.as_response()))

    async def complete(self, consumer: ConsumerToken, request_token: RequestToken, verifier: str) -> AccessToken:
        """`mwoauth.complete`."""
        query = urlencode({"oauth_token": request_token.key, "oauth_verifier": verifier})

        def ask(agent: str) -> None:
            self._mwoauth.complete(self._index_url, consumer, request_token, query, user_agent=agent)

        return await self._in_thread(ask, lambda answer: protocol.process_access_token_response(answer.as_response()))

    async def identify(self, consumer: ConsumerToken, access_token: AccessToken) -> dict[str, Any]:
        """`mwoauth.identify`."""

        def ask(agent: str) -> None:
            self._mwoauth.identify(self._index_url, consumer, access_token, user_agent=agent)

        def check(answer: Answer) -> dict[str, Any]:
            return protocol.process_identify_response(
                answer.as_response(), consumer, index_url=self._index_url, nonce=answer.nonce, now=time.time()
            )

        return await self._in_thread(ask, check)

    async def _in_thread(self, ask: Callable[[str], None], check: Callable[[Answer], T]) -> T:
        """Run `ask`, a call of the library, in a thread with a timeout.

        The library's own checks must pass, and then `check`, whose result is returned and whose errors are raised.
        """

        def work() -> T:
            self._requests.last_answer()
            try:
                ask(self._settings.user_agent)
            except SuiteError:
                raise
            except requests.Timeout as error:
                raise ProviderTimeout(f"the wiki did not answer in time ({type(error).__name__})") from None
            except requests.RequestException as error:
                raise ProviderUnreachable(f"the wiki cannot be reached ({type(error).__name__})") from None
            except Exception as error:  # noqa: BLE001 - the library raises errors of many types
                complaint = type(error).__name__  # its message may contain tokens
            else:
                complaint = ""
            answer = self._requests.last_answer()
            result = check(answer) if answer is not None else None
            if complaint or result is None:
                raise InvalidResponse(
                    f"the mwoauth library cannot read the wiki's response ({complaint or 'none received'})"
                )
            return result

        future = asyncio.get_running_loop().run_in_executor(self._executor, work)
        try:
            return await asyncio.wait_for(future, self._settings.timeout)
        except asyncio.TimeoutError:
            raise ProviderTimeout("the wiki did not answer in time, or all threads were busy") from None


class _Tokens:
    """Replaces PyJWT in the library: ``sub`` may be a number, as some wikis send it."""

    InvalidTokenError = jwt.InvalidTokenError

    @staticmethod
    def decode(token: bytes, key: str, **options: Any) -> Any:
        """The claims, verified by PyJWT. `Library.identify` checks ``sub`` itself."""
        return jwt.decode(token, key, options={"verify_sub": False}, **options)


def _own_copy_of_mwoauth(client: Requests) -> ModuleType:
    """A private copy of the library's module with `client` in place of `requests`."""
    spec = find_spec("mwoauth.functions")
    if spec is None or spec.loader is None:
        raise ImportError("mwoauth.functions")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.requests = client  # type: ignore[attr-defined]
    module.jwt = _Tokens  # type: ignore[attr-defined]
    return module


def _with_credentials(settings: TransportSettings) -> str:
    url = settings.proxy_url or ""
    if settings.proxy_username is None:
        return url
    user = requests.utils.quote(settings.proxy_username, safe="")
    password = requests.utils.quote(settings.proxy_password or "", safe="")
    return url.replace("://", f"://{user}:{password}@", 1)
