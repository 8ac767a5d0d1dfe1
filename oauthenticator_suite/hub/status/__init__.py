"""The status page: the state of sign-ins on one Hub, for its operators.

What belongs here: what is counted for the page (`record`), what is read for it (`status`), its two forms (HTML at
``/hub/auth/status`` in `page`, JSON at ``/hub/api/auth/status`` in `json_form`), the scope for the JSON form, the
requests (`handlers`), and the link on JupyterHub's admin page.

What does not belong here: the state of a provider, which each authenticator states (`hub.observe.state`), and what
happens to sessions (`hub.sessions`). Reading the status sends no request, and takes a fixed number of SQL statements.

Read first: `status.py`.
"""
