#!/usr/bin/env bash
# Checks files that run or are read on GitHub, on Read the Docs or by Docker only: against JSON schemas, and for the
# security of the workflows. All schemas come with the packages; nothing is downloaded. tests/docs/test_community.py and
# tests/docs/test_recipes.py check the rest.
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin

$bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
$bin/check-jsonschema --builtin-schema custom.github-workflows-require-timeout .github/workflows/*.yml
$bin/check-jsonschema --builtin-schema vendor.readthedocs .readthedocs.yaml
$bin/check-jsonschema --builtin-schema vendor.compose-spec examples/docker/compose.yaml
$bin/zizmor --offline --quiet --no-progress --strict-collection .github
