"""``oauthenticator-suite explain``: why a user was refused, or would be, and what would let the user in.

The command reads a recorded refusal by its reference, or takes the claims of a user. It creates the authenticator from
the real configuration, as the Hub does, and applies the rules of the policy. What it proposes is tried first: each line
is added to a copy of the configuration, and the rules are applied again. Nothing is changed, and no request is sent.

Read first: `command`, the options and what runs. `configured` creates the authenticator, `refused` reads refusals,
`offline` runs the pipeline of a login on given claims, `remedies` finds what would let the user in, and `report` prints
it. The evaluation itself is `policy.explanation`, which the login uses too.
"""

from .command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
