"""Reading and decompressing the body of a response within a size limit."""

from __future__ import annotations

import zlib

import aiohttp

from ...errors import InvalidResponse

_GZIP_BITS = 16 + zlib.MAX_WBITS


async def read_body(response: aiohttp.ClientResponse, max_bytes: int, what: str) -> bytes:
    """Read the body as it was sent, without decompressing it.

    Parameters
    ----------
    response:
        The response.
    max_bytes:
        The maximum size of the body.
    what:
        The request and the host, as they are named in errors.

    Raises
    ------
    InvalidResponse
        If Content-Length exceeds `max_bytes`, or the body does.
    aiohttp.ClientError, OSError, TimeoutError
        If the connection fails.
    """
    announced = response.content_length
    if announced is not None and announced > max_bytes:
        raise InvalidResponse(f"{what}: Content-Length is {announced} bytes; the maximum is {max_bytes}")
    pieces: list[bytes] = []
    total = 0
    async for piece in response.content.iter_any():
        total += len(piece)
        if total > max_bytes:
            raise InvalidResponse(f"{what}: the body is larger than {max_bytes} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def decompress(body: bytes, content_encoding: str, max_bytes: int, what: str) -> bytes:
    """Decompress `body` according to its Content-Encoding (RFC 9110 §8.4).

    The transport requests no compression, but some servers compress anyway. At most `max_bytes` are decompressed.

    Raises
    ------
    InvalidResponse
        If the coding is neither gzip nor deflate, the data are damaged, or the result is larger than `max_bytes`.
    """
    coding = content_encoding.strip().lower()
    if coding in ("", "identity") or not body:
        return body
    if coding in ("gzip", "x-gzip"):
        bits = _GZIP_BITS
    elif coding == "deflate":
        # "deflate" means the zlib format (RFC 1950), but some servers send raw deflate data (RFC 9110 §8.4.1.2).
        zlib_format = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
        bits = zlib.MAX_WBITS if zlib_format else -zlib.MAX_WBITS
    else:
        raise InvalidResponse(f"{what}: the body has an unsupported Content-Encoding")
    unpacker = zlib.decompressobj(bits)
    try:
        plain = unpacker.decompress(body, max_bytes + 1)
    except zlib.error:
        raise InvalidResponse(f"{what}: the compressed body is damaged") from None
    if len(plain) > max_bytes:
        raise InvalidResponse(f"{what}: the body unpacks to more than {max_bytes} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise InvalidResponse(f"{what}: the compressed body is cut short or has data after its end")
    return plain
