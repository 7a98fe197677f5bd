#!/bin/bash
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# fuzz.sh SECONDS: builds the fuzz targets with clang and runs each for that long from its corpus.
# Ends with the line "N passed, N failed", a target being one test.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds=$1
build=${BOUNCE_FUZZ_BUILD:-_build-fuzz}

if [[ ! -f $build/build.ninja ]]; then
  CC=clang CXX=clang++ meson setup "$build" -Dfuzzing=true -Dgui=disabled -Dtray=disabled \
    -Db_sanitize=address,undefined -Db_lundef=false --werror
fi
ninja -C "$build" fuzz

passed=0
failed=0
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
for target in "$build"/tests/fuzz/fuzz-*; do
  [[ -f $target && -x $target ]] || continue
  name=${target##*/fuzz-}
  mkdir -p "$found/$name"
  corpus=("$found/$name")
  [[ ! -d tests/fuzz/corpus/$name ]] || corpus+=("tests/fuzz/corpus/$name")
  if "$target" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -print_final_stats=1 \
       -artifact_prefix="$build/" "${corpus[@]}" >"$build/fuzz-$name.log" 2>&1; then
    echo "ok fuzz-$name: $(grep -o 'number_of_executed_units: [0-9]*' "$build/fuzz-$name.log")"
    passed=$((passed + 1))
  else
    echo "not ok fuzz-$name"
    tail -n 60 "$build/fuzz-$name.log"
    failed=$((failed + 1))
  fi
done
echo "$passed passed, $failed failed"
[[ $failed -eq 0 && $passed -gt 0 ]]
