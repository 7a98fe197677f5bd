/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Imports in words. No state; main thread. */

#include "config.h"

#include "bounce-import-words.h"

#include "bounce-wording.h"

#include <glib/gi18n.h>

/* A rate over less says nothing. */
#define MIN_RATE_SECONDS 1.0

/* Takes @part. */
static void
append_part (GString *text, const char *separator, char *part)
{
  g_string_append_printf (text, "%s%s", text->len > 0 ? separator : "", part);
  g_free (part);
}

/**
 * bounce_import_words_progress:
 * @counts: up to now
 * @seconds: since the beginning
 *
 * Returns: (transfer full): such as `Importing: 312 images · 45 per second · 3 refused`
 */
char *
bounce_import_words_progress (const BounceImportCounts *counts, double seconds)
{
  guint n = counts->n_accepted + counts->n_same + counts->n_replaced;
  GString *text = g_string_new (NULL);

  append_part (text, "",
               g_strdup_printf (ngettext ("Importing: %u image", "Importing: %u images", n), n));
  if (n > 0 && seconds >= MIN_RATE_SECONDS)
    append_part (text, "  ·  ", g_strdup_printf (_ ("%.0f per second"), n / seconds));
  if (counts->n_refused > 0)
    append_part (text, "  ·  ", g_strdup_printf (_ ("%u refused"), counts->n_refused));
  return g_string_free (text, FALSE);
}

/**
 * bounce_import_words_result:
 * @counts: at the end
 *
 * Returns: (transfer full): what came in, such as `312 images imported, 20 already here`
 */
char *
bounce_import_words_result (const BounceImportCounts *counts)
{
  guint n = counts->n_accepted + counts->n_replaced;
  GString *text = g_string_new (NULL);

  if (n > 0 || counts->n_same == 0)
    append_part (text, "",
                 g_strdup_printf (ngettext ("%u image imported", "%u images imported", n), n));
  if (counts->n_same > 0)
    append_part (text, ", ",
                 g_strdup_printf (ngettext ("%u image was already here",
                                            "%u images were already here", counts->n_same),
                                  counts->n_same));
  if (counts->n_skipped > 0)
    append_part (text, ", ",
                 g_strdup_printf (ngettext ("%u file without images skipped",
                                            "%u files without images skipped", counts->n_skipped),
                                  counts->n_skipped));
  return g_string_free (text, FALSE);
}

/**
 * bounce_import_words_heading:
 * @summary: of an import that did not go well
 *
 * Returns: (transfer full): what is the matter
 */
char *
bounce_import_words_heading (const BounceImportSummary *summary)
{
  guint n = summary->counts.n_refused;
  g_autofree char *reason = NULL;

  if (g_strcmp0 (summary->end_reason, BOUNCE_REASON_CANCELLED) == 0)
    return g_strdup (_ ("The Import Was Cancelled"));
  if (summary->end_reason == NULL)
    return g_strdup_printf (ngettext ("%u File Was Not Imported", "%u Files Were Not Imported", n),
                            n);
  reason = bounce_wording_reason (summary->end_reason);
  return g_strdup_printf (_ ("The import ended early: %s"), reason);
}
