/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bench-tus ENDPOINT FILE: creates an upload, sends the file, prints the seconds it took. */

#include "config.h"

#include "bounce-tus.h"

#include <glib/gstdio.h>

typedef struct
{
  GMainLoop *loop;
  BounceHttp *http;
  const char *path;
  guint64 length_bytes;
  GError *error;
} Bench;

static void
end_bench (Bench *bench, GError *error)
{
  bench->error = error;
  g_main_loop_quit (bench->loop);
}

static void
upload_sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;

  bounce_tus_send_finish (BOUNCE_HTTP (source), result, NULL, &error);
  end_bench (user_data, error);
}

static void
upload_created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Bench *bench = user_data;
  GError *error = NULL;
  g_autofree char *url = bounce_tus_create_finish (bench->http, result, NULL, &error);
  BounceTusSend send = {
    .upload_url = url,
    .path = bench->path,
    .length_bytes = bench->length_bytes,
    .is_new = TRUE,
  };

  if (url == NULL)
    end_bench (bench, error);
  else
    bounce_tus_send_async (bench->http, &send, NULL, upload_sent_cb, bench);
}

int
main (int argc, char **argv)
{
  const char *metadata[] = { "name", "package.zip", NULL };
  Bench bench = { 0 };
  GStatBuf status;

  if (argc != 3 || g_stat (argv[2], &status) != 0)
    {
      g_printerr ("usage: bench-tus ENDPOINT FILE\n");
      return 2;
    }
  bench.loop = g_main_loop_new (NULL, FALSE);
  bench.http = bounce_http_new ();
  bench.path = argv[2];
  bench.length_bytes = status.st_size;

  gint64 start_us = g_get_monotonic_time ();
  BounceTusCreation creation = { .endpoint = argv[1],
                                 .length_bytes = bench.length_bytes,
                                 .metadata = metadata };
  bounce_tus_create_async (bench.http, &creation, NULL, upload_created_cb, &bench);
  g_main_loop_run (bench.loop);
  if (bench.error != NULL)
    {
      g_printerr ("%s\n", bench.error->message);
      return 1;
    }
  g_print ("%.3f\n", (g_get_monotonic_time () - start_us) / 1e6);
  return 0;
}
