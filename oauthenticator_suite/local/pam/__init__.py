"""`PAMAuthenticator`: users of the operating system, with groups that become roles.

Here belongs everything that talks to PAM or reads its service files. Look-ups of users and groups are in `hub.unix`.

Read first: `authenticator.py`; what is said to PAM, word by word, is in `conversation.py`.
"""

from .authenticator import PAMAuthenticator

__all__ = ["PAMAuthenticator"]
