/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-config-source.h"

G_BEGIN_DECLS

#define KEY       "aura_au_bounce_jo_SECRET"
#define OTHER_KEY "aura_eu_bounce_jo_OTHERSECRET"

/* A source under test, with what it emitted, in a folder of its own. */
typedef struct
{
  char *root;
  char *path; /* of the settings file */
  BounceConfigSource *source;
  guint n_changed;
  GPtrArray *problems;
} SourceFixture;

void source_fixture_set_up (SourceFixture *fixture, gconstpointer data);
void source_fixture_tear_down (SourceFixture *fixture, gconstpointer data);
void source_fixture_watch (SourceFixture *fixture);
void source_fixture_write_file (const char *path, const char *text);
void source_fixture_open_file (SourceFixture *fixture, const char *text);
BounceConfig *source_fixture_get_config (SourceFixture *fixture);
const char *source_fixture_get_key (SourceFixture *fixture);
void source_fixture_run_until (SourceFixture *fixture, guint n_problems);
/* user_data: a GAsyncResult **. */
void source_fixture_keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data);
gboolean source_fixture_set_value_full (SourceFixture *fixture,
                                        const char *key,
                                        const char *value,
                                        GCancellable *cancellable,
                                        GError **error);
gboolean source_fixture_set_value (SourceFixture *fixture,
                                   const char *key,
                                   const char *value,
                                   GError **error);

G_END_DECLS
