/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-preferences.h"

#include "bounce-test-dirs.h"

G_BEGIN_DECLS

/* The settings window on a real service. */
typedef struct
{
  BounceService *service;
  BounceConfigSource *source;
  BounceStatusSummary *summary;
  GSettings *settings; /* of the service */
  GSettings *desktop_settings;
  BouncePreferences *window;
  char *base_dir;
  guint port;
} PreferencesFixture;

/* With settings in a key file, which other programs can change too. data: a BounceTestDirs. */
void preferences_fixture_set_up (PreferencesFixture *fixture, gconstpointer data);
/* With the settings as they are: place is a folder for data. */
void preferences_fixture_open (PreferencesFixture *fixture, const char *place);
void preferences_fixture_tear_down (PreferencesFixture *fixture, gconstpointer data);
BounceConfig *preferences_fixture_get_config (PreferencesFixture *fixture);

/* Widgets as a person finds them: by the title of their row, the text on a button. */
GtkWidget *preferences_fixture_find_row (GtkWidget *root, const char *title);
GtkWidget *preferences_fixture_find_type (GtkWidget *root, GType type);
GtkWidget *preferences_fixture_find_button (GtkWidget *root, const char *label);
gboolean preferences_fixture_has_text (GtkWidget *root, const char *text);
/* A window in front of the others, of that type. */
GtkWindow *preferences_fixture_find_window (GType type);

G_END_DECLS
