"""From the configuration of `MultiAuthenticator` to its children, when the Hub starts.

Here belongs reading `MultiAuthenticator.authenticators`, building each child with its own part of the configuration,
and the checks across children. What a child does later is in `multi.child`.

Read first: `children.py`.
"""
