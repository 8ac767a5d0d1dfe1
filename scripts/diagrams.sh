#!/usr/bin/env bash
# Draws docs/diagrams/*.mmd as docs/pictures/*.svg by Mermaid, which needs npm and a Chromium. The SVG records the hash of
# its source, by which a test sees that it is up to date.
set -euo pipefail
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
chromium=$(command -v chromium || command -v chromium-browser || command -v google-chrome)
printf '{"executablePath": "%s", "args": ["--no-sandbox"]}' "$chromium" >"$work/puppeteer.json"
if [ -n "${MMDC:-}" ]; then
    mmdc=$MMDC
else
    PUPPETEER_SKIP_DOWNLOAD=1 npm install --silent --no-audit --no-fund --prefix "$work" @mermaid-js/mermaid-cli@11
    mmdc=$work/node_modules/.bin/mmdc
fi
mkdir -p docs/pictures
for source in docs/diagrams/*.mmd; do
    name=$(basename "$source" .mmd)
    "$mmdc" --quiet --puppeteerConfigFile "$work/puppeteer.json" --configFile docs/diagrams/mermaid.json \
        --backgroundColor white --svgId "$name" --input "$source" --output "$work/$name.svg"
    hash=$(cat "$source" docs/diagrams/mermaid.json | sha256sum | cut -d ' ' -f 1)
    { cat "$work/$name.svg" && printf '\n<!-- sha256 of the source: %s -->\n' "$hash"; } >"docs/pictures/$name.svg"
    echo "docs/pictures/$name.svg"
done
