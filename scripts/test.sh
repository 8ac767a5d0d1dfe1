#!/usr/bin/env bash
# All checks and tests, in two lanes for two cores. A failure does not stop the rest. What the second lane has said comes
# last.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

second_lane() {
    make --no-print-directory hub-matrix || failed+=("other releases of JupyterHub")
    scripts/system-tools.sh # which the first lane has begun with: by now there is nothing to do
    step "end-to-end tests" .venv/bin/python -m pytest tests/e2e
    finish
}

said=$(mktemp)
set -m # a process group of its own, so that it can be ended as a whole
second_lane >"$said" 2>&1 &
lane=$!
set +m
trap 'kill -- -"$lane" 2>/dev/null; rm -f "$said"' EXIT

step "system tools" scripts/system-tools.sh
step "linters" scripts/lint.sh
step "documentation" scripts/docs.sh
release=$(.venv/bin/python -c 'from importlib.metadata import version; print(version("jupyterhub"))')
step "all other tests, JupyterHub $release" .venv/bin/python -m pytest --ignore=tests/e2e
wait "$lane" || failed+=("the second lane: see above")
cat "$said"
finish
