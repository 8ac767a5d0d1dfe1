#!/usr/bin/env bash
# Runs tests with the oldest dependencies that setup.py allows, in an environment of their own: the protocol, the access
# rules, and logins through a Hub. The extra `demo` needs newer dependencies, so the tests that use it are left out.
# PYTHON=… chooses the interpreter. Arguments are passed to pytest.
set -euo pipefail
cd "$(dirname "$0")/.."
folder=.venvs/oldest
# aarc-entitlement and flaat decide about entitlements in tests/policy.
packages=(aarc-entitlement beautifulsoup4 flaat hypothesis "jsonschema[format-nongpl]<4.25" packaging pyjwt pytest pytest-asyncio)
tests=(
    tests/protocol tests/policy tests/contract/test_options_table.py # which imports every authenticator
    tests/hub/test_configuration.py tests/hub/test_dictionary.py tests/hub/test_login.py tests/hub/test_transport.py
)

if [ ! -x "$folder/bin/python" ]; then
    "${PYTHON:-python3}" -m venv "$folder"
fi
"$folder/bin/python" -m pip install --quiet --no-compile --constraint .github/oldest-constraints.txt \
    "${packages[@]}" --editable .
# Warnings are not errors here: old releases of other packages have many.
exec "$folder/bin/python" -m pytest -q -W default "${tests[@]}" "$@"
