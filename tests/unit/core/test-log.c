/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The log: a secret reaches neither file nor stderr nor observers, however it is put together;
 * nothing is lost without being counted. stderr is a pipe or a file of the test. */

#include "config.h"

#include "bounce-core-error.h"
#include "bounce-log.h"
#include "bounce-test-dirs.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECRET "aura_au_bounce_jo_S3CR3T_TOKEN"

typedef struct
{
  BounceTestDirs *dirs;
  char *state_dir;
  char *stderr_path;
  int saved_stderr;
  GString *observed;
  guint n_observed;
  guint observer;
} Fixture;

static void
observe_cb (BounceLogLevel level, gint64 wall_us, const char *text, gpointer user_data)
{
  Fixture *fixture = user_data;

  g_assert_cmpint (wall_us, >, 0);
  g_string_append_printf (fixture->observed, "%d %s\n", level, text);
  fixture->n_observed++;
}

static void
redirect_stderr (const char *path)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (dup2 (fd, STDERR_FILENO), ==, STDERR_FILENO);
  close (fd);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  fixture->dirs = bounce_test_dirs_new ();
  fixture->state_dir =
      g_build_filename (bounce_test_dirs_get_root (fixture->dirs), "log-state", "bounce", NULL);
  fixture->stderr_path =
      g_build_filename (bounce_test_dirs_get_root (fixture->dirs), "stderr", NULL);
  fixture->saved_stderr = dup (STDERR_FILENO);
  redirect_stderr (fixture->stderr_path);
  fixture->observed = g_string_new (NULL);
  fixture->observer = bounce_log_add_observer (observe_cb, fixture, NULL);
}

static void
run_pending (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  bounce_log_stop ();
  run_pending ();
  bounce_log_remove_observer (fixture->observer);
  dup2 (fixture->saved_stderr, STDERR_FILENO);
  close (fixture->saved_stderr);
  g_string_free (fixture->observed, TRUE);
  g_free (fixture->stderr_path);
  g_free (fixture->state_dir);
  bounce_test_dirs_free (fixture->dirs);
}

static void
start (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (bounce_log_start (fixture->state_dir, &error));
  g_assert_no_error (error);
}

static char *
read_text (const char *path)
{
  char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  return text;
}

static char *
read_log (Fixture *fixture)
{
  g_autofree char *path = g_build_filename (fixture->state_dir, "bounce.log", NULL);

  return read_text (path);
}

static guint
count_lines (const char *text)
{
  guint n = 0;

  for (; *text != '\0'; text++)
    n += *text == '\n';
  return n;
}

static void
test_places (Fixture *fixture, gconstpointer data)
{
  g_autofree char *in_file = NULL;
  g_autofree char *in_stderr = NULL;
  g_autofree char *path = NULL;
  struct stat status;

  start (fixture);
  path = bounce_log_dup_path ();
  bounce_log (BOUNCE_LOG_INFO, "Received %s", "1.2.3");
  bounce_log (BOUNCE_LOG_ERROR, "Failed: %d", 7);
  bounce_log_stop ();
  run_pending ();
  in_file = read_log (fixture);
  in_stderr = read_text (fixture->stderr_path);

  g_assert_nonnull (strstr (in_file, "Z INFO Received 1.2.3\n"));
  g_assert_nonnull (strstr (in_file, "Z ERROR Failed: 7\n"));
  g_assert_cmpstr (in_stderr, ==, in_file);
  g_assert_cmpstr (fixture->observed->str, ==, "1 Received 1.2.3\n3 Failed: 7\n");
  g_assert_cmpint (stat (path, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_null (bounce_log_dup_path ());
}

static void
assert_nowhere (Fixture *fixture, const char *secret)
{
  g_autofree char *in_file = read_log (fixture);
  g_autofree char *in_stderr = read_text (fixture->stderr_path);

  g_assert_null (strstr (in_file, secret));
  g_assert_null (strstr (in_stderr, secret));
  g_assert_null (strstr (fixture->observed->str, secret));
}

static void
test_secret (Fixture *fixture, gconstpointer data)
{
  bounce_log_add_secret (SECRET);
  bounce_log_add_secret ("plain-pass/word?");
  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "a %s b", SECRET);
  bounce_log (BOUNCE_LOG_INFO, "c %s%s d", "aura_au_bounce_jo_S3CR", "3T_TOKEN");
  bounce_log (BOUNCE_LOG_INFO, "e %.18s%c%s f", SECRET, 'S', "3CR3T_TOKEN and " SECRET);
  bounce_log (BOUNCE_LOG_INFO, "x" SECRET "x");
  bounce_log (BOUNCE_LOG_INFO, "pw=%s url=%s", "plain-pass/word?", "plain-pass%2Fword%3F");
  g_log ("Other", G_LOG_LEVEL_MESSAGE, "library says %s%s", "aura_au_bounce_jo_", "S3CR3T_TOKEN");
  g_log_structured ("Other", G_LOG_LEVEL_MESSAGE, "X_FIELD", SECRET, "MESSAGE", "structured %s",
                    SECRET);
  bounce_log_stop ();
  bounce_log (BOUNCE_LOG_WARNING, "after the end %s", SECRET);
  run_pending ();

  assert_nowhere (fixture, "S3CR3T");
  assert_nowhere (fixture, "plain-pass");
  g_assert_cmpuint (fixture->n_observed, ==, 7);
  g_assert_true (g_str_has_prefix (fixture->observed->str, "1 a **** b\n1 c **** d\n"));
  g_assert_nonnull (strstr (fixture->observed->str, "Other: structured ****\n"));
}

/* One secret begins with another; both go whole, whatever the order they came in. */
static void
test_nested_secrets (Fixture *fixture, gconstpointer data)
{
  bounce_log_add_secret ("prefix");
  bounce_log_add_secret ("prefix-and-rest");
  bounce_log_add_secret ("prefix-and");
  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "prefix-and-rest, prefix-and, prefix, prefiy");
  bounce_log_stop ();
  run_pending ();
  g_assert_cmpstr (fixture->observed->str, ==, "1 ****, ****, ****, prefiy\n");
}

/* Tokens come and go; what was used last stays, and an API key always. */
static void
test_many_secrets (Fixture *fixture, gconstpointer data)
{
  bounce_log_add_secret ("aura_zz_bounce_");
  bounce_log_add_secret ("refreshed-token");
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *token = g_strdup_printf ("token-%03u", i);

      bounce_log_add_secret (token);
      if (i == 200)
        bounce_log_add_secret ("refreshed-token");
    }
  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "token-000 token-299 refreshed-token aura_zz_bounce_");
  bounce_log_stop ();
  run_pending ();
  g_assert_cmpstr (fixture->observed->str, ==, "1 token-000 **** **** ****\n");
}

static void
test_short_secret (Fixture *fixture, gconstpointer data)
{
  bounce_log_add_secret ("study");
  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "a study");
  bounce_log_stop ();
  run_pending ();
  g_assert_cmpstr (fixture->observed->str, ==, "1 a study\n");
}

/* Nobody registered these, and they look like what they are. */
static void
test_lookalikes (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "key aura_eu_bounce_x_HIDDEN_1, next");
  bounce_log (BOUNCE_LOG_INFO, "{\"k\":\"aura_eu_bounce_HIDDEN\"}");
  bounce_log (BOUNCE_LOG_INFO, "Authorization: Bearer HIDDEN.abc-_~+/=");
  bounce_log (BOUNCE_LOG_INFO, "aura of a bearer, aura_x and aura_eu_bounc_y stay");
  bounce_log_stop ();
  run_pending ();

  assert_nowhere (fixture, "HIDDEN");
  g_assert_cmpstr (fixture->observed->str, ==,
                   "1 key aura_eu_bounce_****, next\n"
                   "1 {\"k\":\"aura_eu_bounce_****\"}\n"
                   "1 Authorization: Bearer ****\n"
                   "1 aura of a bearer, aura_x and aura_eu_bounc_y stay\n");
}

/* A line from the network must not forge another one, nor break the encoding. */
static void
test_hostile_text (Fixture *fixture, gconstpointer data)
{
  g_autofree char *very_long = g_strnfill (100 * 1000, 'x');
  g_autofree char *in_file = NULL;

  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "%s", "a\nERROR forged\r\x1b[2J\x7f");
  bounce_log (BOUNCE_LOG_INFO, "%s", "bad \xff utf-8");
  bounce_log (BOUNCE_LOG_INFO, "%s %s", very_long, SECRET);
  bounce_log_stop ();
  in_file = read_log (fixture);

  g_assert_cmpuint (count_lines (in_file), ==, 3);
  g_assert_nonnull (strstr (in_file, "INFO a ERROR forged  [2J \n"));
  g_assert_true (g_utf8_validate (in_file, -1, NULL));
  g_assert_cmpuint (strlen (in_file), <, 5000);
}

/* A stuck reader of stderr holds up the log's thread, and nobody else; what did not fit is told. */
static void
test_overflow (Fixture *fixture, gconstpointer data)
{
  const guint n_lines = 20000;
  g_autofree char *filler = g_strnfill (200, '.');
  g_autofree char *in_file = NULL;
  guint n_written, dropped = 0;
  const char *told;
  int fds[2];

  g_assert_cmpint (pipe2 (fds, O_CLOEXEC), ==, 0);
  dup2 (fds[1], STDERR_FILENO);
  close (fds[1]);
  start (fixture);
  for (guint i = 0; i < n_lines; i++)
    bounce_log (BOUNCE_LOG_INFO, "line %u %s", i, filler);
  /* From now on nobody reads: writing fails at once, and the log can end. */
  close (fds[0]);
  bounce_log_stop ();
  dup2 (fixture->saved_stderr, STDERR_FILENO);
  in_file = read_log (fixture);

  told = strstr (in_file, " log lines were dropped");
  g_assert_nonnull (told);
  n_written = 0;
  for (const char *p = in_file; (p = strstr (p, " INFO line ")) != NULL; p++)
    n_written++;
  for (const char *p = in_file; (p = strstr (p, " WARNING ")) != NULL; p++)
    dropped += (guint) strtoul (p + strlen (" WARNING "), NULL, 10);
  g_assert_cmpuint (n_written, <, n_lines);
  g_assert_cmpuint (n_written + dropped, >=, n_lines);
}

static void
test_rotation (Fixture *fixture, gconstpointer data)
{
  g_autofree char *filler = g_strnfill (3500, '.');
  g_autofree char *first = g_build_filename (fixture->state_dir, "bounce.log.1", NULL);
  g_autofree char *second = g_build_filename (fixture->state_dir, "bounce.log.2", NULL);
  g_autofree char *in_file = NULL;
  struct stat status;

  start (fixture);
  bounce_log_remove_observer (fixture->observer);
  /* 11 MB: two rotations at 5 MiB. In portions that the ring can take. */
  for (int part = 0; part < 4; part++)
    {
      for (int i = 0; i < 800; i++)
        bounce_log (BOUNCE_LOG_INFO, "%s", filler);
      bounce_log_stop ();
      start (fixture);
    }
  bounce_log (BOUNCE_LOG_INFO, "the last line");
  bounce_log_stop ();
  in_file = read_log (fixture);

  g_assert_true (g_str_has_suffix (in_file, "the last line\n"));
  g_assert_cmpint (stat (first, &status), ==, 0);
  g_assert_cmpint (status.st_mode & 0777, ==, 0600);
  g_assert_cmpint (status.st_size, <=, 5 * 1024 * 1024);
  g_assert_cmpint (stat (second, &status), ==, 0);
  g_assert_cmpint (status.st_size, <=, 5 * 1024 * 1024);
}

static void
test_journal (Fixture *fixture, gconstpointer data)
{
  g_autofree char *stream = NULL;
  g_autofree char *in_stderr = NULL;
  struct stat status;

  g_assert_cmpint (fstat (STDERR_FILENO, &status), ==, 0);
  stream = g_strdup_printf ("%" G_GUINT64_FORMAT ":%" G_GUINT64_FORMAT, (guint64) status.st_dev,
                            (guint64) status.st_ino);
  g_setenv ("JOURNAL_STREAM", stream, TRUE);
  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "one");
  bounce_log (BOUNCE_LOG_WARNING, "two");
  bounce_log (BOUNCE_LOG_ERROR, "three");
  bounce_log_stop ();
  g_unsetenv ("JOURNAL_STREAM");
  in_stderr = read_text (fixture->stderr_path);
  g_assert_cmpstr (in_stderr, ==, "<6>one\n<4>two\n<3>three\n");
}

static void
test_debug (Fixture *fixture, gconstpointer data)
{
  start (fixture);
  bounce_log (BOUNCE_LOG_DEBUG, "not asked for");
  g_debug ("not asked for either");
  bounce_log (BOUNCE_LOG_INFO, "asked for");
  bounce_log_stop ();
  run_pending ();
  g_assert_cmpstr (fixture->observed->str, ==, "1 asked for\n");
}

static void
test_before_start (Fixture *fixture, gconstpointer data)
{
  g_autofree char *in_stderr = NULL;

  bounce_log (BOUNCE_LOG_WARNING, "early %s", SECRET);
  in_stderr = read_text (fixture->stderr_path);
  g_assert_nonnull (strstr (in_stderr, "Z WARNING early aura_au_bounce_****\n"));
}

static void
test_without_file (Fixture *fixture, gconstpointer data)
{
  g_autofree char *in_stderr = NULL;

  g_assert_true (bounce_log_start (NULL, NULL));
  g_assert_null (bounce_log_dup_path ());
  bounce_log (BOUNCE_LOG_INFO, "to stderr alone");
  bounce_log_stop ();
  in_stderr = read_text (fixture->stderr_path);
  g_assert_nonnull (strstr (in_stderr, "to stderr alone"));
}

static void
test_cannot_start (Fixture *fixture, gconstpointer data)
{
  g_autofree char *parent = g_path_get_dirname (fixture->state_dir);
  g_autofree char *log = g_build_filename (fixture->state_dir, "bounce.log", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (parent, "", 0, NULL));
  g_assert_false (bounce_log_start (fixture->state_dir, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_unlink (parent);
  g_assert_cmpint (g_mkdir_with_parents (fixture->state_dir, 0700), ==, 0);
  g_assert_cmpint (symlink ("/etc/hostname", log), ==, 0);
  g_assert_false (bounce_log_start (fixture->state_dir, &error));
  g_assert_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO);
}

/* A disk that is full loses lines, and says so once there is space. */
static void
test_full_disk (Fixture *fixture, gconstpointer data)
{
  g_autofree char *log = g_build_filename (fixture->state_dir, "bounce.log", NULL);
  g_autofree char *in_file = NULL;

  g_assert_cmpint (g_mkdir_with_parents (fixture->state_dir, 0700), ==, 0);
  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "one");
  bounce_log_stop ();
  redirect_stderr ("/dev/full");
  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "two");
  bounce_log_stop ();
  in_file = read_text (log);
  g_assert_nonnull (strstr (in_file, "INFO two\n"));
  g_assert_nonnull (strstr (in_file, "WARNING 1 log lines were dropped\n"));
}

/* stderr takes no more for a while: the loss is told there once it does again. */
static void
test_recovers (Fixture *fixture, gconstpointer data)
{
  g_autofree char *log = g_build_filename (fixture->state_dir, "bounce.log", NULL);
  g_autofree char *in_stderr = NULL;
  gboolean is_told = FALSE;

  redirect_stderr ("/dev/full");
  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "one");
  while (!is_told)
    {
      g_autofree char *text = read_text (log);

      is_told = strstr (text, "dropped") != NULL;
      g_thread_yield ();
    }
  redirect_stderr (fixture->stderr_path);
  bounce_log (BOUNCE_LOG_INFO, "two");
  bounce_log_stop ();
  in_stderr = read_text (fixture->stderr_path);
  g_assert_nonnull (strstr (in_stderr, "INFO two\n"));
  g_assert_nonnull (strstr (in_stderr, "log lines were dropped\n"));
}

static void
test_glib_levels (Fixture *fixture, gconstpointer data)
{
  GLogLevelFlags fatal = g_log_set_always_fatal (G_LOG_FATAL_MASK);

  start (fixture);
  g_warning ("one");
  g_critical ("two");
  g_info ("not asked for");
  g_message ("three");
  bounce_log_stop ();
  g_log_set_always_fatal (fatal);
  run_pending ();
  g_assert_cmpstr (fixture->observed->str, ==, "2 one\n3 two\n1 three\n");
}

/* What ends the process is on stderr by then, redacted like everything else. */
static void
test_fatal (void)
{
  if (g_test_subprocess ())
    {
      bounce_log_add_secret ("plain-password");
      g_assert_true (bounce_log_start (NULL, NULL));
      g_error ("last words: %s-%s", "plain", "password");
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*ERROR last words: ****");
  g_test_trap_assert_stderr_unmatched ("*plain-password*");
}

static void
remove_cb (BounceLogLevel level, gint64 wall_us, const char *text, gpointer user_data)
{
  guint *id = user_data;

  bounce_log_remove_observer (*id);
}

static void
count_free_cb (gpointer data)
{
  *(guint *) data = 0;
}

static void
test_observer_removes_itself (Fixture *fixture, gconstpointer data)
{
  guint id = 0;

  id = bounce_log_add_observer (remove_cb, &id, count_free_cb);
  start (fixture);
  bounce_log (BOUNCE_LOG_INFO, "one");
  bounce_log (BOUNCE_LOG_INFO, "two");
  bounce_log_stop ();
  run_pending ();
  g_assert_cmpuint (id, ==, 0);
  g_assert_cmpuint (fixture->n_observed, ==, 2);
  bounce_log_remove_observer (4711);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  signal (SIGPIPE, SIG_IGN);
  g_unsetenv ("G_MESSAGES_DEBUG");
  g_test_init (&argc, &argv, NULL);
  ADD ("/log/before-start", test_before_start);
  ADD ("/log/places", test_places);
  ADD ("/log/secret", test_secret);
  ADD ("/log/nested-secrets", test_nested_secrets);
  ADD ("/log/many-secrets", test_many_secrets);
  ADD ("/log/short-secret", test_short_secret);
  ADD ("/log/lookalikes", test_lookalikes);
  ADD ("/log/hostile-text", test_hostile_text);
  ADD ("/log/overflow", test_overflow);
  ADD ("/log/rotation", test_rotation);
  ADD ("/log/journal", test_journal);
  ADD ("/log/debug", test_debug);
  ADD ("/log/without-file", test_without_file);
  ADD ("/log/cannot-start", test_cannot_start);
  ADD ("/log/lost-lines", test_full_disk);
  ADD ("/log/recovers", test_recovers);
  ADD ("/log/glib-levels", test_glib_levels);
  g_test_add_func ("/log/fatal", test_fatal);
  ADD ("/log/observer-removes-itself", test_observer_removes_itself);
  return g_test_run ();
}
