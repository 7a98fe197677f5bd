/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"
#include "bounce-test-dirs.h"

G_BEGIN_DECLS

/* A service on directories of its own; uploads go to a port where nobody listens. */
typedef struct
{
  BounceTestDirs *dirs;       /* (owned) */
  BounceConfigSource *source; /* (owned) */
  BounceService *service;     /* (owned) (nullable) once shut down */
  char *data_dir;             /* (owned) */
  char *base_dir;             /* (owned) */
  char *config_path;          /* (owned) */
  guint16 port;
} ServiceFixture;

typedef gboolean (*ServiceFinish) (BounceService *service, GAsyncResult *result, GError **error);

void service_fixture_set_up (ServiceFixture *fixture, gconstpointer data);
void service_fixture_tear_down (ServiceFixture *fixture, gconstpointer data);
void service_fixture_shut_down (ServiceFixture *fixture);
BounceService *service_fixture_open (ServiceFixture *fixture, GError **error);
char *service_fixture_receive_study (ServiceFixture *fixture);
guint service_fixture_count_studies (ServiceFixture *fixture);

void service_fixture_keep_result_cb (GObject *source, GAsyncResult *result, gpointer user_data);
GAsyncResult *service_fixture_wait (GAsyncResult **result);

G_END_DECLS
