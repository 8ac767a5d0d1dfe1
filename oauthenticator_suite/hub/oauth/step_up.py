"""One more login when the provider demands another authentication of the user than the first one had (RFC 9470).

The callback redirects the browser to the start of a login, with the demand as sealed text in the URL. The attempt that
then begins has a mark, so that the same browser is not sent to the provider a third time.
"""

from __future__ import annotations

import json
import time
from typing import Any

from jupyterhub.handlers import BaseHandler
from jupyterhub.utils import url_path_join

from ...errors import StepUpRequired
from ..web.query import query_text, with_query
from ..web.sealed import Sealer

STEP_UP = "step_up"
_PURPOSE = "step-up, version 1"
_LIFETIME = 60
"""Seconds between the two redirects."""


def step_up_url(handler: BaseHandler, error: StepUpRequired, next_url: str) -> str:
    """The URL of the start of a login with the parameters that `error` has."""
    authenticator: Any = handler.authenticator
    data = json.dumps({"at": time.time(), "demand": dict(error.demand)}).encode()
    sealed = Sealer.of(handler, _PURPOSE).seal(data, authenticator.provider_id)
    path = url_path_join(handler.hub.base_url, authenticator.paths.login)
    return with_query(path, {STEP_UP: sealed, "next": next_url})


def step_up_demand(handler: BaseHandler) -> dict[str, str]:
    """The demand in the URL of a request; empty if it has none that this Hub has sealed for this provider just now."""
    sealed = query_text(handler, STEP_UP)
    data = Sealer.of(handler, _PURPOSE).open(sealed, handler.authenticator.provider_id) if sealed else None
    if data is None:
        return {}
    content = json.loads(data)
    is_fresh = 0 <= time.time() - content["at"] <= _LIFETIME
    return {str(name): str(value) for name, value in content["demand"].items()} if is_fresh else {}
