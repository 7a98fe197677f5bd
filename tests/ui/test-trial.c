/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A trial with the real sandbox: what is in effect, what is kept, and what happens when the cloud
 * ends by itself or the trial does. */

#include "config.h"

#include "bounce-core-error.h"
#include "bounce-test-dirs.h"
#include "bounce-test-wait.h"
#include "bounce-trial.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

typedef struct
{
  BounceTestDirs *dirs;
  BounceConfigSource *source;
  BounceTrial *trial;
  char *config_path;
  char *folder;
  char *before; /* the settings file */
} Fixture;

static BounceTrial *
open_trial (Fixture *fixture, guint port)
{
  g_autoptr (GError) error = NULL;
  BounceTrial *trial = bounce_trial_open (fixture->source, fixture->folder, port, &error);

  g_assert_no_error (error);
  return trial;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  const char *root;

  fixture->dirs = bounce_test_dirs_new ();
  root = bounce_test_dirs_get_root (fixture->dirs);
  fixture->config_path = g_build_filename (root, "bounce.json", NULL);
  fixture->folder = g_build_filename (root, "trial", NULL);
  fixture->before = g_strdup_printf ("{ \"api_key\": \"aura_au_bounce_user_real_local\", "
                                     "\"base_dir\": \"%s/studies\" }",
                                     root);
  g_assert_true (g_file_set_contents_full (fixture->config_path, fixture->before, -1,
                                           G_FILE_SET_CONTENTS_NONE, 0600, NULL));
  fixture->source = bounce_config_source_open_file (fixture->config_path, &error);
  g_assert_no_error (error);
  g_assert_true (bounce_trial_make_folder (fixture->folder, &error));
  g_assert_no_error (error);
  fixture->trial = open_trial (fixture, 0);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_autofree char *after = NULL;

  bounce_trial_stop (fixture->trial);
  g_clear_object (&fixture->trial);
  g_assert_true (g_file_get_contents (fixture->config_path, &after, NULL, NULL));
  g_assert_cmpstr (after, ==, fixture->before);
  g_clear_object (&fixture->source);
  g_free (fixture->config_path);
  g_free (fixture->folder);
  g_free (fixture->before);
  bounce_test_dirs_free (fixture->dirs);
}

static gboolean
is_state (Fixture *fixture, BounceTrialState state)
{
  return bounce_trial_get_state (fixture->trial) == state;
}

static guint
get_port (Fixture *fixture)
{
  guint port;

  g_object_get (fixture->trial, "port", &port, NULL);
  return port;
}

/* The process of the cloud, our only child; 0 when there is none. */
static pid_t
find_cloud (void)
{
  g_autofree char *path = g_strdup_printf ("/proc/self/task/%d/children", (int) getpid ());
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return (pid_t) strtol (text, NULL, 10);
}

static void
test_in_effect (Fixture *fixture, gconstpointer data)
{
  BounceConfig *config = bounce_config_source_get_config (fixture->source);
  g_autofree char *base_dir = bounce_trial_dup_base_dir (fixture->folder);
  g_autofree char *endpoint = NULL;

  /* Before the cloud is there nothing can be delivered, to nobody. */
  g_assert_null (bounce_config_get_api_key (config));
  bounce_trial_start (fixture->trial);
  g_assert_true (is_state (fixture, BOUNCE_TRIAL_STARTING));
  bounce_test_wait_for (is_state (fixture, BOUNCE_TRIAL_RUNNING));
  config = bounce_config_source_get_config (fixture->source);
  endpoint = bounce_config_dup_api_endpoint (config);
  g_assert_true (g_str_has_prefix (endpoint, "http://127.0.0.1:"));
  g_assert_cmpstr (bounce_config_get_base_dir (config), ==, base_dir);
  g_assert_true (g_str_has_prefix (bounce_api_key_get_text (bounce_config_get_api_key (config)),
                                   "aura_au_bounce_trial_"));
  g_assert_true (bounce_config_source_is_locked (fixture->source, "api_key"));
}

/* Other users of the machine see the arguments of a process. */
static void
test_key_is_secret (Fixture *fixture, gconstpointer data)
{
  g_autofree char *path = NULL;
  g_autofree char *arguments = NULL;
  gsize size;

  bounce_trial_start (fixture->trial);
  bounce_test_wait_for (is_state (fixture, BOUNCE_TRIAL_RUNNING));
  path = g_strdup_printf ("/proc/%d/cmdline", (int) find_cloud ());
  g_assert_true (g_file_get_contents (path, &arguments, &size, NULL));
  for (gsize i = 0; i < size; i++)
    {
      if (arguments[i] == '\0')
        arguments[i] = ' ';
    }
  g_assert_nonnull (strstr (arguments, "--api-key -"));
  g_assert_null (strstr (arguments, "bounce_trial_"));
}

/* It comes back on the same port, since interrupted uploads know the address. */
static void
test_cloud_killed (Fixture *fixture, gconstpointer data)
{
  guint port;

  bounce_trial_start (fixture->trial);
  bounce_test_wait_for (is_state (fixture, BOUNCE_TRIAL_RUNNING));
  port = get_port (fixture);
  g_assert_no_errno (kill (find_cloud (), SIGKILL));
  bounce_test_wait_for (is_state (fixture, BOUNCE_TRIAL_WAITING));
  g_assert_cmpuint (bounce_trial_get_retry_seconds (fixture->trial), ==, 1);
  bounce_test_wait_for (is_state (fixture, BOUNCE_TRIAL_RUNNING));
  g_assert_cmpuint (get_port (fixture), ==, port);
  g_assert_no_errno (kill (find_cloud (), SIGKILL));
  bounce_test_wait_for (is_state (fixture, BOUNCE_TRIAL_WAITING));
  g_assert_cmpuint (bounce_trial_get_retry_seconds (fixture->trial), ==, 2);
}

static void
test_port_taken (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GSocketListener) other = g_socket_listener_new ();
  guint taken = g_socket_listener_add_any_inet_port (other, NULL, NULL);

  bounce_trial_stop (fixture->trial);
  g_object_unref (fixture->trial);
  fixture->trial = open_trial (fixture, taken);
  bounce_trial_start (fixture->trial);
  bounce_test_wait_for (is_state (fixture, BOUNCE_TRIAL_WAITING));
  bounce_test_wait_for (is_state (fixture, BOUNCE_TRIAL_RUNNING));
  g_assert_cmpuint (get_port (fixture), !=, taken);
}

static void
test_no_program (Fixture *fixture, gconstpointer data)
{
  g_autofree char *program = g_strdup (g_getenv ("BOUNCE_SANDBOX"));

  g_setenv ("BOUNCE_SANDBOX", "/nonexistent/bounce-sandbox", TRUE);
  bounce_trial_stop (fixture->trial);
  g_object_unref (fixture->trial);
  fixture->trial = open_trial (fixture, 0);
  g_setenv ("BOUNCE_SANDBOX", program, TRUE);
  bounce_trial_start (fixture->trial);
  g_assert_true (is_state (fixture, BOUNCE_TRIAL_WAITING));
  g_assert_null (bounce_config_get_api_key (bounce_config_source_get_config (fixture->source)));
}

/* A folder that cannot be one of studies: nothing real may be opened as if it were a trial. */
static void
test_not_opened (Fixture *fixture, gconstpointer data)
{
  g_autoptr (BounceConfigSource) source = NULL;
  g_autoptr (GError) error = NULL;

  source = bounce_config_source_open_file (fixture->config_path, &error);
  g_assert_no_error (error);
  g_assert_null (bounce_trial_open (source, "not/absolute", 0, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID);
  g_assert_false (bounce_config_source_is_locked (source, "base_dir"));
}

static void
test_stop (Fixture *fixture, gconstpointer data)
{
  bounce_trial_start (fixture->trial);
  bounce_test_wait_for (is_state (fixture, BOUNCE_TRIAL_RUNNING));
  g_assert_cmpint (find_cloud (), !=, 0);
  bounce_trial_stop (fixture->trial);
  bounce_test_wait_for (find_cloud () == 0);
  bounce_trial_start (fixture->trial); /* too late */
  g_assert_cmpint (find_cloud (), ==, 0);
}

static void
keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

static void
remove_folder (const char *folder)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  bounce_trial_remove_folder_async (folder, NULL, keep_result_cb, &result);
  bounce_test_wait_for (result != NULL);
  bounce_trial_remove_folder_finish (result, &error);
  g_assert_no_error (error);
}

/* Only what a trial made goes: no marker, no removal; links are not followed. */
static void
test_folder (Fixture *fixture, gconstpointer data)
{
  g_autofree char *real = bounce_test_dirs_make (fixture->dirs, "real");
  g_autofree char *kept = g_build_filename (real, "kept", NULL);
  g_autofree char *link = g_build_filename (fixture->folder, "studies", NULL);
  g_autofree char *stranger = bounce_test_dirs_make (fixture->dirs, "stranger/data");
  g_autofree char *unmarked = g_path_get_dirname (stranger);

  g_assert_true (g_file_set_contents (kept, "kept", -1, NULL));
  g_assert_no_errno (symlink (real, link));
  remove_folder (fixture->folder);
  g_assert_false (g_file_test (fixture->folder, G_FILE_TEST_EXISTS));
  g_assert_true (g_file_test (kept, G_FILE_TEST_EXISTS));
  remove_folder (fixture->folder); /* nothing there: nothing to do */
  remove_folder (unmarked);
  g_assert_true (g_file_test (stranger, G_FILE_TEST_IS_DIR));
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*test) (Fixture *fixture, gconstpointer data);
  } tests[] = {
    { "/trial/in-effect", test_in_effect },
    { "/trial/key-is-secret", test_key_is_secret },
    { "/trial/cloud-killed", test_cloud_killed },
    { "/trial/port-taken", test_port_taken },
    { "/trial/no-program", test_no_program },
    { "/trial/not-opened", test_not_opened },
    { "/trial/stop", test_stop },
    { "/trial/folder", test_folder },
  };

  signal (SIGPIPE, SIG_IGN);
  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++)
    g_test_add (tests[i].path, Fixture, NULL, set_up, tests[i].test, tear_down);
  return g_test_run ();
}
