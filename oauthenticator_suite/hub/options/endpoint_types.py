"""Trait types of the endpoints that an option sets, or the provider's metadata."""

from __future__ import annotations

from typing import Any

from .trait_types import APIURL, URL


class Discovered(URL):
    """A URL that reads as the discovered one where no option sets it, once the provider's metadata have been read.

    So spawners and hooks can read `authorize_url`, `token_url` and `userdata_url` with `issuer` alone. The package's
    own code asks for `configured` where the difference matters.
    """

    def configured(self, obj: Any) -> Any:
        """The URL that an option, the environment or the class sets; else an empty string."""
        return super().get(obj)

    def get(self, obj: Any, cls: Any = None) -> Any:
        """The configured URL, else the discovered one."""
        return self.configured(obj) or obj.discovered_url(self.name)


class EndpointURL(Discovered):
    """An absolute URL."""


class EndpointAPIURL(Discovered, APIURL):
    """A URL, or a path below `api_base_url`."""
