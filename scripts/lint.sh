#!/usr/bin/env bash
# The quick checks.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh
bin=.venv/bin

step "ruff check" $bin/ruff check --quiet
step "ruff format" $bin/ruff format --check --quiet
step "mypy" $bin/mypy --no-error-summary
step "codespell" $bin/codespell
step "prose" $bin/python scripts/prose
step "import rules" $bin/lint-imports --no-logo
step "community files" scripts/lint-community.sh
finish
