"""A strict GitLab on a free loopback port, at the root of its host or below a path.

::

    async with FakeGitLab(path="/gitlab") as gitlab:
        gitlab.client.redirect_uris.add("http://127.0.0.1:8000/hub/oauth_callback")
        dora = gitlab.world.add_user("dora")
        gitlab.groups["team/ops"].add(dora, REPORTER)             # alice, bob and more are there already
        gitlab.groups["open"].invite(gitlab.groups["team"], 20)   # members of one group, invited into another
        gitlab.faults.on("rate-limit", at="groups", times=1)
        token = gitlab.token_for("dora", "read_api")              # without the walk through a browser
        ...
        assert gitlab.count("groups") == 1 and gitlab.rounds == 2

The instance is `gitlab.issuer`, the REST API `gitlab.api_url` (`…/api/v4`). Endpoints, by the names under which
requests are counted and faults put:

====================  =====================================
metadata              `/.well-known/openid-configuration`
jwks                  `/oauth/discovery/keys`
authorize             `/oauth/authorize`
token                 `/oauth/token`
token_info            `/oauth/token/info`
userinfo              `/oauth/userinfo`
revoke                `/oauth/revoke`
user                  `/user`
emails                `/user/emails`
groups                `/groups`
group                 `/groups/:id`
group_members         `/groups/:id/members`
group_members_all     `/groups/:id/members/all`
group_member          `/groups/:id/members/:user_id`
group_member_all      `/groups/:id/members/all/:user_id`
projects              `/projects`
project, project_…    the same, of `/projects/:id`
unknown               anything else below `/api/v4`
====================  =====================================

Its own faults: ``rate-limit`` (429 with the headers of the limit), ``rate-limit-bare``, ``next-elsewhere`` and
``next-is-first`` (see `tests/fakes/paging.py`), and those of the OpenID provider and of HTTP. The knobs are the
attributes in `server.py`, and `access.expired_are_removed`.
"""

from .limits import GITLAB_FAULTS
from .oauth import SCOPES
from .server import FakeGitLab
from .world import (
    DEVELOPER,
    GUEST,
    LEVELS,
    MAINTAINER,
    MINIMAL_ACCESS,
    OWNER,
    PLANNER,
    REPORTER,
    Email,
    Group,
    Member,
    Project,
    Share,
    User,
    World,
)

__all__ = [
    "DEVELOPER",
    "GITLAB_FAULTS",
    "GUEST",
    "LEVELS",
    "MAINTAINER",
    "MINIMAL_ACCESS",
    "OWNER",
    "PLANNER",
    "REPORTER",
    "SCOPES",
    "Email",
    "FakeGitLab",
    "Group",
    "Member",
    "Project",
    "Share",
    "User",
    "World",
]
