"""Add this to your configuration: Prometheus may read the Hub's metrics, and nothing else."""

from pathlib import Path

c = get_config()

c.JupyterHub.services = [
    {"name": "prometheus", "api_token": Path("/etc/jupyterhub/prometheus-token").read_text().strip()},
]
c.JupyterHub.load_roles = [
    {"name": "prometheus", "scopes": ["read:metrics"], "services": ["prometheus"]},
]
