"""Who and what there is at the fake GitLab: users, nested groups, projects, and who belongs to them at what level."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import count

GUEST, PLANNER, REPORTER, DEVELOPER, MAINTAINER, OWNER = 10, 15, 20, 30, 40, 50
MINIMAL_ACCESS = 5  # may see that the group exists, and is not a member
LEVELS = (GUEST, PLANNER, REPORTER, DEVELOPER, MAINTAINER, OWNER)


@dataclass
class Email:
    """An address in addition to the primary one; `confirmed_at` is None until its owner has followed the link."""

    email: str
    confirmed_at: str | None = "2024-01-02T03:04:05.000Z"


@dataclass
class User:
    username: str
    id: int
    name: str
    email: str  # the primary one
    confirmed: bool = True  # the primary one
    public_email: str = ""
    emails: list[Email] = field(default_factory=list)
    state: str = "active"  # or "blocked", "deactivated"


@dataclass
class Member:
    """A direct membership. `expires`: on this day it ends. `requested`: asked for and not granted."""

    level: int
    expires: date | None = None
    requested: bool = False


@dataclass
class Share:
    """Another group was invited here: its direct members belong here too, at most at this level."""

    group: Group
    level: int
    expires: date | None = None


@dataclass
class Source:
    """What one can be a member of. `members` by the user's numeric id."""

    path: str
    id: int
    parent: Group | None = field(repr=False)
    visibility: str = "private"  # or "internal", "public"
    members: dict[int, Member] = field(default_factory=dict)
    shares: list[Share] = field(default_factory=list)

    @property
    def full_path(self) -> str:
        return self.path if self.parent is None else f"{self.parent.full_path}/{self.path}"

    @property
    def full_name(self) -> str:
        return self.name if self.parent is None else f"{self.parent.full_name} / {self.name}"

    @property
    def name(self) -> str:
        return self.path.title()

    def add(self, user: User, level: int = DEVELOPER, expires: date | None = None) -> Member:
        self.members[user.id] = Member(level, expires)
        return self.members[user.id]

    def request(self, user: User, level: int = DEVELOPER) -> Member:
        """The user asks to be let in."""
        self.members[user.id] = Member(level, requested=True)
        return self.members[user.id]

    def invite(self, group: Group, level: int = DEVELOPER, expires: date | None = None) -> Share:
        self.shares.append(Share(group, level, expires))
        return self.shares[-1]

    def ancestors(self) -> Iterator[Group]:
        """From the parent upwards."""
        group = self.parent
        while group is not None:
            yield group
            group = group.parent


class Group(Source):
    """Groups are compared as things, not by their fields."""

    __hash__ = object.__hash__
    __eq__ = object.__eq__


class Project(Source):
    __hash__ = object.__hash__
    __eq__ = object.__eq__


class World:
    """Users by username, groups and projects by full path; paths are not case-sensitive when they are asked for."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.groups: dict[str, Group] = {}
        self.projects: dict[str, Project] = {}
        self._user_ids = count(11)
        self._group_ids = count(101)
        self._project_ids = count(501)

    def add_user(self, username: str, **fields: object) -> User:
        settled = {
            "id": next(self._user_ids),
            "name": f"{username.title()} Example",
            "email": f"{username}@example.org",
        }
        self.users[username] = User(username, **{**settled, **fields})  # type: ignore[arg-type]
        return self.users[username]

    def rename_user(self, old: str, new: str) -> User:
        user = self.users.pop(old)
        user.username = new
        self.users[new] = user
        return user

    def add_group(self, full_path: str, **fields: object) -> Group:
        """Its parents must be there."""
        parent, path = self._place(full_path)
        settled = {"id": next(self._group_ids), "parent": parent}
        self.groups[full_path] = Group(path, **{**settled, **fields})  # type: ignore[arg-type]
        return self.groups[full_path]

    def add_project(self, full_path: str, **fields: object) -> Project:
        parent, path = self._place(full_path)
        settled = {"id": next(self._project_ids), "parent": parent}
        self.projects[full_path] = Project(path, **{**settled, **fields})  # type: ignore[arg-type]
        return self.projects[full_path]

    def _place(self, full_path: str) -> tuple[Group | None, str]:
        above, slash, path = full_path.rpartition("/")
        return (self.groups[above] if slash else None), path

    def user_by_id(self, number: int) -> User | None:
        return next((user for user in self.users.values() if user.id == number), None)

    def find_group(self, wanted: str) -> Group | None:
        """A number is an id, and never the path of a group whose name consists of digits."""
        groups = self.groups.values()
        if wanted.isdecimal():
            return next((group for group in groups if group.id == int(wanted)), None)
        return next((group for group in groups if group.full_path.lower() == wanted.lower()), None)

    def find_project(self, wanted: str) -> Project | None:
        projects = self.projects.values()
        if wanted.isdecimal():
            return next((project for project in projects if project.id == int(wanted)), None)
        return next((project for project in projects if project.full_path.lower() == wanted.lower()), None)


def populate(world: World) -> None:
    """The private groups `team`, `team/ops` and `team/ops/night`, and the public group `open`, without members.

    alice is Developer in `team`, so everywhere below it; bob is Reporter in `team/ops`. carol has asked to be let into
    `team`; she is Developer in the project `team/app`, and in no group. There is also the project `team/ops/tools`.
    """
    alice, bob, carol = (world.add_user(name) for name in ("alice", "bob", "carol"))
    for path in ("team", "team/ops", "team/ops/night"):
        world.add_group(path)
    world.add_group("open", visibility="public")
    world.groups["team"].add(alice, DEVELOPER)
    world.groups["team/ops"].add(bob, REPORTER)
    world.groups["team"].request(carol)
    world.add_project("team/app").add(carol, DEVELOPER)
    world.add_project("team/ops/tools")
