"""GitHub: github.com, GitHub Enterprise Server and Enterprise Cloud.

Read first: `authenticator`. `api` has the requests to GitHub's REST API.
"""

from .authenticator import GitHubOAuthenticator, LocalGitHubOAuthenticator

__all__ = ["GitHubOAuthenticator", "LocalGitHubOAuthenticator"]
