"""``oauthenticator-suite check``: says what is wrong with the configuration of a Hub, without starting it.

The command reads the configuration with `cli.configuration`, which executes Python files as the Hub does, creates the
authenticator, and runs every check that the start-up runs (`hub.findings`), and those of the stage ``advice``. It
changes nothing, and prints no secret. With ``--online``, the package `online` adds the provider's answers.

Read first: `command`, the options and exit codes. `report` has `findings_of`, the same from Python.
"""

from .command import HELP, add_arguments, run

__all__ = ["HELP", "add_arguments", "run"]
