"""The providers: one file each, or one folder for a provider with more code.

Here belongs what is particular to one provider: the declaration of its endpoints, claims and options, rules on its
claims, and the requests to its API for memberships. The login itself, refresh and logout do not: they are written once,
in `hub`. A provider imports from `hub`, `policy`, `protocol` and `errors`, and never from another provider.

Every provider is listed in `oauthenticator_suite/registry.py`. ``oauthenticator-suite new NAME --provider`` writes a
new one with its tests and its page.

Read first: `generic`, then `forgejo` for a provider of the usual kind, then `gitlab`.
"""
