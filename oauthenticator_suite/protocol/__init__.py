"""OAuth 2.0 and OpenID Connect as functions of values: no I/O, no clock and no randomness but by argument."""
