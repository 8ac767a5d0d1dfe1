"""The providers that are under contract: one case for each way to sign in."""

from .base import Person, ProviderCase
from .forgejo import ForgejoCase
from .generic import GenericCase
from .github import GitHubCase
from .gitlab import GitLabCase, GitLabOpenIDCase
from .google import GoogleCase
from .jupyterhub import JupyterHubCase
from .mediawiki import MediaWiki2Case, MediaWikiCase, MediaWikiLibraryCase

CASES: list[type[ProviderCase]] = [
    GenericCase,
    GitHubCase,
    GitLabCase,
    GitLabOpenIDCase,
    GoogleCase,
    JupyterHubCase,
    MediaWikiCase,
    MediaWikiLibraryCase,
    MediaWiki2Case,
    ForgejoCase,
]

__all__ = ["CASES", "GenericCase", "Person", "ProviderCase"]
