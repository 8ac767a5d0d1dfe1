"""A Sphinx extension: the parts of the reference that are made from the code when the documentation is built.

``{class-options} GitHubOAuthenticator``
    The options of a class: its own in full, then those that it shares, by subject. In ``docs/reference/options/``.
``{shared-options}``
    The options that all providers have, in full, by subject.
``{options-by-subject}``, ``{table-of-classes}``
    The lists of ``docs/reference/options.md``.
``{environment-variables}``
    The table of ``docs/reference/environment-variables.md``.

An option has the permanent anchor ``#GitHubOAuthenticator.client_id`` on the page of the class, and
``#OAuthenticator.client_id`` on the page of shared options. Other pages can link to these.

`search_words` adds the words under which the search finds a page first.

Read first: `options`, then `directives`.
"""

from __future__ import annotations

from typing import Any


def setup(app: Any) -> dict[str, bool]:
    """Register the directives with Sphinx."""
    from .directives import DIRECTIVES, anchors_are_targets
    from .search_words import SEARCH_WORDS, add_words, check_pages

    for name, directive in DIRECTIVES.items():
        app.add_directive(name, directive)
    app.add_config_value("search_words", SEARCH_WORDS, "env")  # so that a changed word is noticed by the next build
    app.connect("doctree-read", anchors_are_targets)
    app.connect("doctree-read", add_words)
    app.connect("env-check-consistency", check_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
