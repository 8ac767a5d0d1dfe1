"""The directives that show the options, as nodes of a page."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

import oauthenticator_suite
from oauthenticator_suite import OAuthenticator, registry

from .environment import all_variables
from .kinds import default_of
from .options import Option, class_called, options_of, public_classes
from .subjects import SUBJECTS, subject_of

FIRST_RELEASE = "0.1"


def page_of(cls: str) -> str:
    """The page with the options of a class, as Sphinx names it."""
    pages = {entry.cls: entry.name for entry in (*registry.PROVIDERS, *registry.OTHERS)}
    pages |= {"OAuthenticator": "shared", "LocalUsers": "local-users"}
    return f"reference/options/{pages[cls]}"


# --- nodes -----------------------------------------------------------------------------------------------------------


def inline(text: str) -> list[nodes.Node]:
    """Text in which what is between backticks is code."""
    parts = text.replace("``", "`").split("`")
    return [nodes.literal("", part) if i % 2 else nodes.Text(part) for i, part in enumerate(parts) if part]


def link(page: str, anchor: str, *content: nodes.Node) -> nodes.Node:
    """A link to an anchor of a page, which the build checks."""
    target = addnodes.pending_xref(
        "", refdomain="doc", reftype="myst", reftarget=page, reftargetid=anchor or None, refexplicit=True
    )
    target += nodes.inline("", "", *content, classes=["xref", "myst"])
    return target


def link_here(anchor: str, *content: nodes.Node) -> nodes.Node:
    """A link to an anchor of the same page."""
    return nodes.reference("", "", *content, refid=anchor, internal=True)


def section(title: list[nodes.Node], anchor: str, *content: nodes.Node) -> nodes.section:
    """A section with its permanent anchor."""
    return nodes.section("", nodes.title("", "", *title), *content, ids=[anchor])


def table(head: list[str], rows: list[list[list[nodes.Node]]]) -> nodes.table:
    """A table; each cell is a list of inline nodes."""
    group = nodes.tgroup("", cols=len(head))
    group += [nodes.colspec("", colwidth=1) for _ in head]
    lines = [[[nodes.Text(each)] for each in head], *rows]
    made = [nodes.row("", *(nodes.entry("", nodes.paragraph("", "", *cell)) for cell in line)) for line in lines]
    group += [nodes.thead("", made[0]), nodes.tbody("", *made[1:])]
    return nodes.table("", group, classes=["reference-table"])


def facts(option: Option) -> nodes.paragraph:
    """Type, default and environment variables of an option, in one line."""
    text, is_code = default_of(option.default)
    default = nodes.literal("", text) if is_code else nodes.Text(text)
    line = [*inline(option.kind[:1].upper() + option.kind[1:]), nodes.Text(" · default: "), default]
    for index, name in enumerate(option.variables):
        line += [nodes.Text(", " if index else " · environment: "), nodes.literal("", name)]
    if option.of_hub:
        line += [nodes.Text(" · "), nodes.inline("", "JupyterHub’s option", classes=["of-hub"])]
    return nodes.paragraph("", "", *line, classes=["option-facts"])


def names_are_links(node: nodes.Node, option: Option, here: set[str]) -> None:
    """Each name of another option of the page becomes a link to it."""
    for literal in list(node.findall(nodes.literal)):
        name = literal.astext()
        if name in here and name != option.name and not isinstance(literal.parent, nodes.reference):
            literal.parent.replace(literal, link_here(f"{option.cls}.{name}", literal.deepcopy()))


# --- directives ------------------------------------------------------------------------------------------------------


class _Generated(SphinxDirective):
    def follow(self, *classes: type[Any]) -> None:
        """Read the page again when the code of these classes has changed, or this extension."""
        modules = {base.__module__ for cls in classes for base in cls.__mro__}
        files = [getattr(sys.modules[name], "__file__", None) for name in modules]
        for file in (*files, registry.__file__, *map(str, Path(__file__).parent.glob("*.py"))):
            if file:
                self.env.note_dependency(file)


class _Options(_Generated):
    has_content = False

    def full(self, option: Option, here: set[str]) -> nodes.section:
        """An option with its help text."""
        made = section([nodes.literal("", option.name)], option.anchor, facts(option))
        help_text = nodes.container(classes=["option-help"])
        self.state.nested_parse(StringList(option.help.splitlines(), f"help of {option.anchor}"), 0, help_text)
        for added in list(help_text.findall(addnodes.versionmodified)):
            if added["type"] == "versionadded" and added["version"] == FIRST_RELEASE:
                added.parent.remove(added)  # as all options of that release
        names_are_links(help_text, option, here)
        made.extend(help_text.children)
        return made

    def brief(self, option: Option) -> nodes.definition_list_item:
        """An option of which the page of shared options has the help text."""
        home = OAuthenticator.__name__
        name = link(page_of(home), f"{home}.{option.name}", nodes.literal("", option.name))
        sentence = inline(option.summary.rstrip(".") + ".")
        return nodes.definition_list_item(
            "",
            nodes.term("", "", name, ids=[option.anchor]),
            nodes.definition("", nodes.paragraph("", "", *sentence), facts(option)),
        )


class ClassOptionsDirective(_Options):
    """``class-options``: the options of the class that its argument names."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        cls = class_called(self.arguments[0])
        self.follow(cls)
        name, options = cls.__name__, options_of(cls)
        here = {option.name for option in options.all}
        parts: list[nodes.Node] = []
        if options.own:
            parts.append(
                section([nodes.Text("Own options")], f"{name}.own", *(self.full(each, here) for each in options.own))
            )
        if name == "LocalUsers":
            return parts
        if options.changed:
            parts.append(
                section(
                    [nodes.Text("Own defaults")],
                    f"{name}.defaults",
                    nodes.paragraph("", "These options have other defaults than in other classes."),
                    nodes.definition_list("", *map(self.brief, options.changed), classes=["options"]),
                )
            )
        shared = section([nodes.Text("Options that it shares with other classes")], f"{name}.shared")
        for subject in SUBJECTS:
            found = [option for option in options.others if subject_of(option.name) == subject]
            if found:
                title = f"{name}.shared.{list(SUBJECTS).index(subject) + 1}"
                brief = nodes.definition_list("", *map(self.brief, found), classes=["options"])
                shared += section([nodes.Text(subject)], title, brief)
        parts.append(shared)
        if options.old_names:
            parts.append(_old_names(name, options.old_names))
        return parts


class SharedOptionsDirective(_Options):
    """``shared-options``: every option that all classes of providers have."""

    def run(self) -> list[nodes.Node]:
        self.follow(OAuthenticator)
        options = options_of(OAuthenticator)
        here = {option.name for option in options.all}
        parts: list[nodes.Node] = []
        for index, subject in enumerate(SUBJECTS, 1):
            found = {option.name: option for option in options.others if subject_of(option.name) == subject}
            in_order = [self.full(found[name], here) for name in SUBJECTS[subject] if name in found]
            parts.append(section([nodes.Text(subject)], f"subject-{index}", *in_order))
        return [*parts, _old_names(OAuthenticator.__name__, options.old_names)]


def _old_names(cls: str, options: tuple[Option, ...]) -> nodes.section:
    items = [
        nodes.definition_list_item(
            "",
            nodes.term("", "", nodes.literal("", option.name), ids=[option.anchor]),
            nodes.definition(
                "",
                nodes.paragraph(
                    "",
                    "",
                    nodes.Text("Old name of "),
                    link_here(f"{cls}.{option.old_name_of}", nodes.literal("", option.old_name_of)),
                    nodes.Text("."),
                ),
            ),
        )
        for option in options
    ]
    return section(
        [nodes.Text("Old names")],
        f"{cls}.old-names",
        nodes.paragraph("", "They take effect under the new name, with a warning when the Hub starts."),
        nodes.definition_list("", *items, classes=["options"]),
    )


class OptionsBySubject(_Generated):
    """``options-by-subject``: links to every option."""

    def run(self) -> list[nodes.Node]:
        self.follow(*public_classes().values())
        shared = options_of(OAuthenticator)
        names = {option.name for option in shared.others}
        rows = [
            (subject, [("OAuthenticator", name) for name in options if name in names])
            for subject, options in SUBJECTS.items()
        ]
        rows += [
            (f"`{cls}`", [(cls, option.name) for option in options_of(class_called(cls)).own])
            for cls in (*public_classes(), "LocalUsers")
        ]
        return [nodes.definition_list("", *(self._item(title, options) for title, options in rows))]

    def _item(self, title: str, options: list[tuple[str, str]]) -> nodes.Node:
        line: list[nodes.Node] = []
        for cls, name in options:
            line += [nodes.Text(" · ")] if line else []
            line.append(link(page_of(cls), f"{cls}.{name}", nodes.literal("", name)))
        head = inline(title)
        if title.startswith("`"):
            head = [link(page_of(title.strip("`")), "", *head)]
        return nodes.definition_list_item(
            "", nodes.term("", "", *head), nodes.definition("", nodes.paragraph("", "", *line))
        )


class TableOfClasses(_Generated):
    """``table-of-classes``: every class with a page."""

    def run(self) -> list[nodes.Node]:
        self.follow(*public_classes().values())
        rows = []
        for entry in (*registry.PROVIDERS, *registry.OTHERS):
            cls = getattr(oauthenticator_suite, entry.cls)
            sentence = " ".join(cls.__doc__.strip().split("\n\n")[0].split())
            rows.append(
                [
                    [nodes.literal("", f"suite-{entry.name}")],
                    [link(page_of(entry.cls), "", nodes.literal("", entry.cls))],
                    [*inline(f"{sentence} "), link(f"how-to/{entry.page}", "", nodes.Text("Guide"))],
                ]
            )
        return [table(["authenticator_class", "Options", "What it is"], rows)]


class EnvironmentVariables(_Generated):
    """``environment-variables``: the variables that give options their values."""

    def run(self) -> list[nodes.Node]:
        self.follow(*public_classes().values())
        rows = []
        for variable in all_variables():
            cells: list[nodes.Node] = []
            for cls, name in variable.options:
                cells += [nodes.Text(", ")] if cells else []
                label = name if cls == OAuthenticator.__name__ else f"{cls}.{name}"
                cells.append(link(page_of(cls), f"{cls}.{name}", nodes.literal("", label)))
            rows.append([[nodes.literal("", variable.name)], cells])
        return [table(["Variable", "Option"], rows)]


DIRECTIVES: dict[str, type[Directive]] = {
    "class-options": ClassOptionsDirective,
    "shared-options": SharedOptionsDirective,
    "options-by-subject": OptionsBySubject,
    "table-of-classes": TableOfClasses,
    "environment-variables": EnvironmentVariables,
}


def anchors_are_targets(app: Any, doctree: nodes.document) -> None:
    """Make the anchors of options known to MyST, so that a link to one of another page is checked."""
    slugs = dict(app.env.metadata[app.env.docname].get("myst_slugs", {}))
    for node in doctree.findall(lambda node: isinstance(node, (nodes.section, nodes.term))):
        for anchor in node["ids"]:
            if "." in anchor or anchor.startswith("subject-"):
                slugs[anchor] = (None, anchor, node.astext().partition("\n")[0])
    app.env.metadata[app.env.docname]["myst_slugs"] = slugs
