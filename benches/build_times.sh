#!/usr/bin/env bash
# Times a clean build of rust/core and a rebuild of the extension after one op file was touched, with two jobs.
# Prints both beside their limits; exits with 1 when one is over.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

op=rust/core/src/ops/elementwise/exponential.rs
export CARGO_TARGET_DIR=target/build-times # the contributor's own build stays as it is
export CARGO_BUILD_JOBS=2

before="$(mktemp)"
touch -r "$op" "$before"
trap 'touch -r "$before" "$op"; rm -f "$before"' EXIT

over=0
timed() { # timed LIMIT WHAT COMMAND...
    local limit="$1" what="$2" start milliseconds verdict=ok
    shift 2
    start="$(date +%s%N)"
    "$@"
    milliseconds=$((($(date +%s%N) - start) / 1000000))
    if [ "$milliseconds" -gt $((limit * 1000)) ]; then
        verdict=OVER
        over=1
    fi
    printf '%-52s %6d.%01d s   limit %3d s   %s\n' "$what" $((milliseconds / 1000)) $((milliseconds % 1000 / 100)) "$limit" "$verdict"
}

cargo fetch --quiet
rm -rf "$CARGO_TARGET_DIR"
timed 120 "clean build of rust/core" cargo build --quiet --release -p ravine-core
cargo build --quiet --release -p ravine-py
touch "$op"
timed 25 "rebuild after touching $op" cargo build --quiet --release -p ravine-py
exit "$over"
