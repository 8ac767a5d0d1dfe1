"""Values of the Helm chart Zero to JupyterHub, applied as the chart's own configuration file applies them.

The chart passes ``hub.config`` on as options, then runs the files of ``jupyterhub_config.d``, and then the pieces of
``hub.extraConfig`` in the order of their names. Values that the cluster keeps in secrets are not here: they are
*unknown*, and a placeholder stands for them. The `config.yaml` of The Littlest JupyterHub is read as well.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode

from .littlest import apply_lists, is_littlest
from .python_files import Readings, as_the_hub_runs_it, compiled
from .tracing import Place
from .unreadable import CannotReadConfiguration

Path_ = tuple[str, ...]

_GENERATED_KEY = "0" * 64
_REFERENCE = re.compile(r"\$\(([A-Za-z_][\w.-]*)\)")
_UNKNOWN = "https://value-not-known.invalid/"


def unknown(name: str) -> str:
    """The placeholder of a value that only the cluster knows. It is a URL, because that is possible for any text."""
    return _UNKNOWN + name


def is_unknown(value: Any) -> bool:
    """Whether a value is a placeholder, or contains one."""
    if isinstance(value, str):
        return _UNKNOWN in value
    if isinstance(value, Mapping):
        return any(map(is_unknown, value.values()))
    if isinstance(value, (list, tuple, set, frozenset)):
        return any(map(is_unknown, value))
    return False


@dataclass
class Values:
    """Values files, merged as Helm merges them.

    Attributes
    ----------
    tree:
        The values.
    places:
        Where each key is.
    code:
        The first line of the code in a value with several lines.
    """

    tree: dict[str, Any] = field(default_factory=dict)
    places: dict[Path_, Place] = field(default_factory=dict)
    code: dict[Path_, int] = field(default_factory=dict)

    def add(self, path: Path) -> None:
        """Read a file, whose values take precedence over those before.

        Raises
        ------
        CannotReadConfiguration
            When it cannot be read, or is not a YAML mapping.
        """
        try:
            text = path.read_text(encoding="utf-8-sig")
            root = yaml.compose(text, Loader=yaml.SafeLoader)
            tree = yaml.load(text, Loader=yaml.SafeLoader)
        except (OSError, UnicodeDecodeError) as error:
            raise CannotReadConfiguration(f"cannot be read: {type(error).__name__}", path) from None
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = mark.line + 1 if mark is not None else None
            raise CannotReadConfiguration(f"is not valid YAML: {error.problem}", path, line) from None
        except (yaml.YAMLError, ValueError, RecursionError):
            raise CannotReadConfiguration("is not valid YAML", path) from None
        if not isinstance(tree, dict) or not isinstance(root, MappingNode):
            raise CannotReadConfiguration("has no values", path)
        self._note(root, (), str(path))
        self.tree = _merged(self.tree, tree)

    def _note(self, node: MappingNode, above: Path_, file: str, depth: int = 0) -> None:
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                continue
            path = (*above, str(key.value))
            self.places[path] = Place(file, key.start_mark.line + 1)
            self.code[path] = value.start_mark.line + (2 if _is_block(value) else 1)
            if isinstance(value, MappingNode) and depth < 50:  # an alias may contain itself
                self._note(value, path, file, depth + 1)

    def get(self, path: Path_) -> Any:
        """A value; None when there is none."""
        found: Any = self.tree
        for key in path:
            found = found.get(key) if isinstance(found, dict) else None
        return found


def _is_block(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.style in ("|", ">")


def _merged(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    found = dict(one)
    for key, value in other.items():
        both = isinstance(value, dict) and isinstance(found.get(key), dict)
        found[key] = _merged(found[key], value) if both else value
    return found


@dataclass
class FromValues:
    """What values say besides options.

    Attributes
    ----------
    environment:
        ``hub.extraEnv``: the variables, with placeholders for those from secrets.
    is_of_chart:
        Whether there are values of the chart at all, so that the Hub runs in a container.
    existing_secret:
        The name of ``hub.existingSecret``, which may set any option; empty without one.
    not_run:
        Pieces of ``hub.extraConfig`` that need a package that is not installed here, with the reason.
    """

    environment: dict[str, str] = field(default_factory=dict)
    existing_secret: str = ""
    is_of_chart: bool = False
    not_run: list[tuple[str, CannotReadConfiguration]] = field(default_factory=list)


def hub_of_values(values: Values) -> Path_ | None:
    """The path of the part about the Hub, which is deeper in values of a chart that contains this one."""
    waiting: list[Path_] = [()]
    while waiting:
        above = waiting.pop(0)
        node = values.get(above) if above else values.tree
        hub = node.get("hub") if isinstance(node, dict) else None
        if isinstance(hub, dict):
            return (*above, "hub")
        if isinstance(node, dict) and len(above) < 3:
            waiting += [(*above, str(key)) for key, value in node.items() if isinstance(value, dict)]
    return None


def environment_of(values: Values, hub: Path_) -> dict[str, str]:
    """The variables of ``hub.extraEnv``. Kubernetes replaces ``$(NAME)`` by those before it."""
    given = values.get((*hub, "extraEnv"))
    pairs: list[tuple[str, Any]] = []
    if isinstance(given, dict):
        pairs = [(str(name), value) for name, value in given.items()]
    elif isinstance(given, list):
        pairs = [(str(each["name"]), each) for each in given if isinstance(each, dict) and "name" in each]
    found: dict[str, str] = {}
    for name, value in pairs:
        if isinstance(value, dict):
            text = str(value["value"]) if value.get("value") is not None else unknown(name)
        else:
            text = "" if value is None else str(value)
        found[name] = _REFERENCE.sub(lambda match: found.get(match[1], match[0]), text)
    return found


def apply(values: Values, readings: Readings) -> FromValues:
    """Set the options of the values, and run the code in them.

    Raises
    ------
    CannotReadConfiguration
        When these are no values of a Hub, or code in them fails.
    """
    hub = hub_of_values(values)
    file = next(iter(values.places.values())).file if values.places else None
    if hub is None:
        if is_littlest(values.tree) or any(key[:1].isupper() for key in map(str, values.tree)):
            return _apply_sections(values, readings)
        raise CannotReadConfiguration("has no hub.config and no hub.extraConfig: it is not a values file", file)
    found = FromValues(environment_of(values, hub), is_of_chart=True)
    secret = values.get((*hub, "existingSecret"))
    found.existing_secret = str(secret) if secret else ""
    config = readings.config
    with readings.origins:
        config.JupyterHub.spawner_class = "simple"  # kubespawner need not be installed where the command runs
        if values.get((*hub, "baseUrl")) is not None:
            config.JupyterHub.base_url = values.get((*hub, "baseUrl"))
        config.CryptKeeper["keys"] = [_GENERATED_KEY]  # made by the chart, in its secret
    sections = values.get((*hub, "config"))
    for section, options in (sections if isinstance(sections, dict) else {}).items():
        _set(values, readings, (*hub, "config"), str(section), options)
    pieces = values.get((*hub, "extraConfig"))
    if isinstance(pieces, str):
        pieces, base = {"": pieces}, (*hub, "extraConfig")
    else:
        base = (*hub, "extraConfig")
    namespace: dict[str, Any] = {"c": config, "__file__": file}
    with _chart_module(values, namespace):
        for name in sorted(map(str, pieces if isinstance(pieces, dict) else {})):
            path = (*base, name) if name else base
            _run(values, path, str(pieces[name]), namespace, found)
    return found


def _run(values: Values, path: Path_, source: str, namespace: dict[str, Any], found: FromValues) -> None:
    place = values.places[path]
    try:
        with as_the_hub_runs_it(place.file):
            exec(compiled(source, place.file, values.code[path]), namespace)  # noqa: S102 - as the chart does
    except CannotReadConfiguration as error:
        if not error.reason.startswith("ModuleNotFoundError"):
            raise
        found.not_run.append((".".join(path), error))


def _set(values: Values, readings: Readings, above: Path_, section: str, options: Any) -> None:
    path = (*above, section)
    place = values.places[path]
    if not section[:1].isupper():
        raise CannotReadConfiguration(
            f"{'.'.join(above)}.{section}: the name of a section begins with a capital letter", place.file, place.line
        )
    if not isinstance(options, dict):
        raise CannotReadConfiguration(
            f"{'.'.join(above)}.{section} must be a mapping of options", place.file, place.line
        )
    with readings.origins:
        readings.config[section].update(options)
    _note(values, readings, path, (section,), options)


def _note(values: Values, readings: Readings, path: Path_, address: Path_, options: dict[str, Any]) -> None:
    for name, value in options.items():
        key = str(name)
        if isinstance(value, dict) and key[:1].isupper():
            _note(values, readings, (*path, key), (*address, key), value)
        else:
            readings.origins.note((*address, key), values.places.get((*path, key)))


def _apply_sections(values: Values, readings: Readings) -> FromValues:
    """The `config.yaml` of The Littlest JupyterHub, or sections alone."""
    auth = values.tree.get("auth")
    if is_littlest(values.tree):
        apply_lists(values.tree, values.places, readings)
    for above, tree in (((), values.tree), (("auth",), auth if isinstance(auth, dict) else {})):
        for section, options in tree.items():
            if str(section)[:1].isupper() and isinstance(options, dict):
                _set(values, readings, above, str(section), options)
    return FromValues()


@contextmanager
def _chart_module(values: Values, namespace: dict[str, Any]) -> Iterator[None]:
    """What the chart's configuration file offers to code in the values: `get_config` and its module ``z2jh``."""

    def get_config(key: str = "", default: Any = None) -> Any:
        if not key:
            return namespace["c"]
        found = values.get(tuple(key.split(".")))
        return default if found is None else found

    def set_config_if_not_none(parent: Any, name: str, key: str) -> None:
        if get_config(key) is not None:
            setattr(parent, name, get_config(key))

    functions = {
        "get_config": get_config,
        "get_name": lambda name: name,
        "get_name_env": lambda name, suffix="": unknown(name),
        "get_secret_value": lambda key, default=None: unknown(key),
        "set_config_if_not_none": set_config_if_not_none,
    }
    namespace.update(functions)
    module = ModuleType("z2jh")
    vars(module).update(functions)
    before = sys.modules.get("z2jh")
    sys.modules["z2jh"] = module
    try:
        yield
    finally:
        if before is None:
            del sys.modules["z2jh"]
        else:
            sys.modules["z2jh"] = before
