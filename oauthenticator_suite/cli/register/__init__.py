"""``oauthenticator-suite register``: registers a Hub as a client at its provider (RFC 7591), and manages it (RFC 7592).

Read first: `command`, the options and exit codes. `wanted` says what is registered, `agreement` what of it the provider
supports too, `certificates` what is registered of a client certificate. `provider` sends the requests, and `kept` keeps
the credentials in files that only their owner can read.
"""

from .command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
