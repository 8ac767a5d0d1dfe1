"""End-to-end tests: a real Hub process, proxy and single-user server, a real OpenID provider, a real browser."""
