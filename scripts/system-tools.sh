#!/usr/bin/env bash
# Installs what the tests need in addition to Python packages: Chromium, Firefox, nginx, PAM modules, PostgreSQL,
# Prometheus and Valgrind (apt-get), and npm packages (npm).
# Where these commands are missing, it says so, and the tests are skipped; with CI=true they fail.
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

has_library() { compgen -G "/lib/*/$1" >/dev/null || compgen -G "/usr/lib/*/$1" >/dev/null || compgen -G "/lib64/$1" >/dev/null; }

packages=()
has adduser || packages+=(adduser)
has chromium || has chromium-browser || has google-chrome || packages+=(chromium)
has firefox-esr || has firefox || packages+=(firefox-esr)
has nginx || [ -x /usr/sbin/nginx ] || packages+=(nginx-light)
has_library pam_wrapper/pam_matrix.so || packages+=(libpam-wrapper)
has_library libnss_wrapper.so || packages+=(libnss-wrapper)
has_library security/pam_oath.so || packages+=(libpam-oath)
has initdb || compgen -G "/usr/lib/postgresql/*/bin/initdb" >/dev/null || packages+=(postgresql)
has promtool || packages+=(prometheus)
has callgrind_control || packages+=(valgrind)

install_packages() {
    echo "installing ${packages[*]} ..."
    as_root apt-get -qq update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends "${packages[@]}" >/dev/null
}

if [ ${#packages[@]} -gt 0 ]; then
    if ! has apt-get || ! { [ "$(id -u)" = 0 ] || { has sudo && sudo --non-interactive true 2>/dev/null; }; }; then
        echo "no ${packages[*]}, and no right to install them by apt-get: tests that need them cannot run"
    elif ! install_packages; then
        echo "${packages[*]} could not be installed: tests that need them cannot run"
    fi
fi

for lock in tests/e2e/*/package-lock.json tests/pages/*/package-lock.json; do
    [ -e "$lock" ] || continue
    folder=$(dirname "$lock")
    if ! has npm; then
        echo "no npm: tests that need $folder cannot run"
    elif [ ! -e "$folder/node_modules/.package-lock.json" ] || [ "$lock" -nt "$folder/node_modules/.package-lock.json" ]; then
        echo "installing the npm packages of $folder ..."
        npm --prefix "$folder" ci --silent --no-audit --no-fund && touch "$folder/node_modules/.package-lock.json"
    fi
done
