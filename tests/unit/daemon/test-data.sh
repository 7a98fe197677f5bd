#!/bin/bash
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Units, accounts and manual pages as their own tools see them: test-data.sh SOURCE BUILD.

set -u
readonly source=$1 build=$2
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
number=0

# check NAME COMMAND…: in order when it succeeds and says nothing.
check ()
{
  local name=$1 output status
  shift
  number=$((number + 1))
  output=$("$@" 2>&1)
  status=$?
  if [[ $status -eq 0 && -z $output ]]; then
    echo "ok $number $name"
  else
    echo "not ok $number $name"
    while read -r line; do echo "# $line"; done <<<"exit status $status: $output"
  fi
}

verify_unit ()
{
  sed "s|^ExecStart=[^ ]*|ExecStart=$build/src/daemon/bounced|" \
    "$build/data/bounced-$1.service" >"$place/bounced.service"
  XDG_RUNTIME_DIR=$place systemd-analyze verify "--$1" --man=no "$place/bounced.service"
}

check_accounts ()
{
  systemd-sysusers --dry-run "$source/data/sysusers/bounce.conf" >"$place/accounts" 2>&1 \
    || { cat "$place/accounts"; return 1; }
  # Silent where the account exists.
  getent passwd bounce >"$place/passwd" || grep -q "user 'bounce'" "$place/accounts"
}

# References to each other and to sd_notify(3) need not be installed.
lint_page ()
{
  mandoc -Tlint "$1" | grep -v 'referenced manual not found'
  return 0
}

render_page ()
{
  LC_ALL=C.UTF-8 MANWIDTH=100 man --warnings -l "$1" >"$place/page"
}

# Every setting and every verb is described.
describes_all ()
{
  local word
  local -a settings verbs
  mapfile -t settings < <(sed -n 's/.*FIELD (\([a-z_]*\)).*/\1/p' \
    "$source/src/core/bounce-settings-table.c")
  mapfile -t verbs < <("$build/src/cli/bouncectl" --help \
    | sed -n '/^Verbs:/,/^$/s/^  \([a-z-]*\) .*/\1/p')
  [[ ${#settings[@]} -gt 10 && ${#verbs[@]} -gt 10 ]] || echo "nothing to look for"
  for word in "${settings[@]}"; do
    grep -q "$word" "$source/data/man/bounce.json.5" || echo "bounce.json(5) lacks $word"
    grep -q "$word" "$source/data/completions/bouncectl" || echo "completion lacks $word"
  done
  for word in "${verbs[@]}"; do
    grep -q "^\.It .*Cm $word\b" "$source/data/man/bouncectl.1" \
      || echo "bouncectl(1) lacks $word"
    grep -q -- "$word" "$source/data/completions/bouncectl" || echo "completion lacks $word"
  done
}

pages=("$source"/data/man/*)
echo "1..$((4 + 2 * ${#pages[@]}))"
check 'system unit' verify_unit system
check 'user unit' verify_unit user
check 'accounts' check_accounts
check 'every setting and verb is described' describes_all
for page in "${pages[@]}"; do
  check "lint of ${page##*/}" lint_page "$page"
  check "warnings of ${page##*/}" render_page "$page"
done
