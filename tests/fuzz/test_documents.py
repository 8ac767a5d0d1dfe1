"""Target 5: JWK sets and metadata. Every document gives our own error, or a value that an independent reader confirms."""

from __future__ import annotations

import ipaddress
import json
from typing import Any

import jwt
from hypothesis import example, given
from hypothesis import strategies as st

from oauthenticator_suite.protocol.jwks import parse_jwks
from oauthenticator_suite.protocol.messages import Response
from oauthenticator_suite.protocol.metadata import process_discovery_response
from oauthenticator_suite.protocol.urls import PlainHTTP, URLError, split_url

from .strategies import documents
from .strategies.urls import endpoints
from .verdicts import UnhandledError, WrongAccept, target
from .whatwg import NodeURL

TARGET = target("JWKS and metadata")


def answer(body: bytes) -> Response:
    return Response(200, {"content-type": "application/json"}, body)


def numbers(key: Any) -> Any:
    """The public numbers of a key of `cryptography`."""
    return key.public_numbers() if hasattr(key, "public_numbers") else key.public_bytes_raw()


@given(documents.bodies(documents.jwks))
def test_keys_are_those_of_the_document(body: bytes) -> None:
    """Each key that is kept is public, serves signatures, and is the one that PyJWT reads in the document."""
    with TARGET.only_our_errors():
        keys = parse_jwks(answer(body))
        entries = json.loads(body)["keys"]
        for key in keys.keys:
            if key.is_private or key.key_type == "oct":
                raise WrongAccept(f"a secret key: {key.as_dict(private=False)}")
            ours = numbers(key.get_op_key("verify"))
            theirs = [one for one in map(read_by_pyjwt, entries) if one is not None]
            if ours not in theirs:
                raise WrongAccept(f"a key that PyJWT does not read: {key.as_dict(private=False)}")


def read_by_pyjwt(entry: Any) -> Any:
    """The public numbers, or None if PyJWT reads no key."""
    if not isinstance(entry, dict):
        return None
    try:
        # PyJWT chooses an algorithm for the key; ours is restricted to what the entry states.
        return numbers(jwt.PyJWK({name: value for name, value in entry.items() if name != "alg"}).key)
    # PyJWT lets some errors of other libraries through.
    except (jwt.PyJWTError, AttributeError, KeyError, TypeError, ValueError):
        return None


@given(documents.bodies(documents.metadata), st.sampled_from(PlainHTTP), st.sampled_from([(), ("evil.example",)]))
def test_endpoints_are_of_the_issuer(
    node: NodeURL, body: bytes, plain_http: PlainHTTP, trusted: tuple[str, ...]
) -> None:
    """Every endpoint that is kept is, for a browser too, of the issuer's origin or of a host that is trusted."""
    with TARGET.only_our_errors():
        metadata = process_discovery_response(
            answer(body), issuer=documents.ISSUER, trusted_hosts=trusted, plain_http=plain_http
        )
        if metadata.issuer != documents.ISSUER:
            raise WrongAccept(metadata.issuer)
        urls = [getattr(metadata, name) for name in documents.METADATA if name.endswith(("_endpoint", "_uri"))]
        for url, read in zip(filter(None, urls), node.read(list(filter(None, urls))), strict=True):
            if read is None or (read["origin"] != "https://op.example" and read["host"] not in trusted):
                raise WrongAccept(f"{url!r} is {read}")


@given(endpoints)
@example("https://0x7f.1/")
@example("https://2130706433")
@example("https://op.example.1")
@example("https://[::ffff:127.0.0.1]:0443")
def test_urls_are_read_as_a_browser_reads_them(node: NodeURL, url: str) -> None:
    """Differential: each URL that we accept has the same scheme, host and port for Node, and neither user nor password."""
    TARGET.tries()
    try:
        parts = split_url(url)
    except URLError:
        return
    except Exception as error:
        raise UnhandledError(repr(url)) from error
    (read,) = node.read([url])
    if read is None:
        # Browsers refuse more hosts than we do, such as misspelled IPv4 addresses; no request is sent to them.
        return
    default = {"https": 443, "http": 80}[parts.scheme]
    host = (parts.hostname or "").removesuffix(".")
    theirs = (read["scheme"], int(read["port"] or default), read["userinfo"])
    if theirs != (f"{parts.scheme}:", parts.port or default, ""):
        raise WrongAccept(f"{url!r} is {read}")
    if same_host(host) != same_host(read["host"].removesuffix(".")):
        raise WrongAccept(f"{url!r}: {host!r} is {read['host']!r}")


def same_host(host: str) -> str:
    """The host without brackets, and an IPv6 address in one form."""
    try:
        return str(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        return host.strip("[]")
