"""The reference of events, made from the schemas.

``python -m tests.docs.events_table`` writes it into its page of the documentation.
"""

from __future__ import annotations

from typing import Any

from oauthenticator_suite.hub.observe.events import schemas
from tests.docs.pages import DOCS

PAGE = DOCS / "reference" / "events.md"
BEGIN, END = "<!-- events: begin -->\n", "<!-- events: end -->\n"


def _type(schema: dict[str, Any]) -> str:
    if "enum" in schema:
        return ", ".join(f"`{value}`" if value else "empty" for value in schema["enum"])
    kind = schema["type"]
    if kind == "array":
        return f"list of {schema['items']['type']}s"
    return " or ".join(kind) if isinstance(kind, list) else str(kind)


def reference() -> str:
    """A section for each kind of event."""
    parts: list[str] = []
    for kind, schema in schemas().items():
        parts += [f"### {kind}\n\n{schema['title']}. {schema['description'].strip()}\n\n"]
        parts += [f"`{schema['$id']}`, version {schema['version']}\n\n"]
        parts += ["| property | values | meaning |\n", "|---|---|---|\n"]
        for name, each in schema["properties"].items():
            parts.append(f"| `{name}` | {_type(each)} | {each['description'].strip()} |\n")
        parts.append("\n")
    return "".join(parts)


def page_with_reference(text: str) -> str:
    """The text of the page, with the sections between the marks."""
    before, _, rest = text.partition(BEGIN)
    return f"{before}{BEGIN}\n{reference()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    PAGE.write_text(page_with_reference(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
