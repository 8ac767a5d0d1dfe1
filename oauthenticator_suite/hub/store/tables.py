"""The tables of the suite in the Hub's database. They are no part of JupyterHub's schema and of its migrations.

All times are seconds since the epoch.
"""

from __future__ import annotations

from jupyterhub import orm
from sqlalchemy import Boolean, Column, Float, ForeignKey, Integer, LargeBinary, MetaData, String, Table, Text

METADATA = MetaData()
"""The tables of the suite alone, so that neither JupyterHub nor its migrations create or change them."""

HASH_LENGTH = 64
"""Characters of a SHA-256 hash in hexadecimal."""

RULE_LENGTH = 255
"""Characters that are kept of the name of a rule."""

DOUBLE = Float(53)
"""Numbers of double precision. With MySQL's ``FLOAT`` alone, a time would be rounded to two minutes."""

SETTINGS = Table(
    "suite_settings",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("value", DOUBLE, nullable=False),
)
"""Numbers that concern the whole Hub, by name: the schema version, and when all users were asked to sign in again."""

ACCOUNTS = Table(
    "suite_accounts",
    METADATA,
    Column("user_id", Integer, ForeignKey(orm.User.__table__.c.id, ondelete="CASCADE"), primary_key=True),
    Column("signed_in_at", DOUBLE),
    Column("last_request_at", DOUBLE),
    Column("must_sign_in_since", DOUBLE),
    Column("ended_grant", String(HASH_LENGTH)),
    Column("denied_at", DOUBLE),
    Column("denied_rule", String(RULE_LENGTH)),
    Column("granted_admin", Boolean, nullable=False, default=False),
    Column("identity", String(HASH_LENGTH), index=True),
    Column("provider_session", String(HASH_LENGTH), index=True),
)
"""One row for each user who has signed in: see `accounts.AccountRecord`. The row is removed with the user."""

ENDED_SESSIONS = Table(
    "suite_ended_sessions",
    METADATA,
    Column("cookie_hash", String(HASH_LENGTH), primary_key=True),
    Column("reason", String(RULE_LENGTH), nullable=False),
    Column("ended_at", DOUBLE, nullable=False, index=True),
)
"""Why sessions have ended, by the hash of the `cookie_id` that they had."""

USED_TOKENS = Table(
    "suite_used_tokens",
    METADATA,
    Column("token_hash", String(HASH_LENGTH), primary_key=True),
    Column("until", DOUBLE, nullable=False, index=True),
)
"""Hashes of one-time tokens that have been used, until the time from which the token itself is no longer valid."""

REFUSALS_TABLE = Table(
    "suite_refusals",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("reference", String(32), nullable=False, index=True),
    Column("at", DOUBLE, nullable=False, index=True),
    Column("provider", String(RULE_LENGTH), nullable=False),
    Column("error", String(RULE_LENGTH), nullable=False),
    Column("rule", String(RULE_LENGTH), nullable=False),
    Column("rules", Text, nullable=False),
    Column("private", LargeBinary),
)
"""Refused logins: see `refusals.Refusal`. What could identify a person is encrypted with the Hub's `CryptKeeper`."""
