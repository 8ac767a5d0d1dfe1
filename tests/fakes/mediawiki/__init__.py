"""A strict MediaWiki with Extension:OAuth on a free loopback port, in the test's own event loop."""

from .records import AccessToken, Consumer, RequestToken, WikiUser
from .server import FakeMediaWiki

__all__ = ["AccessToken", "Consumer", "FakeMediaWiki", "RequestToken", "WikiUser"]
