/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Tags of a file that is in the tree already, for the store's adoption of files after its database
 * was lost. The store cannot read DICOM itself; it is given this function when it is opened.
 *
 * Thread: any; no state. */

#include "config.h"

#include "bounce-receiver.h"

#include <errno.h>
#include <unistd.h>

#include "bounce-core-error.h"
#include "bounce-dataset-head.h"

/* More than a file meta group has. */
#define READ_BYTES (256 * 1024)

static gssize
read_at (int fd, gsize offset, guint8 *buffer, gsize size, GError **error)
{
  gsize done = 0;

  while (done < size)
    {
      gssize n = pread (fd, buffer + done, size - done, (off_t) (offset + done));

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          bounce_core_set_error_errno (error, errno, "Reading the file");
          return -1;
        }
      if (n == 0)
        break;
      done += n;
    }
  return done;
}

/**
 * bounce_receiver_read_head:
 * @fd: an open Part 10 file; its position is not moved
 * @dataset_offset: (out): where the data set begins
 * @user_data: unused
 *
 * A #BounceStoreReadHead. Reads as far as the receiver did when the instance arrived.
 *
 * Thread: any; blocks on the disk.
 * Errors: #BOUNCE_CORE_ERROR_IO when the file cannot be read, #BOUNCE_DICOM_ERROR_MALFORMED and
 *   #BOUNCE_DICOM_ERROR_TOO_DEEP when it is not a readable DICOM file.
 * Returns: (transfer full): its tags, transfer syntax included
 */
BounceInstanceHead *
bounce_receiver_read_head (int fd, gsize *dataset_offset, gpointer user_data, GError **error)
{
  g_autofree guint8 *buffer = g_malloc (READ_BYTES);
  g_autofree char *transfer_syntax_uid = NULL;
  g_autoptr (BounceHeadReader) reader = NULL;
  gssize size = read_at (fd, 0, buffer, READ_BYTES, error);
  gsize offset;

  if (size < 0
      || !bounce_part10_find_dataset (buffer, size, dataset_offset, &transfer_syntax_uid, error))
    return NULL;
  reader = bounce_head_reader_new (transfer_syntax_uid);
  for (offset = *dataset_offset; size > 0; offset += READ_BYTES)
    {
      size = read_at (fd, offset, buffer, READ_BYTES, error);
      if (size < 0)
        return NULL;
      if (!bounce_head_reader_feed (reader, buffer, (gsize) size))
        break;
    }
  return bounce_head_reader_finish (reader, error);
}
