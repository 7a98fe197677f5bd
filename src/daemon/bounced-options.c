/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The command line of bounced. */

#include "config.h"

#include "bounced-options.h"

#include "bounce-paths.h"

#include <string.h>

static gboolean
parse_bus (const char *name, GBusType *bus, GError **error)
{
  static const struct
  {
    const char *name;
    GBusType bus;
  } names[] = {
    { "session", G_BUS_TYPE_SESSION },
    { "system", G_BUS_TYPE_SYSTEM },
    { "none", G_BUS_TYPE_NONE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    if (strcmp (names[i].name, name) == 0)
      {
        *bus = names[i].bus;
        return TRUE;
      }
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
               "--bus %s: must be session, system or none", name);
  return FALSE;
}

static GOptionContext *
new_context (const GOptionEntry *entries)
{
  GOptionContext *context = g_option_context_new (NULL);

  g_option_context_set_summary (
      context, "Receives DICOM studies, keeps them safely and delivers them to Aurabox.\n"
               "Stays in the foreground; see bounced(1).");
  g_option_context_add_main_entries (context, entries, NULL);
  return context;
}

/**
 * bounced_options_parse:
 * @options: (out caller-allocates): what was asked for, with defaults filled in
 *
 * Thread: main
 * Errors: of %G_OPTION_ERROR with what is wrong
 * Returns: whether the command line makes sense
 */
gboolean
bounced_options_parse (BouncedOptions *options, int *argc, char ***argv, GError **error)
{
  g_autofree char *data_dir = NULL;
  g_autofree char *bus = NULL;
  const GOptionEntry entries[] = {
    { "config", 'c', 0, G_OPTION_ARG_FILENAME, &options->config_path,
      "Settings (default: /etc/bounce/bounce.json, then the user's)", "FILE" },
    { "data-dir", 'd', 0, G_OPTION_ARG_FILENAME, &data_dir,
      "Database and lock (default: $XDG_DATA_HOME/bounce)", "DIR" },
    { "bus", 'b', 0, G_OPTION_ARG_STRING, &bus, "session (default), system or none", "BUS" },
    { "version", 0, 0, G_OPTION_ARG_NONE, &options->is_version, "Print the version and exit",
      NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = new_context (entries);

  memset (options, 0, sizeof *options);
  if (!g_option_context_parse (context, argc, argv, error)
      || !parse_bus (bus != NULL ? bus : "session", &options->bus, error))
    return FALSE;
  if (*argc > 1)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "unexpected argument: %s",
                   (*argv)[1]);
      return FALSE;
    }
  options->data_dir =
      data_dir != NULL ? g_canonicalize_filename (data_dir, NULL) : bounce_paths_data_dir ();
  return TRUE;
}

/**
 * bounced_options_clear:
 *
 * Frees what @options holds.
 */
void
bounced_options_clear (BouncedOptions *options)
{
  g_clear_pointer (&options->config_path, g_free);
  g_clear_pointer (&options->data_dir, g_free);
}
