"""Strict decoding of form-encoded queries and token responses (RFC 6749 appendix B)."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes


class FormError(ValueError):
    """The text is ambiguous or malformed. The message is safe to log: it does not quote the text."""


def decode_form(text: str, *, max_fields: int, keep_empty: bool = False) -> dict[str, str]:
    """Return the fields of ``a=1&b=2``, with percent signs and plus signs decoded.

    Fields without a value are left out unless `keep_empty` is true: RFC 6749 §3.1 and §3.2 treat them as omitted.

    Raises
    ------
    FormError
        If there are more than `max_fields` fields; if a name occurs twice, even without a value (§3.1: parameters must
        not be included more than once); or if the text is not UTF-8.
    """
    if text.count("&") >= max_fields:
        raise FormError(f"more than {max_fields} fields")
    fields: dict[str, str] = {}
    for part in text.split("&"):
        if not part:
            continue
        name, _, value = part.partition("=")
        name, value = _decode(name), _decode(value)
        if name in fields:
            raise FormError("a field occurs twice")
        fields[name] = value
    return {name: value for name, value in fields.items() if value or keep_empty}


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")
    except UnicodeError:
        pass
    raise FormError("not valid UTF-8")
