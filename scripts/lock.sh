#!/usr/bin/env bash
# Renews the locked versions in requirements/ and the table of dependencies in the documentation. Each file holds for all
# supported releases of Python, and names no package index: packages come from the one that the installer uses. To renew
# one package only: make lock ARGS="--upgrade-package NAME"
set -euo pipefail
cd "$(dirname "$0")/.."
bin=.venv/bin
uv=$(command -v uv || echo "$bin/uv")
oldest=$(sed -n 's/.*python_requires=">=\([0-9.]*\)".*/\1/p' setup.py)

lock() { # FILE SOURCE...
    local file=$1
    shift
    echo "locking $file ..."
    "$uv" pip compile --quiet --universal --python-version "$oldest" --generate-hashes --no-annotate \
        --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" \
        ${ARGS:---upgrade} "$@" --output-file "requirements/$file"
}

lock dev.txt --extra dev setup.py
lock docs.txt --extra docs setup.py
lock audit.txt requirements/audit.in
$bin/python scripts/dependencies.py
