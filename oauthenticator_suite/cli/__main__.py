"""``python -m oauthenticator_suite.cli`` is the command `oauthenticator-suite`."""

import sys

from . import main

sys.exit(main())
