/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "receiver-fixture.h"

#include "bounce-test-port.h"
#include "bounce-dataset-head.h"
#include "bounce-log.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WATCHDOG_SECONDS 60

typedef struct
{
  GAsyncResult *result;
} Answer;

static void
answered_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ((Answer *) user_data)->result = g_object_ref (result);
}

static GAsyncResult *
await (Answer *answer)
{
  while (answer->result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return answer->result;
}

static void
logged_cb (BounceLogLevel level, gint64 wall_us, const char *text, gpointer user_data)
{
  ReceiverFixture *self = user_data;

  g_string_append (self->log, text);
  g_string_append_c (self->log, '\n');
}

static void
set (ReceiverFixture *self, const char *key, const char *value)
{
  g_autoptr (GError) error = NULL;
  BounceConfig *config = bounce_config_with_value (self->config, key, value, &error);

  g_assert_no_error (error);
  bounce_config_unref (self->config);
  self->config = config;
}

ReceiverFixture *
receiver_fixture_new (void)
{
  ReceiverFixture *self = g_new0 (ReceiverFixture, 1);
  g_autofree char *data_dir = NULL;
  g_autofree char *base_dir = NULL;
  g_autofree char *port = NULL;
  g_autoptr (GError) error = NULL;
  BounceStoreOptions options = { .quiet_period_seconds = 3600 };

  self->dirs = bounce_test_dirs_new ();
  options.data_dir = data_dir = bounce_test_dirs_make (self->dirs, "data");
  options.base_dir = base_dir = bounce_test_dirs_make (self->dirs, "studies");
  self->inbox = bounce_test_dirs_make (self->dirs, "inbox");
  self->log = g_string_new (NULL);
  bounce_log_start (NULL, &error);
  g_assert_no_error (error);
  self->log_observer = bounce_log_add_observer (logged_cb, self, NULL);
  self->config = bounce_config_new_default ();
  self->port = bounce_test_port_take ();
  port = g_strdup_printf ("%u", self->port);
  set (self, "port", port);
  set (self, "ip_address", "127.0.0.1");
  self->store = bounce_store_open (&options, &error);
  g_assert_no_error (error);
  self->receiver = bounce_receiver_new (self->store, self->config);
  return self;
}

/* A thread that has just answered may hold it for a moment; for ever would be a leak. */
static void
wait_for_store_to_go (ReceiverFixture *self)
{
  gpointer store = self->store;

  g_object_add_weak_pointer (G_OBJECT (store), &store);
  g_clear_object (&self->store);
  while (store != NULL)
    g_main_context_iteration (NULL, FALSE);
}

void
receiver_fixture_free (ReceiverFixture *self)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  Answer answer = { NULL };

  g_assert_true (receiver_fixture_stop (self, &error));
  g_assert_finalize_object (g_steal_pointer (&self->receiver));
  bounce_store_close_async (self->store, answered_cb, &answer);
  result = await (&answer);
  g_assert_true (bounce_store_close_finish (self->store, result, NULL));
  g_clear_object (&result); /* holds the store */
  wait_for_store_to_go (self);
  bounce_log_remove_observer (self->log_observer);
  bounce_log_stop ();
  bounce_config_unref (self->config);
  bounce_test_dirs_free (self->dirs);
  g_string_free (self->log, TRUE);
  g_free (self->inbox);
  g_free (self);
}

gboolean
receiver_fixture_start (ReceiverFixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  Answer answer = { NULL };

  bounce_receiver_start_async (self->receiver, NULL, answered_cb, &answer);
  result = await (&answer);
  return bounce_receiver_start_finish (self->receiver, result, error);
}

gboolean
receiver_fixture_stop (ReceiverFixture *self, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  Answer answer = { NULL };

  bounce_receiver_stop_async (self->receiver, NULL, answered_cb, &answer);
  result = await (&answer);
  return bounce_receiver_stop_finish (self->receiver, result, error);
}

char *
receiver_fixture_make_file (ReceiverFixture *self, const BouncePhantom *phantom, guint index)
{
  g_autofree char *uid = bounce_phantom_sop_uid (phantom, index);
  g_autofree char *name = g_strdup_printf ("%s-%" G_GUINT64_FORMAT ".dcm", uid, phantom->seed);
  g_autoptr (GError) error = NULL;
  gsize dataset_offset;
  g_autoptr (GBytes) bytes = bounce_phantom_make (phantom, index, &dataset_offset);
  char *path = g_build_filename (self->inbox, name, NULL);

  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  return path;
}

guint16
receiver_fixture_send (ReceiverFixture *self, const BounceRawsend *options, const char *path)
{
  const char *const paths[] = { path, NULL };
  BounceRawsend effective = options != NULL ? *options : (BounceRawsend){ NULL };
  g_autoptr (GError) error = NULL;
  BounceRawsendResult result;

  effective.port = self->port;
  bounce_rawsend_run (&effective, paths, &result, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (result.n_success + result.n_refused, ==, 1);
  return result.n_success == 1 ? 0 : result.last_refusal;
}

BounceStudy *
receiver_fixture_get_study (ReceiverFixture *self, const char *study_uid)
{
  g_autoptr (GAsyncResult) result = NULL;
  Answer answer = { NULL };

  bounce_store_get_study_async (self->store, study_uid, NULL, answered_cb, &answer);
  result = await (&answer);
  return bounce_store_get_study_finish (self->store, result, NULL);
}

guint
receiver_fixture_count_events (ReceiverFixture *self, int code)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  Answer answer = { NULL };
  guint n = 0;

  bounce_store_list_events_async (self->store, NULL, 1000, answered_cb, &answer);
  result = await (&answer);
  events = bounce_store_list_events_finish (self->store, result, NULL);
  g_assert_nonnull (events);
  for (guint i = 0; i < events->len; i++)
    n += ((BounceEvent *) g_ptr_array_index (events, i))->code == code;
  return n;
}

/* Events come a moment after what they tell of. */
void
receiver_fixture_wait_events (ReceiverFixture *self, int code, guint n)
{
  gint64 deadline_us = g_get_monotonic_time () + WATCHDOG_SECONDS * G_USEC_PER_SEC;

  while (receiver_fixture_count_events (self, code) < n)
    g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
  g_assert_cmpuint (receiver_fixture_count_events (self, code), ==, n);
}

guint
receiver_fixture_count_spool_files (ReceiverFixture *self)
{
  g_autofree char *path =
      g_build_filename (bounce_store_get_base_dir (self->store), ".incoming", NULL);
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  guint n = 0;

  while (directory != NULL && g_dir_read_name (directory) != NULL)
    n++;
  return n;
}

void
receiver_fixture_assert_same_dataset (ReceiverFixture *self,
                                      const BouncePhantom *phantom,
                                      guint index,
                                      const char *path)
{
  g_autofree char *study = bounce_phantom_study_uid (phantom);
  g_autofree char *series = bounce_phantom_series_uid (phantom, index);
  g_autofree char *sop = bounce_phantom_sop_uid (phantom, index);
  g_autofree char *stored_path = bounce_store_get_instance_path (self->store, study, series, sop);
  g_autofree char *stored = NULL;
  g_autofree char *sent = NULL;
  g_autofree char *transfer_syntax = NULL;
  g_autofree char *sent_transfer_syntax = NULL;
  g_autoptr (GError) error = NULL;
  gsize stored_size, sent_size, stored_offset, sent_offset;

  g_file_get_contents (stored_path, &stored, &stored_size, &error);
  g_assert_no_error (error);
  g_file_get_contents (path, &sent, &sent_size, &error);
  g_assert_no_error (error);
  bounce_part10_find_dataset ((guint8 *) stored, stored_size, &stored_offset, &transfer_syntax,
                              &error);
  g_assert_no_error (error);
  bounce_part10_find_dataset ((guint8 *) sent, sent_size, &sent_offset, &sent_transfer_syntax,
                              &error);
  g_assert_no_error (error);
  g_assert_cmpmem (stored + stored_offset, stored_size - stored_offset, sent + sent_offset,
                   sent_size - sent_offset);
}

static guint
count_lines (const char *text, const char *line)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint n = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    n += g_str_equal (lines[i], line);
  return n;
}

static gboolean
watchdog_cb (gpointer user_data)
{
  g_error ("Waited too long for the log line: %s", (const char *) user_data);
  return G_SOURCE_REMOVE;
}

void
receiver_fixture_wait_log (ReceiverFixture *self, const char *line, guint n)
{
  guint watchdog = g_timeout_add_seconds (WATCHDOG_SECONDS, watchdog_cb, (gpointer) line);

  while (count_lines (self->log->str, line) < n)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (watchdog);
  g_assert_cmpuint (count_lines (self->log->str, line), ==, n);
}
