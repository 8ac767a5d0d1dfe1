"""What the REST API says of users, organizations and teams: the shapes of GitHub's OpenAPI description."""

from __future__ import annotations

from typing import Any

from .world import Email, Membership, Organization, Team, User

DAY = "2024-01-02T03:04:05Z"


class Views:
    """`html` is the site's URL, `api` that of its REST API."""

    def __init__(self, html: str) -> None:
        self.html = html
        self.api = f"{html}/api/v3"

    def simple_user(self, user: User) -> dict[str, Any]:
        url = f"{self.api}/users/{user.login}"
        return {
            "login": user.login,
            "id": user.id,
            "node_id": f"U_{user.id}",
            "avatar_url": self.html + user.avatar_path,
            "gravatar_id": "",
            "url": url,
            "html_url": f"{self.html}/{user.login}",
            "followers_url": f"{url}/followers",
            "following_url": f"{url}/following{{/other_user}}",
            "gists_url": f"{url}/gists{{/gist_id}}",
            "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
            "subscriptions_url": f"{url}/subscriptions",
            "organizations_url": f"{url}/orgs",
            "repos_url": f"{url}/repos",
            "events_url": f"{url}/events{{/privacy}}",
            "received_events_url": f"{url}/received_events",
            "type": "User",
            "user_view_type": "public",
            "site_admin": False,
        }

    def public_user(self, user: User) -> dict[str, Any]:
        return {
            **self.simple_user(user),
            "name": user.name,
            "company": None,
            "blog": "",
            "location": None,
            "email": user.email,
            "hireable": None,
            "bio": None,
            "twitter_username": None,
            "notification_email": user.email,
            "public_repos": 0,
            "public_gists": 0,
            "followers": 0,
            "following": 0,
            "created_at": DAY,
            "updated_at": DAY,
        }

    def private_user(self, user: User) -> dict[str, Any]:
        return {
            **self.public_user(user),
            "user_view_type": "private",
            "private_gists": 0,
            "total_private_repos": 0,
            "owned_private_repos": 0,
            "disk_usage": 0,
            "collaborators": 0,
            "two_factor_authentication": True,
            "plan": {"name": "free", "space": 1, "collaborators": 0, "private_repos": 1},
        }

    def email(self, email: Email) -> dict[str, Any]:
        return {
            "email": email.email,
            "primary": email.primary,
            "verified": email.verified,
            "visibility": email.visibility,
        }

    def organization(self, org: Organization) -> dict[str, Any]:
        url = f"{self.api}/orgs/{org.login}"
        return {
            "login": org.login,
            "id": org.id,
            "node_id": f"O_{org.id}",
            "url": url,
            "repos_url": f"{url}/repos",
            "events_url": f"{url}/events",
            "hooks_url": f"{url}/hooks",
            "issues_url": f"{url}/issues",
            "members_url": f"{url}/members{{/member}}",
            "public_members_url": f"{url}/public_members{{/member}}",
            "avatar_url": f"{self.html}/avatars/o/{org.id}",
            "description": None,
        }

    def org_membership(self, org: Organization, user: User, membership: Membership) -> dict[str, Any]:
        return {
            "url": f"{self.api}/orgs/{org.login}/memberships/{user.login}",
            "state": membership.state,
            "role": membership.role,
            "organization_url": f"{self.api}/orgs/{org.login}",
            "user": self.simple_user(user),
            "organization": self.organization(org),
        }

    def simple_team(self, team: Team) -> dict[str, Any]:
        url = f"{self.api}/organizations/{team.org.id}/team/{team.id}"
        return {
            "id": team.id,
            "node_id": f"T_{team.id}",
            "url": url,
            "html_url": f"{self.html}/orgs/{team.org.login}/teams/{team.slug}",
            "name": team.name,
            "slug": team.slug,
            "description": None,
            "privacy": team.privacy,
            "notification_setting": "notifications_enabled",
            "permission": "pull",
            "members_url": f"{url}/members{{/member}}",
            "repositories_url": f"{url}/repos",
            "type": "organization",
            "organization_id": team.org.id,
        }

    def full_team(self, team: Team) -> dict[str, Any]:
        """With its parent, but not with the parent's parent."""
        return {
            **self.simple_team(team),
            "parent": None if team.parent is None else self.simple_team(team.parent),
            "members_count": len(team.members),
            "repos_count": 0,
            "created_at": DAY,
            "updated_at": DAY,
            "organization": {
                **self.organization(team.org),
                "html_url": f"{self.html}/{team.org.login}",
                "has_organization_projects": True,
                "has_repository_projects": True,
                "public_repos": 0,
                "public_gists": 0,
                "followers": 0,
                "following": 0,
                "type": "Organization",
                "created_at": DAY,
                "updated_at": DAY,
                "archived_at": None,
            },
        }

    def team_membership(self, team: Team, user: User, membership: Membership) -> dict[str, Any]:
        url = f"{self.api}/organizations/{team.org.id}/team/{team.id}/memberships/{user.login}"
        return {"url": url, "role": membership.role, "state": membership.state}
