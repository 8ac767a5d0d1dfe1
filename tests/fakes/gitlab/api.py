"""GitLab's REST API, as far as memberships need it; who belongs where is reckoned in `access.py`.

From "Users API", "Groups API", "Projects API" and "Group and project members API" of docs.gitlab.com. The scope
`read_user` opens what is below `/user` and nothing else; lists of groups and members need `read_api` or `api`.
"""

from __future__ import annotations

from typing import Any

from tests.fakes.openid_provider.records import Reply
from tests.fakes.openid_provider.wire import Endpoints

from .access import Access
from .gate import PAGES, Answer, ApiRefused, Gate, Needs, Question
from .views import Views
from .world import LEVELS, Group, Project, Source, User, World

OF_USER = ("api", "read_api", "read_user")
LIST = (*PAGES, "order_by", "sort", "min_access_level")


class GitLabAPI(Gate):
    """The part of `FakeGitLab` that answers below `/api/v4`."""

    world: World
    access: Access
    views: Views

    def api_endpoints(self) -> Endpoints:
        group, project = "/api/v4/groups/{id}", "/api/v4/projects/{id}"
        groups = Needs(parameters=(*LIST, "owned", "all_available", "top_level_only"), anybody=True)
        projects = Needs(parameters=(*LIST, "membership", "simple", "id_after", "id_before"), anybody=True)
        table: dict[str, tuple[str, Answer, Needs]] = {
            "/api/v4/user": ("user", self._get_user, Needs(OF_USER)),
            "/api/v4/user/emails": ("emails", self._list_emails, Needs(OF_USER, PAGES)),
            "/api/v4/groups": ("groups", self._list_groups, groups),
            group: ("group", self._get_group, Needs(parameters=("with_projects",), anybody=True)),
            f"{group}/members": ("group_members", self._list_direct, Needs(parameters=PAGES)),
            f"{group}/members/all": ("group_members_all", self._list_all, Needs(parameters=PAGES)),
            f"{group}/members/{{user_id}}": ("group_member", self._get_direct, Needs()),
            f"{group}/members/all/{{user_id}}": ("group_member_all", self._get_any, Needs()),
            "/api/v4/projects": ("projects", self._list_projects, projects),
            project: ("project", self._get_project, Needs(anybody=True)),
            f"{project}/members": ("project_members", self._list_direct, Needs(parameters=PAGES)),
            f"{project}/members/all": ("project_members_all", self._list_all, Needs(parameters=PAGES)),
            f"{project}/members/{{user_id}}": ("project_member", self._get_direct, Needs()),
            f"{project}/members/all/{{user_id}}": ("project_member_all", self._get_any, Needs()),
            "/api/v4/{rest:.*}": ("unknown", self._unknown, Needs(anybody=True)),
        }
        return {path: (name, self._gate(path, answer, needs)) for path, (name, answer, needs) in table.items()}

    # -- one's own

    def _get_user(self, question: Question) -> Reply:
        return Reply(json=self.views.current_user(question.asker))

    def _list_emails(self, question: Question) -> Reply:
        return self._page(question, self.views.emails(question.asker))

    # -- lists

    def _list_groups(self, question: Question) -> Reply:
        """`owned` goes before `min_access_level`, and that before `all_available`."""
        user, level = question.user, question.number("min_access_level", 0, allowed=LEVELS)
        if user is not None and question.flag("owned"):
            found = set(self.access.owned_groups(user))
        elif user is not None and level:
            found = self.access.groups_with_level(user, level)
        else:
            found = self.access.listed_groups(user, all_available=question.flag("all_available"))
        if question.flag("top_level_only"):
            found = {group for group in found if group.parent is None}
        ordered = self._ordered(question, list(found), "name", "asc")
        return self._page(question, [self.views.group(group) for group in ordered])

    def _list_projects(self, question: Question) -> Reply:
        level = question.number("min_access_level", 0, allowed=LEVELS) or 0
        found = self.access.listed_projects(question.user, membership=question.flag("membership"), level=level)
        after, before = (question.number(name) for name in ("id_after", "id_before"))  # neither is in the list itself
        found = [one for one in found if (after is None or one.id > after) and (before is None or one.id < before)]
        return self._page(
            question, [self.views.project(project) for project in self._ordered(question, found, "id", "desc")]
        )

    def _ordered(self, question: Question, found: list[Any], default: str, direction: str) -> list[Any]:
        by, sort = question.query.get("order_by", default), question.query.get("sort", direction)
        if by not in ("id", "name", "path") or sort not in ("asc", "desc"):
            raise ApiRefused(400, error="order_by does not have a valid value")
        found.sort(key=lambda source: source.id)
        return sorted(found, key=lambda source: getattr(source, by), reverse=sort == "desc")

    # -- one group, one project

    def _get_group(self, question: Question) -> Reply:
        group = self._source(question)
        assert isinstance(group, Group)
        return Reply(json=self.views.group_detail(group))

    def _get_project(self, question: Question) -> Reply:
        project = self._source(question)
        assert isinstance(project, Project)
        return Reply(json=self.views.project(project))

    # -- members of one of them

    def _get_direct(self, question: Question) -> Reply:
        source, user = self._source(question), self._member_asked_for(question)
        found = self.access.direct_member(source, user)
        if found is None:
            raise ApiRefused(404, message="404 Not found")
        return Reply(json=self.views.member(user, found))

    def _get_any(self, question: Question) -> Reply:
        source, user = self._source(question), self._member_asked_for(question)
        found = self.access.member(source, user, question.asker)
        if found is None:
            raise ApiRefused(404, message="404 Not found")
        return Reply(json=self.views.member(user, found))

    def _list_direct(self, question: Question) -> Reply:
        source = self._source(question)
        found = [(user, self.access.direct_member(source, user)) for user in self.world.users.values()]
        return self._page(question, [self.views.member(user, member) for user, member in found if member is not None])

    def _list_all(self, question: Question) -> Reply:
        source, asker = self._source(question), question.asker
        found = [(user, self.access.member(source, user, asker)) for user in self.world.users.values()]
        return self._page(question, [self.views.member(user, member) for user, member in found if member is not None])

    def _unknown(self, question: Question) -> Reply:
        raise ApiRefused(404, error="404 Not Found")

    # -- inside

    def _source(self, question: Question) -> Source:
        """By id or full path. What the asker may not see is not found."""
        if question.call.endpoint.startswith("group"):
            kind, source = "Group", self.world.find_group(question.path["id"])
        else:
            kind, source = "Project", self.world.find_project(question.path["id"])
        if source is None or not self.access.sees(question.user, source):
            raise ApiRefused(404, message=f"404 {kind} Not Found")
        return source

    def _member_asked_for(self, question: Question) -> User:
        if not question.path["user_id"].isdecimal():
            raise ApiRefused(400, error="user_id is invalid")
        user = self.world.user_by_id(int(question.path["user_id"]))
        if user is None:
            raise ApiRefused(404, message="404 Not found")
        return user
