# For the other scripts: `step NAME COMMAND…` runs a check, goes on when it fails, and remembers that it did.
failed=()

step() {
    local name=$1 begin=$SECONDS
    shift
    echo "=== $name"
    if "$@"; then
        echo "    $((SECONDS - begin)) s"
    else
        echo "    FAILED: $name"
        failed+=("$name")
    fi
}

finish() {
    if [ ${#failed[@]} -gt 0 ]; then
        printf 'FAILED: %s\n' "${failed[@]}" >&2
        exit 1
    fi
}
