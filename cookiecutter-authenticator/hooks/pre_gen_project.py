"""Refuse names that a package cannot have, as `oauthenticator-suite new` does."""

import keyword
import re
import sys

NAME = "{{ cookiecutter.name }}"
PACKAGE = "{{ cookiecutter.__package }}"
TAKEN = {"jupyterhub", "oauthenticator", "tests", *keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names}

if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", NAME) or len(NAME) > 32:
    sys.exit(f"{NAME!r} cannot be a name: use at most 32 lower-case letters, digits and single hyphens, beginning with a letter.")
if PACKAGE in TAKEN or NAME == "oauthenticator-suite":
    sys.exit(f"{NAME!r} cannot be a name: {PACKAGE} is the name of another module.")
