/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bounce-study-rows DATA_DIR N: as many studies without files into a store that was opened once. */

#include "bounce-study-rows.h"

#include <stdlib.h>

int
main (int argc, char **argv)
{
  guint64 n_rows;

  if (argc != 3 || !g_ascii_string_to_unsigned (argv[2], 10, 1, 10000000, &n_rows, NULL))
    {
      g_printerr ("Usage: bounce-study-rows DATA_DIR N\n");
      return 2;
    }
  bounce_study_rows_insert (argv[1], 0, (guint) n_rows);
  return EXIT_SUCCESS;
}
