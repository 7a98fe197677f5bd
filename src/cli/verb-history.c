/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bouncectl transfers, events: what happened so far. */

#include "config.h"

#include "bounce-ctl-table.h"
#include "bounce-ctl.h"

#include "bounce-wording.h"

#define DEFAULT_LIMIT 50

typedef void (*AddRow) (BounceCtlTable *table, GVariant *entry);

/* One of the two lists. */
typedef struct
{
  const char *method;
  const BounceCtlColumn *columns;
  guint n_columns;
  AddRow add_row;
} History;

static const char *
find_text (GVariant *entry, const char *name)
{
  const char *text = NULL;

  g_variant_lookup (entry, name, "&s", &text);
  return text;
}

static void
add_transfer (BounceCtlTable *table, GVariant *transfer)
{
  const char *reason = find_text (transfer, "reason");
  g_autofree char *attempt = NULL;
  g_autofree char *size = NULL;
  g_autofree char *sent = NULL;
  g_autofree char *note = reason != NULL ? bounce_wording_reason (reason) : NULL;
  guint32 number = 0;
  guint64 bytes = 0, offset = 0;

  g_variant_lookup (transfer, "attempt", "u", &number);
  g_variant_lookup (transfer, "bytes", "t", &bytes);
  g_variant_lookup (transfer, "offset", "t", &offset);
  attempt = g_strdup_printf ("%u", number);
  size = bounce_wording_size (bytes);
  sent = bounce_wording_size (offset);
  bounce_ctl_table_add (table, (const char *[]){
                                   find_text (transfer, "started_at"),
                                   find_text (transfer, "state"),
                                   attempt,
                                   sent,
                                   size,
                                   find_text (transfer, "study_uid"),
                                   note,
                               });
}

static void
add_event (BounceCtlTable *table, GVariant *event)
{
  bounce_ctl_table_add (table,
                        (const char *[]){ find_text (event, "at"), find_text (event, "text") });
}

static const BounceCtlColumn transfer_columns[] = {
  { "STARTED", FALSE }, { "STATE", FALSE },     { "ATTEMPT", TRUE }, { "SENT", TRUE },
  { "SIZE", TRUE },     { "STUDY UID", FALSE }, { "NOTE", FALSE },
};

static const BounceCtlColumn event_columns[] = { { "WHEN", FALSE }, { "WHAT", FALSE } };

static const History transfers = { "Transfers", transfer_columns, G_N_ELEMENTS (transfer_columns),
                                   add_transfer };
static const History events = { "Events", event_columns, G_N_ELEMENTS (event_columns), add_event };

static void
print_table (const History *history, GVariant *list)
{
  g_autoptr (BounceCtlTable) table = bounce_ctl_table_new (history->columns, history->n_columns);
  GVariantIter iter;
  GVariant *entry;

  g_variant_iter_init (&iter, list);
  while (g_variant_iter_loop (&iter, "@a{sv}", &entry))
    history->add_row (table, entry);
  bounce_ctl_table_print (table, stdout);
}

static BounceCtlExit
run (BounceCtl *ctl, const History *history, int argc, char **argv)
{
  int limit = DEFAULT_LIMIT;
  gboolean is_json = FALSE;
  const GOptionEntry entries[] = {
    { "limit", 'l', 0, G_OPTION_ARG_INT, &limit, "Rows (50)", "N" },
    { "json", 'j', 0, G_OPTION_ARG_NONE, &is_json, "Print JSON", NULL },
    { NULL },
  };
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) list = NULL;
  BounceCtlExit exit;

  if (!bounce_ctl_parse (ctl, entries, 0, 1, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  if (limit < 1)
    return bounce_ctl_wrong_use ("--limit starts at 1");
  reply = bounce_ctl_call (ctl, history->method,
                           g_variant_new ("(su)", argc > 1 ? argv[1] : "", (guint) limit),
                           "(aa{sv})", &exit);
  if (reply == NULL)
    return exit;
  list = g_variant_get_child_value (reply, 0);
  if (is_json)
    bounce_ctl_print_json (list);
  else
    print_table (history, list);
  return BOUNCE_CTL_DONE;
}

/**
 * bounce_ctl_run_transfers:
 *
 * `bouncectl transfers [UID] [--limit N] [--json]`: newest first.
 */
BounceCtlExit
bounce_ctl_run_transfers (BounceCtl *ctl, int argc, char **argv)
{
  return run (ctl, &transfers, argc, argv);
}

/**
 * bounce_ctl_run_events:
 *
 * `bouncectl events [UID] [--limit N] [--json]`: newest first.
 */
BounceCtlExit
bounce_ctl_run_events (BounceCtl *ctl, int argc, char **argv)
{
  return run (ctl, &events, argc, argv);
}
