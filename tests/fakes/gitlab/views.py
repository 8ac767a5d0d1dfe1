"""What the REST API says of users, groups, projects and members: the fields of the examples in its documentation."""

from __future__ import annotations

from typing import Any

from .access import Found
from .world import Group, Project, Source, User

DAY = "2024-01-02T03:04:05.000Z"


class Views:
    """`url` is that of the instance."""

    def __init__(self, url: str) -> None:
        self.url = url

    def avatar(self, user: User) -> str:
        return f"{self.url}/uploads/-/system/user/avatar/{user.id}/avatar.png"

    def simple_user(self, user: User) -> dict[str, Any]:
        return {
            "id": user.id,
            "username": user.username,
            "public_email": user.public_email,
            "name": user.name,
            "state": user.state,
            "locked": False,
            "avatar_url": self.avatar(user),
            "web_url": f"{self.url}/{user.username}",
        }

    def current_user(self, user: User) -> dict[str, Any]:
        return {
            **self.simple_user(user),
            "created_at": DAY,
            "bio": "",
            "location": None,
            "website_url": "",
            "organization": None,
            "job_title": None,
            "bot": False,
            "last_sign_in_at": DAY,
            "confirmed_at": DAY if user.confirmed else None,
            "last_activity_on": DAY[:10],
            "email": user.email,
            "commit_email": user.email,
            "theme_id": 1,
            "color_scheme_id": 1,
            "projects_limit": 100,
            "current_sign_in_at": DAY,
            "identities": [],
            "can_create_group": True,
            "can_create_project": True,
            "two_factor_enabled": True,
            "external": False,
            "private_profile": False,
            "namespace_id": user.id,
        }

    def emails(self, user: User) -> list[dict[str, Any]]:
        """The primary one is among them as soon as it is confirmed."""
        primary = [(user.email, DAY)] if user.confirmed else []
        listed = [*primary, *((email.email, email.confirmed_at) for email in user.emails)]
        return [
            {"id": number, "email": email, "confirmed_at": confirmed}
            for number, (email, confirmed) in enumerate(listed, 1)
        ]

    def member(self, user: User, found: Found) -> dict[str, Any]:
        return {
            **self.simple_user(user),
            "access_level": found.level,
            "created_at": DAY,
            "expires_at": None if found.expires is None else found.expires.isoformat(),
            "membership_state": "active",
        }

    def group(self, group: Group) -> dict[str, Any]:
        return {
            "id": group.id,
            "web_url": f"{self.url}/groups/{group.full_path}",
            "name": group.name,
            "path": group.path,
            "description": "",
            "visibility": group.visibility,
            "share_with_group_lock": False,
            "require_two_factor_authentication": False,
            "two_factor_grace_period": 48,
            "project_creation_level": "developer",
            "subgroup_creation_level": "maintainer",
            "lfs_enabled": True,
            "request_access_enabled": True,
            "avatar_url": None,
            "full_name": group.full_name,
            "full_path": group.full_path,
            "created_at": DAY,
            "parent_id": None if group.parent is None else group.parent.id,
        }

    def group_detail(self, group: Group) -> dict[str, Any]:
        return {**self.group(group), "shared_with_groups": self._shares(group), "projects": [], "shared_projects": []}

    def project(self, project: Project) -> dict[str, Any]:
        url = f"{self.url}/{project.full_path}"
        return {
            "id": project.id,
            "description": "",
            "name": project.name,
            "name_with_namespace": project.full_name,
            "path": project.path,
            "path_with_namespace": project.full_path,
            "created_at": DAY,
            "default_branch": "main",
            "ssh_url_to_repo": f"git@gitlab.example:{project.full_path}.git",
            "http_url_to_repo": f"{url}.git",
            "web_url": url,
            "visibility": project.visibility,
            "last_activity_at": DAY,
            "shared_with_groups": self._shares(project),
        }

    def _shares(self, source: Source) -> list[dict[str, Any]]:
        return [
            {
                "group_id": share.group.id,
                "group_name": share.group.name,
                "group_full_path": share.group.full_path,
                "group_access_level": share.level,
                "expires_at": None if share.expires is None else share.expires.isoformat(),
            }
            for share in source.shares
        ]
