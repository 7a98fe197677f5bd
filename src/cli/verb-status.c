/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bouncectl status, check: how the service and its connection to Aurabox are. */

#include "config.h"

#include "bounce-ctl-table.h"
#include "bounce-ctl.h"

#include "bounce-wording.h"

static const BounceCtlColumn columns[] = { { NULL, FALSE }, { NULL, FALSE } };

static const char *
find_text (GVariant *status, const char *name)
{
  const char *text = NULL;

  g_variant_lookup (status, name, "&s", &text);
  return text;
}

static void
add (BounceCtlTable *table, const char *name, const char *text)
{
  bounce_ctl_table_add (table, (const char *[]){ name, text });
}

static char *
describe_receiver (GVariant *status)
{
  const char *endpoint = find_text (status, "endpoint");

  if (endpoint == NULL)
    return g_strdup (find_text (status, "receiver"));
  return g_strdup_printf ("%s on %s as %s", find_text (status, "receiver"), endpoint,
                          find_text (status, "ae_title"));
}

static char *
describe_uploads (GVariant *status)
{
  const char *paused = find_text (status, "uploads_paused");
  const char *endpoint = find_text (status, "api_endpoint");
  g_autofree char *reason = NULL;

  if (paused == NULL)
    return g_strdup_printf ("to %s", endpoint != NULL ? endpoint : "nowhere");
  reason = bounce_wording_reason (paused);
  return g_strdup_printf ("paused: %s", reason);
}

static char *
describe_studies (GVariant *status)
{
  g_autoptr (GVariant) counts = g_variant_lookup_value (status, "counts", G_VARIANT_TYPE ("a{su}"));
  guint32 received = 0, uploading = 0, sent = 0, error = 0, receiving = 0;

  if (counts != NULL)
    {
      g_variant_lookup (counts, "RECEIVED", "u", &received);
      g_variant_lookup (counts, "UPLOADING", "u", &uploading);
      g_variant_lookup (counts, "SENT", "u", &sent);
      g_variant_lookup (counts, "ERROR", "u", &error);
    }
  g_variant_lookup (status, "receiving", "u", &receiving);
  return g_strdup_printf ("%u received (%u still arriving), %u uploading, %u sent, %u in error",
                          received, receiving, uploading, sent, error);
}

static char *
describe_space (GVariant *status)
{
  guint64 free_bytes = 0;
  g_autofree char *size = NULL;

  g_variant_lookup (status, "free_bytes", "t", &free_bytes);
  size = bounce_wording_size (free_bytes);
  return g_strdup_printf ("%s free in %s", size, find_text (status, "base_dir"));
}

static void
add_restarts (BounceCtlTable *table, GVariant *status)
{
  g_auto (GStrv) parts = NULL;

  if (!g_variant_lookup (status, "restart_needed", "^as", &parts))
    return;
  if (g_strv_contains ((const char *const *) parts, "service"))
    add (table, "Restart", "new settings wait for the service to be started again");
  else if (parts[0] != NULL)
    add (table, "Restart", "new settings wait for bouncectl stop and bouncectl start");
}

static void
print_status (GVariant *status)
{
  static const struct
  {
    const char *name;
    char *(*describe) (GVariant *status);
  } lines[] = {
    { "Receiver", describe_receiver },
    { "Uploads", describe_uploads },
    { "Studies", describe_studies },
    { "Storage", describe_space },
  };
  g_autoptr (BounceCtlTable) table = bounce_ctl_table_new (columns, G_N_ELEMENTS (columns));

  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    {
      g_autofree char *text = lines[i].describe (status);

      add (table, lines[i].name, text);
    }
  add_restarts (table, status);
  add (table, "Version", find_text (status, "version"));
  bounce_ctl_table_print (table, stdout);
}

/**
 * bounce_ctl_run_status:
 *
 * `bouncectl status [--json]`.
 */
BounceCtlExit
bounce_ctl_run_status (BounceCtl *ctl, int argc, char **argv)
{
  gboolean is_json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 'j', 0, G_OPTION_ARG_NONE, &is_json, "Print JSON", NULL },
    { NULL },
  };
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) status = NULL;
  BounceCtlExit exit;

  if (!bounce_ctl_parse (ctl, entries, 0, 0, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  reply = bounce_ctl_call (ctl, "GetStatus", NULL, "(a{sv})", &exit);
  if (reply == NULL)
    return exit;
  status = g_variant_get_child_value (reply, 0);
  if (is_json)
    bounce_ctl_print_json (status);
  else
    print_status (status);
  return BOUNCE_CTL_DONE;
}

/**
 * bounce_ctl_run_check:
 *
 * `bouncectl check`: asks Aurabox for a configuration with the key in effect.
 */
BounceCtlExit
bounce_ctl_run_check (BounceCtl *ctl, int argc, char **argv)
{
  g_autoptr (GVariant) reply = NULL;
  BounceCtlExit exit;

  if (!bounce_ctl_parse (ctl, NULL, 0, 0, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  reply = bounce_ctl_call (ctl, "CheckConnection", NULL, NULL, &exit);
  if (reply != NULL)
    puts ("Aurabox answers and accepts the API key");
  return exit;
}
