"""Sphinx configuration. The build needs no network access."""

import sys
from pathlib import Path
from typing import Any

from autodoc_traits import ConfigurableDocumenter

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from oauthenticator_suite import OAuthenticator, __version__

project = "oauthenticator_suite"
author = "the oauthenticator_suite maintainers"
copyright = "2026, the oauthenticator_suite maintainers"
version = release = __version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "autodoc_traits"]
exclude_patterns = ["_build"]

# In docstrings, `name` is code.
default_role = "literal"
autodoc_typehints = "signature"
autodoc_member_order = "bysource"
autodoc_class_signature = "mixed"
napoleon_google_docstring = False
napoleon_use_rtype = False

myst_enable_extensions = ["deflist", "colon_fence"]
myst_heading_anchors = 3

html_theme = "furo"
html_title = f"oauthenticator suite {release}"
html_theme_options = {"navigation_with_keys": True}
html_static_path: list[str] = []
html_copy_source = False


class OwnOptionsDocumenter(ConfigurableDocumenter):
    """The directive ``autoownoptions``: like ``autoconfigurable``, without the options that `OAuthenticator` has."""

    objtype = "ownoptions"

    @classmethod
    def can_document_member(cls, member: Any, membername: str, isattr: bool, parent: Any) -> bool:
        return False  # used only by the explicit directive

    def get_object_members(self, want_all: bool) -> tuple[bool, list[Any]]:
        check, members = super().get_object_members(want_all)
        traits = self.object.class_traits(config=True)
        everywhere = {name for name, trait in traits.items() if trait.this_class in OAuthenticator.__mro__}
        return check, [member for member in members if member.__name__ not in everywhere]


def setup(app: Any) -> None:
    app.add_autodocumenter(OwnOptionsDocumenter)
