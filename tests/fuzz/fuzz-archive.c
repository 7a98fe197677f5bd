/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-archive-reader.h"

#include <sys/mman.h>
#include <unistd.h>

/* The reader's own limit is for disks, not for thousands of runs a second. */
#define MAX_READ_BYTES (1024 * 1024)
#define MAX_ENTRIES    100

int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

static void
read_entries (BounceArchiveReader *reader)
{
  guint8 buffer[4096];
  gsize total = 0;

  for (guint i = 0; i < MAX_ENTRIES; i++)
    {
      const char *name = bounce_archive_reader_next (reader);
      gssize n = 1;

      if (name == NULL)
        return;
      g_assert_true (g_utf8_validate (name, -1, NULL));
      bounce_archive_reader_is_link (reader);
      for (; n > 0 && total < MAX_READ_BYTES; total += (gsize) MAX (n, 0))
        {
          n = bounce_archive_reader_read (reader, buffer, sizeof buffer, NULL);
          g_assert_cmpint (n, <=, sizeof buffer);
        }
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  g_autoptr (BounceArchiveReader) reader = NULL;
  int fd = memfd_create ("archive", MFD_CLOEXEC);

  g_assert_cmpint (write (fd, data, size), ==, (gssize) size);
  reader = bounce_archive_reader_open (fd, NULL);
  if (reader != NULL)
    read_entries (reader);
  close (fd);
  return 0;
}
