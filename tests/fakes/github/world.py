"""Who and what there is at the fake GitHub: users, organizations, teams."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any


@dataclass
class Email:
    email: str
    primary: bool = False
    verified: bool = True
    visibility: str | None = None  # of the primary address "public" or "private", of others None


@dataclass
class User:
    login: str
    id: int
    name: str | None = None
    email: str | None = None  # the public one, if there is any
    emails: list[Email] = field(default_factory=list)

    @property
    def avatar_path(self) -> str:
        return f"/avatars/u/{self.id}?v=4"

    @property
    def primary(self) -> Email | None:
        return next((email for email in self.emails if email.primary), None)


@dataclass
class Membership:
    """Of an organization: role "member" or "admin". Of a team: "member" or "maintainer". State "active" or "pending"."""

    role: str = "member"
    state: str = "active"
    public: bool = False  # of an organization's: everybody may see it


@dataclass
class Team:
    """`members` are the direct ones, by the user's numeric id. A secret team has no parent and no children."""

    slug: str
    id: int
    org: Organization = field(repr=False)
    name: str = ""
    parent: Team | None = field(default=None, repr=False)
    privacy: str = "closed"
    members: dict[int, Membership] = field(default_factory=dict)

    def children(self) -> Iterator[Team]:
        """All teams below this one, at any depth."""
        for team in self.org.teams.values():
            if team.parent is self:
                yield team
                yield from team.children()

    def membership(self, user: User) -> Membership | None:
        """Direct, or as a member of a child team. An organization's owner counts as maintainer of what they are in."""
        for team in (self, *self.children()):
            found = team.members.get(user.id)
            if found is not None and (team is self or found.state == "active"):
                owner = self.org.is_owner(user)
                role = "maintainer" if owner else found.role if team is self else "member"
                return Membership(role, found.state)
        return None

    def add(self, user: User, **fields: Any) -> Membership:
        """Who joins a team joins the organization."""
        if user.id not in self.org.members:
            self.org.add(user, state=fields.get("state", "active"))
        self.members[user.id] = Membership(**fields)
        return self.members[user.id]


@dataclass
class Organization:
    """`members` by the user's numeric id.

    `restricted`: it has not approved this OAuth App. `saml`: it wants single sign-on, and tokens have not been through
    it. `installed`: this GitHub App is installed here.
    """

    login: str
    id: int
    members: dict[int, Membership] = field(default_factory=dict)
    teams: dict[str, Team] = field(default_factory=dict)
    restricted: bool = False
    saml: bool = False
    installed: bool = True
    team_ids: Iterator[int] = field(kw_only=True, repr=False)

    def add(self, user: User, **fields: Any) -> Membership:
        self.members[user.id] = Membership(**fields)
        return self.members[user.id]

    def add_team(self, slug: str, *members: User, parent: str | None = None, **fields: Any) -> Team:
        team = Team(slug, next(self.team_ids), self, name=fields.pop("name", slug.replace("-", " ").title()), **fields)
        team.parent = self.teams[parent] if parent is not None else None
        self.teams[slug] = team
        for user in members:
            team.add(user)
        return team

    def has(self, user: User | None) -> bool:
        """Whether a user is a member. A user who is only invited is not."""
        return user is not None and user.id in self.members and self.members[user.id].state == "active"

    def is_owner(self, user: User) -> bool:
        return self.has(user) and self.members[user.id].role == "admin"

    def sees(self, user: User, team: Team) -> bool:
        """Members see all teams; a secret one only who is in it, and owners."""
        return self.has(user) and (team.privacy == "closed" or team.membership(user) is not None or self.is_owner(user))


class World:
    """Users by login as it is now; organizations by login. Neither name is case-sensitive when it is asked for."""

    def __init__(self) -> None:
        self.users: dict[str, User] = {}
        self.orgs: dict[str, Organization] = {}
        self._user_ids = count(1001)
        self._org_ids = count(20_001)
        self._team_ids = count(30_001)

    def add_user(self, login: str, **fields: Any) -> User:
        """A person with a public name, no public e-mail address, and one verified, private address."""
        fields.setdefault("id", next(self._user_ids))
        fields.setdefault("name", f"{login.title()} Example")
        fields.setdefault("emails", [Email(f"{login}@example.org", primary=True, visibility="private")])
        self.users[login] = User(login, **fields)
        return self.users[login]

    def rename_user(self, old: str, new: str) -> User:
        """The account stays the same, and its old login is free for another user."""
        user = self.users.pop(old)
        user.login = new
        self.users[new] = user
        return user

    def add_org(self, login: str, *members: User, **fields: Any) -> Organization:
        fields.setdefault("id", next(self._org_ids))
        org = self.orgs[login] = Organization(login, team_ids=self._team_ids, **fields)
        for user in members:
            org.add(user)
        return org

    def user_by_login(self, login: str) -> User | None:
        return next((user for user in self.users.values() if user.login.lower() == login.lower()), None)

    def user_by_id(self, number: int) -> User | None:
        return next((user for user in self.users.values() if user.id == number), None)

    def org_by_login(self, login: str) -> Organization | None:
        return next((org for org in self.orgs.values() if org.login.lower() == login.lower()), None)


def populate(world: World) -> None:
    """alice and bob are in the organization `lab`, carol is invited there.

    Its teams: `ops` (alice), below it `ops-night` (bob). `students` is carol's. Nobody outside sees who is in `lab`,
    but for bob, whose membership is public.
    """
    alice, bob, carol = (world.add_user(name) for name in ("alice", "bob", "carol"))
    lab = world.add_org("lab", alice)
    lab.add(bob, public=True)
    lab.add(carol, state="pending")
    lab.add_team("ops", alice)
    lab.add_team("ops-night", bob, parent="ops")
    world.add_org("students", carol)
