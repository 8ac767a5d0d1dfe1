"""A strict Google: sign-in, service accounts with domain-wide delegation, and the groups of a Workspace domain.

::

    async with FakeGoogle() as google:
        google.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        google.user = "alice"                                   # or "alice-at-gmail", "mallory": see `people.py`
        key = google.service_account_key()                      # a key file, as a dict
        google.directory.members["staff@example.org"].add("bob@example.org")
        google.directory.errors.append(ApiError.rate_limited())  # the next request to the Directory gets this
        ...
        assert google.count("groups") == 3 and google.most_at_once <= 8

Everything of `FakeProvider` and `Traffic` is there as well: faults, counts, `rounds`, `canaries()`. Paths and replies are
Google's, as its documentation ("OpenID Connect", "OAuth 2.0 for service accounts", "Directory API") and its discovery
documents have them. With ``FakeGoogle(several_hosts=True)`` all but the sign-in page is on another host, `api_url`, as
in reality.
"""

from .directory import Directory
from .errors import ApiError
from .people import default_members, person
from .server import FakeGoogle
from .service_accounts import GROUPS_SCOPE, JWT_BEARER

__all__ = ["GROUPS_SCOPE", "JWT_BEARER", "ApiError", "Directory", "FakeGoogle", "default_members", "person"]
