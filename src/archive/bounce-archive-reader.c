/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Reading a stranger's ZIP. Its names are only shown, never used as paths; its claims about sizes
 * are not believed: what is unpacked is counted. An entry that cannot be read does not keep the
 * others from being read. */

#include "config.h"

#include "bounce-archive-reader.h"

#include "bounce-archive-input-private.h"

#include <sys/stat.h>

struct _BounceArchiveReader
{
  BounceArchiveInput input;
  zip_t *zip;        /* (owned) (nullable) */
  zip_file_t *entry; /* (owned) (nullable) being read */
  char *name;        /* (owned) (nullable) of the entry */
  zip_uint64_t next, n_entries;
  guint64 unpacked_bytes;
};

static gboolean
open_zip (BounceArchiveReader *self, GError **error)
{
  zip_source_t *source = bounce_archive_input_make_source (&self->input);

  self->zip = zip_open_from_source (source, ZIP_RDONLY, NULL);
  if (self->zip == NULL)
    {
      zip_source_free (source);
      g_set_error_literal (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_INVALID,
                           "not a readable ZIP archive");
      return FALSE;
    }
  self->n_entries = (zip_uint64_t) MAX (zip_get_num_entries (self->zip, 0), 0);
  if (self->n_entries <= BOUNCE_ARCHIVE_MAX_ENTRIES)
    return TRUE;
  g_set_error_literal (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_BOMB,
                       "the archive has too many entries");
  return FALSE;
}

/**
 * bounce_archive_reader_open:
 * @fd: a regular file that stays open as long as the reader; its position does not change
 *
 * Thread: any; blocks on the disk
 * Errors: %BOUNCE_ARCHIVE_ERROR_IO, %BOUNCE_ARCHIVE_ERROR_INVALID (no ZIP),
 *   %BOUNCE_ARCHIVE_ERROR_BOMB (too many entries)
 * Returns: (transfer full): a reader before the first entry
 */
BounceArchiveReader *
bounce_archive_reader_open (int fd, GError **error)
{
  g_autoptr (BounceArchiveReader) self = g_new0 (BounceArchiveReader, 1);

  if (!bounce_archive_input_init (&self->input, fd, error) || !open_zip (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

static void
close_entry (BounceArchiveReader *self)
{
  g_clear_pointer (&self->entry, zip_fclose);
  g_clear_pointer (&self->name, g_free);
}

/**
 * bounce_archive_reader_free:
 *
 * Closes the archive; the caller's descriptor stays open.
 */
void
bounce_archive_reader_free (BounceArchiveReader *self)
{
  close_entry (self);
  g_clear_pointer (&self->zip, zip_discard);
  bounce_archive_input_clear (&self->input);
  g_free (self);
}

/**
 * bounce_archive_reader_next:
 *
 * Goes to the next entry that is a file.
 *
 * Returns: (transfer none) (nullable): its name, for people only, until the next call; %NULL at the
 *   end
 */
const char *
bounce_archive_reader_next (BounceArchiveReader *self)
{
  close_entry (self);
  while (self->next < self->n_entries)
    {
      const char *name = zip_get_name (self->zip, self->next++, ZIP_FL_ENC_GUESS);

      if (name != NULL && g_str_has_suffix (name, "/"))
        continue;
      self->name = g_utf8_make_valid (name != NULL ? name : "?", -1);
      return self->name;
    }
  return NULL;
}

/**
 * bounce_archive_reader_is_link:
 *
 * A link's data is the path it leads to, which leads nowhere here.
 *
 * Source: APPNOTE.TXT 4.4.15, Unix mode in the upper half
 */
gboolean
bounce_archive_reader_is_link (BounceArchiveReader *self)
{
  zip_uint8_t system = 0;
  zip_uint32_t attributes = 0;

  return zip_file_get_external_attributes (self->zip, self->next - 1, 0, &system, &attributes) == 0
         && system == ZIP_OPSYS_UNIX && S_ISLNK (attributes >> 16);
}

static void
set_entry_error (BounceArchiveReader *self, GError **error)
{
  zip_error_t *reason =
      self->entry != NULL ? zip_file_get_error (self->entry) : zip_get_error (self->zip);
  int code = zip_error_code_zip (reason);

  if (code == ZIP_ER_NOPASSWD || code == ZIP_ER_WRONGPASSWD || code == ZIP_ER_ENCRNOTSUPP)
    g_set_error_literal (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_ENCRYPTED,
                         "the entry wants a password");
  else if (code == ZIP_ER_READ)
    g_set_error_literal (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO,
                         "the archive cannot be read");
  else
    g_set_error_literal (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_DAMAGED,
                         "the entry cannot be unpacked");
}

static gboolean
count_unpacked (BounceArchiveReader *self, zip_int64_t n, GError **error)
{
  self->unpacked_bytes += (guint64) n;
  if (self->unpacked_bytes <= BOUNCE_ARCHIVE_FREE_BYTES
      || self->unpacked_bytes / BOUNCE_ARCHIVE_MAX_RATIO <= self->input.size_bytes)
    return TRUE;
  g_set_error_literal (error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_BOMB,
                       "the archive unpacks to more than an honest one");
  return FALSE;
}

/**
 * bounce_archive_reader_read:
 *
 * Shape: the next bytes of the entry
 * Errors: %BOUNCE_ARCHIVE_ERROR_DAMAGED when the entry cannot be unpacked (also a checksum that is
 *   wrong), %BOUNCE_ARCHIVE_ERROR_ENCRYPTED, %BOUNCE_ARCHIVE_ERROR_IO, and
 * %BOUNCE_ARCHIVE_ERROR_BOMB when the archive unpacks to far more than it can honestly hold: it is
 * of no use to go on then Returns: how many; 0 at the end of the entry; -1 with an error
 */
gssize
bounce_archive_reader_read (BounceArchiveReader *self, guint8 *buffer, gsize size, GError **error)
{
  zip_int64_t n = -1;

  if (self->entry == NULL)
    self->entry = zip_fopen_index (self->zip, self->next - 1, 0);
  if (self->entry != NULL)
    n = zip_fread (self->entry, buffer, size);
  if (n < 0)
    {
      set_entry_error (self, error);
      return -1;
    }
  return count_unpacked (self, n, error) ? (gssize) n : -1;
}
