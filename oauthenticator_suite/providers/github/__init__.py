"""GitHub: github.com and Enterprise Server."""

from .authenticator import GitHubOAuthenticator, LocalGitHubOAuthenticator

__all__ = ["GitHubOAuthenticator", "LocalGitHubOAuthenticator"]
