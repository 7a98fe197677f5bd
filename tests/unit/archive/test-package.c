/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Packages, read back with libzip: contents, sameness, every error, cancelling at each moment. */

#include "config.h"

#include "bounce-package.h"
#include "bounce-phantom.h"
#include "bounce-test-dirs.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#define MIB    (1024 * 1024)
#define N_MANY 66000

typedef struct
{
  BounceTestDirs *dirs; /* (owned) */
  char *package;        /* (owned) */
  GPtrArray *entries;   /* (owned) (element-type BouncePackageEntry) */
  BouncePackageInfo info;
  GError *error; /* (owned) (nullable) */
  gboolean is_same;
  gboolean is_done;
  guint n_calls;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dirs = bounce_test_dirs_new ();
  fixture->package = g_build_filename (bounce_test_dirs_get_root (fixture->dirs), "a.zip", NULL);
  fixture->entries = g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_package_entry_free);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_ptr_array_unref (fixture->entries);
  g_clear_error (&fixture->error);
  g_free (fixture->package);
  bounce_test_dirs_free (fixture->dirs);
}

static guint32
compute_crc32 (const void *data, gsize size)
{
  g_autoptr (BounceDigest) digest = bounce_digest_new ();

  bounce_digest_update (digest, data, size);

  return bounce_digest_get_crc32 (digest);
}

static void
add_bytes (Fixture *fixture, const char *name, const void *data, gsize size, gboolean is_compressed)
{
  g_autofree char *file = g_strdup_printf ("file-%u", fixture->entries->len);
  g_autofree char *path = g_build_filename (bounce_test_dirs_get_root (fixture->dirs), file, NULL);
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, data, size, &error);
  g_assert_no_error (error);
  g_ptr_array_add (
      fixture->entries,
      bounce_package_entry_new (name, path, size, compute_crc32 (data, size), is_compressed));
}

static void
add_images (Fixture *fixture, BouncePhantomKind kind, guint n, guint mb)
{
  const BouncePhantom phantom = { .kind = kind, .n_instances = n, .multiframe_mb = mb };

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("1.2.3/1.2.3.%u.dcm", fixture->entries->len);
      g_autoptr (GBytes) bytes = bounce_phantom_make (&phantom, i, NULL);
      gsize size;
      const void *data = g_bytes_get_data (bytes, &size);

      add_bytes (fixture, name, data, size, i % 7 == 6);
    }
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->is_done = bounce_package_write_finish (result, &fixture->info, &fixture->error);
  fixture->n_calls++;
}

static void
verified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->is_done = bounce_package_verify_finish (result, &fixture->is_same, &fixture->error);
  fixture->n_calls++;
}

static void
wait_for_calls (Fixture *fixture, guint n)
{
  while (fixture->n_calls < n)
    g_main_context_iteration (NULL, TRUE);
}

static void
write_package (Fixture *fixture)
{
  guint n = fixture->n_calls;

  g_clear_error (&fixture->error);
  bounce_package_write_async (fixture->package, fixture->entries, NULL, NULL, written_cb, fixture);
  wait_for_calls (fixture, n + 1);
}

static void
verify_package (Fixture *fixture)
{
  guint n = fixture->n_calls;

  g_clear_error (&fixture->error);
  bounce_package_verify_async (fixture->package, &fixture->info, NULL, verified_cb, fixture);
  wait_for_calls (fixture, n + 1);
}

static void
assert_entry (zip_t *zip, guint index, const BouncePackageEntry *entry)
{
  g_autofree char *expected = NULL;
  g_autofree char *found = g_malloc (entry->size_bytes + 1);
  zip_file_t *file;
  zip_stat_t st;
  gsize size;

  g_assert_true (g_file_get_contents (entry->path, &expected, &size, NULL));
  g_assert_cmpint (zip_stat_index (zip, index, 0, &st), ==, 0);
  g_assert_cmpstr (st.name, ==, entry->name);
  g_assert_cmpuint (st.size, ==, entry->size_bytes);
  g_assert_cmphex (st.crc, ==, entry->crc32);
  g_assert_cmpint (st.comp_method, ==, entry->is_compressed ? ZIP_CM_STORE : ZIP_CM_DEFLATE);
  file = zip_fopen_index (zip, index, 0);
  g_assert_nonnull (file);
  g_assert_cmpint (zip_fread (file, found, size + 1), ==, size);
  g_assert_cmpint (memcmp (found, expected, size), ==, 0);
  g_assert_cmpint (zip_fclose (file), ==, 0);
}

static void
assert_package_holds_entries (Fixture *fixture)
{
  int code = 0;
  zip_t *zip = zip_open (fixture->package, ZIP_RDONLY | ZIP_CHECKCONS, &code);

  g_assert_cmpint (code, ==, 0);
  g_assert_nonnull (zip);
  g_assert_cmpint (zip_get_num_entries (zip, 0), ==, fixture->entries->len);
  for (guint i = 0; i < fixture->entries->len; i++)
    assert_entry (zip, i, g_ptr_array_index (fixture->entries, i));
  zip_discard (zip);
}

static void
assert_no_package (Fixture *fixture)
{
  g_assert_false (g_file_test (fixture->package, G_FILE_TEST_EXISTS));
}

static void
test_images (Fixture *fixture, gconstpointer data)
{
  struct stat st;

  add_images (fixture, BOUNCE_PHANTOM_SMALL, 20, 0);
  add_images (fixture, BOUNCE_PHANTOM_CT, 30, 0);
  write_package (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpint (stat (fixture->package, &st), ==, 0);
  g_assert_cmpuint (st.st_size, ==, fixture->info.size_bytes);
  g_assert_cmpint (st.st_mode & 07777, ==, 0600);
  assert_package_holds_entries (fixture);
}

/* Sizes around each boundary: nothing, a byte, the largest whole entry, blocks and a rest. */
static void
test_sizes (Fixture *fixture, gconstpointer data)
{
  static const gsize sizes[] = {
    0, 1, 8192, 4 * MIB - 1, 4 * MIB, 4 * MIB + 1, 5 * MIB, 7 * MIB + 3
  };
  g_autofree guint8 *bytes = g_malloc (8 * MIB);
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (gsize i = 0; i < 8 * MIB; i++)
    bytes[i] = (guint8) (i >> 12) ^ (guint8) (g_rand_int (rand) & 3);
  for (gsize i = 0; i < 2 * G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *name = g_strdup_printf ("1.2/%zu.dcm", i);

      add_bytes (fixture, name, bytes, sizes[i / 2], i % 2 == 0);
    }
  write_package (fixture);
  g_assert_no_error (fixture->error);
  assert_package_holds_entries (fixture);
}

static void
test_same_bytes (Fixture *fixture, gconstpointer data)
{
  static const char *const zones[] = { "UTC", "Australia/Sydney", "America/New_York",
                                       "Asia/Kolkata", "Pacific/Apia" };
  BouncePackageInfo first;

  add_images (fixture, BOUNCE_PHANTOM_SMALL, 20, 0);
  add_images (fixture, BOUNCE_PHANTOM_MULTIFRAME, 1, 6);
  write_package (fixture);
  g_assert_no_error (fixture->error);
  first = fixture->info;
  for (gsize i = 0; i < G_N_ELEMENTS (zones); i++)
    {
      setenv ("TZ", zones[i], 1);
      tzset ();
      write_package (fixture);
      g_assert_no_error (fixture->error);
      g_assert_cmpmem (first.sha256, sizeof first.sha256, fixture->info.sha256,
                       sizeof fixture->info.sha256);
    }
  unsetenv ("TZ");
  tzset ();
  verify_package (fixture);
  g_assert_no_error (fixture->error);
  g_assert_true (fixture->is_same);
}

/* More entries than the old format can count: zip64. */
static void
test_many (Fixture *fixture, gconstpointer data)
{
  const BouncePackageEntry *first;

  add_bytes (fixture, "first", "a", 1, TRUE);
  first = g_ptr_array_index (fixture->entries, 0);
  for (guint i = 1; i < N_MANY; i++)
    {
      g_autofree char *name = g_strdup_printf ("1.2/%u.dcm", i);

      g_ptr_array_add (fixture->entries,
                       bounce_package_entry_new (name, first->path, 1, first->crc32, TRUE));
    }
  write_package (fixture);
  g_assert_no_error (fixture->error);
  assert_package_holds_entries (fixture);
}

static void
test_verify (Fixture *fixture, gconstpointer data)
{
  int fd;

  add_images (fixture, BOUNCE_PHANTOM_SMALL, 3, 0);
  write_package (fixture);
  fd = open (fixture->package, O_WRONLY | O_CLOEXEC);
  g_assert_cmpint (pwrite (fd, "?", 1, 300), ==, 1);
  verify_package (fixture);
  g_assert_no_error (fixture->error);
  g_assert_false (fixture->is_same);
  g_assert_cmpint (ftruncate (fd, 200), ==, 0);
  close (fd);
  verify_package (fixture);
  g_assert_no_error (fixture->error);
  g_assert_false (fixture->is_same);
  g_assert_cmpint (unlink (fixture->package), ==, 0);
  verify_package (fixture);
  g_assert_no_error (fixture->error);
  g_assert_false (fixture->is_same);
  g_assert_cmpint (symlink ("/dev/null", fixture->package), ==, 0);
  verify_package (fixture);
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO);
}

static void
test_missing (Fixture *fixture, gconstpointer data)
{
  BouncePackageEntry *entry;

  add_images (fixture, BOUNCE_PHANTOM_SMALL, 30, 0);
  entry = g_ptr_array_index (fixture->entries, 17);
  unlink (entry->path);
  write_package (fixture);
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_MISSING);
  g_assert_nonnull (strstr (fixture->error->message, entry->name));
  assert_no_package (fixture);
}

static void
test_damaged_bytes (Fixture *fixture, gconstpointer data)
{
  BouncePackageEntry *entry;

  add_images (fixture, BOUNCE_PHANTOM_SMALL, 5, 0);
  add_images (fixture, BOUNCE_PHANTOM_MULTIFRAME, 1, 6);
  for (guint i = 4; i < fixture->entries->len; i++)
    {
      entry = g_ptr_array_index (fixture->entries, i);
      entry->crc32 ^= 1;
      write_package (fixture);
      g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_DAMAGED);
      g_assert_nonnull (strstr (fixture->error->message, entry->name));
      assert_no_package (fixture);
      entry->crc32 ^= 1;
    }
}

static void
test_damaged_size (Fixture *fixture, gconstpointer data)
{
  BouncePackageEntry *entry;

  add_images (fixture, BOUNCE_PHANTOM_SMALL, 5, 0);
  entry = g_ptr_array_index (fixture->entries, 3);
  g_assert_cmpint (truncate (entry->path, entry->size_bytes - 1), ==, 0);
  write_package (fixture);
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_DAMAGED);
  g_assert_nonnull (strstr (fixture->error->message, entry->name));
  assert_no_package (fixture);
}

static void
test_invalid (Fixture *fixture, gconstpointer data)
{
  write_package (fixture);
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_INVALID);
  add_bytes (fixture, "1/2.dcm", "a", 1, FALSE);
  add_bytes (fixture, "1/2.dcm", "b", 1, FALSE);
  write_package (fixture);
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_INVALID);
  assert_no_package (fixture);
}

static void
test_unwritable (Fixture *fixture, gconstpointer data)
{
  add_bytes (fixture, "1/2.dcm", "a", 1, FALSE);
  g_free (fixture->package);
  fixture->package = g_strdup ("/nonexistent/a.zip");
  write_package (fixture);
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO);
  g_free (fixture->package);
  fixture->package = g_strdup ("/dev/full");
  write_package (fixture);
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_NO_SPACE);
}

typedef enum
{
  BEFORE,
  EARLY,
  MIDDLE,
  AFTER,
} Moment;

typedef struct
{
  GCancellable *cancellable;
  guint64 at_bytes;
} CancelAt;

static void
progressed_cb (guint64 done_bytes, guint64 total_bytes, gpointer user_data)
{
  CancelAt *cancel = user_data;

  if (done_bytes >= cancel->at_bytes)
    g_cancellable_cancel (cancel->cancellable);
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  Moment moment = GPOINTER_TO_INT (data);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  CancelAt cancel = { .cancellable = cancellable, .at_bytes = moment == MIDDLE ? 1 : G_MAXUINT64 };
  g_autoptr (BounceProgress) progress = bounce_progress_new (progressed_cb, &cancel, NULL);

  add_images (fixture, BOUNCE_PHANTOM_MULTIFRAME, 1, 120);
  if (moment == BEFORE)
    g_cancellable_cancel (cancellable);
  bounce_package_write_async (fixture->package, fixture->entries, progress, cancellable, written_cb,
                              fixture);
  if (moment == EARLY)
    g_cancellable_cancel (cancellable);
  wait_for_calls (fixture, 1);
  if (moment == AFTER)
    {
      g_cancellable_cancel (cancellable);
      g_assert_no_error (fixture->error);
      assert_package_holds_entries (fixture);
    }
  else
    {
      g_assert_error (fixture->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      assert_no_package (fixture);
    }
  /* Nobody owns the context here: the last value comes by it, while `cancel` is still there. */
  bounce_progress_finish (progress);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (fixture->n_calls, ==, 1);
}

static void
test_transfer_syntaxes (void)
{
  static const char *const native[] = { "1.2.840.10008.1.2", "1.2.840.10008.1.2.1",
                                        "1.2.840.10008.1.2.2" };
  static const char *const compressed[] = { "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.4.50",
                                            "1.2.840.10008.1.2.4.80", "1.2.840.10008.1.2.4.90",
                                            "1.2.840.10008.1.2.5",    "1.2.3.4" };

  for (gsize i = 0; i < G_N_ELEMENTS (native); i++)
    g_assert_false (bounce_transfer_syntax_is_compressed (native[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (compressed); i++)
    g_assert_true (bounce_transfer_syntax_is_compressed (compressed[i]));
}

#define ADD(name, func, data)                                                                      \
  g_test_add ("/archive/package/" name, Fixture, data, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("images", test_images, NULL);
  ADD ("sizes", test_sizes, NULL);
  ADD ("same-bytes", test_same_bytes, NULL);
  ADD ("many", test_many, NULL);
  ADD ("verify", test_verify, NULL);
  ADD ("missing", test_missing, NULL);
  ADD ("damaged-bytes", test_damaged_bytes, NULL);
  ADD ("damaged-size", test_damaged_size, NULL);
  ADD ("invalid", test_invalid, NULL);
  ADD ("unwritable", test_unwritable, NULL);
  ADD ("cancel/before", test_cancel, GINT_TO_POINTER (BEFORE));
  ADD ("cancel/early", test_cancel, GINT_TO_POINTER (EARLY));
  ADD ("cancel/middle", test_cancel, GINT_TO_POINTER (MIDDLE));
  ADD ("cancel/after", test_cancel, GINT_TO_POINTER (AFTER));
  g_test_add_func ("/archive/transfer-syntaxes", test_transfer_syntaxes);

  return g_test_run ();
}
