/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Unpacks a delivered archive, trusting nothing in it. First every entry is looked at by its name
 * and numbers; then all are unpacked into a scratch directory, counting what really comes out; and
 * only when everything is there do the files move to their places. Blocking; a thread's work. */

#include "config.h"

#include "sandbox-archive.h"

#include "bounce-digest.h"
#include "bounce-file.h"
#include "bounce-study-metadata.h"
#include "bounce-uid.h"
#include "sandbox-manifest.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>
#include <zip.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC (zip_t, zip_discard)

/* DEFLATE cannot do better than 1032:1; black images come near 1000. Small archives may; a large
 * one of real images never does. */
#define MAX_RATIO         100
#define RATIO_COUNTS_FROM (256 * 1024 * 1024)
#define BUFFER_SIZE       (256 * 1024)

typedef struct
{
  const SandboxUnpacking *job;
  zip_t *zip;
  GHashTable *study_of_series; /* (owned) series UID → study UID, both of the manifest */
  GHashTable *expected;        /* (owned) series UID → instances still to come */
  GPtrArray *instances;        /* (owned) (element-type SandboxInstance) in the archive's order */
  guint64 total_bytes;
} Unpacker;

static gboolean
refuse (GError **error, const char *text)
{
  g_set_error_literal (error, SANDBOX_ERROR, SANDBOX_ERROR_INVALID, text);
  return FALSE;
}

static gboolean
fail (GError **error, const char *what)
{
  g_set_error (error, SANDBOX_ERROR, SANDBOX_ERROR_STORAGE, "%s: %s", what, g_strerror (errno));
  return FALSE;
}

/* "{series}/{sop}.dcm" and nothing else. */
static SandboxInstance *
parse_name (Unpacker *self, const char *name)
{
  g_autoptr (SandboxInstance) instance = g_new0 (SandboxInstance, 1);
  const char *slash = strchr (name, '/');

  if (slash == NULL || !g_str_has_suffix (name, ".dcm"))
    return NULL;
  instance->series_uid = g_strndup (name, slash - name);
  instance->sop_uid = g_strndup (slash + 1, strlen (slash + 1) - strlen (".dcm"));
  if (!bounce_uid_is_valid (instance->series_uid) || !bounce_uid_is_valid (instance->sop_uid))
    return NULL;
  instance->study_uid =
      g_strdup (g_hash_table_lookup (self->study_of_series, instance->series_uid));
  return g_steal_pointer (&instance);
}

static gboolean
check_numbers (Unpacker *self, const zip_stat_t *stat, GError **error)
{
  const guint64 needed =
      ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD | ZIP_STAT_ENCRYPTION_METHOD;

  if ((stat->valid & needed) != needed)
    return refuse (error, "The archive has an entry without sizes");
  if ((stat->comp_method != ZIP_CM_STORE && stat->comp_method != ZIP_CM_DEFLATE)
      || stat->encryption_method != ZIP_EM_NONE)
    return refuse (error, "The archive has an entry that is neither stored nor deflated");
  if (stat->size > self->job->max_unpacked_bytes - self->total_bytes)
    return refuse (error, "The archive is too large when unpacked");
  self->total_bytes += stat->size;
  return TRUE;
}

static gboolean
check_entry (Unpacker *self, guint64 index, GError **error)
{
  g_autoptr (SandboxInstance) instance = NULL;
  zip_stat_t stat;
  guint expected;

  if (zip_stat_index (self->zip, index, 0, &stat) != 0 || (stat.valid & ZIP_STAT_NAME) == 0)
    return refuse (error, "The archive has an entry that cannot be read");
  instance = parse_name (self, stat.name);
  if (instance == NULL)
    return refuse (error, "The archive has an entry that is not named {series}/{sop}.dcm");
  if (instance->study_uid == NULL)
    return refuse (error, "The archive has a series that init did not list");
  expected = GPOINTER_TO_UINT (g_hash_table_lookup (self->expected, instance->series_uid));
  if (expected == 0)
    return refuse (error, "The archive has more instances of a series than init listed");
  g_hash_table_replace (self->expected, g_strdup (instance->series_uid),
                        GUINT_TO_POINTER (expected - 1));
  if (!check_numbers (self, &stat, error))
    return FALSE;
  instance->size_bytes = stat.size;
  g_ptr_array_add (self->instances, g_steal_pointer (&instance));
  return TRUE;
}

static gboolean
check_ratio (Unpacker *self, GError **error)
{
  GStatBuf archive;

  if (g_stat (self->job->archive, &archive) != 0)
    return fail (error, "archive");
  if (self->total_bytes > RATIO_COUNTS_FROM
      && self->total_bytes / MAX_RATIO > (guint64) archive.st_size)
    return refuse (error, "The archive unpacks to too many times its size");
  return TRUE;
}

static gboolean
check_all (Unpacker *self, GError **error)
{
  gint64 n_entries = zip_get_num_entries (self->zip, 0);

  if (n_entries != sandbox_manifest_count_instances (self->job->manifest))
    return refuse (error, "The archive has another number of instances than init listed");
  for (gint64 i = 0; i < n_entries; i++)
    if (!check_entry (self, i, error))
      return FALSE;
  return check_ratio (self, error);
}

static gboolean
copy_entry (zip_file_t *entry, int fd, SandboxInstance *instance, GError **error)
{
  g_autoptr (BounceDigest) digest = bounce_digest_new ();
  g_autofree guint8 *buffer = g_malloc (BUFFER_SIZE);
  guint8 sha256[BOUNCE_SHA256_LENGTH];
  guint64 left = instance->size_bytes;
  guint32 crc32;
  gint64 n;

  while ((n = zip_fread (entry, buffer, BUFFER_SIZE)) > 0)
    {
      if ((guint64) n > left)
        return refuse (error, "The archive has an entry that is longer than it says");
      left -= n;
      bounce_digest_update (digest, buffer, n);
      if (!bounce_file_write_all (fd, buffer, n, error))
        return FALSE;
    }
  if (n < 0 || left > 0)
    return refuse (error, "The archive has an entry that is damaged");
  bounce_digest_finish (digest, &crc32, sha256);
  instance->sha256 = bounce_sha256_to_hex (sha256);
  return TRUE;
}

static char *
path_of (const char *directory, const SandboxInstance *instance)
{
  return g_strdup_printf ("%s/%s/%s/%s.dcm", directory, instance->study_uid, instance->series_uid,
                          instance->sop_uid);
}

static int
create_file (const char *path, GError **error)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = -1;

  if (g_mkdir_with_parents (directory, 0700) == 0)
    fd = g_open (path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
  if (fd < 0)
    fail (error, "unpack");
  return fd;
}

static gboolean
unpack_entry (Unpacker *self, guint64 index, GError **error)
{
  SandboxInstance *instance = self->instances->pdata[index];
  g_autofree char *path = path_of (self->job->scratch, instance);
  zip_file_t *entry = zip_fopen_index (self->zip, index, 0);
  gboolean is_done;
  int fd;

  if (entry == NULL)
    return refuse (error, "The archive has an entry that cannot be read");
  fd = create_file (path, error);
  is_done = fd >= 0 && copy_entry (entry, fd, instance, error);
  if (fd >= 0 && close (fd) != 0 && is_done)
    is_done = fail (error, "unpack");
  if (zip_fclose (entry) != 0 && is_done)
    is_done = refuse (error, "The archive has an entry that is damaged");
  return is_done;
}

/* Repeating it is harmless: a rename replaces, and complete is asked again until acknowledged. */
static gboolean
move_all (Unpacker *self, GError **error)
{
  for (guint i = 0; i < self->instances->len; i++)
    {
      g_autofree char *from = path_of (self->job->scratch, self->instances->pdata[i]);
      g_autofree char *to = path_of (self->job->studies_dir, self->instances->pdata[i]);
      g_autofree char *directory = g_path_get_dirname (to);

      if (g_mkdir_with_parents (directory, 0700) != 0 || g_rename (from, to) != 0)
        return fail (error, "move");
    }
  return TRUE;
}

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_tree (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

static void
read_manifest (Unpacker *self)
{
  for (guint i = 0; i < self->job->manifest->len; i++)
    {
      BounceStudyMetadata *study = self->job->manifest->pdata[i];

      for (guint j = 0; j < study->series->len; j++)
        {
          BounceSeriesMetadata *series = study->series->pdata[j];

          g_hash_table_insert (self->study_of_series, series->series_uid, study->study_uid);
          g_hash_table_insert (self->expected, g_strdup (series->series_uid),
                               GUINT_TO_POINTER (series->instances));
        }
    }
}

static gboolean
unpack_all (Unpacker *self, GError **error)
{
  if (!check_all (self, error))
    return FALSE;
  for (guint i = 0; i < self->instances->len; i++)
    if (!unpack_entry (self, i, error))
      return FALSE;
  return move_all (self, error);
}

/**
 * sandbox_archive_unpack:
 *
 * Shape: entries `{series}/{sop}.dcm`, exactly as many of each series as the manifest says.
 * Thread: any but main
 * Errors: SANDBOX_ERROR_INVALID with what is wrong with the archive; SANDBOX_ERROR_STORAGE, or a
 *   BOUNCE_CORE_ERROR of writing, when our own disk failed.
 * Returns: (transfer full) (element-type SandboxInstance): what is now in studies_dir
 */
GPtrArray *
sandbox_archive_unpack (const SandboxUnpacking *job, GError **error)
{
  /* Consistent: both headers of an entry agree, and no name occurs twice. */
  g_autoptr (zip_t) zip = zip_open (job->archive, ZIP_RDONLY | ZIP_CHECKCONS, NULL);
  g_autoptr (GPtrArray) instances =
      g_ptr_array_new_with_free_func ((GDestroyNotify) sandbox_instance_free);
  g_autoptr (GHashTable) study_of_series = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) expected = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  Unpacker self = { .job = job,
                    .zip = zip,
                    .study_of_series = study_of_series,
                    .expected = expected,
                    .instances = instances };
  gboolean is_done;

  if (zip == NULL)
    {
      refuse (error, "The upload is not a sound ZIP archive");
      return NULL;
    }
  read_manifest (&self);
  remove_tree (job->scratch);
  is_done = unpack_all (&self, error);
  remove_tree (job->scratch);
  return is_done ? g_steal_pointer (&instances) : NULL;
}
