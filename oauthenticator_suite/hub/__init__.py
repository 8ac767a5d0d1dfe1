"""Everything that knows JupyterHub, tornado, traitlets or aiohttp, and no particular provider.

Packages, from the bottom up; imports run downward only:

- `transport`: HTTP requests to a provider. `resilience`: circuit breaker, single-flight, queues, outage clock.
- `options`: every shared option, declared once. `accounts`: the Hub's accounts and what is stored with them.
- `web`: pages, forms, URLs. `status`: the operators' page.
- `base`: `SuiteAuthenticator`, the base class of all authenticators.
- `credential_files`: files with secrets, keys and tokens. `expiring_store`: values with a lifetime, as used states.
- `unix`: accounts of the operating system. `refresh`, `logout`: how a session continues, and how it ends.
- `oauth`: `OAuthenticator`, and the pipeline from an authorization code to a signed-in user.

Read first: `oauth/pipeline.py`, which is one login from top to bottom.
"""

import logging as _logging

import jupyterhub as _jupyterhub

from .. import environment as _environment

_version = _jupyterhub.version_info[:3]
if _sentence := _environment.why_not(_version):
    _environment.stop(_sentence)
if _sentence := _environment.warning(_version):
    _logging.getLogger("oauthenticator_suite").warning(_sentence)
