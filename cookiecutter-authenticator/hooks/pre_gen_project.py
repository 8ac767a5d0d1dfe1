"""Refuses names that no package can have; `oauthenticator-suite new` does the same before it begins."""

import keyword
import re
import sys

NAME = "{{ cookiecutter.name }}"
PACKAGE = "{{ cookiecutter.__package }}"
TAKEN = {"jupyterhub", "oauthenticator", "tests", *keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names}

if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", NAME) or len(NAME) > 32:
    sys.exit(f"{NAME!r} is no name: at most 32 small letters, digits and single hyphens, the first one a letter.")
if PACKAGE in TAKEN or NAME == "oauthenticator-suite":
    sys.exit(f"{NAME!r} is no name: {PACKAGE} is another module's.")
