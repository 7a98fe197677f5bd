#!/bin/bash
# SPDX-FileCopyrightText: The Bounce authors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Merges the strings that the sources have now into po/*.po: sorted and without line numbers, so
# that a change touches only the strings it concerns. Says what still wants a translation.

set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

template=$(mktemp --suffix=.pot)
trap 'rm -f "$template"' EXIT

# The keywords are those of po/meson.build.
grep -v '^#' po/POTFILES.in | xgettext --files-from=- --from-code=UTF-8 --output="$template" \
  --add-comments --keyword=_ --keyword=N_ --keyword=C_:1c,2 --keyword=NC_:1c,2 \
  --keyword=ngettext:1,2 --keyword=count_things:1,2 --flag=g_strdup_printf:1:c-format \
  --flag=count_things:1:c-format --flag=count_things:2:c-format
while read -r language; do
  msgmerge --quiet --no-fuzzy-matching --no-location --sort-output --update --backup=none \
    "po/$language.po" "$template"
  msgattrib --no-obsolete --no-location --sort-output -o "po/$language.po" "po/$language.po"
  sed -i '/^"POT-Creation-Date/d' "po/$language.po"
  printf '%s: ' "$language"
  msgfmt --statistics -o /dev/null "po/$language.po"
done < <(grep -v '^#' po/LINGUAS)
