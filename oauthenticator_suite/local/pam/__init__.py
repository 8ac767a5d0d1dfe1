"""`PAMAuthenticator`: users of the operating system sign in, and their Unix groups become roles.

Everything that talks to PAM, or reads its service files, is here. Look-ups of accounts and groups are in `hub.unix`.

- `conversation`: the calls to libpam. It can only be imported with python-pam.
- `service_files`, `startup_checks`: whether a PAM service is safe to use.
- `maintainer_role`: the role between administrators and plain users.

Read first: `authenticator.py`.
"""

from .authenticator import PAMAuthenticator

__all__ = ["PAMAuthenticator"]
