"""Request handlers of pages: the sign-in page, forms, URLs, cookies, and the ``next`` parameter.

What belongs here: the base class of all request handlers of this package, which shows each error on a page with a
reference. What does not: what pages say and how they look (`hub.pages`), and handlers of one kind of login, which are
in the package of that login (`hub.oauth.login_handlers`, `local.forms.handlers`).

Read first: `pages.py`.
"""
