"""Sphinx configuration. The build needs no network access."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from oauthenticator_suite import __version__

project = "oauthenticator_suite"
author = "the oauthenticator_suite maintainers"
copyright = "2026, the oauthenticator_suite maintainers"
version = release = __version__

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
    "sphinxext.opengraph",
    "reference_pages",  # in this folder
]
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
html_css_files = ["pictures.css", "reference.css"]
html_logo = "_static/logo.svg"
html_favicon = "_static/logo.svg"

# The button copies the commands alone, without the prompt and the output.
copybutton_prompt_text = "$ "
copybutton_exclude = ".linenos, .gp"
html_copy_source = False

# What other sites show of a page that is linked. The picture is made by tests/site/card.py.
SITE = "https://oauthenticator-suite.readthedocs.io/en/latest/"
ogp_site_url = SITE
ogp_site_name = "oauthenticator suite"
ogp_image = f"{SITE}_static/card.png"
ogp_image_alt = "oauthenticator suite: sign-in for JupyterHub"
ogp_description_length = 200
ogp_enable_meta_description = True
ogp_social_cards = {"enable": False}  # they need matplotlib
ogp_custom_meta_tags = [
    '<meta name="twitter:card" content="summary_large_image">',
    '<meta property="og:image:width" content="1200">',
    '<meta property="og:image:height" content="630">',
]
html_baseurl = SITE

# `make linkcheck` asks every address outside. Not these: names of events, and examples.
linkcheck_ignore = [
    r"https://oauthenticator-suite\.readthedocs\.io/.*",
    r"https?://([\w-]+\.)*example(\.(org|com|net|edu))?([:/].*)?$",
    r"https?://(localhost|127\.0\.0\.1)([:/].*)?$",
]
linkcheck_anchors_ignore_for_url = [r"https://github\.com/.*"]  # made by a script
linkcheck_retries = 2
linkcheck_timeout = 20
