"""Who belongs where, as GitLab reckons it.

What was found in GitLab's own finders and models (`GroupsFinder`, `GroupMembersFinder`, `User#authorized_groups`, the
initializer of doorkeeper-openid_connect; GitLab 17) and in its documentation ("Groups API", "Group and project members
API", "OpenID Connect identity"):

- `GET /groups?min_access_level=N`: the groups in which the token's user is a *direct* member at level N or above,
  and all groups below them (`self_and_descendants`). Not those to which only an invited group leads.
- `GET /groups` without it: what the user is authorized for, by groups, by projects, by invited groups, *and the parents
  of all that*, in which the user may have no role. So this list is not a list of memberships.
- `GET …/members/all/:user_id`: the highest level of the direct membership, those in parent groups, and those of the
  direct members of groups that were invited there or into a parent; of these, at most the level of the invitation.
- The claim `groups_direct`: the direct memberships at any level. `groups`: these and all groups below them.
  `https://gitlab.org/claims/groups/developer` and its like: direct memberships at exactly that level.

A membership ends on the day that it is said to expire on, when a job that runs each day removes it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from .world import GUEST, OWNER, Group, Member, Project, Source, User, World


@dataclass(frozen=True)
class Found:
    """A membership that counts, however it came about."""

    level: int
    expires: date | None


class Access:
    def __init__(self, world: World, today: Callable[[], date]) -> None:
        self.world = world
        self.today = today
        self.expired_are_removed = True  # False: the day's job has not run yet

    # -- groups of a user

    def direct_groups(self, user: User, level: int = GUEST) -> list[Group]:
        return [group for group in self.world.groups.values() if self._is_in(group, user, level)]

    def groups_with_level(self, user: User, level: int) -> set[Group]:
        return self._with_descendants(self.direct_groups(user, level))

    def owned_groups(self, user: User) -> list[Group]:
        return self.direct_groups(user, OWNER)

    def listed_groups(self, user: User | None, *, all_available: bool) -> set[Group]:
        listed = set() if user is None else _with_ancestors(self._authorized_groups(user))
        if user is None or all_available:
            listed |= {group for group in self.world.groups.values() if _open_to(group, user)}
        return listed

    def _authorized_groups(self, user: User) -> set[Group]:
        direct = self.direct_groups(user)
        shared = [group for group in self.world.groups.values() if any(s.group in direct for s in self._shares(group))]
        projects = [project for project in self.world.projects.values() if self.level_in(project, user)]
        of_projects = {group for project in projects for group in project.ancestors()}
        return self._with_descendants([*direct, *shared]) | of_projects

    # -- members

    def direct_member(self, source: Source, user: User) -> Found | None:
        member = source.members.get(user.id)
        return Found(member.level, member.expires) if member is not None and self._counts(member) else None

    def member(self, source: Source, user: User, asker: User | None = None) -> Found | None:
        """The highest membership, of those that `asker` may see; the direct one when there are two of a height."""
        everything = asker is None or self.level_in(source, asker) > 0
        ways = [*self._own_ways(source, user), *self._shared_ways(source, user, None if everything else asker)]
        return max(ways, key=lambda found: found.level, default=None)

    def level_in(self, source: Source, user: User) -> int:
        ways = [*self._own_ways(source, user), *self._shared_ways(source, user, None)]
        return max((found.level for found in ways), default=0)

    def sees(self, user: User | None, source: Source) -> bool:
        """A user who does not gets the answer that there is nothing."""
        if _open_to(source, user):
            return True
        if user is None:
            return False
        if self.level_in(source, user) > 0:
            return True
        inside = [project for project in self.world.projects.values() if source in project.ancestors()]
        return any(self.level_in(project, user) for project in inside)

    def listed_projects(self, user: User | None, *, membership: bool, level: int) -> list[Project]:
        own = membership or level > 0
        return [
            project
            for project in self.world.projects.values()
            if (user is not None and self.level_in(project, user) >= max(level, GUEST))
            or (not own and _open_to(project, user))
        ]

    # -- inside

    def _own_ways(self, source: Source, user: User) -> Iterator[Found]:
        for place in (source, *source.ancestors()):
            found = self.direct_member(place, user)
            if found is not None:
                yield found

    def _shared_ways(self, source: Source, user: User, asker: User | None) -> Iterator[Found]:
        """`asker`: a user from outside. Of invited groups, they see only those that they may see anyway."""
        for place in (source, *source.ancestors()):
            for share in self._shares(place):
                found = self.direct_member(share.group, user)
                if found is not None and (asker is None or self.sees(asker, share.group)):
                    yield Found(min(found.level, share.level), found.expires)

    def _shares(self, source: Source) -> list:
        return [share for share in source.shares if not self._is_over(share.expires)]

    def _is_in(self, group: Group, user: User, level: int) -> bool:
        found = self.direct_member(group, user)
        return found is not None and found.level >= level

    def _counts(self, member: Member) -> bool:
        return not member.requested and member.level >= GUEST and not self._is_over(member.expires)

    def _is_over(self, expires: date | None) -> bool:
        return self.expired_are_removed and expires is not None and expires <= self.today()

    def _with_descendants(self, groups: Iterable[Group]) -> set[Group]:
        top = set(groups)
        return {group for group in self.world.groups.values() if group in top or top & set(group.ancestors())}


def _with_ancestors(groups: Iterable[Group]) -> set[Group]:
    return {place for group in groups for place in (group, *group.ancestors())}


def _open_to(source: Source, user: User | None) -> bool:
    return source.visibility == "public" or (source.visibility == "internal" and user is not None)
