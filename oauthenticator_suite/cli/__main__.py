"""``python -m oauthenticator_suite.cli`` runs the command ``oauthenticator-suite``."""

import sys

from . import main

sys.exit(main())
