"""``python -m oauthenticator_suite`` runs the command ``oauthenticator-suite``."""

import sys

from .cli import main

sys.exit(main())
