#!/usr/bin/env bash
# The tests that run a Hub in their own process, against other releases of JupyterHub. (The floors below the Hub cannot
# know which one there is: an import rule forbids it. Nor can the transport, which only knows aiohttp.)
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

for venv in .venvs/hub-*; do
    release=$("$venv/bin/python" -c 'from importlib.metadata import version; print(version("jupyterhub"))')
    step "in-process tests, JupyterHub $release" "$venv/bin/python" -m pytest -q tests/hub tests/contract \
        tests/local/test_pam_logins.py tests/local/test_form_options.py \
        --ignore-glob='tests/hub/test_transport*' --ignore=tests/hub/test_next_url.py
done
finish
