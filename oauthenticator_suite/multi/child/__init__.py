"""Child authenticators: what changes in an authenticator when it is a child of `MultiAuthenticator`.

What belongs here: the mixin classes that are combined with a child's class. They add a username prefix, the check of
account ownership, and the child's own URLs. `suite` is for classes of this package, `foreign` for other packages.

Read first: `base.py`.
"""
