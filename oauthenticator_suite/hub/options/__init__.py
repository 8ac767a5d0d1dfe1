"""Every option that several authenticators share, declared once, with its help, and without behaviour."""

from .access import AccessOptions
from .oauth import OAuthOptions

__all__ = ["AccessOptions", "OAuthOptions"]
