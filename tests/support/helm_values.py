"""Values of the Helm chart "Zero to JupyterHub" turned into a configuration, as the chart's own configuration file does.

::

    config = load_values(Path("values.yaml").read_text())
    async with start_hub(config) as hub: ...

The chart's file reads ``hub.config``, then the files of the image's ``jupyterhub_config.d``, then ``hub.extraConfig`` in
the order of its keys. Code in ``extraConfig`` finds the names of that file: ``c``, ``get_config`` and the standard
modules that it imports; it may also import them from ``z2jh``.
"""

from __future__ import annotations

import glob
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from jupyterhub.utils import url_path_join
from tornado.httpclient import AsyncHTTPClient
from traitlets.config import Config

SET_BY_THE_CHART = {
    "JupyterHub": ("proxy_auth_token", "cookie_secret", "services"),
    "ConfigurableHTTPProxy": ("auth_token",),
    "CryptKeeper": ("keys",),
}
"""Options that the chart takes from its secret."""

DEFAULTS = {"JupyterHub": {"admin_access": True, "authenticator_class": "dummy"}}
"""``hub.config`` of the chart's own values."""


def load_values(text: str, directory: Path | None = None) -> Config:
    """The configuration that the chart makes from values.

    :param text: values as YAML, of the chart itself or of a chart that has it as a dependency.
    :param directory: an image's ``jupyterhub_config.d``.
    """
    values = chart_values(yaml.safe_load(text))
    hub = values.get("hub") or {}
    config = Config(deepcopy(DEFAULTS))
    for section, options in (hub.get("config") or {}).items():
        kept = {name: value for name, value in options.items() if name not in SET_BY_THE_CHART.get(section, ())}
        config[section].update(deepcopy(kept))
    names = _names_of_the_file(config, values)
    with _module("z2jh", names):
        for file in sorted(directory.glob("*.py")) if directory else ():
            exec(compile(file.read_text(), str(file), "exec"), names)
        for name, code in sorted((hub.get("extraConfig") or {}).items()):
            exec(compile(code, f"hub.extraConfig.{name}", "exec"), names)
    return config


def chart_values(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """The chart's part of values: all of them, or what is below the names of charts, such as ``jupyterhub``."""
    if "hub" in values:
        return values
    parts = [found for part in values.values() if isinstance(part, dict) and (found := chart_values(part))]
    return parts[0] if parts else {}


def _names_of_the_file(config: Config, values: Mapping[str, Any]) -> dict[str, Any]:
    def get_config(key: str, default: Any = None) -> Any:
        value: Any = values
        for level in key.split("."):
            if not isinstance(value, dict) or level not in value:
                return default
            value = value[level]
        return value

    def set_config_if_not_none(section: Any, option: str, key: str) -> None:
        value = get_config(key)
        if value is not None:
            setattr(section, option, value)

    return {
        "__name__": "jupyterhub_config",
        "c": config,
        "get_config": get_config,
        "set_config_if_not_none": set_config_if_not_none,
        "AsyncHTTPClient": AsyncHTTPClient,
        "url_path_join": url_path_join,
        "glob": glob,
        "os": os,
        "re": re,
        "sys": sys,
    }


@contextmanager
def _module(name: str, names: Mapping[str, Any]) -> Iterator[None]:
    module = ModuleType(name)
    module.__dict__.update({key: value for key, value in names.items() if key != "c" and not key.startswith("__")})
    before = sys.modules.get(name)
    sys.modules[name] = module
    try:
        yield
    finally:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
