#!/usr/bin/env bash
# Checks the coverage that the lanes have measured (COVERAGE=1): every line and branch of protocol/ and policy/ by their
# own tests, and at least 95 % of the other lines by all tests together.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh
coverage=(.venv/bin/python -m coverage)
data=test-artifacts/coverage
pure=$data/.coverage.protocol-and-policy

combined() { # everything but the file above: data about branches and data about lines cannot be combined
    local files=()
    for file in "$data"/.coverage.*; do [ "$file" = "$pure" ] || files+=("$file"); done
    "${coverage[@]}" combine --quiet --keep --data-file="$data/combined" "${files[@]}"
}

if [ ! -e "$pure" ]; then
    echo "no coverage was measured: COVERAGE=1 make test" >&2
    exit 1
fi
step "coverage of protocol/ and policy/: all lines and branches" \
    "${coverage[@]}" report --data-file="$pure" --include="*/protocol/*,*/policy/*" --show-missing --skip-covered --fail-under=100
combined
step "coverage of the other packages: 95 % of the lines" \
    "${coverage[@]}" report --data-file="$data/combined" --omit="*/protocol/*,*/policy/*" --show-missing --skip-covered --fail-under=95
finish
