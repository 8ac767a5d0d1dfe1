"""GitHub's REST API, as far as memberships need it: what each endpoint asks for, shows and refuses.

From the pages "Users", "Emails", "Organizations", "Organization members", "Teams" and "Team members" of GitHub's REST
API documentation and its OpenAPI description; the headers from "Troubleshooting the REST API" and "Scopes for OAuth
apps". Whether `GET /user/teams` lists the parents of one's teams is not written there; what people who use it report
is that it does not: only teams that one is in directly, each with its own parent.
"""

from __future__ import annotations

from tests.fakes.openid_provider.records import Reply
from tests.fakes.openid_provider.wire import Endpoints

from .gate import NO_INTEGRATION, ORG_SCOPES, Answer, ApiRefused, Gate, Needs, Question
from .world import Organization, Team, World


class GitHubAPI(Gate):
    """The part of `FakeGitHub` that answers below `/api/v3`."""

    world: World

    def api_endpoints(self) -> Endpoints:
        org, team = "/api/v3/orgs/{org}", "/api/v3/orgs/{org}/teams/{team}"
        by_number = "/api/v3/organizations/{org_id}/team/{team_id}"
        in_org = Needs(ORG_SCOPES, "members")
        in_team = Needs(ORG_SCOPES, "members", without=404)
        table: dict[str, tuple[str, Answer, Needs]] = {
            "/api/v3/user": ("user", self._get_user, Needs()),
            "/api/v3/user/emails": ("emails", self._list_emails, Needs(("user", "user:email"), "emails", without=404)),
            "/api/v3/user/orgs": ("orgs", self._list_orgs, Needs((*ORG_SCOPES, "user"), "members")),
            "/api/v3/user/teams": ("teams", self._list_teams, Needs((*ORG_SCOPES, "repo", "user"), "members")),
            "/api/v3/user/memberships/orgs": ("memberships", self._list_memberships, in_org),
            "/api/v3/user/memberships/orgs/{org}": ("membership", self._get_own_membership, in_org),
            f"{org}/members/{{username}}": ("org_member", self._check_member, Needs()),
            f"{org}/public_members/{{username}}": ("public_member", self._check_public_member, Needs()),
            f"{org}/memberships/{{username}}": ("org_membership", self._get_membership, in_org),
            f"{team}/memberships/{{username}}": ("team_membership", self._get_in_team, in_team),
            f"{team}/members": ("team_members", self._list_team, in_team),
            f"{by_number}/memberships/{{username}}": ("team_membership", self._get_in_team, in_team),
            f"{by_number}/members": ("team_members", self._list_team, in_team),
            "/api/v3/{rest:.*}": ("unknown", self._not_found, Needs()),
        }
        check: Endpoints = {"/api/v3/applications/{client_id}/token": ("check_token", self._check_token)}
        return check | {path: (name, self._gate(path, answer, needs)) for path, (name, answer, needs) in table.items()}

    # -- one's own

    def _get_user(self, question: Question) -> Reply:
        private = self.github_app or question.may("read:user")
        return Reply(json=(self.views.private_user if private else self.views.public_user)(question.user))

    def _list_emails(self, question: Question) -> Reply:
        return self._page(question, [self.views.email(email) for email in question.user.emails])

    def _list_orgs(self, question: Question) -> Reply:
        mine = [org for org in self._open_orgs(question) if org.has(question.user)]
        return self._page(question, [self.views.organization(org) for org in mine])

    def _list_teams(self, question: Question) -> Reply:
        user = question.user
        teams = [team for org in self._open_orgs(question) if org.has(user) for team in org.teams.values()]
        mine = [team for team in teams if user.id in team.members and team.members[user.id].state == "active"]
        return self._page(question, [self.views.full_team(team) for team in mine])

    def _list_memberships(self, question: Question) -> Reply:
        state, user = question.query.get("state"), question.user
        if state not in (None, "active", "pending"):
            raise ApiRefused(422, "Validation Failed")
        found = [(org, org.members[user.id]) for org in self._open_orgs(question) if user.id in org.members]
        return self._page(
            question,
            [self.views.org_membership(org, user, mine) for org, mine in found if state in (None, mine.state)],
        )

    def _get_own_membership(self, question: Question) -> Reply:
        org = self._org(question)
        membership = org.members.get(question.user.id)
        if membership is None:
            raise ApiRefused(404, "Not Found")
        return Reply(json=self.views.org_membership(org, question.user, membership))

    # -- an organization's

    def _check_member(self, question: Question) -> Reply:
        """A user who is not a member, or whose token may not show it, is sent to the public list."""
        org, name = self._org(question), question.path["username"]
        insider = org.has(question.user) and (self.github_app or question.may(*ORG_SCOPES))
        if not insider:
            return Reply(
                302, headers={"Location": f"{self.views.api}/orgs/{org.login}/public_members/{name}"}, body=b""
            )
        if not org.has(self.world.user_by_login(name)):
            raise ApiRefused(404, "Not Found")
        return Reply(204, body=b"")

    def _check_public_member(self, question: Question) -> Reply:
        org, user = self._org(question), self.world.user_by_login(question.path["username"])
        if user is None or not org.has(user) or not org.members[user.id].public:
            raise ApiRefused(404, "Not Found")
        return Reply(204, body=b"")

    def _get_membership(self, question: Question) -> Reply:
        org, user = self._org(question), self.world.user_by_login(question.path["username"])
        if not org.has(question.user):
            raise ApiRefused(403, "You must be a member of the organization to see its memberships.")
        if user is None or user.id not in org.members:
            raise ApiRefused(404, "Not Found")
        return Reply(json=self.views.org_membership(org, user, org.members[user.id]))

    # -- a team's

    def _get_in_team(self, question: Question) -> Reply:
        team, user = self._team(question), self.world.user_by_login(question.path["username"])
        membership = None if user is None else team.membership(user)
        if user is None or membership is None:
            raise ApiRefused(404, "Not Found")
        return Reply(json=self.views.team_membership(team, user, membership))

    def _list_team(self, question: Question) -> Reply:
        team, role = self._team(question), question.query.get("role", "all")
        if role not in ("all", "member", "maintainer"):
            raise ApiRefused(422, "Validation Failed")
        found = [(user, team.membership(user)) for user in self.world.users.values()]
        inside = [user for user, of in found if of and of.state == "active" and role in ("all", of.role)]
        return self._page(question, [self.views.simple_user(user) for user in inside])

    def _not_found(self, question: Question) -> Reply:
        raise ApiRefused(404, "Not Found")

    # -- inside

    def _open_orgs(self, question: Question) -> list[Organization]:
        """For lists: organizations that shut this application or this token out are not in them."""
        allowed = [org for org in self.world.orgs.values() if not self._shuts_out_app(org)]
        question.hidden = [org for org in allowed if org.saml and question.user.id in org.members]
        return [org for org in allowed if not org.saml]

    def _shuts_out_app(self, org: Organization) -> bool:
        return not org.installed if self.github_app else org.restricted

    def _org(self, question: Question) -> Organization:
        org = self.world.org_by_login(question.path["org"])
        if org is None:
            raise ApiRefused(404, "Not Found")
        self._check_open(org)
        return org

    def _check_open(self, org: Organization) -> None:
        if self._shuts_out_app(org):
            raise ApiRefused(
                403,
                NO_INTEGRATION
                if self.github_app
                else f"Although you appear to have the correct authorization credentials, the `{org.login}` organization "
                "has enabled OAuth App access restrictions, meaning that data access to third-parties is limited.",
            )
        if org.saml:
            raise ApiRefused(
                403,
                "Resource protected by organization SAML enforcement. "
                "You must grant your OAuth token access to this organization.",
                X_GitHub_SSO=f"required; url={self.views.html}/orgs/{org.login}/sso?authorization_request=A1",
            )

    def _team(self, question: Question) -> Team:
        """By names, or by the numbers of organization and team. One that the asker does not see is not found."""
        if "team_id" in question.path:
            numbers = (question.path["org_id"], question.path["team_id"])
            teams = [team for org in self.world.orgs.values() for team in org.teams.values()]
            team = next((team for team in teams if (str(team.org.id), str(team.id)) == numbers), None)
            if team is not None:
                self._check_open(team.org)
        else:
            team = self._org(question).teams.get(question.path["team"])
        if team is None or not team.org.sees(question.user, team):
            raise ApiRefused(404, "Not Found")
        return team
