"""Refuse names that a package cannot have, as `oauthenticator-suite new` does."""

import keyword
import re
import sys

NAME = "{{ cookiecutter.name }}"
PACKAGE = "{{ cookiecutter.__package }}"
CLASS = "{{ cookiecutter.__class }}"
DEPENDENCIES = {
    "aiodns", "aiohttp", "alembic", "argon2", "asyncio", "attr", "certipy", "cryptography", "dateutil", "idna",
    "jinja2", "joserfc", "jupyter", "jupyterlab", "jwt", "multidict", "mwoauth", "notebook", "oauthlib",
    "packaging", "pam", "pamela", "pip", "psutil", "pydantic", "pytest", "requests", "setuptools", "shtab",
    "sqlalchemy", "tornado", "traitlets", "urllib3", "yaml", "yarl",
}  # fmt: skip
ENTRY_POINTS = {
    "auth0", "azuread", "bitbucket", "cilogon", "default", "dummy", "generic-oauth", "github", "gitlab",
    "globus", "google", "local", "mediawiki", "null", "okpy", "openshift", "pam", "shared-password",
}  # fmt: skip
CLASSES = {
    f"{name}Authenticator"
    for name in ("Dictionary", "Dummy", "Form", "Local", "Multi", "Null", "O", "Simple", "Suite")
}
TAKEN = {"jupyterhub", "oauthenticator", "tests", *keyword.kwlist, *keyword.softkwlist, *sys.stdlib_module_names}

if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", NAME) or len(NAME) > 32:
    sys.exit(f"{NAME!r} cannot be a name: use at most 32 lower-case letters, digits and single hyphens, beginning with a letter.")
if PACKAGE in TAKEN or NAME == "oauthenticator-suite":
    sys.exit(f"{NAME!r} cannot be a name: {PACKAGE} is the name of another module.")
if NAME.startswith("suite-"):
    sys.exit(f"{NAME!r} cannot be a name: names that begin with suite- belong to oauthenticator_suite.")
if PACKAGE in DEPENDENCIES:
    sys.exit(f"{NAME!r} cannot be a name: {PACKAGE} is a module that JupyterHub needs.")
if NAME.removeprefix("local-") in ENTRY_POINTS:
    sys.exit(f"{NAME!r} cannot be a name: a Hub may have an authenticator of this name.")
if CLASS in CLASSES:
    sys.exit(f"{NAME!r} cannot be a name: there is a class {CLASS} already.")
