"""Start-up of `MultiAuthenticator`: from its configuration to its children.

What belongs here: reading `MultiAuthenticator.authenticators`, creating each child with its part of the configuration,
and the checks across children. What does not: the behaviour of a child, which is in `multi.child`.

Read first: `children.py`.
"""
