"""The pages of `MultiAuthenticator`: the page with all providers, and the URLs of each child.

What belongs here: handlers and routes. What does not: templates and the error page, which are in `hub.web`.

Read first: `routes.py`, then `choices_page.py`.
"""
