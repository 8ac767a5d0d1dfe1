"""The configuration that the tests' Hub loads: the example as it is, then what one test wants to be different."""

import json
import os

c = get_config()  # noqa: F821 - traitlets gives it to configuration files

load_subconfig(os.environ["E2E_EXAMPLE"])  # noqa: F821 - so this one

for class_name, settings in json.loads(os.environ["E2E_SETTINGS"]).items():
    c[class_name].update(settings)
