/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bench-package bounce|libzip FOLDER ZIP: packages every file of the folder (read into the page
 * cache first), prints the seconds it took. */

#include "config.h"

#include "bounce-package.h"

#include <glib/gstdio.h>
#include <zip.h>

static GPtrArray *
list_entries (const char *folder)
{
  GPtrArray *entries = g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_package_entry_free);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autofree char *data = NULL;
      g_autoptr (BounceDigest) digest = bounce_digest_new ();
      gsize size = 0;

      if (!g_file_get_contents (path, &data, &size, NULL))
        continue;
      bounce_digest_update_header (digest, data, size);
      g_ptr_array_add (entries, bounce_package_entry_new (name, path, size,
                                                          bounce_digest_get_crc32 (digest), FALSE));
    }
  return entries;
}

static void
package_written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  BouncePackageInfo info;

  if (!bounce_package_write_finish (result, &info, &error))
    g_error ("%s", error->message);
  g_main_loop_quit (user_data);
}

static void
package_with_bounce (const char *path, GPtrArray *entries)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  bounce_package_write_async (path, entries, NULL, NULL, package_written_cb, loop);
  g_main_loop_run (loop);
}

static void
package_with_libzip (const char *path, GPtrArray *entries)
{
  zip_t *archive = zip_open (path, ZIP_CREATE | ZIP_TRUNCATE, NULL);

  for (guint i = 0; i < entries->len; i++)
    {
      BouncePackageEntry *entry = g_ptr_array_index (entries, i);
      zip_source_t *file = zip_source_file (archive, entry->path, 0, -1);
      zip_int64_t index = zip_file_add (archive, entry->name, file, 0);

      zip_set_file_compression (archive, index, ZIP_CM_DEFLATE, 1);
    }
  if (zip_close (archive) != 0)
    g_error ("zip_close failed");
}

int
main (int argc, char **argv)
{
  if (argc != 4)
    {
      g_printerr ("usage: bench-package bounce|libzip FOLDER ZIP\n");
      return 2;
    }
  g_autoptr (GPtrArray) entries = list_entries (argv[2]);

  g_unlink (argv[3]);
  gint64 start_us = g_get_monotonic_time ();
  if (g_str_equal (argv[1], "bounce"))
    package_with_bounce (argv[3], entries);
  else
    package_with_libzip (argv[3], entries);
  g_print ("%.3f\n", (g_get_monotonic_time () - start_us) / 1e6);
  return 0;
}
