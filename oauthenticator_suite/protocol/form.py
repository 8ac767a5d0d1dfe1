"""The form encoding of queries and of some token replies, read strictly (RFC 6749 appendix B)."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes


class FormError(ValueError):
    """The text cannot be read in one way only. Its message is safe to log: it quotes nothing of the text."""


def decode_form(text: str, *, max_fields: int, keep_empty: bool = False) -> dict[str, str]:
    """The fields of ``a=1&b=2``, with percent signs and plus signs decoded.

    Fields without a value are left out, unless `keep_empty`: RFC 6749 §3.1 and §3.2 treat them as omitted.

    Raises
    ------
    FormError
        More than `max_fields` fields; a name twice, even without values (§3.1: parameters must not be included
        more than once); bytes that are not UTF-8.
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
            raise FormError("a field is given twice")
        fields[name] = value
    return {name: value for name, value in fields.items() if value or keep_empty}


def _decode(text: str) -> str:
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode("utf-8")
    except UnicodeError:
        pass
    raise FormError("not valid UTF-8")
