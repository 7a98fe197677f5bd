/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * bounce-phantom: writes phantom studies to a folder and prints their Study Instance UIDs. */

#include "bounce-phantom.h"

#include <locale.h>
#include <stdlib.h>

int
main (int argc, char *argv[])
{
  int n_instances = 60, n_series = 3, n_studies = 1, multiframe_mb = 0;
  gint64 seed = 1;
  gboolean is_small = FALSE;
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
    { "count", 'n', 0, G_OPTION_ARG_INT, &n_instances, "Instances of a study (60)", "N" },
    { "series", 's', 0, G_OPTION_ARG_INT, &n_series, "Series of a study (3)", "N" },
    { "studies", 'm', 0, G_OPTION_ARG_INT, &n_studies, "Studies, with ascending seeds (1)", "N" },
    { "seed", 0, 0, G_OPTION_ARG_INT64, &seed, "The same seed gives the same bytes (1)", "N" },
    { "small", 0, 0, G_OPTION_ARG_NONE, &is_small, "Objects of 20 KB", NULL },
    { "multiframe", 0, 0, G_OPTION_ARG_INT, &multiframe_mb, "One object of this size", "MB" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("FOLDER");

  setlocale (LC_ALL, "");
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2 || n_instances < 1
      || n_series < 1 || n_studies < 1 || multiframe_mb < 0 || multiframe_mb > 1900)
    {
      g_printerr ("bounce-phantom: %s\n", error != NULL ? error->message : "wrong use, see --help");
      return 2;
    }
  for (int i = 0; i < n_studies; i++)
    {
      BouncePhantom phantom = {
        .kind = multiframe_mb > 0 ? BOUNCE_PHANTOM_MULTIFRAME
                                  : (is_small ? BOUNCE_PHANTOM_SMALL : BOUNCE_PHANTOM_CT),
        .seed = seed + i,
        .n_instances = multiframe_mb > 0 ? 1 : n_instances,
        .n_series = n_series,
        .multiframe_mb = multiframe_mb,
      };
      g_autofree char *uid = bounce_phantom_study_uid (&phantom);
      g_autofree char *folder =
          n_studies == 1 ? g_strdup (argv[1]) : g_strdup_printf ("%s/%03d", argv[1], i + 1);

      if (!bounce_phantom_write (&phantom, folder, &error))
        {
          g_printerr ("bounce-phantom: %s\n", error->message);
          return EXIT_FAILURE;
        }
      g_print ("%s\n", uid);
    }
  return EXIT_SUCCESS;
}
