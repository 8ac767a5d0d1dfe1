"""How a session ends: what each outcome of a refresh, and each logout, does to a user's credentials on the Hub.

A user holds four kinds of credentials: the Hub cookie, session tokens, other tokens, and the token of each running
server (`credentials.py`). A refresh has one of four outcomes: valid, unknown, sign in again, denied (`outcome.py`).
`endings.py` has one method for each outcome. Every kind of login and every logout goes through it.

`hub.refresh` and `local.forms` decide which outcome a refresh has. `hub.store` has what is remembered of it.

Read first: `endings.py`.
"""
