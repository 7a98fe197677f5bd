/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Called for each C-STORE-RSP, from the association's thread. */
typedef void (*BounceRawsendAnswered) (const char *sop_instance_uid,
                                       guint16 status,
                                       gpointer user_data);

/* Zero means the ordinary thing. */
typedef struct
{
  const char *host; /* numeric; NULL: 127.0.0.1 */
  guint16 port;
  const char *called_ae;        /* NULL: BOUNCE */
  const char *calling_ae;       /* NULL: RAWSEND */
  guint n_associations;         /* in parallel; the files go round; 0: 1 */
  guint n_repeats;              /* each file this often, in a row; 0: 1 */
  guint pdu_bytes;              /* upper limit of what is sent in a PDU; 0: what the peer takes */
  guint stop_after_bytes;       /* of the dataset, then close the socket */
  guint cut_dataset_bytes;      /* take this many bytes off the end and finish properly */
  guint64 interval_us;          /* from one instance to the next */
  gboolean is_abort;            /* with stop_after_bytes: A-ABORT first */
  const char *sop_instance_uid; /* in the command instead of the file's */
  const char *sop_class_uid;    /* likewise, in command and presentation context */
  const char *transfer_syntax_uid; /* in the presentation context instead of the file's */
  gboolean is_without_release;     /* close the socket instead of A-RELEASE */

  BounceRawsendAnswered answered;
  gpointer user_data;
} BounceRawsend;

typedef struct
{
  guint n_success; /* answered with 0000 */
  guint n_refused; /* answered otherwise, or no presentation context */
  guint n_lost;    /* never answered */
  guint16 last_refusal;
  guint64 dataset_bytes;
  double seconds;
} BounceRawsendResult;

gboolean bounce_rawsend_run (const BounceRawsend *options,
                             const char *const *paths,
                             BounceRawsendResult *result,
                             GError **error);

G_END_DECLS
