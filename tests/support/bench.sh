#!/bin/bash
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# bench.sh BUILD [NAME…]: runs the named benchmarks (tests/bench/NAME.py), or all of them.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$1
shift
[[ $# -gt 0 ]] || set -- receive upload table
for name; do
  [[ -f tests/bench/$name.py ]] || { echo "no benchmark named $name" >&2; exit 2; }
  python3 "tests/bench/$name.py" "$build"
done
