#!/usr/bin/env bash
# The tests that run a Hub in their own process, and those of the floors below it, against other releases of JupyterHub.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

suites=()
for suite in tests/protocol tests/policy tests/hub tests/contract; do
    [ -d "$suite" ] && suites+=("$suite")
done
for venv in .venvs/hub-*; do
    release=$("$venv/bin/python" -c 'from importlib.metadata import version; print(version("jupyterhub"))')
    step "in-process tests, JupyterHub $release" "$venv/bin/python" -m pytest -q "${suites[@]}"
done
finish
