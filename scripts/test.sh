#!/usr/bin/env bash
# All checks and tests. A failure does not stop the rest. The other releases of JupyterHub have their turn meanwhile, on
# another core; what that has said comes last.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

other_hubs=$(mktemp)
set -m # a process group of its own, so that it can be ended as a whole
make --no-print-directory hub-matrix >"$other_hubs" 2>&1 &
lane=$!
set +m
trap 'kill -- -"$lane" 2>/dev/null; rm -f "$other_hubs"' EXIT

step "system tools" scripts/system-tools.sh
step "linters" scripts/lint.sh
step "documentation" scripts/docs.sh
release=$(.venv/bin/python -c 'from importlib.metadata import version; print(version("jupyterhub"))')
step "all tests, JupyterHub $release" .venv/bin/python -m pytest
wait "$lane" || failed+=("other releases of JupyterHub")
cat "$other_hubs"
finish
