/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Text as it is sorted and searched: SQLite folds only ASCII, people type "muller" for Müller and
 * "doe john" for DOE^JOHN. */

#include "config.h"

#include "bounce-store-fold-private.h"

#include <string.h>

static gboolean
is_mark (gunichar character)
{
  GUnicodeType type = g_unichar_type (character);

  return type == G_UNICODE_NON_SPACING_MARK || type == G_UNICODE_SPACING_MARK
         || type == G_UNICODE_ENCLOSING_MARK;
}

/* NFKD without marks, case folded; the ^ and = of PS3.5 6.2 PN become spaces. NULL gives "".
 * Thread: any. Returns: (transfer full) */
char *
bounce_store_fold_text (const char *text)
{
  g_autofree char *valid = g_utf8_make_valid (text ? text : "", -1);
  g_autofree char *folded = g_utf8_casefold (valid, -1);
  g_autofree char *decomposed = g_utf8_normalize (folded, -1, G_NORMALIZE_ALL);
  GString *result = g_string_sized_new (strlen (decomposed));

  for (const char *at = decomposed; *at; at = g_utf8_next_char (at))
    {
      gunichar character = g_utf8_get_char (at);

      if (character == '^' || character == '=')
        g_string_append_c (result, ' ');
      else if (!is_mark (character))
        g_string_append_unichar (result, character);
    }
  return g_string_free (result, FALSE);
}

/* What a search looks through: name, ID, accession number, description, UID; one line each, so
 * that no match runs over from one to the next. */
char *
bounce_store_make_search_text (const BounceInstanceHead *head, const char *study_uid)
{
  const char *parts[] = { head->patient_name, head->patient_id, head->accession_number,
                          head->study_description, study_uid };
  GString *text = g_string_new (NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (parts); i++)
    {
      g_autofree char *folded = bounce_store_fold_text (parts[i]);

      g_string_append (text, folded);
      g_string_append_c (text, '\n');
    }
  return g_string_free (text, FALSE);
}
