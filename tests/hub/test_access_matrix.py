"""Every combination of the options on access, at login and at refresh, against a second opinion written down here."""

import random
from dataclasses import dataclass, field, replace
from itertools import product

import pytest

from tests.support import check_invariants, refresh_is_due

PEOPLE = {
    # name: (groups at the provider, e-mail verified there)
    "alice": ({"staff", "hub-admins"}, True),
    "bob": ({"students"}, True),
    "carol": (set(), False),
}


@dataclass
class Setting:
    allow_all: bool
    allowed_users: set
    allowed_groups: set
    allowed_scopes: list
    allow_existing_users: bool
    admin_users: set
    admin_groups: set
    blocked_users: set
    require_verified_email: bool
    existing: set = field(default_factory=set)

    @classmethod
    def drawn(cls, dice):
        def some(*items):
            return {item for item in items if dice.random() < 0.35}

        return cls(
            allow_all=dice.random() < 0.3,
            allowed_users=some(*PEOPLE),
            allowed_groups=some("staff", "students", "nobody"),
            allowed_scopes=dice.choice([[], [], ["email"], ["email", "groups"]]),
            allow_existing_users=dice.random() < 0.3,
            admin_users=some("alice", "carol"),
            admin_groups=some("hub-admins", "students"),
            blocked_users=some(*PEOPLE),
            require_verified_email=dice.random() < 0.3,
        )

    def apply(self, hub):
        authenticator = hub.authenticator
        for name in self.__dataclass_fields__.keys() - {"existing"}:
            value = getattr(self, name)
            setattr(authenticator, name, type(value)(value))
        self.existing = set(hub.accounts())
        for name in self.existing:  # as the Hub does when it starts
            authenticator.add_user(hub.app.users[name])

    def opinion(self, name):
        """(may come in, is admin or None where nothing is said)."""
        groups, verified = PEOPLE[name]
        if (self.require_verified_email and not verified) or name in self.blocked_users:
            return False, None
        if name in self.admin_users or groups & self.admin_groups:
            return True, True
        admin = False if self.admin_groups else None
        known = self.allow_existing_users and not self.allow_all and name in self.existing
        ways_in = (
            self.allow_all,
            name in self.allowed_users,
            groups & self.allowed_groups,
            self.allowed_scopes,  # what is asked for is granted here
            known,
        )
        return any(ways_in), admin


@pytest.mark.long
async def test_the_matrix(hub_at_provider, provider, examples):
    """H (GHSA-55m3-44xf-hg4h, GHSA-gprj-3p75-f996, CVE-2026-33175): login and refresh give the same verdict."""
    for name, (groups, verified) in PEOPLE.items():
        provider.users[name].update(groups=sorted(groups), email_verified=verified)
    dice = random.Random(1905)
    hub = await hub_at_provider(
        manage_groups=True, enable_auth_state=True, user_data_max_age=0, scope=["openid", "profile", "email", "groups"]
    )
    everybody = {name: hub.browser() for name in PEOPLE}

    async def begin(name):
        """A session that begins when everybody is allowed. A refusal has ended the one before, if there was one."""
        replace(Setting.drawn(dice), allow_all=True, blocked_users=set(), require_verified_email=False).apply(hub)
        assert (await everybody[name].login(name)).status == 200

    seen = set()
    for _ in range(examples(60, 400)):
        name = dice.choice(sorted(PEOPLE))
        await begin(name)
        setting = Setting.drawn(dice)
        setting.apply(hub)
        allowed, admin = setting.opinion(name)
        seen.add((allowed, admin))

        user = hub.app.users[name]
        refresh_is_due(hub, name)
        page = await everybody[name].get("/hub/home")
        assert (page.status == 200) is allowed, (name, setting)
        if allowed and admin is not None:
            assert user.admin is admin, (name, setting)

        browser = hub.browser()
        page = await browser.login(name)
        assert page.status == (200 if allowed else 403), (name, setting)
        assert browser.logged_in is allowed
        if allowed and admin is not None:
            assert user.admin is admin, (name, setting)
        await browser.close()
        hub.browsers.remove(browser)
    assert seen == set(product([True], [True, False, None])) | {(False, None), (False, False)}
    check_invariants(hub, provider, accounts=PEOPLE)
