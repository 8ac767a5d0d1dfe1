"""The helper that reads Helm values does what the chart's configuration file does."""

from __future__ import annotations

import sys
from pathlib import Path

from tests.support.helm_values import load_values

VALUES = """
hub:
  config:
    JupyterHub:
      authenticator_class: github
      cookie_secret: never from here
    Authenticator:
      admin_users: [alice]
    CryptKeeper:
      keys: [never from here]
  extraConfig:
    20-second: |
      c.Authenticator.admin_users.append(get_config("custom.operator"))
    10-first: |
      from z2jh import get_config as read
      c.JupyterHub.service_tokens = {"t": read("custom.token", "none")}
      c.Authenticator.admin_users = [*c.Authenticator.admin_users, os.path.basename("/x/bob")]
custom:
  operator: carol
"""


def test_the_order_and_the_names() -> None:
    """``hub.config``, then the code in the order of its keys; ``z2jh`` can be imported there and nowhere else."""
    config = load_values(VALUES)
    assert config.Authenticator.admin_users == ["alice", "bob", "carol"]
    assert config.JupyterHub == {"authenticator_class": "github", "admin_access": True, "service_tokens": {"t": "none"}}
    assert "CryptKeeper" not in config or not config.CryptKeeper
    assert "z2jh" not in sys.modules


def test_a_chart_that_depends_on_the_chart() -> None:
    below = "\n".join(f"    {line}" for line in VALUES.splitlines())
    assert load_values(f"basehub:\n  nfs:\n    enabled: true\n  jupyterhub:\n{below}") == load_values(VALUES)


def test_the_image_has_a_folder(tmp_path: Path) -> None:
    """Its files run after ``hub.config`` and before the code."""
    (tmp_path / "b.py").write_text("c.Authenticator.admin_users += ['from-b']")
    (tmp_path / "a.py").write_text("c.Authenticator.admin_users += ['from-a']")
    config = load_values(VALUES, tmp_path)
    assert config.Authenticator.admin_users == ["alice", "from-a", "from-b", "bob", "carol"]


def test_without_a_hub_the_defaults_of_the_chart_hold() -> None:
    assert load_values("singleuser: {}").JupyterHub.authenticator_class == "dummy"
