"""The base class of all authenticators, whatever they ask for: a redirect, a form, or something else.

Here belongs what holds for every kind of login: the access decision, the operator's hooks, managed roles, deprecated
option names, the contract for other packages' authenticators, and start-up checks that fit all classes.
What only OAuth needs is in `hub.oauth`; what only forms need is in `local.forms`.

Read first: `login.py`, the walk of a sign-in, then `access.py`. `authenticator.py` has what may be overridden.
"""
