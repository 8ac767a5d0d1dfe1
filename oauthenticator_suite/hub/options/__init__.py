"""Every option that several authenticators share, declared once, with its help, and without behaviour."""

from .access import AccessOptions
from .claims import ClaimOptions
from .oauth import OAuthOptions
from .session import SessionOptions

__all__ = ["AccessOptions", "ClaimOptions", "OAuthOptions", "SessionOptions"]
