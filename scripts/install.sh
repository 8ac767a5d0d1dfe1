#!/usr/bin/env bash
# install.sh FOLDER REQUIREMENT…: a virtual environment with these packages, and this checkout as one of them (".[dev]").
# LOCK=FILE installs what the file has, which must have hashes, and then this checkout without looking for more.
# By uv where there is one or where it can be installed from PyPI, else by pip. PYTHON=… chooses the interpreter.
set -euo pipefail
folder=$1
shift

find_python() {
    for python in ${PYTHON:-python3 python3.14 python3.13 python3.12 python3.11 python3.10 python}; do
        if "$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))' >/dev/null 2>&1; then
            "$python" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    echo "No Python 3.10 or later with its venv module was found (Debian: apt-get install python3-venv)." >&2
    echo "If it has an unusual name: make PYTHON=/path/to/python" >&2
    return 1
}

# The uv of .venv serves the other environments too.
find_uv() {
    for uv in uv .venv/bin/uv "$folder/bin/uv"; do
        if "$uv" --version >/dev/null 2>&1; then
            echo "$uv"
            return
        fi
    done
    return 0
}

quiet=()
[ -t 1 ] || quiet=(--quiet)

if [ ! -x "$folder/bin/python" ]; then
    python=$(find_python)
    echo "making $folder with $("$python" --version) ..."
    uv=$(find_uv)
    if [ -n "$uv" ]; then
        "$uv" venv --quiet --seed --python "$python" "$folder"
    else
        "$python" -m venv "$folder"
        "$folder/bin/python" -m pip install --quiet --no-compile uv || true
    fi
fi

uv=$(find_uv)
if [ -n "${LOCK:-}" ]; then
    echo "installing into $folder what is in $LOCK ..."
    if [ -n "$uv" ]; then
        install=("$uv" pip install "${quiet[@]}" --python "$folder/bin/python")
    else
        install=("$folder/bin/python" -m pip install "${quiet[@]}" --no-compile)
    fi
    "${install[@]}" --require-hashes --requirement "$LOCK"
    # With the setuptools that the file has.
    "${install[@]}" --no-deps --no-build-isolation --editable "$@"
else
    echo "installing into $folder: $* ..."
    if [ -z "$uv" ] || ! "$uv" pip install "${quiet[@]}" --python "$folder/bin/python" --editable "$@"; then
        "$folder/bin/python" -m pip install "${quiet[@]}" --no-compile --upgrade pip # a recent one takes half the time
        "$folder/bin/python" -m pip install "${quiet[@]}" --no-compile --editable "$@"
    fi
fi
# Python compiles the modules that it imports. This compiles those that every process needs, once: the processes of the
# tests start at the same time, and each would do it again. Compiling everything would take three times as long.
"$folder/bin/python" -W ignore -c "import jupyterhub.app, oauthenticator_suite.hub.oauth.authenticator"
