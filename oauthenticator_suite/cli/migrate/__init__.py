"""``oauthenticator-suite migrate``: moves the configuration and the accounts of a Hub to this package.

The command reads a configuration file and never runs it. It says for each line what stays, what to change, what is
stricter and what no longer exists, and writes the changed file next to the original one. With ``--database`` it reports
on the accounts of the Hub instead.

Read first: `command`, the options and what runs. `database` is the part about accounts.
"""

from .command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
