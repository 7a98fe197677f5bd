/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Whole uploads to two TUS servers that are not ours, also killed in the middle. */

#include "config.h"

#include "bounce-node-server.h"
#include "bounce-test-dirs.h"
#include "bounce-tus.h"
#include "http-waits.h"

#include <sys/stat.h>
#include <unistd.h>

#define MIB           (1024 * 1024)
#define PACKAGE_BYTES (40 * MIB + 5)
#define KILL_AT_BYTES (12 * MIB)

typedef struct
{
  BounceTestDirs *dirs;     /* (owned) */
  char *storage;            /* (owned) */
  BounceNodeServer *server; /* (owned) */
  BounceHttp *http;         /* (owned) */
  char *path;               /* (owned) */
  GBytes *package;          /* (owned) */
  char *url;                /* (owned) (nullable) */
  guint64 offset;
  guint64 acknowledged;
  guint64 gone_at; /* 0: never */
  guint n_calls;
  GError *error; /* (owned) (nullable) */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer kind)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  guint32 *data = g_malloc (PACKAGE_BYTES + 4);

  for (gsize i = 0; i < PACKAGE_BYTES / 4 + 1; i++)
    data[i] = g_rand_int (rand);
  fixture->package = g_bytes_new_take (data, PACKAGE_BYTES);
  fixture->dirs = bounce_test_dirs_new ();
  fixture->storage = bounce_test_dirs_make (fixture->dirs, "storage");
  fixture->path = g_build_filename (bounce_test_dirs_get_root (fixture->dirs), "a.zip", NULL);
  g_assert_true (g_file_set_contents (fixture->path, (const char *) data, PACKAGE_BYTES, NULL));
  fixture->server = bounce_node_server_start (kind, fixture->storage);
  fixture->http = bounce_http_new ();
}

static void
tear_down (Fixture *fixture, gconstpointer kind)
{
  g_object_unref (fixture->http);
  bounce_node_server_free (fixture->server);
  g_clear_error (&fixture->error);
  g_bytes_unref (fixture->package);
  g_free (fixture->url);
  g_free (fixture->path);
  g_free (fixture->storage);
  bounce_test_dirs_free (fixture->dirs);
}

static void
created_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->url = bounce_tus_create_finish (BOUNCE_HTTP (source), result, NULL, &fixture->error);
  fixture->n_calls++;
}

static void
create_upload (Fixture *fixture)
{
  static const char *const metadata[] = { "name",     "1.2.3.zip", "type",     "application/zip",
                                          "filename", "1.2.3.zip", "filetype", "application/zip",
                                          NULL };
  g_autofree char *endpoint = bounce_node_server_dup_endpoint (fixture->server);
  const BounceTusCreation creation = {
    .endpoint = endpoint,
    .bearer = "token",
    .length_bytes = PACKAGE_BYTES,
    .metadata = metadata,
  };

  fixture->n_calls = 0;
  bounce_tus_create_async (fixture->http, &creation, NULL, created_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
  g_assert_no_error (fixture->error);
  g_assert_nonnull (fixture->url);
}

static void
acknowledged_cb (guint64 offset, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->acknowledged = offset;
  if (fixture->gone_at == 0 || offset < fixture->gone_at)
    return;
  fixture->gone_at = 0;
  bounce_node_server_kill (fixture->server);
}

static guint64
measure_storage (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->storage, 0, NULL);
  guint64 bytes = 0;
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->storage, name, NULL);
      struct stat st;

      if (stat (path, &st) == 0)
        bytes += (guint64) st.st_size;
    }

  return bytes;
}

/* Kills the server as soon as it has KILL_AT_BYTES, in the middle of a chunk, and starts it again.
 */
static gpointer
kill_server_worker (gpointer data)
{
  Fixture *fixture = data;

  while (measure_storage (fixture) < KILL_AT_BYTES)
    g_usleep (500);
  bounce_node_server_restart (fixture->server);

  return NULL;
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  bounce_tus_send_finish (BOUNCE_HTTP (source), result, &fixture->offset, &fixture->error);
  fixture->n_calls++;
}

static void
send_package (Fixture *fixture, gboolean is_new)
{
  const BounceTusSend send = {
    .upload_url = fixture->url,
    .bearer = "token",
    .path = fixture->path,
    .length_bytes = PACKAGE_BYTES,
    .is_new = is_new,
    .known_offset = fixture->acknowledged,
    .acknowledged = acknowledged_cb,
    .acknowledged_data = fixture,
  };

  g_clear_error (&fixture->error);
  fixture->n_calls = 0;
  bounce_tus_send_async (fixture->http, &send, NULL, sent_cb, fixture);
  http_wait_for_calls (&fixture->n_calls, 1);
}

/* Each server names its files in its own way; one of them has the length. */
static void
assert_stored (Fixture *fixture)
{
  g_autoptr (GDir) dir = g_dir_open (fixture->storage, 0, NULL);
  const char *name;
  guint n_found = 0;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (fixture->storage, name, NULL);
      g_autofree char *data = NULL;
      gsize size;

      if (!g_file_get_contents (path, &data, &size, NULL) || size != PACKAGE_BYTES)
        continue;
      g_assert_cmpmem (data, size, g_bytes_get_data (fixture->package, NULL), PACKAGE_BYTES);
      n_found++;
    }
  g_assert_cmpuint (n_found, ==, 1);
  g_assert_cmpuint (fixture->offset, ==, PACKAGE_BYTES);
  g_assert_cmpuint (fixture->acknowledged, ==, PACKAGE_BYTES);
}

static void
test_upload (Fixture *fixture, gconstpointer kind)
{
  create_upload (fixture);
  send_package (fixture, TRUE);
  g_assert_no_error (fixture->error);
  assert_stored (fixture);
  /* Sending what is already there only asks. */
  send_package (fixture, FALSE);
  g_assert_no_error (fixture->error);
  assert_stored (fixture);
}

static void
test_killed (Fixture *fixture, gconstpointer kind)
{
  GThread *killer;

  create_upload (fixture);
  killer = g_thread_new ("killer", kill_server_worker, fixture);
  send_package (fixture, TRUE);
  g_thread_join (killer);
  g_assert_no_error (fixture->error);
  assert_stored (fixture);
}

/* The server goes away for good; later another client goes on where it was. */
static void
test_resumed (Fixture *fixture, gconstpointer kind)
{
  create_upload (fixture);
  fixture->gone_at = 4 * MIB;
  send_package (fixture, TRUE);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_LATER);
  g_assert_cmpuint (fixture->offset, >=, 4 * MIB);
  g_assert_cmpuint (fixture->offset, <, PACKAGE_BYTES);
  bounce_node_server_restart (fixture->server);
  g_clear_object (&fixture->http);
  fixture->http = bounce_http_new ();
  send_package (fixture, FALSE);
  g_assert_no_error (fixture->error);
  assert_stored (fixture);
}

static void
terminated_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  bounce_tus_terminate_finish (BOUNCE_HTTP (source), result, &fixture->error);
  fixture->n_calls++;
}

static void
test_terminated (Fixture *fixture, gconstpointer kind)
{
  create_upload (fixture);
  for (guint i = 0; i < 2; i++)
    {
      fixture->n_calls = 0;
      bounce_tus_terminate_async (fixture->http, fixture->url, "token", NULL, terminated_cb,
                                  fixture);
      http_wait_for_calls (&fixture->n_calls, 1);
      g_assert_no_error (fixture->error);
    }
  send_package (fixture, FALSE);
  g_assert_error (fixture->error, BOUNCE_HTTP_ERROR, BOUNCE_HTTP_ERROR_NEW_UPLOAD);
}

int
main (int argc, char **argv)
{
  static const char *const kinds[] = { "tus", "uploadx" };
  static const struct
  {
    const char *name;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {
    { "upload", test_upload },
    { "killed", test_killed },
    { "resumed", test_resumed },
    { "terminated", test_terminated },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    for (gsize j = 0; j < G_N_ELEMENTS (tests); j++)
      {
        g_autofree char *path = g_strdup_printf ("/http/peers/%s/%s", kinds[i], tests[j].name);

        g_test_add (path, Fixture, kinds[i], set_up, tests[j].func, tear_down);
      }

  return g_test_run ();
}
