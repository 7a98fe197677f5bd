/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How many instances a second are accepted, without a network: writing the spool file included,
 * digests not. Usage: bench-store-accept FOLDER THREADS BYTES INSTANCES */

#include "config.h"

#include "bounce-file.h"
#include "bounce-store.h"

#include <stdlib.h>
#include <string.h>

typedef struct
{
  BounceStore *store;
  GBytes *data;
  int thread, instances;
} Sender;

static gpointer
send_all (gpointer user_data)
{
  Sender *self = user_data;
  g_autoptr (BounceInstanceHead) head = bounce_instance_head_new ();

  head->study_uid = g_strdup_printf ("1.2.3.%d", self->thread);
  head->series_uid = g_strdup_printf ("1.2.4.%d", self->thread);
  head->transfer_syntax_uid = g_strdup ("1.2.840.10008.1.2.1");
  head->sop_class_uid = g_strdup ("1.2.840.10008.5.1.4.1.1.2");
  for (int i = 0; i < self->instances; i++)
    {
      g_autofree char *sop = g_strdup_printf ("1.2.5.%d.%d", self->thread, i);
      g_autoptr (GError) error = NULL;
      BounceSpool *spool = bounce_store_open_spool (self->store, &error);
      BounceArrival arrival = { .study_uid = head->study_uid,
                                .series_uid = head->series_uid,
                                .sop_instance_uid = sop,
                                .size_bytes = g_bytes_get_size (self->data) };
      BounceAcceptance acceptance;

      g_assert_no_error (error);
      bounce_file_write_all (bounce_spool_get_fd (spool), g_bytes_get_data (self->data, NULL),
                             g_bytes_get_size (self->data), &error);
      g_assert_no_error (error);
      bounce_store_accept_sync (self->store, spool, &arrival, head, &acceptance, &error);
      g_assert_no_error (error);
    }
  return NULL;
}

int
main (int argc, char *argv[])
{
  g_autofree char *data_dir = NULL;
  g_autofree char *base_dir = NULL;
  g_autoptr (GError) error = NULL;
  BounceStoreOptions options = { .quiet_period_seconds = 10 };
  BounceStore *store;
  GPtrArray *threads = g_ptr_array_new ();
  gint64 begun_us;
  double seconds;
  int n, instances;
  gsize size;

  if (argc != 5)
    {
      g_printerr ("Usage: bench-store-accept FOLDER THREADS BYTES INSTANCES\n");
      return 2;
    }
  options.data_dir = data_dir = g_build_filename (argv[1], "data", NULL);
  options.base_dir = base_dir = g_build_filename (argv[1], "studies", NULL);
  n = atoi (argv[2]);
  size = (gsize) atol (argv[3]);
  instances = atoi (argv[4]);
  store = bounce_store_open (&options, &error);
  g_assert_no_error (error);
  begun_us = g_get_monotonic_time ();
  for (int i = 0; i < n; i++)
    {
      Sender *sender = g_new0 (Sender, 1);

      sender->store = store;
      sender->data = g_bytes_new_take (g_malloc0 (size), size);
      sender->thread = i;
      sender->instances = instances / n;
      g_ptr_array_add (threads, g_thread_new ("sender", send_all, sender));
    }
  for (int i = 0; i < n; i++)
    g_thread_join (threads->pdata[i]);
  seconds = (double) (g_get_monotonic_time () - begun_us) / G_USEC_PER_SEC;
  g_print ("%d threads, %zu bytes: %.0f instances/s\n", n, size, instances / n * n / seconds);
  g_object_unref (store);
  return 0;
}
