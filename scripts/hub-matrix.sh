#!/usr/bin/env bash
# The tests that run a Hub in their own process, against other releases of JupyterHub. Left out is what cannot know which
# one there is: the floors below the Hub, the transport (which knows aiohttp alone), the combinations of rules, thousands
# of users at once, what OpenID Connect asks of a response's checks, what a provider gets wrong, what is a provider's or
# the system's own, and what other packages do beside ours. What all providers do, and a Hub therefore meets, is in
# tests/contract: here for one of each protocol. Arguments: the environments to use.
set -uo pipefail
cd "$(dirname "$0")/.."
. scripts/steps.sh

left_out=()
for subject in transport next_url user_api lookups once mediawiki github gitlab google jupyterhub_provider; do
    left_out+=("--ignore-glob=tests/hub/test_$subject*")
done
left_out+=(--ignore=tests/hub/test_access_matrix.py --ignore=tests/hub/test_crowd.py)
left_out+=(--ignore=tests/multi/test_foreign_children.py --ignore=tests/contract/test_faults.py)
left_out+=(--ignore-glob="tests/contract/test_conformance*" --ignore-glob="tests/contract/test_local_*")
one_of_each="not test_provider_contract or generic or (mediawiki and not mwoauth) or under_contract"
for venv in "$@"; do
    release=$("$venv/bin/python" -c 'from importlib.metadata import version; print(version("jupyterhub"))')
    step "in-process tests, JupyterHub $release" "$venv/bin/python" -m pytest -q tests/hub tests/contract tests/multi \
        tests/local/test_form_options.py -k "$one_of_each" "${left_out[@]}"
done
finish
