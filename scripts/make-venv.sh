#!/usr/bin/env bash
# make-venv.sh FOLDER: a virtual environment, with the first Python that is new enough. PYTHON=… chooses another.
set -euo pipefail
folder=$1

if [ -x "$folder/bin/python" ]; then
    exit 0
fi
for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10 python}; do
    if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
        echo "making $folder with $("$python" --version) ..."
        "$python" -m venv "$folder"
        # A recent pip installs in half the time that the one which comes with an older Python takes.
        exec "$folder/bin/python" -m pip install -qq --upgrade pip
    fi
done
echo "No Python 3.10 or later with its venv module was found (Debian: apt-get install python3-venv)." >&2
echo "If it has an unusual name: make PYTHON=/path/to/python" >&2
exit 1
