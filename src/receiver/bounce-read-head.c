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

/* The head of a data set and, before it, the file meta group. */
#define READ_BYTES (BOUNCE_DATASET_HEAD_MAX_BYTES + 64 * 1024)

static gssize
read_start (int fd, guint8 *buffer, gsize size, GError **error)
{
  gsize done = 0;

  while (done < size)
    {
      gssize n = pread (fd, buffer + done, size - done, done);

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
 * A #BounceStoreReadHead.
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
  BounceInstanceHead *head;
  gssize size = read_start (fd, buffer, READ_BYTES, error);

  if (size < 0
      || !bounce_part10_find_dataset (buffer, size, dataset_offset, &transfer_syntax_uid, error))
    return NULL;
  head = bounce_dataset_head_parse (buffer + *dataset_offset,
                                    MIN (size - *dataset_offset, BOUNCE_DATASET_HEAD_MAX_BYTES),
                                    transfer_syntax_uid, error);
  if (head != NULL && head->transfer_syntax_uid == NULL)
    head->transfer_syntax_uid = g_steal_pointer (&transfer_syntax_uid);
  return head;
}
