"""Values that can be read without running anything: the literals of a configuration."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any, Final


class Unreadable:
    """The type of `UNREADABLE`."""

    def __repr__(self) -> str:
        return "…"


UNREADABLE: Final = Unreadable()
"""A value that only a run of the configuration would tell."""

_CONTAINERS = {"set": set, "frozenset": frozenset, "list": list, "tuple": tuple}


def literal(code: str, names: Mapping[str, Any]) -> Any:
    """The value of an expression. `UNREADABLE`, also as a value in a dict, where it is not a literal.

    Parameters
    ----------
    code:
        The source of the expression.
    names:
        Values of variables.
    """
    try:
        tree = ast.parse(f"(\n{code}\n)", mode="eval")
        return _value(tree.body, names)
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError):
        return UNREADABLE


def is_readable(value: Any) -> bool:
    """Whether no part of the value is `UNREADABLE`."""
    if isinstance(value, dict):
        return all(is_readable(item) for pair in value.items() for item in pair)
    if isinstance(value, (list, tuple, set, frozenset)):
        return all(map(is_readable, value))
    return not isinstance(value, Unreadable)


def may_have_key(value: Any, key: str) -> bool:
    """Whether a dict has the key at any depth, or a part of it is `UNREADABLE`."""
    if isinstance(value, dict):
        return key in value or any(may_have_key(each, key) for pair in value.items() for each in pair)
    return not is_readable(value)


def _value(node: ast.expr, names: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Name):
        return names.get(node.id, UNREADABLE)
    if isinstance(node, ast.Dict):
        return _dict(node, names)
    if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
        items = [_value(item, names) for item in node.elts]
        if isinstance(node, ast.List):
            return items
        if isinstance(node, ast.Tuple):
            return tuple(items)
        return set(items) if is_readable(items) else UNREADABLE
    if isinstance(node, ast.BinOp) and isinstance(node.op, (ast.Add, ast.BitOr)):
        left, right = _value(node.left, names), _value(node.right, names)
        if not (is_readable(left) and is_readable(right)):
            return UNREADABLE
        return left + right if isinstance(node.op, ast.Add) else left | right
    if isinstance(node, ast.Call):
        return _call(node, names)
    try:
        return ast.literal_eval(node)
    except ValueError:  # such as os.environ["X"], of which the other values in a dict say nothing
        return UNREADABLE


def _dict(node: ast.Dict, names: Mapping[str, Any]) -> Any:
    found = {}
    for key, value in zip(node.keys, node.values, strict=True):
        name = UNREADABLE if key is None else _value(key, names)
        if not is_readable(name):
            return UNREADABLE
        try:
            found[name] = _value(value, names)
        except (ValueError, TypeError):  # such as os.environ["…"], next to values that can be read
            found[name] = UNREADABLE
    return found


def _call(node: ast.Call, names: Mapping[str, Any]) -> Any:
    if not isinstance(node.func, ast.Name) or len(node.args) > 1:
        return UNREADABLE
    make = _CONTAINERS.get(node.func.id)
    if make and not node.keywords:
        value = _value(node.args[0], names) if node.args else ()
        return make(value) if is_readable(value) else UNREADABLE
    if node.func.id == "dict" and not node.args and all(keyword.arg for keyword in node.keywords):
        return {keyword.arg: _value(keyword.value, names) for keyword in node.keywords}
    return UNREADABLE
