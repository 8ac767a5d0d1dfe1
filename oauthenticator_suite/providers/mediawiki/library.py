"""The handshake with the mwoauth library, in threads and with the limits of the transport."""

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
from urllib.parse import quote, urlencode

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
    """The parts of a `requests.Response` that the library reads. The body is complete and limited in size."""

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
        """The same response as the value that `providers.mediawiki.messages` validates."""
        return Response(self.status_code, self.headers, self.content)


class Requests:
    """Replaces the `requests` module in the library, which sets no limits."""

    def __init__(self, settings: TransportSettings) -> None:
        self._settings = settings
        self._thread_state = threading.local()

    def post(self, url: str, **options: Any) -> Answer:
        """Send a POST request with limits for time and size. Redirects are not followed.

        Raises
        ------
        ProviderTimeout
            If the response is not complete within the time limit.
        InvalidResponse
            If the body is too large.
        """
        settings = self._settings
        deadline = time.monotonic() + settings.timeout
        limits = (settings.connect_timeout, settings.silence_timeout)
        proxies = _proxies_for(url, settings)
        with self._session().post(
            url, timeout=limits, stream=True, allow_redirects=False, proxies=proxies, **options
        ) as response:
            body = bytearray()
            for chunk in response.iter_content(_CHUNK):
                body += chunk
                if len(body) > settings.max_body_bytes:
                    raise InvalidResponse(f"the wiki's response is larger than {settings.max_body_bytes} bytes")
                if time.monotonic() > deadline:
                    raise ProviderTimeout("the wiki's response was not complete in time")
            headers = {name.lower(): value for name, value in response.headers.items()}
            answer = Answer(response.status_code, headers, bytes(body), response.request)
        self._thread_state.answer = answer
        return answer

    def last_answer(self) -> Answer | None:
        """Return and forget the last response in this thread."""
        answer: Answer | None = self._thread_state.__dict__.pop("answer", None)
        return answer

    def _session(self) -> requests.Session:
        if not hasattr(self._thread_state, "session"):
            settings = self._settings
            session = requests.Session()
            session.trust_env = False  # as in Transport
            session.verify = settings.ca_certs or settings.verify
            if settings.client_cert:
                session.cert = (settings.client_cert, settings.client_key or settings.client_cert)
            self._thread_state.session = session
        session = self._thread_state.session
        assert isinstance(session, requests.Session)  # noqa: S101 - for the type checker
        return session


class Library:
    """A `Handshake` that uses the functions of mwoauth.

    Parameters
    ----------
    index_url:
        The URL of the wiki's ``index.php``.
    settings:
        Limits, TLS, proxy and User-Agent.
    executor:
        The thread pool.
    leeway:
        The accepted difference between the wiki's clock and this one, in seconds.
    """

    def __init__(
        self, index_url: str, settings: TransportSettings, executor: Executor, leeway: float = protocol.LEEWAY
    ) -> None:
        self._index_url = index_url
        self._settings = settings
        self._executor = executor
        self._leeway = leeway
        self._requests = Requests(settings)
        self._mwoauth = _own_copy_of_mwoauth(self._requests)

    async def initiate(self, consumer: ConsumerToken, callback: str) -> RequestToken:
        """`mwoauth.initiate`."""

        def send(agent: str) -> None:
            self._mwoauth.initiate(self._index_url, consumer, callback, user_agent=agent)

        return await self._in_thread(send, lambda answer: protocol.process_initiate_response(answer.as_response()))

    async def complete(self, consumer: ConsumerToken, request_token: RequestToken, verifier: str) -> AccessToken:
        """`mwoauth.complete`."""
        query = urlencode({"oauth_token": request_token.key, "oauth_verifier": verifier})

        def send(agent: str) -> None:
            self._mwoauth.complete(self._index_url, consumer, request_token, query, user_agent=agent)

        return await self._in_thread(send, lambda answer: protocol.process_access_token_response(answer.as_response()))

    async def identify(self, consumer: ConsumerToken, access_token: AccessToken) -> dict[str, Any]:
        """`mwoauth.identify`."""

        def send(agent: str) -> None:
            self._mwoauth.identify(self._index_url, consumer, access_token, leeway=self._leeway, user_agent=agent)

        def process(answer: Answer) -> dict[str, Any]:
            return protocol.process_identify_response(
                answer.as_response(),
                consumer,
                index_url=self._index_url,
                nonce=answer.nonce,
                now=time.time(),
                leeway=self._leeway,
            )

        return await self._in_thread(send, process)

    async def _in_thread(self, send: Callable[[str], None], process: Callable[[Answer], T]) -> T:
        """Run `send` in a thread within the time limit, and return the result of `process`.

        Both the library's checks and those of `process` must pass. If both fail, the error of `process` is raised.
        """

        def work() -> T:
            self._requests.last_answer()
            try:
                send(self._settings.user_agent)
            except SuiteError:
                raise
            except requests.Timeout as error:
                raise ProviderTimeout(f"the wiki did not respond in time ({type(error).__name__})") from None
            except requests.RequestException as error:
                raise ProviderUnreachable(f"the wiki cannot be reached ({type(error).__name__})") from None
            except Exception as error:  # noqa: BLE001 - the library raises exceptions of many types
                complaint = type(error).__name__  # the message may contain tokens
            else:
                complaint = ""
            answer = self._requests.last_answer()
            result = process(answer) if answer is not None else None
            if complaint or result is None:
                raise InvalidResponse(f"the mwoauth library cannot read the response ({complaint or 'no response'})")
            return result

        future = asyncio.get_running_loop().run_in_executor(self._executor, work)
        try:
            return await asyncio.wait_for(future, self._settings.timeout)
        except asyncio.TimeoutError:
            raise ProviderTimeout("the wiki did not respond in time, or all threads were waiting for it") from None


class _Tokens:
    """Replaces PyJWT in the library, because some wikis send a number as ``sub``."""

    InvalidTokenError = jwt.InvalidTokenError

    @staticmethod
    def decode(token: bytes, key: str, **options: Any) -> Any:
        """The claims, verified by PyJWT except ``sub``, which `process_identify_response` checks."""
        return jwt.decode(token, key, options={"verify_sub": False}, **options)


def _own_copy_of_mwoauth(client: Requests) -> ModuleType:
    """A separate copy of the library's functions that uses `client` instead of `requests`.

    The module that other code may import is not changed.
    """
    spec = find_spec("mwoauth.functions")
    if spec is None or spec.loader is None:
        raise ImportError("mwoauth.functions")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.requests = client  # type: ignore[attr-defined]
    module.jwt = _Tokens  # type: ignore[attr-defined]
    return module


def _proxies_for(url: str, settings: TransportSettings) -> dict[str, str]:
    """The proxy for requests to `url`, as requests takes it: by scheme, with credentials in the URL."""
    proxy = settings.proxy_for(url)
    if proxy is None:
        return {}
    address = proxy.url
    if proxy.username is not None:
        user, password = (quote(text, safe="") for text in (proxy.username, proxy.password or ""))
        address = address.replace("://", f"://{user}:{password}@", 1)
    return dict.fromkeys(("http", "https"), address)
