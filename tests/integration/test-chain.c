/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The whole way in one process: storescu → receiver → store → uploader → sandbox, on real time. */

#include "config.h"

#include "upload-fixture.h"

#include "bounce-phantom.h"
#include "bounce-receiver.h"

#include <string.h>

static const BouncePhantom PHANTOM = {
  .kind = BOUNCE_PHANTOM_CT, .seed = 11, .n_instances = 1, .n_series = 1
};

static char *
write_phantom (UploadFixture *self)
{
  g_autofree char *inbox = bounce_test_dirs_make (self->dirs, "inbox");
  char *path = g_build_filename (inbox, "ct.dcm", NULL);
  g_autoptr (GError) error = NULL;
  gsize dataset_offset;
  g_autoptr (GBytes) bytes = bounce_phantom_make (&PHANTOM, 0, &dataset_offset);

  g_file_set_contents (path, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &error);
  g_assert_no_error (error);
  return path;
}

static BounceReceiver *
start_receiver (UploadFixture *self)
{
  BounceReceiver *receiver = NULL;

  /* Some port is free: the settings know no "any". */
  for (guint port = 20104; receiver == NULL && port < 20204; port++)
    {
      g_autofree char *text = g_strdup_printf ("%u", port);
      g_autoptr (GAsyncResult) result = NULL;

      upload_fixture_set (self, "port", text);
      receiver = bounce_receiver_new (self->store, self->config);
      bounce_receiver_start_async (receiver, NULL, upload_fixture_result_cb, &result);
      while (result == NULL)
        g_main_context_iteration (NULL, TRUE);
      if (!bounce_receiver_start_finish (receiver, result, NULL))
        g_clear_object (&receiver);
    }
  g_assert_nonnull (receiver);
  return receiver;
}

static void
stop_receiver (BounceReceiver *receiver)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_receiver_stop_async (receiver, NULL, upload_fixture_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (bounce_receiver_stop_finish (receiver, result, NULL));
  g_object_unref (receiver);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  g_subprocess_wait_check_finish (G_SUBPROCESS (source), result, &error);
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
send_with_storescu (BounceReceiver *receiver, const char *path)
{
  g_autofree char *port = g_strdup_printf ("%u", bounce_receiver_get_port (receiver));
  g_autoptr (GError) error = NULL;
  g_autoptr (GSubprocess) storescu =
      g_subprocess_new (G_SUBPROCESS_FLAGS_NONE, &error, "storescu", "-R", "-aec", "BOUNCE",
                        "127.0.0.1", port, path, NULL);
  gboolean is_sent = FALSE;

  g_assert_no_error (error);
  g_subprocess_wait_check_async (storescu, NULL, sent_cb, &is_sent);
  while (!is_sent)
    g_main_context_iteration (NULL, TRUE);
}

/* What the sandbox unpacked is, byte for byte, the file in the tree. */
static void
assert_same_file (UploadFixture *self)
{
  g_autofree char *study = bounce_phantom_study_uid (&PHANTOM);
  g_autofree char *series = bounce_phantom_series_uid (&PHANTOM, 0);
  g_autofree char *sop = bounce_phantom_sop_uid (&PHANTOM, 0);
  g_autofree char *path = bounce_store_get_instance_path (self->store, study, series, sop);
  g_autofree char *url = g_strdup_printf ("/sandbox/studies/%s/%s.dcm", study, sop);
  g_autoptr (GBytes) delivered = upload_fixture_get (self, url);
  g_autofree char *kept = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &kept, &size, NULL));
  g_assert_cmpmem (g_bytes_get_data (delivered, NULL), g_bytes_get_size (delivered), kept, size);
}

static void
test_chain (void)
{
  g_autoptr (BounceClock) clock = bounce_clock_new_system ();
  UploadFixture *self = upload_fixture_new_with_clock (clock);
  g_autofree char *study = bounce_phantom_study_uid (&PHANTOM);
  g_autofree char *path = write_phantom (self);
  BounceReceiver *receiver = start_receiver (self);

  bounce_uploader_start (self->uploader);
  send_with_storescu (receiver, path);
  upload_fixture_wait_status (self, study, "SENT");
  assert_same_file (self);
  stop_receiver (receiver);
  upload_fixture_free (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/chain/storescu-to-sent", test_chain);
  return g_test_run ();
}
