"""The base of all logins with a form: handlers, options, throttling of guesses, refresh.

What all of them share is here. `local.pam`, `local.dictionary` and `local.simple` check the password.

- `authenticator`: one login, from the submitted form to the authentication model.
- `handlers`: the page with the form.
- `throttle`: limits on failed attempts.
- `refresh`: the access decision about a signed-in user.

Read first: `authenticator.py`.
"""
