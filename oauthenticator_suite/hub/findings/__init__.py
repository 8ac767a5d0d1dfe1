"""Configuration findings: what is wrong, or worth knowing, in an operator's configuration.

A check is a small function with a stable code. It reads an authenticator and yields a `Problem` for each place where
the configuration is wrong. `find` runs the checks of an authenticator, and `report` logs warnings and raises one
`ConfigurationError` with all errors. Start-up uses both; other programs can use `find` alone.

Here belong the mechanism, and the checks that hold for every authenticator. A check on one kind of sign-in stands next
to it, such as `hub.oauth.startup_checks`. A class lists its checks in ``startup_checks``; those of its base classes run
first. The documentation has a table of all checks, which a test compares with the code.

Read first: `finding`.
"""
