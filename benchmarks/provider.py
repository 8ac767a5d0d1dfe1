"""A small OpenID provider behind a network with a round-trip time, in one process.

    python provider.py FOLDER ROUND_TRIP_MS

The provider uses TLS with a certificate of a new authority, and writes the authority's PEM file to FOLDER. It checks
the client secret and PKCE, and signs ID tokens with RS256. Consent takes no time and no request: the browser makes the
authorization code itself, by `consent`.

A relay in front of the provider delays all bytes, below TLS, as a network would. With a round trip of R, a request
takes

- R on a connection that is open already,
- 2 R on a new TCP connection,
- 3 R on a new TCP connection with a TLS 1.3 handshake.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import secrets
import ssl
import sys
import time
from collections import Counter
from datetime import datetime, timedelta, timezone
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from aiohttp import BasicAuth, web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from joserfc import jwt
from joserfc.jwk import RSAKey
from worker import Figures, report

CLIENT_ID = "benchmark"
CLIENT_SECRET = "a secret of the benchmark, known to everybody"
LIFETIME = 3600
AUTHORITY = "authority.pem"


def consent(authorization_url: str, user: str) -> str:
    """The URL to which the provider redirects the browser of `user`, after the user has consented there."""
    asked = dict(parse_qsl(urlsplit(authorization_url).query))
    code = {"user": user, "nonce": asked.get("nonce"), "challenge": asked.get("code_challenge")}
    answer = {"code": base64.urlsafe_b64encode(json.dumps(code).encode()).decode(), "state": asked["state"]}
    return f"{asked['redirect_uri']}?{urlencode(answer)}"


class Provider:
    """The endpoints. Codes and access tokens contain the user's name, so the provider stores nothing."""

    def __init__(self) -> None:
        self.issuer = ""
        self.requests: Counter[str] = Counter()
        self._key = RSAKey.generate_key(2048, {"kid": "benchmark", "use": "sig", "alg": "RS256"})

    def application(self) -> web.Application:
        application = web.Application()
        application.add_routes(
            [
                web.get("/.well-known/openid-configuration", self.metadata),
                web.get("/keys", self.keys),
                web.post("/token", self.token),
                web.get("/userinfo", self.userinfo),
                web.get("/logout_token", self.logout_token),
            ]
        )
        return application

    async def metadata(self, request: web.Request) -> web.Response:
        self.requests["metadata"] += 1
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                "response_types_supported": ["code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def keys(self, request: web.Request) -> web.Response:
        self.requests["keys"] += 1
        return web.json_response({"keys": [self._key.as_dict(private=False)]})

    async def token(self, request: web.Request) -> web.Response:
        self.requests["token"] += 1
        fields = dict(parse_qsl((await request.read()).decode()))
        try:
            client = BasicAuth.decode(request.headers["Authorization"])
        except KeyError:
            client = BasicAuth(fields.get("client_id", ""), fields.get("client_secret", ""))
        if client.login != CLIENT_ID or client.password not in (CLIENT_SECRET, CLIENT_SECRET.replace(" ", "+")):
            return web.json_response({"error": "invalid_client"}, status=401)
        code = json.loads(base64.urlsafe_b64decode(fields["code"]))
        verifier = hashlib.sha256(fields.get("code_verifier", "").encode()).digest()
        if code["challenge"] and base64.urlsafe_b64encode(verifier).decode().rstrip("=") != code["challenge"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        now = int(time.time())
        claims = {**_claims(code["user"]), "iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + LIFETIME}
        claims["sid"] = session_of(code["user"])
        if code["nonce"]:
            claims["nonce"] = code["nonce"]
        return web.json_response(
            {
                "access_token": f"access.{code['user']}",
                "refresh_token": f"refresh.{code['user']}",
                "id_token": jwt.encode({"alg": "RS256", "kid": "benchmark"}, claims, self._key),
                "token_type": "Bearer",
                "expires_in": LIFETIME,
                "scope": "openid profile email",
            }
        )

    async def userinfo(self, request: web.Request) -> web.Response:
        self.requests["userinfo"] += 1
        kind, _, user = request.headers.get("Authorization", "").partition(" access.")
        if kind != "Bearer":
            return web.json_response({"error": "invalid_token"}, status=401)
        return web.json_response(_claims(user))

    async def logout_token(self, request: web.Request) -> web.Response:
        """A logout token about the user in ``?user=``. It names the session; with ``&sub=``, the subject."""
        user, now = request.query["user"], int(time.time())
        names = {"sub": f"subject-of-{user}"} if "sub" in request.query else {"sid": session_of(user)}
        claims = {"iss": self.issuer, "aud": CLIENT_ID, "iat": now, "exp": now + 120, "jti": secrets.token_urlsafe()}
        claims |= {"events": {"http://schemas.openid.net/event/backchannel-logout": {}}, **names}
        header = {"alg": "RS256", "kid": "benchmark", "typ": "logout+jwt"}
        return web.Response(text=jwt.encode(header, claims, self._key))


def session_of(user: str) -> str:
    """The session ID of the user at the provider."""
    return f"session-of-{user}"


def _claims(user: str) -> dict[str, object]:
    return {
        "sub": f"subject-of-{user}",
        "preferred_username": user,
        "name": user.title(),
        "email": f"{user}@example.org",
        "email_verified": True,
        "groups": ["staff", "physics", "hub-users"],
    }


class Network:
    """Accepts connections on a free port, and relays them to the port `target` with a round trip of `seconds`."""

    def __init__(self, target: int, seconds: float) -> None:
        self._target = target
        self._seconds = seconds
        self.connections = 0
        self._open = self._most_open = 0

    def take_most_open(self) -> int:
        """The highest number of open connections since the last call of this method."""
        most, self._most_open = self._most_open, self._open
        return most

    async def listen(self) -> int:
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0, backlog=1024)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def _connected(self, near_in: asyncio.StreamReader, near_out: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open += 1
        self._most_open = max(self._most_open, self._open)
        # The kernel has accepted the connection at once; over a network that takes a round trip.
        open_at = asyncio.get_running_loop().time() + self._seconds
        far_in, far_out = await asyncio.open_connection("127.0.0.1", self._target)
        try:
            await asyncio.gather(self._carry(near_in, far_out, open_at), self._carry(far_in, near_out, open_at))
        finally:
            self._open -= 1

    async def _carry(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, open_at: float) -> None:
        loop = asyncio.get_running_loop()
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            while True:
                due, data = await under_way.get()
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                if not data:
                    break
                sink.write(data)
            sink.close()

        delivery = asyncio.create_task(deliver())
        data = b"?"
        while data:
            try:
                data = await source.read(65536)
            except ConnectionError:
                data = b""
            under_way.put_nowait((max(loop.time(), open_at) + self._seconds / 2, data))
        await delivery


def tls_context(folder: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1, issued by a new authority, whose own certificate is written to `folder`."""
    authority_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    authority_name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Benchmark authority")])
    now = datetime.now(timezone.utc)
    basis = (
        x509.CertificateBuilder()
        .issuer_name(authority_name)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=2))
    )
    authority = (
        basis.subject_name(authority_name)
        .public_key(authority_key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    certificate = (
        basis.subject_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Benchmark provider")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
        .sign(authority_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / AUTHORITY).write_bytes(authority.public_bytes(pem))
    both = folder / "provider.pem"
    both.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(both)
    return context


async def main(folder: Path, round_trip_ms: float) -> None:
    provider = Provider()
    runner = web.AppRunner(provider.application(), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls_context(folder), backlog=1024).start()
    network = Network(runner.addresses[0][1], round_trip_ms / 1000)
    provider.issuer = f"https://127.0.0.1:{await network.listen()}"

    def figures() -> Figures:
        return {
            "requests": dict(provider.requests),
            "connections": network.connections,
            "most_open": network.take_most_open(),
            "cpu": time.process_time(),
        }

    await report({"issuer": provider.issuer, "authority": str(folder / AUTHORITY)}, figures)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), float(sys.argv[2])))
