/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Import: files, folders, archives, and what is refused. */

#include "config.h"

#include "service-fixture.h"

#include "bounce-package.h"
#include "bounce-phantom.h"
#include "bounce-service-import.h"
#include "bounce-wording.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct
{
  ServiceFixture service;
  char *folder; /* (owned) five instances and a few strangers */
} Fixture;

static void
write_file (Fixture *fixture, const char *name, const char *data, gssize size)
{
  g_autofree char *path = g_build_filename (fixture->folder, name, NULL);
  GError *error = NULL;

  g_file_set_contents (path, data, size, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  BouncePhantom phantom = { .kind = BOUNCE_PHANTOM_SMALL, .n_instances = 5 };
  GError *error = NULL;

  service_fixture_set_up (&fixture->service, NULL);
  fixture->folder = bounce_test_dirs_make (fixture->service.dirs, "import");
  bounce_phantom_write (&phantom, fixture->folder, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  service_fixture_tear_down (&fixture->service, NULL);
  g_free (fixture->folder);
}

static BounceImportSummary *
import_paths (Fixture *fixture, const char *const *paths, gboolean is_cancelled)
{
  g_autoptr (GAsyncResult) added = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (BounceImport) import = NULL;
  GError *error = NULL;
  BounceImportSummary *summary;

  import = bounce_service_begin_import (fixture->service.service, &error);
  g_assert_no_error (error);
  if (is_cancelled)
    bounce_import_cancel (import);
  bounce_import_add_paths_async (import, paths, service_fixture_keep_result_cb, &added);
  bounce_service_end_import_async (fixture->service.service, import, service_fixture_keep_result_cb,
                                   &ended);
  bounce_import_add_finish (import, service_fixture_wait (&added), &error);
  g_assert_no_error (error);
  summary = bounce_service_end_import_finish (fixture->service.service,
                                              service_fixture_wait (&ended), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (
      g_list_model_get_n_items (bounce_service_get_imports (fixture->service.service)), ==, 0);
  return summary;
}

static BounceImportSummary *
import_path (Fixture *fixture, const char *path)
{
  const char *const paths[] = { path, NULL };

  return import_paths (fixture, paths, FALSE);
}

static const char *
find_reason (const BounceImportSummary *summary, const char *name)
{
  for (guint i = 0; i < summary->refusals->len; i++)
    {
      const BounceImportRefusal *refusal = g_ptr_array_index (summary->refusals, i);

      if (g_str_equal (refusal->name, name))
        return refusal->reason;
    }
  return NULL;
}

static void
test_folder (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BounceImportSummary) first = import_path (fixture, fixture->folder);
  g_autoptr (BounceImportSummary) again = import_path (fixture, fixture->folder);

  g_assert_cmpuint (first->counts.n_accepted, ==, 5);
  g_assert_cmpuint (first->counts.n_refused, ==, 0);
  g_assert_cmpuint (again->counts.n_accepted, ==, 0);
  g_assert_cmpuint (again->counts.n_same, ==, 5);
  g_assert_cmpuint (service_fixture_count_studies (&fixture->service), ==, 1);
}

/* A name for each refusal; a media directory is none. */
static void
test_refused (Fixture *fixture, gconstpointer data)
{
  static const char dicomdir[] = "DICM\2\0\2\0UI\24\0001.2.840.10008.1.3.10";
  g_autofree char *link = g_build_filename (fixture->folder, "link", NULL);
  g_autofree char *pipe = g_build_filename (fixture->folder, "pipe", NULL);
  g_autoptr (GString) directory = g_string_new (NULL);
  g_autoptr (BounceImportSummary) summary = NULL;

  for (guint i = 0; i < 128; i++)
    g_string_append_c (directory, '\0');
  g_string_append_len (directory, dicomdir, sizeof dicomdir - 1);
  write_file (fixture, "DICOMDIR", directory->str, (gssize) directory->len);
  write_file (fixture, "readme.txt", "not DICOM", -1);
  write_file (fixture, "empty", "", 0);
  write_file (fixture, "broken.zip", "PK\3\4 and nothing more", -1);
  g_assert_cmpint (symlink ("/etc/passwd", link), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  write_file (fixture, "broken.dcm", "not DICOM", -1);
  write_file (fixture, "._fork.dcm", "not DICOM", -1);
  summary = import_path (fixture, fixture->folder);
  g_assert_cmpuint (summary->counts.n_accepted, ==, 5);
  g_assert_cmpuint (summary->counts.n_skipped, ==, 3);
  g_assert_cmpuint (summary->counts.n_refused, ==, 4);
  g_assert_null (summary->end_reason);
  g_assert_cmpstr (find_reason (summary, "import/link"), ==, BOUNCE_REASON_LINK);
  g_assert_cmpstr (find_reason (summary, "import/pipe"), ==, BOUNCE_REASON_SPECIAL_FILE);
  g_assert_cmpstr (find_reason (summary, "import/broken.zip"), ==, BOUNCE_REASON_ARCHIVE_DAMAGED);
  g_assert_cmpstr (find_reason (summary, "import/broken.dcm"), ==, BOUNCE_REASON_NOT_DICOM);
}

/* What was named and has nothing in it is told, or silence would be taken for success. */
static void
test_named (Fixture *fixture, gconstpointer data)
{
  g_autofree char *readme = g_build_filename (fixture->folder, "readme.txt", NULL);
  g_autofree char *pipe = g_build_filename (fixture->folder, "pipe", NULL);
  g_autofree char *empty = bounce_test_dirs_make (fixture->service.dirs, "empty");
  const char *const paths[] = { readme, pipe, empty, "/nowhere/at/all", fixture->service.base_dir,
                                NULL };
  g_autoptr (BounceImportSummary) summary = NULL;

  write_file (fixture, "readme.txt", "not DICOM", -1);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  summary = import_paths (fixture, paths, FALSE);
  g_assert_cmpuint (summary->counts.n_refused, ==, 5);
  g_assert_cmpstr (find_reason (summary, "readme.txt"), ==, BOUNCE_REASON_NOT_DICOM);
  g_assert_cmpstr (find_reason (summary, "pipe"), ==, BOUNCE_REASON_SPECIAL_FILE);
  g_assert_cmpstr (find_reason (summary, "empty"), ==, BOUNCE_REASON_NO_IMAGES);
  g_assert_cmpstr (find_reason (summary, "all"), ==, BOUNCE_REASON_MISSING);
  g_assert_cmpstr (find_reason (summary, "studies"), ==, BOUNCE_REASON_OWN_STORAGE);
}

static void
append_reference (GString *index, const char *value)
{
  gsize length = strlen (value);

  g_string_append_len (index, "\4\0\0\25CS", 6);
  g_string_append_c (index, (char) (length & 0xff));
  g_string_append_c (index, (char) (length >> 8));
  g_string_append (index, value);
}

/* An index is followed to the files it lists and nowhere else. */
static void
test_medium (Fixture *fixture, gconstpointer data)
{
  static const char *const elsewhere[] = {
    "..\\secret", "/etc/passwd", "A/B", ".", "", "A\\B\\C\\D\\E\\F\\G\\H\\I", "LINK\\secret"
  };
  g_autoptr (GString) index = g_string_new (NULL);
  g_autofree char *path = g_build_filename (fixture->folder, "DICOMDIR", NULL);
  g_autofree char *secret = bounce_test_dirs_make (fixture->service.dirs, "elsewhere");
  g_autofree char *link = g_build_filename (fixture->folder, "LINK", NULL);
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  g_autofree char *first = g_strdup (g_dir_read_name (dir));
  g_autoptr (BounceImportSummary) summary = NULL;

  g_assert_cmpint (symlink (secret, link), ==, 0);
  append_reference (index, first);
  for (gsize i = 0; i < G_N_ELEMENTS (elsewhere); i++)
    append_reference (index, elsewhere[i]);
  g_string_append_len (index, "\4\0\0\25CS\xff\xff", 8); /* longer than the file */
  write_file (fixture, "DICOMDIR", index->str, (gssize) index->len);
  summary = import_path (fixture, path);
  g_assert_cmpuint (summary->counts.n_accepted, ==, 1);
  g_assert_cmpuint (summary->counts.n_refused, ==, 6);
  g_assert_cmpstr (find_reason (summary, "DICOMDIR/../secret"), ==, BOUNCE_REASON_MISSING);
  g_assert_cmpstr (find_reason (summary, "DICOMDIR/LINK/secret"), ==, BOUNCE_REASON_LINK);
}

/* The fixture's folder as a ZIP. */
static char *
make_archive (Fixture *fixture)
{
  char *path = g_build_filename (bounce_test_dirs_get_root (fixture->service.dirs), "a.zip", NULL);
  g_autoptr (GPtrArray) entries =
      g_ptr_array_new_with_free_func ((GDestroyNotify) bounce_package_entry_free);
  g_autoptr (GDir) dir = g_dir_open (fixture->folder, 0, NULL);
  g_autoptr (GAsyncResult) result = NULL;
  BouncePackageInfo info;
  const char *name;
  GError *error = NULL;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (fixture->folder, name, NULL);
      g_autofree char *bytes = NULL;
      gsize size;
      BounceDigest *digest;
      guint32 crc32 = 0;

      g_file_get_contents (file, &bytes, &size, &error);
      g_assert_no_error (error);
      digest = bounce_digest_new ();
      bounce_digest_update (digest, bytes, size);
      bounce_digest_finish (digest, &crc32, NULL);
      bounce_digest_free (digest);
      g_ptr_array_add (entries, bounce_package_entry_new (name, file, size, crc32, FALSE));
    }
  bounce_package_write_async (path, entries, NULL, NULL, service_fixture_keep_result_cb, &result);
  bounce_package_write_finish (service_fixture_wait (&result), &info, &error);
  g_assert_no_error (error);
  return path;
}

static void
test_archive (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autoptr (BounceImportSummary) summary = NULL;

  write_file (fixture, "readme.txt", "not DICOM", -1);
  path = make_archive (fixture);
  summary = import_path (fixture, path);
  g_assert_cmpuint (summary->counts.n_accepted, ==, 5);
  g_assert_cmpuint (summary->counts.n_refused, ==, 0);
  g_assert_cmpuint (summary->counts.n_skipped, ==, 1);
}

static void
test_cancelled (Fixture *fixture, gconstpointer data)
{
  const char *const paths[] = { fixture->folder, NULL };
  g_autoptr (BounceImportSummary) summary = import_paths (fixture, paths, TRUE);

  g_assert_cmpstr (summary->end_reason, ==, BOUNCE_REASON_CANCELLED);
  g_assert_cmpuint (summary->counts.n_accepted, ==, 0);
}

/* Nothing can be kept while the storage is away: that ends it, and nobody is told of a full disk.
 */
static void
test_storage_gone (Fixture *fixture, gconstpointer data)
{
  const char *base_dir = fixture->service.base_dir;
  g_autofree char *elsewhere = g_strconcat (base_dir, "-elsewhere", NULL);
  g_autoptr (BounceImportSummary) summary = NULL;

  g_assert_cmpint (g_rename (base_dir, elsewhere), ==, 0);
  summary = import_path (fixture, fixture->folder);
  g_assert_cmpstr (summary->end_reason, ==, BOUNCE_REASON_STORAGE);
  g_assert_cmpuint (summary->counts.n_refused, ==, 0);
  g_assert_cmpint (g_rename (elsewhere, base_dir), ==, 0);
}

static void
test_limit (Fixture *fixture, gconstpointer data)
{
  BounceImport *imports[BOUNCE_SERVICE_MAX_IMPORTS];
  BounceService *service = fixture->service.service;
  g_autoptr (BounceImport) more = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (imports); i++)
    imports[i] = bounce_service_begin_import (service, NULL);
  more = bounce_service_begin_import (service, &error);
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED);
  g_assert_null (more);
  for (guint i = 0; i < G_N_ELEMENTS (imports); i++)
    {
      g_autoptr (GAsyncResult) ended = NULL;

      bounce_service_end_import_async (service, imports[i], service_fixture_keep_result_cb, &ended);
      service_fixture_wait (&ended);
      g_object_unref (imports[i]);
    }
  more = bounce_service_begin_import (service, NULL);
  g_assert_nonnull (more); /* tearing down ends it */
}

/* Shutting down cancels, waits for the import's thread, and lets nothing begin any more. */
static void
test_shutdown (Fixture *fixture, gconstpointer data)
{
  const char *const paths[] = { fixture->folder, NULL };
  g_autoptr (GAsyncResult) added = NULL;
  g_autoptr (GAsyncResult) stopped = NULL;
  g_autoptr (GAsyncResult) ended = NULL;
  g_autoptr (BounceService) service = g_object_ref (fixture->service.service);
  g_autoptr (BounceImport) import = bounce_service_begin_import (service, NULL);
  g_autoptr (GError) error = NULL;

  bounce_import_add_paths_async (import, paths, service_fixture_keep_result_cb, &added);
  bounce_service_shutdown_async (service, service_fixture_keep_result_cb, &stopped);
  g_assert_null (bounce_service_begin_import (service, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED);
  g_clear_error (&error);
  bounce_service_end_import_async (service, import, service_fixture_keep_result_cb, &ended);
  bounce_service_end_import_finish (service, service_fixture_wait (&ended), &error);
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED);
  service_fixture_wait (&added);
  g_assert_true (bounce_service_shutdown_finish (service, service_fixture_wait (&stopped), NULL));
  g_clear_object (&fixture->service.service);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "/import/folder", test_folder },
    { "/import/refused", test_refused },
    { "/import/named", test_named },
    { "/import/archive", test_archive },
    { "/import/medium", test_medium },
    { "/import/cancelled", test_cancelled },
    { "/import/limit", test_limit },
    { "/import/shutdown", test_shutdown },
    { "/import/storage-gone", test_storage_gone },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].func, tear_down);
  return g_test_run ();
}
