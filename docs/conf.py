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

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "autodoc_traits", "sphinx_copybutton"]
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
html_theme_options = {
    "navigation_with_keys": True,
    "source_repository": "https://github.com/oauthenticator-suite/oauthenticator_suite",
    "source_branch": "main",
    "source_directory": "docs/",
    "light_css_variables": {"color-brand-primary": "#b94a08", "color-brand-content": "#1c659e"},
    "dark_css_variables": {"color-brand-primary": "#f7924a", "color-brand-content": "#8fc3ee"},
}
html_static_path = ["_static"]
html_css_files = ["pictures.css"]
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"

# The button copies the commands alone, without the prompt and the output.
copybutton_prompt_text = "$ "
copybutton_exclude = ".linenos, .gp"
html_copy_source = False


DECLARED = (
    "issuer", "authorize_url", "token_url", "userdata_url", "jwks_url", "revocation_url", "end_session_url", "scope",
    "username_claim", "auth_state_groups_key", "userdata_from_id_token", "login_service",
)  # fmt: skip
"""The shared options whose defaults follow from the declaration of a provider's class."""


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

    def add_content(self, more_content: Any) -> None:
        """Also list the defaults that the class declares for the options that it shares with all providers."""
        super().add_content(more_content)
        if not issubclass(self.object, OAuthenticator):
            return
        own, shared = self.object(), OAuthenticator()
        values = {name: getattr(own, name) for name in DECLARED if getattr(own, name) != getattr(shared, name)}
        if values:
            lines = [f"* `{name}`: ``{value!r}``" for name, value in values.items()]
            for line in (
                "Defaults of options that all providers have, while the options below have their defaults:",
                "",
                *lines,
                "",
            ):
                self.add_line(line, "declared defaults")


def setup(app: Any) -> None:
    app.add_autodocumenter(OwnOptionsDocumenter)
