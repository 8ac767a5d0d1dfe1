"""The configuration that the tests' Hub loads: what it is given, as it is, then what one test wants to be different."""

import json
import os

c = get_config()  # noqa: F821 - traitlets gives it to configuration files

for path in os.environ["E2E_CONFIGURATION"].split(os.pathsep):
    load_subconfig(path)  # noqa: F821 - so this one

for class_name, settings in json.loads(os.environ["E2E_SETTINGS"]).items():
    c[class_name].update(settings)
