"""One file or folder for each provider: a declaration of endpoints, claims and options, and at most a few methods.

Here belongs only what is particular to one provider. A login itself is written once, in `hub.oauth`.

Read first: `generic.py`, then `gitlab.py` for a provider with groups of its own.
"""
