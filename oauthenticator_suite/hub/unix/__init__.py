"""Accounts and groups of the operating system, for the `Local…` classes and for PAM.

- `accounts`: the blocking calls to the system. `lookups`: the same in threads, with limits.
- `identity`: the result of a look-up as access rules see it.
- `account_creation`: `create_system_users`.
- `local_users`: the options and checks that a `Local…` class adds to a provider.

Checking a password is not here: see `local.pam`.

Read first: `local_users.py`.
"""
