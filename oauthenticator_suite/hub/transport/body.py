"""Reading a response's body within a limit, whatever its sender says about its length or its compression."""

from __future__ import annotations

import zlib

import aiohttp

from ...errors import InvalidResponse

_GZIP_BITS = 16 + zlib.MAX_WBITS


async def read_body(response: aiohttp.ClientResponse, max_bytes: int, what: str) -> bytes:
    """The body as it was sent, at most `max_bytes` of it.

    `what` names the request and the host for the error.

    Raises
    ------
    InvalidResponse
        The body is announced to be larger, or turns out to be.
    aiohttp.ClientError, OSError, TimeoutError
        The connection fails meanwhile.
    """
    announced = response.content_length
    if announced is not None and announced > max_bytes:
        raise InvalidResponse(f"{what}: a body of {announced} bytes is announced; at most {max_bytes} are read")
    pieces: list[bytes] = []
    total = 0
    async for piece in response.content.iter_any():
        total += len(piece)
        if total > max_bytes:
            raise InvalidResponse(f"{what}: the body is larger than {max_bytes} bytes")
        pieces.append(piece)
    return b"".join(pieces)


def decompress(body: bytes, content_encoding: str, max_bytes: int, what: str) -> bytes:
    """`body` without its Content-Encoding (RFC 9110 §8.4).

    Compression is never asked for, yet some servers compress all the same. The limit holds for the result, and no
    more than that is ever unpacked.

    Raises
    ------
    InvalidResponse
        The coding is neither gzip nor deflate, the data are damaged, or the result is larger than `max_bytes`.
    """
    coding = content_encoding.strip().lower()
    if coding in ("", "identity") or not body:
        return body
    if coding in ("gzip", "x-gzip"):
        bits = _GZIP_BITS
    elif coding == "deflate":
        # The name means the zlib format (RFC 1950), but some send bare deflate data (RFC 9110 §8.4.1.2).
        zlib_format = len(body) > 1 and body[0] & 0x0F == 8 and int.from_bytes(body[:2], "big") % 31 == 0
        bits = zlib.MAX_WBITS if zlib_format else -zlib.MAX_WBITS
    else:
        raise InvalidResponse(f"{what}: the body is compressed in a way that was not asked for")
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
