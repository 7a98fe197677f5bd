/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Archives that somebody else made: what is read, what each damage does to the others in it, and
 * what is refused before it takes memory or disk. */

#include "config.h"

#include "bounce-archive-reader.h"
#include "bounce-test-dirs.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zip.h>

#define MIB ((gsize) 1024 * 1024)

typedef struct
{
  BounceTestDirs *dirs; /* (owned) */
  char *path;           /* (owned) of the archive */
  int fd;
  BounceArchiveReader *reader; /* (owned) (nullable) */
  GError *error;               /* (owned) (nullable) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dirs = bounce_test_dirs_new ();
  fixture->path = g_build_filename (bounce_test_dirs_get_root (fixture->dirs), "a.zip", NULL);
  fixture->fd = -1;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->reader, bounce_archive_reader_free);
  if (fixture->fd >= 0)
    close (fixture->fd);
  g_clear_error (&fixture->error);
  g_free (fixture->path);
  bounce_test_dirs_free (fixture->dirs);
}

/* An archive to be written, which libzip does when it is closed. */
static zip_t *
begin (Fixture *fixture)
{
  zip_t *zip = zip_open (fixture->path, ZIP_CREATE | ZIP_TRUNCATE, NULL);

  g_assert_nonnull (zip);
  return zip;
}

static zip_int64_t
add (zip_t *zip, const char *name, const void *data, gsize size)
{
  zip_int64_t index =
      zip_file_add (zip, name, zip_source_buffer (zip, data, size, 0), ZIP_FL_ENC_UTF_8);

  g_assert_cmpint (index, >=, 0);
  return index;
}

static void
open_reader (Fixture *fixture)
{
  g_clear_error (&fixture->error);
  g_clear_pointer (&fixture->reader, bounce_archive_reader_free);
  if (fixture->fd >= 0)
    close (fixture->fd);
  fixture->fd = open (fixture->path, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (fixture->fd, >=, 0);
  fixture->reader = bounce_archive_reader_open (fixture->fd, &fixture->error);
}

static void
end (Fixture *fixture, zip_t *zip)
{
  g_assert_cmpint (zip_close (zip), ==, 0);
  open_reader (fixture);
}

/* The entry's bytes, or NULL with the fixture's error. */
static GByteArray *
read_entry (Fixture *fixture)
{
  GByteArray *bytes = g_byte_array_new ();
  guint8 buffer[1000];
  gssize n;

  g_clear_error (&fixture->error);
  while ((n = bounce_archive_reader_read (fixture->reader, buffer, sizeof buffer, &fixture->error))
         > 0)
    g_byte_array_append (bytes, buffer, (guint) n);
  if (n == 0)
    return bytes;
  g_byte_array_unref (bytes);
  return NULL;
}

static void
assert_next (Fixture *fixture, const char *name, const char *content)
{
  g_autoptr (GByteArray) bytes = NULL;

  g_assert_cmpstr (bounce_archive_reader_next (fixture->reader), ==, name);
  bytes = read_entry (fixture);
  g_assert_no_error (fixture->error);
  g_assert_cmpmem (bytes->data, bytes->len, content, strlen (content));
}

static void
assert_next_fails (Fixture *fixture, int code)
{
  g_autoptr (GByteArray) bytes = NULL;

  g_assert_nonnull (bounce_archive_reader_next (fixture->reader));
  bytes = read_entry (fixture);
  g_assert_null (bytes);
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, code);
}

static void
assert_refused (Fixture *fixture, int code)
{
  open_reader (fixture);
  g_assert_null (fixture->reader);
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, code);
}

static char *
read_file (Fixture *fixture, gsize *size)
{
  char *data = NULL;

  g_assert_true (g_file_get_contents (fixture->path, &data, size, NULL));
  return data;
}

static void
write_file (Fixture *fixture, const void *data, gsize size)
{
  g_assert_true (g_file_set_contents (fixture->path, data, (gssize) size, NULL));
}

static void
test_entries (Fixture *fixture, gconstpointer data)
{
  zip_t *zip = begin (fixture);

  add (zip, "a", "one", 3);
  zip_dir_add (zip, "folder", 0);
  zip_set_file_compression (zip, (zip_uint64_t) add (zip, "folder/b", "two", 3), ZIP_CM_STORE, 0);
  add (zip, "empty", "", 0);
  end (fixture, zip);
  g_assert_no_error (fixture->error);
  assert_next (fixture, "a", "one");
  assert_next (fixture, "folder/b", "two");
  g_assert_nonnull (bounce_archive_reader_next (fixture->reader)); /* left before it is read */
  g_assert_null (bounce_archive_reader_next (fixture->reader));
  g_assert_null (bounce_archive_reader_next (fixture->reader));
  g_assert_cmpint (lseek (fixture->fd, 0, SEEK_CUR), ==, 0);
}

/* Names are for people: whatever they say, only their entry is read. */
static void
test_names (Fixture *fixture, gconstpointer data)
{
  static const char *const names[] = { "../../etc/passwd", "/etc/passwd",
                                       "..\\..\\boot.ini", "C:\\x",
                                       "a//b/./c",         "眼科.dcm" };
  zip_t *zip = begin (fixture);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    add (zip, names[i], "x", 1);
  end (fixture, zip);
  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    assert_next (fixture, names[i], "x");
}

static void
test_link (Fixture *fixture, gconstpointer data)
{
  zip_t *zip = begin (fixture);
  zip_uint64_t link = (zip_uint64_t) add (zip, "link", "/etc/passwd", 11);

  zip_file_set_external_attributes (zip, link, 0, ZIP_OPSYS_UNIX, (zip_uint32_t) 0120777 << 16);
  add (zip, "file", "x", 1);
  end (fixture, zip);
  g_assert_cmpstr (bounce_archive_reader_next (fixture->reader), ==, "link");
  g_assert_true (bounce_archive_reader_is_link (fixture->reader));
  g_assert_cmpstr (bounce_archive_reader_next (fixture->reader), ==, "file");
  g_assert_false (bounce_archive_reader_is_link (fixture->reader));
}

static void
test_encrypted (Fixture *fixture, gconstpointer data)
{
  zip_t *zip = begin (fixture);
  zip_uint64_t secret = (zip_uint64_t) add (zip, "secret", "hidden", 6);

  g_assert_cmpint (zip_file_set_encryption (zip, secret, ZIP_EM_AES_256, "password"), ==, 0);
  add (zip, "open", "seen", 4);
  end (fixture, zip);
  assert_next_fails (fixture, BOUNCE_ARCHIVE_ERROR_ENCRYPTED);
  assert_next (fixture, "open", "seen");
}

/* A checksum that is wrong is known at the end of its entry and does not touch the next. */
static void
test_damaged (Fixture *fixture, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  zip_t *zip = begin (fixture);
  gsize size;
  char *found;

  zip_set_file_compression (zip, (zip_uint64_t) add (zip, "a", "DAMAGE ME", 9), ZIP_CM_STORE, 0);
  add (zip, "b", "whole", 5);
  end (fixture, zip);
  bytes = read_file (fixture, &size);
  found = memmem (bytes, size, "DAMAGE ME", 9);
  found[0] = 'X';
  write_file (fixture, bytes, size);
  open_reader (fixture);
  assert_next_fails (fixture, BOUNCE_ARCHIVE_ERROR_DAMAGED);
  assert_next (fixture, "b", "whole");
}

/* Cut anywhere it is refused. (A file without a byte is an archive without an entry.) */
static void
test_truncated (Fixture *fixture, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  zip_t *zip = begin (fixture);
  gsize size;

  add (zip, "a", "one", 3);
  add (zip, "b", "two", 3);
  end (fixture, zip);
  bytes = read_file (fixture, &size);
  for (gsize cut = 1; cut < size; cut++)
    {
      write_file (fixture, bytes, cut);
      assert_refused (fixture, BOUNCE_ARCHIVE_ERROR_INVALID);
    }
}

static void
test_no_archive (Fixture *fixture, gconstpointer data)
{
  write_file (fixture, "PK\3\4 and nothing more", 20);
  assert_refused (fixture, BOUNCE_ARCHIVE_ERROR_INVALID);
  g_clear_error (&fixture->error);
  g_assert_null (bounce_archive_reader_open (-1, &fixture->error));
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO);
}

/* More entries than a plain end record can count: zip64. */
static void
test_zip64 (Fixture *fixture, gconstpointer data)
{
  zip_t *zip = begin (fixture);
  guint n = 0;

  for (guint i = 0; i < 66000; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      add (zip, name, "x", 1);
    }
  end (fixture, zip);
  g_assert_no_error (fixture->error);
  while (bounce_archive_reader_next (fixture->reader) != NULL)
    n++;
  g_assert_cmpuint (n, ==, 66000);
}

static void
test_too_many (Fixture *fixture, gconstpointer data)
{
  zip_t *zip = begin (fixture);

  for (guint i = 0; i <= BOUNCE_ARCHIVE_MAX_ENTRIES; i++)
    {
      g_autofree char *name = g_strdup_printf ("%u", i);

      add (zip, name, "", 0);
    }
  g_assert_cmpint (zip_close (zip), ==, 0);
  assert_refused (fixture, BOUNCE_ARCHIVE_ERROR_BOMB);
}

static void
append (GByteArray *bytes, const void *data, gsize size)
{
  g_byte_array_append (bytes, data, (guint) size);
}

static void
append_number (GByteArray *bytes, guint64 value, gsize size)
{
  guint64 little = GUINT64_TO_LE (value);

  append (bytes, &little, size);
}

static void
append_end (GByteArray *bytes, guint n, guint64 directory_size, guint64 directory_offset)
{
  append (bytes, "PK\5\6\0\0\0\0", 8);
  append_number (bytes, n, 2);
  append_number (bytes, n, 2);
  append_number (bytes, directory_size, 4);
  append_number (bytes, directory_offset, 4);
  append_number (bytes, 0, 2);
}

/* A directory of 33 MiB, told by the plain end record, by the zip64 one, and by one that hides
 * behind another in the comment. libzip must not see it. */
static void
test_long_directory (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GByteArray) plain = g_byte_array_new ();
  g_autoptr (GByteArray) zip64 = g_byte_array_new ();

  append_end (plain, 1000, 33 * MIB, 0);
  write_file (fixture, plain->data, plain->len);
  assert_refused (fixture, BOUNCE_ARCHIVE_ERROR_BOMB);

  append_end (plain, 0, 0, 0);
  write_file (fixture, plain->data, plain->len);
  assert_refused (fixture, BOUNCE_ARCHIVE_ERROR_BOMB);

  append (zip64, "PK\6\6", 4);
  append_number (zip64, 44, 8);
  append_number (zip64, 45, 2);
  append_number (zip64, 45, 2);
  append_number (zip64, 0, 8);
  append_number (zip64, 1000000, 8);
  append_number (zip64, 1000000, 8);
  append_number (zip64, 33 * MIB, 8);
  append_number (zip64, 0, 8);
  append (zip64, "PK\6\7\0\0\0\0", 8);
  append_number (zip64, 0, 8);
  append_number (zip64, 1, 4);
  append_end (zip64, 0xffff, 0xffffffff, 0xffffffff);
  write_file (fixture, zip64->data, zip64->len);
  assert_refused (fixture, BOUNCE_ARCHIVE_ERROR_BOMB);
}

/* One entry of 64 MiB of zeros that the directory names 20 times: entries that lie over each other
 * are how the worst bombs are made. What it unpacks to is counted. */
static void
test_bomb (Fixture *fixture, gconstpointer data)
{
  g_autofree guint8 *zeros = g_malloc0 (64 * MIB);
  g_autofree char *bytes = NULL;
  g_autoptr (GByteArray) bomb = g_byte_array_new ();
  zip_t *zip = begin (fixture);
  const char *directory, *tail;
  gsize size;
  guint n_read = 0;

  add (zip, "zeros", zeros, 64 * MIB);
  end (fixture, zip);
  bytes = read_file (fixture, &size);
  directory = memmem (bytes, size, "PK\1\2", 4);
  tail = memmem (bytes, size, "PK\5\6", 4);
  append (bomb, bytes, (gsize) (directory - bytes));
  for (guint i = 0; i < 20; i++)
    append (bomb, directory, (gsize) (tail - directory));
  append_end (bomb, 20, 20 * (guint64) (tail - directory), (guint64) (directory - bytes));
  write_file (fixture, bomb->data, bomb->len);
  open_reader (fixture);
  g_assert_no_error (fixture->error);
  while (bounce_archive_reader_next (fixture->reader) != NULL && fixture->error == NULL)
    {
      while (bounce_archive_reader_read (fixture->reader, zeros, MIB, &fixture->error) > 0)
        continue;
      n_read++;
    }
  g_assert_error (fixture->error, BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_BOMB);
  g_assert_cmpuint (n_read, ==, BOUNCE_ARCHIVE_FREE_BYTES / (64 * MIB) + 1);
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "/reader/entries", test_entries },
    { "/reader/names", test_names },
    { "/reader/link", test_link },
    { "/reader/encrypted", test_encrypted },
    { "/reader/damaged", test_damaged },
    { "/reader/truncated", test_truncated },
    { "/reader/no-archive", test_no_archive },
    { "/reader/zip64", test_zip64 },
    { "/reader/too-many", test_too_many },
    { "/reader/long-directory", test_long_directory },
    { "/reader/bomb", test_bomb },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].func, tear_down);
  return g_test_run ();
}
