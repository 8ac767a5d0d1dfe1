"""Compares replies with a provider's own OpenAPI description."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, FormatChecker

DATA = Path(__file__).resolve().parent.parent / "data"


def to_json_schema(node: Any) -> Any:
    """OpenAPI 3.0 writes `nullable` where JSON Schema has the type null; its discriminators are only hints."""
    if isinstance(node, list):
        return [to_json_schema(item) for item in node]
    if not isinstance(node, dict):
        return node
    schema = {name: to_json_schema(value) for name, value in node.items() if name not in ("nullable", "discriminator")}
    return {"anyOf": [schema, {"type": "null"}]} if node.get("nullable") is True else schema


class Published:
    """An OpenAPI 3.0 description from `tests/data`."""

    def __init__(self, name: str) -> None:
        self.document = to_json_schema(json.loads((DATA / name).read_text(encoding="utf-8")))
        self._paths = {
            template: re.compile(re.sub(r"\{[^}]+\}", "[^/]+", template)) for template in self.document["paths"]
        }

    def template_of(self, path: str) -> str | None:
        """The description's path that a request's path is one of."""
        return next((template for template, pattern in self._paths.items() if pattern.fullmatch(path)), None)

    def faults_of(self, path: str, status: int, body: Any) -> list[str]:
        """What is wrong with a reply to a GET of `path`; for a status that is not described, as an error of any kind."""
        template = self.template_of(path)
        if template is None:
            return [f"{path} is not described"]
        answer = self.document["paths"][template]["get"]["responses"].get(str(status), {})
        if "$ref" in answer:
            answer = self.document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        content = answer.get("content", {}).get("application/json")
        if content is None:
            return [] if status < 400 else self._violations({"$ref": "#/components/schemas/basic-error"}, body)
        return self._violations(content["schema"], body)

    def _violations(self, schema: Any, body: Any) -> list[str]:
        whole = {"allOf": [schema], "components": self.document["components"]}
        validator = Draft4Validator(whole, format_checker=FormatChecker())
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message}" for error in validator.iter_errors(body)]
