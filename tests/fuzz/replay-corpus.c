/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Feeds a fuzz target the files of its corpus, and each cut short at many places, without a fuzzer:
 * what was once found stays found. One TAP test a file. */

#include <glib.h>
#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

#define CUTS 64

static void
feed (const guint8 *data, gsize size)
{
  g_autofree guint8 *copy =
      g_malloc (MAX (size, 1)); /* exactly its size: a reader past it is seen */

  memcpy (copy, data, size);
  LLVMFuzzerTestOneInput (copy, size);
}

static void
replay_file (gconstpointer path)
{
  g_autofree char *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  g_file_get_contents (path, &data, &size, &error);
  g_assert_no_error (error);
  feed ((const guint8 *) data, size);
  for (gsize i = 0; i < CUTS; i++)
    feed ((const guint8 *) data, size * i / CUTS);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) corpus = NULL;
  const char *folder = argc > 1 ? argv[1] : ".";
  const char *name;
  guint n_files = 0;

  g_test_init (&argc, &argv, NULL);
  corpus = g_dir_open (folder, 0, &error);
  g_assert_no_error (error);
  while ((name = g_dir_read_name (corpus)) != NULL)
    {
      g_autofree char *test = g_strdup_printf ("/corpus/%s", name);

      g_test_add_data_func_full (test, g_build_filename (folder, name, NULL), replay_file, g_free);
      n_files++;
    }
  g_assert_cmpuint (n_files, >, 0);
  return g_test_run ();
}
