/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-phantom.h"
#include "bounce-rawsend.h"
#include "bounce-receiver.h"
#include "bounce-test-dirs.h"

G_BEGIN_DECLS

/* A store and a receiver that runs on a free port, and a folder with one CT instance. */
typedef struct
{
  BounceTestDirs *dirs;
  BounceConfig *config;
  BounceStore *store;
  BounceReceiver *receiver;
  guint16 port;
  char *inbox;  /* where generated files go */
  GString *log; /* every line since the start, each ended by \n */
  guint log_observer;
} ReceiverFixture;

ReceiverFixture *receiver_fixture_new (void);
void receiver_fixture_free (ReceiverFixture *self);
gboolean receiver_fixture_start (ReceiverFixture *self, GError **error);
gboolean receiver_fixture_stop (ReceiverFixture *self, GError **error);
/* Writes instance number index of the phantom into the inbox; its path. */
char *receiver_fixture_make_file (ReceiverFixture *self, const BouncePhantom *phantom, guint index);
/* Sends one file and answers its status. */
guint16
receiver_fixture_send (ReceiverFixture *self, const BounceRawsend *options, const char *path);
BounceStudy *receiver_fixture_get_study (ReceiverFixture *self, const char *study_uid);
guint receiver_fixture_count_events (ReceiverFixture *self, int code);
void receiver_fixture_wait_events (ReceiverFixture *self, int code, guint n);
guint receiver_fixture_count_spool_files (ReceiverFixture *self);
/* Is the data set of the stored instance the one of the file? */
void receiver_fixture_assert_same_dataset (ReceiverFixture *self,
                                           const BouncePhantom *phantom,
                                           guint index,
                                           const char *path);
/* Runs the main loop until the log has the line this often. */
void receiver_fixture_wait_log (ReceiverFixture *self, const char *line, guint n);

G_END_DECLS
