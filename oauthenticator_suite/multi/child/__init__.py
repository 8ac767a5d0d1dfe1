"""One of several: what changes about an authenticator when it is a child of `MultiAuthenticator`.

Here belong the subclasses that are derived from a child's class: names with a prefix, account ownership, its URLs; for
classes of this package (`suite`) and of other packages (`foreign`).

Read first: `base.py`.
"""
