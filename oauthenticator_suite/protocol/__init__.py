"""OAuth 2.0 and OpenID Connect: building requests and validating responses, as pure functions of values.

There is one file per RFC or chapter, and names follow the RFC. Functions come in pairs: one builds a request, the other
validates its response (`token_request`, `process_token_response`). They do no I/O, and use neither clock nor randomness
unless passed as an argument.

What does not belong here: sending requests (`hub/transport`), options and handlers (`hub`), and messages that only one
provider uses (its folder in `providers`).

Read first: `messages.py`, then `authorization.py` and `token.py`.
"""
