"""Sign in to JupyterHub with {{ cookiecutter.__title }}."""

from .authenticator import {{ cookiecutter.__class }}

__all__ = ["{{ cookiecutter.__class }}"]
