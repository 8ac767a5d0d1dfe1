"""Who may sign in, under which name, and with which rights: pure functions of values.

Here belong the access rules and the one decision (`access`), identity, usernames, groups, roles, claims and profile. No
input or output, no clock and no randomness except by argument; no JupyterHub, tornado or traitlets.

Read first: `access.py`.
"""
