/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A config source under test: set up in a folder of its own, watched, changed and waited for. No
 * message may ever hold the secret. */

#include "config.h"

#include "config-source-fixture.h"

#include "bounce-secrets.h"
#include "bounce-test-dirs.h"

#include <string.h>

void
source_fixture_set_up (SourceFixture *fixture, gconstpointer data)
{
  fixture->root = g_dir_make_tmp ("bounce-config-XXXXXX", NULL);
  fixture->path = g_build_filename (fixture->root, "bounce.json", NULL);
  fixture->problems = g_ptr_array_new_with_free_func (g_free);
}

void
source_fixture_tear_down (SourceFixture *fixture, gconstpointer data)
{
  g_autofree char *key_path = bounce_secrets_dup_file_path ();
  g_autofree char *config_dir = g_path_get_dirname (key_path);

  g_clear_object (&fixture->source);
  g_unsetenv ("BOUNCE_API_KEY");
  g_ptr_array_unref (fixture->problems);
  bounce_test_dirs_remove (fixture->root);
  bounce_test_dirs_remove (config_dir);
  g_free (fixture->path);
  g_free (fixture->root);
}

static void
changed_cb (SourceFixture *fixture)
{
  fixture->n_changed++;
}

static void
problem_cb (SourceFixture *fixture, const char *message)
{
  g_assert_null (strstr (message, "SECRET"));
  g_ptr_array_add (fixture->problems, g_strdup (message));
}

void
source_fixture_watch (SourceFixture *fixture)
{
  g_signal_connect_swapped (fixture->source, "changed", G_CALLBACK (changed_cb), fixture);
  g_signal_connect_swapped (fixture->source, "problem", G_CALLBACK (problem_cb), fixture);
}

void
source_fixture_write_file (const char *path, const char *text)
{
  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

void
source_fixture_open_file (SourceFixture *fixture, const char *text)
{
  g_autoptr (GError) error = NULL;

  source_fixture_write_file (fixture->path, text);
  fixture->source = bounce_config_source_open_file (fixture->path, &error);
  g_assert_no_error (error);
  source_fixture_watch (fixture);
}

BounceConfig *
source_fixture_get_config (SourceFixture *fixture)
{
  return bounce_config_source_get_config (fixture->source);
}

const char *
source_fixture_get_key (SourceFixture *fixture)
{
  BounceApiKey *key = bounce_config_get_api_key (source_fixture_get_config (fixture));

  return key != NULL ? bounce_api_key_get_text (key) : NULL;
}

void
source_fixture_run_until (SourceFixture *fixture, guint n_problems)
{
  while (fixture->problems->len < n_problems)
    g_main_context_iteration (NULL, TRUE);
}

void
source_fixture_keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **kept = user_data;

  *kept = g_object_ref (result);
}

gboolean
source_fixture_set_value_full (SourceFixture *fixture,
                               const char *key,
                               const char *value,
                               GCancellable *cancellable,
                               GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  bounce_config_source_set_async (fixture->source, key, value, cancellable,
                                  source_fixture_keep_result_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  return bounce_config_source_set_finish (fixture->source, result, error);
}

gboolean
source_fixture_set_value (SourceFixture *fixture,
                          const char *key,
                          const char *value,
                          GError **error)
{
  return source_fixture_set_value_full (fixture, key, value, NULL, error);
}
