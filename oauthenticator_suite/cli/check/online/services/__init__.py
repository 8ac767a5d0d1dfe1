"""Questions and checks for single providers: one module for each.

Each sends the credentials of the configuration only to the provider to which they belong.
"""

from __future__ import annotations

from .....hub.findings.finding import Check
from ..question import Question
from .entra import ENTRA_ONLINE_CHECKS, entra_credentials
from .github import GITHUB_ONLINE_CHECKS, github_credentials
from .google import GOOGLE_ONLINE_CHECKS, google_groups
from .wiki import WIKI_ONLINE_CHECKS, wiki_consumer

SERVICE_QUESTIONS: tuple[Question, ...] = (entra_credentials, github_credentials, google_groups, wiki_consumer)
"""The questions to single providers."""

SERVICE_CHECKS: tuple[Check, ...] = (
    *ENTRA_ONLINE_CHECKS,
    *GITHUB_ONLINE_CHECKS,
    *GOOGLE_ONLINE_CHECKS,
    *WIKI_ONLINE_CHECKS,
)
"""The checks of their answers."""
