"""The base of all logins with a form: handlers, options, throttling of guesses, worker threads, refresh.

Here belongs what is the same whoever checks the password. `local.pam`, `local.dictionary` and `local.simple` check it.

Read first: `authenticator.py`.
"""
