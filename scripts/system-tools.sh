#!/usr/bin/env bash
# What the end-to-end tests need beside Python: a Chromium, by apt-get, and npm packages, by npm. Where these are not
# there the tests say so: they are skipped, or fail when CI=true.
set -euo pipefail
cd "$(dirname "$0")/.."

has() { command -v "$1" >/dev/null 2>&1; }

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        sudo --non-interactive "$@"
    fi
}

install_chromium() {
    echo "installing Chromium ..."
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null
}

if ! has chromium && ! has chromium-browser && ! has google-chrome; then
    if ! has apt-get || ! { [ "$(id -u)" = 0 ] || { has sudo && sudo --non-interactive true 2>/dev/null; }; }; then
        echo "no Chromium, and no right to install it by apt-get: tests with a browser cannot run"
    elif ! install_chromium; then
        echo "Chromium could not be installed: tests with a browser cannot run"
    fi
fi

for lock in tests/e2e/*/package-lock.json; do
    [ -e "$lock" ] || continue
    folder=$(dirname "$lock")
    if ! has npm; then
        echo "no npm: tests that need $folder cannot run"
    elif [ ! -e "$folder/node_modules/.package-lock.json" ] || [ "$lock" -nt "$folder/node_modules/.package-lock.json" ]; then
        echo "installing the npm packages of $folder ..."
        npm --prefix "$folder" ci --silent --no-audit --no-fund && touch "$folder/node_modules/.package-lock.json"
    fi
done
