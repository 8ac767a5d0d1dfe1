#!/usr/bin/env bash
# All checks and tests, in three lanes, so that no core is idle. A failure does not stop the rest. What the other lanes
# have said comes last.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

said=$(mktemp -d)
lanes=()
lane() { # lane NAME COMMAND…: in the background, in a process group of its own, so that it can be ended as a whole
    set -m
    "${@:2}" >"$said/$1" 2>&1 &
    set +m
    lanes+=("$1:$!")
}
trap 'for one in "${lanes[@]}"; do kill -- -"${one##*:}" 2>/dev/null; done; rm -rf "$said"' EXIT

through_a_hub=(tests/contract tests/hub) # about as long as all others
all_the_rest() { # end to end there is much waiting, which the other lanes use
    local status=0
    .venv/bin/python -m pytest tests/e2e || status=1
    .venv/bin/python -m pytest --ignore=tests/e2e "${through_a_hub[@]/#/--ignore=}" || status=1
    return $status
}

lane "other releases of JupyterHub" make --no-print-directory hub-matrix
step "system tools" scripts/system-tools.sh
lane "end-to-end tests, and all others" all_the_rest
step "linters" scripts/lint.sh
step "documentation" scripts/docs.sh
release=$(.venv/bin/python -c 'from importlib.metadata import version; print(version("jupyterhub"))')
step "tests through a Hub, JupyterHub $release" .venv/bin/python -m pytest "${through_a_hub[@]}"
for one in "${lanes[@]}"; do
    wait "${one##*:}" || failed+=("${one%:*}")
    echo "=== ${one%:*}"
    cat "$said/${one%:*}"
done
finish
