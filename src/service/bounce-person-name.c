/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Person names of DICOM as people write them. */

#include "config.h"

#include "bounce-person-name.h"

#define N_GROUPS 2 /* alphabetic, ideographic; the phonetic one says nothing new */

/* "Family^Given^Middle^Prefix^Suffix": an ideographic name has no comma. */
static char *
format_group (const char *group, gboolean is_alphabetic)
{
  g_auto (GStrv) parts = g_strsplit (group, "^", 0);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; parts[i] != NULL && i < 3; i++)
    {
      g_strstrip (parts[i]);
      if (*parts[i] == '\0')
        continue;
      if (text->len > 0)
        g_string_append (text, i == 1 && is_alphabetic ? ", " : " ");
      g_string_append (text, parts[i]);
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/**
 * bounce_person_name_to_display:
 * @name: (nullable): a value of PN in UTF-8
 *
 * "Adams, Ann Mary", with an ideographic name in parentheses behind it, or alone when there is no
 * alphabetic one.
 *
 * Thread: any
 * Source: DICOM PS3.5 section 6.2.1
 * Returns: (transfer full): the name; empty when there is none
 */
char *
bounce_person_name_to_display (const char *name)
{
  g_auto (GStrv) groups = g_strsplit (name != NULL ? name : "", "=", 0);
  g_autofree char *alphabetic = NULL;
  g_autofree char *ideographic = NULL;
  guint n_groups = g_strv_length (groups);

  alphabetic = format_group (n_groups > 0 ? groups[0] : "", TRUE);
  ideographic = format_group (n_groups >= N_GROUPS ? groups[1] : "", FALSE);
  if (*ideographic == '\0')
    return g_steal_pointer (&alphabetic);
  if (*alphabetic == '\0')
    return g_steal_pointer (&ideographic);
  return g_strdup_printf ("%s (%s)", alphabetic, ideographic);
}
