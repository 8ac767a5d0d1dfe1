"""What a browser sees and where: pages, forms, templates, URLs, and the `next` parameter.

Here belongs the base of all our request handlers, which turns an error into a page with a reference, and the templates.
The handlers of one kind of login are next to that login (`hub.oauth.login_handlers`, `local.forms.handlers`).

Read first: `pages.py`.
"""
