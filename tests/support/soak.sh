#!/bin/bash
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# soak.sh BUILD [NAME…]: the long versions of the crash, power-cut and fuzz tests, or all of them.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$1
shift
[[ $# -gt 0 ]] || set -- crash power fuzz
for name; do
  case $name in
    crash | power)
      BOUNCE_ROUNDS=${BOUNCE_ROUNDS:-200} python3 "tests/e2e/test-$name.py" "$build"
      ;;
    fuzz)
      tests/support/fuzz.sh "${BOUNCE_FUZZ_SECONDS:-600}"
      ;;
    *)
      echo "no soak test named $name" >&2
      exit 2
      ;;
  esac
done
