"""Accounts and groups of the operating system, for the `Local…` classes and for PAM.

Here belong look-ups of users and groups (which may block, and so run in threads), creating accounts, and the options of
the `Local…` classes. Checking a password is in `local.pam`.

Read first: `local_users.py`.
"""
