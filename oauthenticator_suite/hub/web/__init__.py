"""Web pages: forms, templates, URLs, and the ``next`` parameter.

What belongs here: the base class of all request handlers of this package, which shows each error on a page with a
reference, and the templates. What does not: handlers of one kind of login, which are in the package of that login
(`hub.oauth.login_handlers`, `local.forms.handlers`).

Read first: `pages.py`.
"""
