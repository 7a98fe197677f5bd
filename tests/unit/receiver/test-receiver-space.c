/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A disk that is full or failing: A700, nothing left behind, and Success again when it has passed.
 * The linker puts the three functions here between our code and the C library (--wrap). */

#include "config.h"

#include "receiver-fixture.h"

#include "bounce-intake.h"
#include "bounce-wording.h"

#include <errno.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define MIB (1024 * 1024)

int __real_statvfs64 (const char *path, struct statvfs *status);
int __wrap_statvfs64 (const char *path, struct statvfs *status);
ssize_t __real_write (int fd, const void *data, size_t size);
ssize_t __wrap_write (int fd, const void *data, size_t size);
int __real_fdatasync (int fd);
int __wrap_fdatasync (int fd);

static gint is_nearly_full; /* atomic, as are the next two */
static gint is_full;        /* for large writes; the database is on another disk, so to say */
static gint is_failing;

int
__wrap_statvfs64 (const char *path, struct statvfs *status)
{
  int result = __real_statvfs64 (path, status);

  if (g_atomic_int_get (&is_nearly_full))
    status->f_bavail = 63 * (guint64) MIB / status->f_frsize;
  return result;
}

ssize_t
__wrap_write (int fd, const void *data, size_t size)
{
  if (size > 4096 && g_atomic_int_get (&is_full))
    {
      errno = ENOSPC;
      return -1;
    }
  return __real_write (fd, data, size);
}

int
__wrap_fdatasync (int fd)
{
  if (g_atomic_int_get (&is_failing))
    {
      errno = EIO;
      return -1;
    }
  return __real_fdatasync (fd);
}

static const BouncePhantom PHANTOM = {
  .kind = BOUNCE_PHANTOM_CT, .seed = 5, .n_instances = 1, .n_series = 1
};

static void
test_trouble (gconstpointer data)
{
  gint *trouble = (gint *) data;
  ReceiverFixture *self = receiver_fixture_new ();
  g_autofree char *study_uid = bounce_phantom_study_uid (&PHANTOM);
  g_autofree char *path = receiver_fixture_make_file (self, &PHANTOM, 0);
  g_autoptr (BounceStudy) study = NULL;
  g_autoptr (GError) error = NULL;
  gint64 deadline_us;

  receiver_fixture_start (self, &error);
  g_assert_no_error (error);
  g_atomic_int_set (trouble, TRUE);
  g_assert_cmphex (receiver_fixture_send (self, NULL, path), ==, 0xA700);
  g_atomic_int_set (trouble, FALSE);
  deadline_us = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;
  study = receiver_fixture_get_study (self, study_uid);
  g_assert_null (study);
  g_assert_cmpuint (receiver_fixture_count_spool_files (self), ==, 0);
  receiver_fixture_wait_events (self, BOUNCE_EVENT_INSTANCE_REFUSED, 1);
  /* The store looks at the disk every second or so. */
  while (receiver_fixture_send (self, NULL, path) != 0)
    g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
  receiver_fixture_assert_same_dataset (self, &PHANTOM, 0, path);
  receiver_fixture_free (self);
}

/* More of an instance that has begun, in small pieces, until it is refused or time is up. */
static gboolean
is_refused_on_the_way (const BounceListenerHandler *handler, gpointer sink, gpointer intake)
{
  static const guint8 PIECE[16] = { 0 };
  gint64 deadline_us = g_get_monotonic_time () + 3 * G_USEC_PER_SEC;

  while (g_get_monotonic_time () < deadline_us)
    if (!handler->store_write (sink, PIECE, sizeof PIECE, intake))
      return TRUE;
  return FALSE;
}

/* One endless instance must not take the room that deliveries are recorded in. */
static void
test_full_on_the_way (void)
{
  static const BouncePeer PEER = { "127.0.0.1", "MODALITY", "BOUNCE" };
  static const BounceStoreRequest REQUEST = { "1.2.840.10008.5.1.4.1.1.2", "1.2.3.4",
                                              "1.2.840.10008.1.2.1" };
  /* An element of undefined length: whatever follows belongs to it. */
  static const guint8 START[] = { 0x08, 0x00, 0x05, 0x00, 'U', 'N', 0, 0, 0xF0, 0xFF, 0xFF, 0x7F };
  ReceiverFixture *self = receiver_fixture_new ();
  const BounceListenerHandler *handler = bounce_intake_get_handler ();
  BounceIntake *intake = bounce_intake_new (self->store);
  gpointer association = handler->opened (&PEER, intake);
  BounceStatus status = BOUNCE_STATUS_SUCCESS;
  gpointer sink = handler->store_begin (association, &REQUEST, &status, intake);
  g_autofree char *comment = NULL;

  g_assert_true (handler->store_write (sink, START, sizeof START, intake));
  g_atomic_int_set (&is_nearly_full, TRUE);
  g_assert_true (is_refused_on_the_way (handler, sink, intake));
  g_assert_cmpuint (receiver_fixture_count_spool_files (self), ==, 0);
  g_assert_cmphex (handler->store_end (sink, TRUE, &comment, intake), ==, 0xA700);
  g_atomic_int_set (&is_nearly_full, FALSE);
  handler->closed (association, BOUNCE_ASSOCIATION_RELEASED, intake);
  bounce_intake_free (intake);
  receiver_fixture_free (self);
}

/* Whoever asks whether Bounce is there gets an answer all the same. */
static void
test_echo_when_full (void)
{
  ReceiverFixture *self = receiver_fixture_new ();
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) echoscu = NULL;

  receiver_fixture_start (self, &error);
  g_assert_no_error (error);
  g_atomic_int_set (&is_nearly_full, TRUE);
  echoscu = g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "echoscu", "-aec", "BOUNCE",
                              "127.0.0.1", port, NULL);
  g_assert_no_error (error);
  g_subprocess_wait_check (echoscu, NULL, &error);
  g_assert_no_error (error);
  g_atomic_int_set (&is_nearly_full, FALSE);
  receiver_fixture_free (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/receiver/space/nearly-full", &is_nearly_full, test_trouble);
  g_test_add_data_func ("/receiver/space/full", &is_full, test_trouble);
  g_test_add_data_func ("/receiver/space/failing", &is_failing, test_trouble);
  g_test_add_func ("/receiver/space/full-on-the-way", test_full_on_the_way);
  g_test_add_func ("/receiver/space/echo-when-full", test_echo_when_full);
  return g_test_run ();
}
