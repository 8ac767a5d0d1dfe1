"""Logins with a form on the Hub's own page: no other web site is involved.

- `simple`: one function checks a user name and a password; the base for an operator's own authenticator.
- `dictionary`: users and password hashes in the configuration. `password_hashes`: making and checking the hashes.
- `forms`: what all of these share: the form, throttling, threads, refresh.
- `pam`: users of the operating system.

Read first: `simple.py`.
"""
