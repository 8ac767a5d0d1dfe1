#!/usr/bin/env bash
# All checks and tests. A failure does not stop the rest; pytest comes last, so that its summary does too.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

step "linters" scripts/lint.sh
step "documentation" scripts/docs.sh
step "other releases of JupyterHub" scripts/hub-matrix.sh
release=$(.venv/bin/python -c 'from importlib.metadata import version; print(version("jupyterhub"))')
if [ ${#failed[@]} -gt 0 ]; then
    printf 'FAILED so far: %s\n' "${failed[@]}"
fi
echo "=== all tests, JupyterHub $release"
.venv/bin/python -m pytest || failed+=("tests")
[ ${#failed[@]} -eq 0 ]
