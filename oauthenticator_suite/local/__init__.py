"""Logins with a form on a page of the Hub. No other web site is involved.

- `simple`: the base for an operator's own login, which checks names and passwords in one method.
- `dictionary`: users and password hashes in the configuration. `password_hashes`: making and checking the hashes.
- `pam`: users of the operating system.
- `forms`: the base of all of them: the form, throttling of guesses, refresh.

Read first: `simple.py`.
"""
