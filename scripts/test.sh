#!/usr/bin/env bash
# All checks and tests: three jobs at a time, as the end-to-end tests wait for most of theirs, and the long ones first, so
# that no core is idle at the end. A failure does not stop the rest. What each has said comes when all have ended.
# Arguments: the releases of JupyterHub to test against, besides the one in .venv.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

said=$(mktemp -d)
jobs_at_once=3
jobs=()
trap 'for one in $(jobs -p); do kill -- -"$one" 2>/dev/null; done; rm -rf "$said"' EXIT

job() { # job NAME COMMAND…: in the background, in a process group of its own, so that it can be ended as a whole
    while [ "$(jobs -rp | wc -l)" -ge "$jobs_at_once" ]; do wait -n; done
    jobs+=("$1")
    set -m
    (
        begin=$SECONDS
        "${@:2}" >"$said/$1" 2>&1
        status=$?
        echo $status >"$said/$1.status"
        echo "--- $1: $( ((status)) && echo FAILED || echo ok), $((SECONDS - begin)) s"
    ) &
    set +m
}

apart=(tests/e2e tests/contract tests/hub tests/multi tests/local tests/fakes)
pytest=(.venv/bin/python -m pytest)

step "system tools" scripts/system-tools.sh
job "end-to-end tests" "${pytest[@]}" tests/e2e
job "through a Hub" "${pytest[@]}" tests/contract tests/hub
for release in "$@"; do
    job "through a Hub, JupyterHub $release" make --no-print-directory hub-matrix OTHER_HUBS="$release"
done
job "several logins, logins of the Hub's own, and the fakes" "${pytest[@]}" tests/multi tests/local tests/fakes
job "all other tests" "${pytest[@]}" "${apart[@]/#/--ignore=}"
job "documentation" scripts/docs.sh
job "linters" scripts/lint.sh
wait

for one in "${jobs[@]}"; do
    echo "=== $one"
    cat "$said/$one"
    [ "$(cat "$said/$one.status" 2>/dev/null)" = 0 ] || failed+=("$one")
done
finish
