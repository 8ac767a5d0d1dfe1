"""A configuration error that stops the Hub is one entry in the log, without a traceback.

JupyterHub logs an exception of its start-up with the traceback, and ends. The operator's mistake is then below some
sixty lines of code that say nothing about it.
"""

from __future__ import annotations

import functools
import logging
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from weakref import WeakKeyDictionary

from traitlets import TraitError
from traitlets.config import Config

from ...errors import ConfigurationError
from .secrets import secrets_in, without

Method = TypeVar("Method", bound=Callable[..., Any])


class _WithoutTraceback(logging.Filter):
    """Replaces the traceback of a known exception by its message. At debug level, the traceback is logged before it."""

    def __init__(self) -> None:
        super().__init__()
        self.known: WeakKeyDictionary[BaseException, logging.Logger] = WeakKeyDictionary()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if error is None or error not in self.known or record.levelno <= logging.DEBUG:
            return True
        self.known[error].debug("The traceback of the configuration error:", exc_info=record.exc_info)
        record.msg, record.args = "Configuration error: %s", (str(error),)
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.CRITICAL, logging.getLevelName(logging.CRITICAL)
        return True


_FILTER = _WithoutTraceback()


def stops_in_one_line(method: Method) -> Method:
    """Decorate a method of an authenticator that the Hub calls at start-up.

    When it raises a `ConfigurationError` or `TraitError` and the Hub logs that, the log has the message alone. The
    message of a `TraitError` loses the secrets of the configuration: traitlets repeats a value of a wrong type.
    """

    @functools.wraps(method)
    def decorated(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        except (ConfigurationError, TraitError) as error:
            if isinstance(error, TraitError):
                error.args = (without(str(error), _secrets_of(self, kwargs)),)
                error.__cause__, error.__suppress_context__ = None, True  # its message may have them as well
            logger = getattr(self.log, "logger", self.log)  # a child of MultiAuthenticator has an adapter
            logger.addFilter(_FILTER)
            _FILTER.known[error] = logger
            raise

    return decorated  # type: ignore[return-value]


def _secrets_of(authenticator: Any, arguments: Mapping[str, Any]) -> set[str]:
    """The secrets in the configuration of an authenticator, and in the arguments that it was created with."""
    given = {name: value for name, value in arguments.items() if name not in ("config", "parent", "log")}
    config = getattr(authenticator, "config", None)
    return secrets_in(Config(given)) | (secrets_in(config) if isinstance(config, Config) else set())
