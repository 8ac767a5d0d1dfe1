"""The sign-in page with all children, and the URLs below ``/hub/auth/{provider}/``.

Here belong handlers and routes that exist only with several children. The handlers of one login are the child's own.

Read first: `routes.py`.
"""
