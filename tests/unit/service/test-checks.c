/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Checks of a key, an endpoint and a folder against real ones: the sandbox, sockets, directories.
 * What a test cannot arrange on every machine (a privileged port, a full disk) the kernel is told
 * to answer, in a process of its own. */

#include "config.h"

#include "bounce-fault-server.h"
#include "bounce-service-checks.h"
#include "bounce-test-process.h"
#include "service-fixture.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define GOOD_KEY  "aura_au_bounce_user_good_local"
#define WRONG_KEY "aura_au_bounce_user_wrong_local"

typedef struct
{
  ServiceFixture service;
  GSubprocess *sandbox; /* (owned) (nullable) */
  char *endpoint;       /* (owned) (nullable) of the sandbox */
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  service_fixture_set_up (&fixture->service, NULL);
}

static void
start_sandbox (Fixture *fixture)
{
  g_autofree char *directory = bounce_test_dirs_make (fixture->service.dirs, "sandbox");

  fixture->sandbox = bounce_test_process_start_sandbox (directory, GOOD_KEY, &fixture->endpoint);
}

static void
set_up_with_sandbox (Fixture *fixture, gconstpointer data)
{
  set_up (fixture, data);
  start_sandbox (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->sandbox, bounce_test_process_end);
  g_free (fixture->endpoint);
  service_fixture_tear_down (&fixture->service, NULL);
}

/* Checks a key; nothing in effect may have changed. */
static gint64
check_key (Fixture *fixture, const char *key, const char *endpoint, GError **error)
{
  BounceService *service = fixture->service.service;
  BounceConfig *before = bounce_service_get_config (service);
  g_autoptr (GAsyncResult) result = NULL;
  gint64 elapsed_us = -1;

  bounce_service_check_key_async (service, key, endpoint, NULL, service_fixture_keep_result_cb,
                                  &result);
  bounce_service_check_key_finish (service, service_fixture_wait (&result), &elapsed_us, error);
  g_assert_true (bounce_service_get_config (service) == before);
  return elapsed_us;
}

static void
assert_key (Fixture *fixture, const char *key, const char *endpoint, BounceServiceError code)
{
  g_autoptr (GError) error = NULL;

  check_key (fixture, key, endpoint, &error);
  g_assert_error (error, BOUNCE_SERVICE_ERROR, (int) code);
  g_assert_null (strstr (error->message, "_user_"));
}

static void
test_key_good (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 elapsed_us = check_key (fixture, "  " GOOD_KEY "\n", fixture->endpoint, &error);

  g_assert_no_error (error);
  g_assert_cmpint (elapsed_us, >, 0);
  g_assert_cmpint (elapsed_us, <, 30 * G_USEC_PER_SEC);
}

static void
test_key_refused (Fixture *fixture, gconstpointer data)
{
  assert_key (fixture, WRONG_KEY, fixture->endpoint, BOUNCE_SERVICE_ERROR_UNAUTHORISED);
}

static void
test_key_invalid (Fixture *fixture, gconstpointer data)
{
  const char *const keys[] = { "", " ", "hello", "aura_au_bounce_user_", "aura_AU_bounce_user_x" };
  const char *const endpoints[] = { "aurabox", "ftp://aurabox.example", "http://192.0.2.1" };

  for (gsize i = 0; i < G_N_ELEMENTS (keys); i++)
    assert_key (fixture, keys[i], NULL, BOUNCE_SERVICE_ERROR_INVALID);
  for (gsize i = 0; i < G_N_ELEMENTS (endpoints); i++)
    assert_key (fixture, GOOD_KEY, endpoints[i], BOUNCE_SERVICE_ERROR_INVALID);
}

static void
test_key_unreachable (Fixture *fixture, gconstpointer data)
{
  /* The settings in effect name a port where nobody listens. */
  assert_key (fixture, GOOD_KEY, NULL, BOUNCE_SERVICE_ERROR_UNREACHABLE);
  assert_key (fixture, GOOD_KEY, "https://bounce.invalid", BOUNCE_SERVICE_ERROR_UNREACHABLE);
}

/* A server whose certificate nobody vouches for; its port. */
static GSubprocess *
start_tls_server (Fixture *fixture, guint *port)
{
  g_autofree char *folder = bounce_test_dirs_make (fixture->service.dirs, "tls");
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_PIPE
                                 | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) request = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  GSubprocess *server;
  GError *error = NULL;

  g_subprocess_launcher_set_cwd (launcher, folder);
  g_subprocess_launcher_set_child_setup (launcher, bounce_test_process_die_with_parent, NULL, NULL);
  request = g_subprocess_launcher_spawn (launcher, &error, "openssl", "req", "-x509", "-newkey",
                                         "rsa:2048", "-nodes", "-subj", "/CN=localhost", "-keyout",
                                         "key.pem", "-out", "cert.pem", NULL);
  g_assert_no_error (error);
  g_subprocess_wait_check (request, NULL, &error);
  g_assert_no_error (error);
  server = g_subprocess_launcher_spawn (launcher, &error, "openssl", "s_server", "-accept",
                                        "127.0.0.1:0", "-key", "key.pem", "-cert", "cert.pem",
                                        "-www", NULL);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (server));
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
  for (*port = 0; *port == 0;)
    {
      g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, &error);

      g_assert_no_error (error);
      g_assert_nonnull (line);
      if (g_str_has_prefix (line, "ACCEPT 127.0.0.1:"))
        *port = (guint) g_ascii_strtoull (line + strlen ("ACCEPT 127.0.0.1:"), NULL, 10);
    }
  return server;
}

static void
test_key_untrusted (Fixture *fixture, gconstpointer data)
{
  guint port;
  g_autoptr (GSubprocess) server = start_tls_server (fixture, &port);
  g_autofree char *endpoint = g_strdup_printf ("https://127.0.0.1:%u", port);

  assert_key (fixture, GOOD_KEY, endpoint, BOUNCE_SERVICE_ERROR_UNTRUSTED);
  g_subprocess_force_exit (server);
  g_subprocess_wait (server, NULL, NULL);
}

static void
assert_answer (Fixture *fixture, const char *answer, BounceServiceError code)
{
  g_autoptr (BounceFaultServer) server = bounce_fault_server_new ();
  const BounceFault fault = { .method = "GET", .kind = BOUNCE_FAULT_RAW, .headers = answer };

  bounce_fault_server_add (server, &fault);
  assert_key (fixture, GOOD_KEY, bounce_fault_server_get_endpoint (server), code);
}

static void
test_key_other_server (Fixture *fixture, gconstpointer data)
{
  assert_answer (fixture, "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\n<html>",
                 BOUNCE_SERVICE_ERROR_NOT_AURABOX);
  assert_answer (fixture, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",
                 BOUNCE_SERVICE_ERROR_NOT_AURABOX);
  assert_answer (fixture, "HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n",
                 BOUNCE_SERVICE_ERROR_NOT_AURABOX);
  assert_answer (fixture, "HTTP/1.1 302 Found\r\nlocation: /login\r\ncontent-length: 0\r\n\r\n",
                 BOUNCE_SERVICE_ERROR_NOT_AURABOX);
}

static void
test_key_server_fault (Fixture *fixture, gconstpointer data)
{
  assert_answer (fixture, "HTTP/1.1 503 Busy\r\ncontent-length: 0\r\n\r\n",
                 BOUNCE_SERVICE_ERROR_SERVER);
  assert_answer (fixture, "HTTP/1.1 429 Slow\r\ncontent-length: 0\r\n\r\n",
                 BOUNCE_SERVICE_ERROR_SERVER);
  assert_answer (fixture, "HTTP/1.1 200 OK\r\ncontent-length: 17\r\n\r\n{\"success\":false}",
                 BOUNCE_SERVICE_ERROR_SERVER);
}

static gboolean
check_endpoint (ServiceFixture *fixture, const char *ip_address, guint port, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_service_check_endpoint_async (fixture->service, ip_address, port, NULL,
                                       service_fixture_keep_result_cb, &result);
  return bounce_service_check_endpoint_finish (fixture->service, service_fixture_wait (&result),
                                               error);
}

static void
assert_endpoint (ServiceFixture *fixture,
                 const char *ip_address,
                 guint port,
                 BounceServiceError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (check_endpoint (fixture, ip_address, port, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, (int) code);
}

static void
test_endpoint_free (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (check_endpoint (&fixture->service, "127.0.0.1", fixture->service.port, &error));
  g_assert_no_error (error);
  g_assert_true (check_endpoint (&fixture->service, "0.0.0.0", fixture->service.port, &error));
  g_assert_no_error (error);
  g_assert_false (bounce_service_is_receiver_running (fixture->service.service));
}

/* The receiver goes on receiving, and its port is free for it, on its address and on all. */
static void
test_endpoint_own (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_free (service_fixture_receive_study (&fixture->service));
  g_assert_true (check_endpoint (&fixture->service, "127.0.0.1", fixture->service.port, &error));
  g_assert_no_error (error);
  g_assert_true (check_endpoint (&fixture->service, "0.0.0.0", fixture->service.port, &error));
  g_assert_no_error (error);
  assert_endpoint (&fixture->service, "192.0.2.1", fixture->service.port,
                   BOUNCE_SERVICE_ERROR_NOT_LOCAL);
  g_assert_true (bounce_service_is_receiver_running (fixture->service.service));
  g_assert_cmpuint (service_fixture_count_studies (&fixture->service), ==, 1);
}

static void
test_endpoint_in_use (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketListener) other = g_socket_listener_new ();
  guint port = g_socket_listener_add_any_inet_port (other, NULL, NULL);

  g_assert_cmpuint (port, !=, 0);
  assert_endpoint (&fixture->service, "127.0.0.1", port, BOUNCE_SERVICE_ERROR_IN_USE);
  assert_endpoint (&fixture->service, "0.0.0.0", port, BOUNCE_SERVICE_ERROR_IN_USE);
}

static void
test_endpoint_impossible (Fixture *fixture, gconstpointer data)
{
  assert_endpoint (&fixture->service, "192.0.2.1", 11112, BOUNCE_SERVICE_ERROR_NOT_LOCAL);
  assert_endpoint (&fixture->service, "modality", 11112, BOUNCE_SERVICE_ERROR_INVALID);
  assert_endpoint (&fixture->service, "", 11112, BOUNCE_SERVICE_ERROR_INVALID);
  assert_endpoint (&fixture->service, "127.0.0.1", 0, BOUNCE_SERVICE_ERROR_INVALID);
  assert_endpoint (&fixture->service, "127.0.0.1", 65536, BOUNCE_SERVICE_ERROR_INVALID);
}

/* From here on the system call @number fails with @errsv, in every thread of this process. */
static void
break_system_call (int number, int errsv)
{
  struct sock_filter steps[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, (guint) number, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (guint) errsv),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { G_N_ELEMENTS (steps), steps };

  g_assert_no_errno (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
  g_assert_no_errno (
      (int) syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &program));
}

static gboolean
check_storage (ServiceFixture *fixture,
               const char *path,
               BounceStorageCheck **check,
               GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (BounceStorageCheck) found = NULL;

  bounce_service_check_storage_async (fixture->service, path, NULL, service_fixture_keep_result_cb,
                                      &result);
  found =
      bounce_service_check_storage_finish (fixture->service, service_fixture_wait (&result), error);
  if (found == NULL)
    return FALSE;
  if (check != NULL)
    *check = g_steal_pointer (&found);
  return TRUE;
}

static void
assert_storage (ServiceFixture *fixture, const char *path, BounceServiceError code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (check_storage (fixture, path, NULL, &error));
  g_assert_error (error, BOUNCE_SERVICE_ERROR, (int) code);
}

static char *
build_path (Fixture *fixture, const char *name)
{
  return g_build_filename (bounce_test_dirs_get_root (fixture->service.dirs), name, NULL);
}

static void
test_storage_new (Fixture *fixture, gconstpointer data)
{
  g_autofree char *parent = build_path (fixture, "disk");
  g_autofree char *path = build_path (fixture, "disk/dicom/studies");
  g_autoptr (BounceStorageCheck) check = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (check_storage (&fixture->service, path, &check, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (check->path, ==, path);
  g_assert_false (check->exists);
  g_assert_cmpuint (check->free_bytes, >, 0);
  g_assert_false (g_file_test (parent, G_FILE_TEST_EXISTS));
}

/* An empty folder, and the one in use, whose files stay. */
static void
test_storage_existing (Fixture *fixture, gconstpointer data)
{
  g_autofree char *empty = bounce_test_dirs_make (fixture->service.dirs, "empty");
  const char *const paths[] = { empty, fixture->service.base_dir };

  g_free (service_fixture_receive_study (&fixture->service));
  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      g_autoptr (BounceStorageCheck) check = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (check_storage (&fixture->service, paths[i], &check, &error));
      g_assert_no_error (error);
      g_assert_true (check->exists);
    }
  g_assert_cmpuint (service_fixture_count_studies (&fixture->service), ==, 1);
}

static void
test_storage_invalid (Fixture *fixture, gconstpointer data)
{
  const char *const paths[] = { "", "studies", "/", g_get_home_dir () };

  for (gsize i = 0; i < G_N_ELEMENTS (paths); i++)
    assert_storage (&fixture->service, paths[i], BOUNCE_SERVICE_ERROR_INVALID);
}

static void
write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);

  g_assert_true (g_file_set_contents (path, text, -1, NULL));
}

static void
test_storage_of_others (Fixture *fixture, gconstpointer data)
{
  g_autofree char *files = bounce_test_dirs_make (fixture->service.dirs, "documents");
  g_autofree char *tree = bounce_test_dirs_make (fixture->service.dirs, "their-studies");
  g_autofree char *in_tree = g_build_filename (tree, "mine", NULL);
  g_autofree char *database = bounce_test_dirs_make (fixture->service.dirs, "their-data");
  g_autofree char *in_database = g_build_filename (database, "deep", "mine", NULL);
  g_autofree char *in_own = g_build_filename (fixture->service.base_dir, "mine", NULL);
  g_autofree char *uuid = g_uuid_string_random ();

  write_file (files, "letter.txt", "Dear reader");
  write_file (tree, ".bounce", uuid);
  write_file (database, "bounce.db", "");
  assert_storage (&fixture->service, files, BOUNCE_SERVICE_ERROR_NOT_EMPTY);
  assert_storage (&fixture->service, tree, BOUNCE_SERVICE_ERROR_TAKEN);
  assert_storage (&fixture->service, in_tree, BOUNCE_SERVICE_ERROR_TAKEN);
  assert_storage (&fixture->service, in_database, BOUNCE_SERVICE_ERROR_TAKEN);
  assert_storage (&fixture->service, in_own, BOUNCE_SERVICE_ERROR_TAKEN);
}

static void
test_storage_not_writable (Fixture *fixture, gconstpointer data)
{
  g_autofree char *in_file = g_build_filename (fixture->service.config_path, "studies", NULL);

  assert_storage (&fixture->service, "/proc/bounce/studies", BOUNCE_SERVICE_ERROR_NOT_WRITABLE);
  assert_storage (&fixture->service, in_file, BOUNCE_SERVICE_ERROR_NOT_WRITABLE);
}

static void
test_storage_kind (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = g_strdup_printf ("/dev/shm/bounce-test-%d/studies", (int) getpid ());
  g_autoptr (BounceStorageCheck) check = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_true (check_storage (&fixture->service, path, &check, &error));
  g_assert_no_error (error);
  g_assert_cmpint (check->kind, ==, BOUNCE_STORAGE_MEMORY);
}

/* What the kernel refuses: which system call, how, and what is made of it. */
static const struct
{
  const char *name;
  int number;
  int errsv;
  BounceServiceError code;
  gboolean is_storage;
} refusals[] = {
  { "privileged", SYS_bind, EACCES, BOUNCE_SERVICE_ERROR_PRIVILEGED, FALSE },
  { "no-memory", SYS_bind, ENOMEM, BOUNCE_SERVICE_ERROR_FAILED, FALSE },
  { "disk-full", SYS_fsync, ENOSPC, BOUNCE_SERVICE_ERROR_NO_SPACE, TRUE },
  { "no-sync", SYS_fsync, EIO, BOUNCE_SERVICE_ERROR_NOT_WRITABLE, TRUE },
};

static void
test_refused (gconstpointer data)
{
  guint i = GPOINTER_TO_UINT (data);
  Fixture fixture = { 0 };
  g_autofree char *path = NULL;

  if (!g_test_subprocess ())
    {
      g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_INHERIT_STDERR);
      g_test_trap_assert_passed ();
      return;
    }
  set_up (&fixture, NULL);
  path = build_path (&fixture, "new");
  break_system_call (refusals[i].number, refusals[i].errsv);
  if (refusals[i].is_storage)
    {
      assert_storage (&fixture.service, path, refusals[i].code);
      g_assert_false (g_file_test (path, G_FILE_TEST_EXISTS));
    }
  else
    assert_endpoint (&fixture.service, "127.0.0.1", 104, refusals[i].code);
  bounce_test_dirs_remove (bounce_test_dirs_get_root (fixture.service.dirs));
  /* The service needs the system call to be taken down in order. */
  _exit (EXIT_SUCCESS);
}

static const struct
{
  const char *path;
  void (*test) (Fixture *fixture, gconstpointer data);
  gboolean needs_sandbox;
} tests[] = {
  { "/service/checks/key/good", test_key_good, TRUE },
  { "/service/checks/key/refused", test_key_refused, TRUE },
  { "/service/checks/key/invalid", test_key_invalid, FALSE },
  { "/service/checks/key/unreachable", test_key_unreachable, FALSE },
  { "/service/checks/key/untrusted", test_key_untrusted, FALSE },
  { "/service/checks/key/other-server", test_key_other_server, FALSE },
  { "/service/checks/key/server-fault", test_key_server_fault, FALSE },
  { "/service/checks/endpoint/free", test_endpoint_free, FALSE },
  { "/service/checks/endpoint/own", test_endpoint_own, FALSE },
  { "/service/checks/endpoint/in-use", test_endpoint_in_use, FALSE },
  { "/service/checks/endpoint/impossible", test_endpoint_impossible, FALSE },
  { "/service/checks/storage/new", test_storage_new, FALSE },
  { "/service/checks/storage/existing", test_storage_existing, FALSE },
  { "/service/checks/storage/invalid", test_storage_invalid, FALSE },
  { "/service/checks/storage/of-others", test_storage_of_others, FALSE },
  { "/service/checks/storage/not-writable", test_storage_not_writable, FALSE },
  { "/service/checks/storage/kind", test_storage_kind, FALSE },
};

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, tests[i].needs_sandbox ? set_up_with_sandbox : set_up,
                tests[i].test, tear_down);
  for (guint i = 0; i < G_N_ELEMENTS (refusals); i++)
    {
      g_autofree char *path = g_strconcat ("/service/checks/refused/", refusals[i].name, NULL);

      g_test_add_data_func (path, GUINT_TO_POINTER (i), test_refused);
    }
  return g_test_run ();
}
