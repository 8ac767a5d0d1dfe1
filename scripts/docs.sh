#!/usr/bin/env bash
# The documentation, where warnings are errors.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ ! -e docs/conf.py ]; then
    echo "there is no docs/conf.py yet"
    exit 0
fi
.venv/bin/sphinx-build -W --keep-going --quiet -b html docs docs/_build/html
