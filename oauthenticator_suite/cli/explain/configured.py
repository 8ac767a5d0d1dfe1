"""`ConfiguredHub`: the configuration of a Hub, and the authenticators that it makes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from jupyterhub.app import JupyterHub
from jupyterhub.auth import Authenticator
from jupyterhub.crypto import CryptKeeper, EncryptionUnavailable
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from traitlets import TraitError
from traitlets.config import Config

from ...errors import ConfigurationError
from ...hub.base.admission import admission
from ...hub.base.authenticator import SuiteAuthenticator
from ...multi import MultiAuthenticator
from ...policy.explanation import Evaluation, evaluate
from ...policy.identity import Identity
from ..configuration.quiet_log import QuietLog
from ..configuration.sources import HubConfiguration, read
from ..configuration.unreadable import CannotReadConfiguration
from ..hub_database import USERS_TABLE, CannotUseDatabase, hub_engine


class CannotExplain(Exception):
    """The question cannot be answered. The message says why, without secrets."""


@dataclass(frozen=True)
class KnownUser:
    """A user as far as the rules can know the user now.

    Attributes
    ----------
    identity:
        The user.
    asked:
        The names for which the memberships of the user are known, by kind.
    not_asked:
        Why other memberships are not known.
    """

    identity: Identity
    asked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    not_asked: str = ""


@dataclass
class ConfiguredHub:
    """A Hub that is configured and does not run.

    Attributes
    ----------
    config:
        The options.
    hub:
        The application.
    authenticator:
        The Hub's authenticator.
    accounts:
        The names of the Hub's accounts; None when its database cannot be read.
    """

    config: Config
    hub: Any
    authenticator: Any
    accounts: frozenset[str] | None = None
    _tried: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, config: Config) -> ConfiguredHub:
        """The Hub of a configuration.

        Raises
        ------
        CannotExplain
            When the Hub would not start with it.
        """
        hub: Any = JupyterHub(log=QuietLog.new())
        try:
            hub.update_config(deepcopy(config))
            authenticator = hub.authenticator_class(parent=hub, _deprecated_db_session=None)
        except ConfigurationError as error:
            raise CannotExplain(f"the Hub does not start with this configuration: {error.detail}") from None
        except TraitError as error:
            raise CannotExplain(f"the Hub does not start with this configuration: {error}") from None
        except Exception as error:  # noqa: BLE001 - of another package's class, or of the operator's
            raise CannotExplain(f"the authenticator cannot be created: {type(error).__name__}") from None
        hub.authenticator = authenticator
        return cls(config, hub, authenticator)

    def ways(self) -> dict[str, SuiteAuthenticator]:
        """The authenticators by the name of the way to sign in. Those of other packages are left out."""
        if isinstance(self.authenticator, MultiAuthenticator):
            children: Mapping[str, Authenticator] = self.authenticator.children
            return {name: child for name, child in children.items() if isinstance(child, SuiteAuthenticator)}
        if isinstance(self.authenticator, SuiteAuthenticator):
            return {self.authenticator.observed_name: self.authenticator}
        return {}

    def way(self, name: str) -> SuiteAuthenticator:
        """The authenticator of a way to sign in.

        Raises
        ------
        CannotExplain
            When there is none of this name.
        """
        ways = self.ways()
        if name in ways:
            return ways[name]
        if not ways:
            raise CannotExplain(
                f"the Hub's authenticator, {type(self.authenticator).__name__}, is not one of this package"
            )
        raise CannotExplain(f"there is no provider {name!r} in this configuration: there is {', '.join(ways)}")

    # --- as the Hub does at its start --------------------------------------------------------------------------------

    def with_accounts(self, names: frozenset[str] | None) -> ConfiguredHub:
        """The same Hub, with these accounts in its database; None when they are not known."""
        made = replace(self, accounts=names)
        made.start()
        return made

    def start(self) -> None:
        """Change the options that the Hub changes at its start: names are normalized, and accounts may be allowed."""
        for way in self.ways().values():
            if not isinstance(self.authenticator, MultiAuthenticator):
                for option in ("admin_users", "allowed_users"):
                    setattr(way, option, {way.normalize_username(name) for name in getattr(way, option)})
            if way.allow_existing_users and not way.allow_all:
                way.allowed_users |= {name for name in self.accounts or () if _may_have(self, way, name)}

    def with_lines(self, lines: Iterable[str]) -> ConfiguredHub | None:
        """The Hub after lines of `oauthenticator-suite explain` are added to the configuration; None if it fails."""
        code = "\n".join(lines)
        if code not in self._tried:
            config = deepcopy(self.config)
            try:
                exec(code, {"c": config})  # noqa: S102 - our own line, in which each value is quoted
                made = ConfiguredHub.of(config)
            except Exception:  # noqa: BLE001 - then it is not a line to propose
                self._tried[code] = None
            else:
                made.accounts = self.accounts
                made.start()
                self._tried[code] = made
        found: ConfiguredHub | None = self._tried[code]
        return found

    # --- the rules ---------------------------------------------------------------------------------------------------

    async def evaluation(self, name: str, user: KnownUser) -> Evaluation:
        """What the rules of a way to sign in say about a user, with what it looks up on this machine."""
        way, identity = self.way(name), user.identity
        with admission(signing_in=True, identity=identity):
            facts = await way.facts_about(identity.username)
        wanted: Mapping[str, frozenset[str]] = getattr(way, "wanted_memberships", dict)()
        unknown = {kind: user.not_asked for kind, names in wanted.items() if names - user.asked.get(kind, frozenset())}
        return evaluate(way.policy(), replace(identity, facts=facts, memberships_unknown=unknown))


def keeper_of(config: Config) -> CryptKeeper:
    """The keys with which the Hub encrypts, from the environment of this process or the configuration.

    Raises
    ------
    CannotExplain
        When one of them is not a key.
    """
    try:
        keeper = CryptKeeper(config=config)
        keeper.check_available()
    except EncryptionUnavailable:
        pass
    except (ValueError, TraitError):  # the text of these errors may contain the key
        raise CannotExplain("JUPYTERHUB_CRYPT_KEY is not a key of 32 bytes in hexadecimal or base64") from None
    return keeper


def _may_have(hub: ConfiguredHub, way: Any, name: str) -> bool:
    """Whether an account may be one of users of this way to sign in."""
    if isinstance(hub.authenticator, MultiAuthenticator) and hub.authenticator.username_collision == "prefix":
        return hub.authenticator.accounts.child_of_name(name) is way
    return True


def read_configuration(paths: Sequence[Path], words: Sequence[str] = ()) -> HubConfiguration:
    """The Hub's configuration, from its files and folders, and the words of its command line.

    Raises
    ------
    CannotExplain
        When it cannot be read.
    """
    try:
        return read(paths, words)
    except CannotReadConfiguration as error:
        raise CannotExplain(str(error)) from None


def accounts_in(hub: ConfiguredHub, url: str | None) -> frozenset[str] | None:
    """The names of the accounts in the Hub's database; None when it cannot be read."""
    try:
        with (
            hub_engine(url or hub.hub.db_url, **({} if url else dict(hub.hub.db_kwargs))) as engine,
            engine.connect() as connection,
        ):
            return frozenset(connection.execute(select(USERS_TABLE.c.name)).scalars())
    except (CannotUseDatabase, SQLAlchemyError):
        return None
