"""The access decision and what it needs: pure functions of values.

What belongs here: access rules and the one decision about a user (`access`), the identity that rules are applied to,
usernames, groups, roles, claims and the profile. Functions do no I/O. They use neither clock nor randomness unless
passed as an argument, and know nothing of JupyterHub, tornado or traitlets.

What does not: the options that define the rules (`hub/options`), and the code that acts on a decision (`hub/base`).

Read first: `access.py`.
"""
