"""OAuth 2.0 and OpenID Connect: building requests and judging responses, as pure functions of values.

One file per RFC or chapter, with the RFC's own names. A request is made by one function and its response is read by its
partner (`token_request`, `process_token_response`). No input or output, no clock and no randomness except by argument.
Sending the requests is `hub.transport`.

Read first: `messages.py`, then `authorization.py` and `token.py`.
"""
