/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A server that a test runs beside itself. */

#include "bounce-test-process.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/**
 * bounce_test_process_die_with_parent:
 *
 * A #GSpawnChildSetupFunc: a server that outlived a failed test would keep its output open, and
 * Meson waiting.
 */
void
bounce_test_process_die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/**
 * bounce_test_process_start:
 * @command: (array zero-terminated=1): program and arguments
 * @greeting: how the first line of its output begins once it is ready
 * @rest: (out) (optional) (transfer full): of that line
 *
 * A server that does not start fails the test. It dies with the test when the main thread started
 * it.
 *
 * Returns: (transfer full): the server, its standard input kept open
 */
GSubprocess *
bounce_test_process_start (const char *const *command, const char *greeting, char **rest)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  /* Linux means the parent thread: a server that another one starts outlives it. */
  if (gettid () == getpid ())
    g_subprocess_launcher_set_child_setup (launcher, bounce_test_process_die_with_parent, NULL,
                                           NULL);
  process = g_subprocess_launcher_spawnv (launcher, command, &error);
  g_assert_no_error (error);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (process));
  line = g_data_input_stream_read_line (lines, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (line);
  g_assert_true (g_str_has_prefix (line, greeting));
  if (rest != NULL)
    *rest = g_strdup (line + strlen (greeting));
  return process;
}

/**
 * bounce_test_process_start_sandbox:
 * @directory: where it keeps what it gets
 * @api_key: the key that it takes
 * @endpoint: (out) (transfer full): where it is
 *
 * $BOUNCE_SANDBOX names the program.
 *
 * Returns: (transfer full): a local Aurabox on a free port
 */
GSubprocess *
bounce_test_process_start_sandbox (const char *directory, const char *api_key, char **endpoint)
{
  const char *command[] = {
    g_getenv ("BOUNCE_SANDBOX"), "--port", "0", "--data", directory, "--api-key", api_key, NULL
  };

  g_assert_nonnull (command[0]);
  return bounce_test_process_start (command, "sandbox on ", endpoint);
}

/**
 * bounce_test_process_end:
 * @process: (transfer full): running or not
 *
 * As kill -9, and waits for the end.
 */
void
bounce_test_process_end (GSubprocess *process)
{
  g_subprocess_force_exit (process);
  g_subprocess_wait (process, NULL, NULL);
  g_object_unref (process);
}
