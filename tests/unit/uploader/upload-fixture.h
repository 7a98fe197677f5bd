/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-test-dirs.h"
#include "bounce-uploader.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define TEST_KEY  "aura_au_bounce_tester_s3cr3t_local"
#define OTHER_KEY "aura_au_bounce_tester_an0ther_local"

/* A store, an uploader and a real sandbox in a process of its own. The clock is a fake one unless
 * asked for: quiet periods and retries pass when the test says so. */
typedef struct
{
  BounceTestDirs *dirs;
  GSubprocess *sandbox;
  char *endpoint;
  BounceClock *clock;
  BounceConfig *config;
  BounceStore *store;
  BounceHttp *http;
  BounceUploader *uploader;
  guint64 progress_uploaded, progress_total;
  guint n_progress;
} UploadFixture;

typedef gboolean (*UploadCondition) (UploadFixture *self, gpointer data);

UploadFixture *upload_fixture_new (void);
UploadFixture *upload_fixture_new_with_clock (BounceClock *clock);
void upload_fixture_free (UploadFixture *self);
/* Everything but the sandbox ends and begins again, as after a restart. */
void upload_fixture_restart (UploadFixture *self);
void upload_fixture_set (UploadFixture *self, const char *key, const char *value);
void upload_fixture_set_api_key (UploadFixture *self, const char *key);

/* A callback that keeps a reference to its result in *(GAsyncResult **) user_data. */
void upload_fixture_result_cb (GObject *source, GAsyncResult *result, gpointer user_data);
void upload_fixture_wait (UploadFixture *self, UploadCondition condition, gpointer data);
void upload_fixture_advance (UploadFixture *self, guint seconds);
void upload_fixture_settle (UploadFixture *self);

/* An instance of size_bytes, of which seed decides the content. */
void upload_fixture_add_instance (UploadFixture *self,
                                  const char *study,
                                  const char *series,
                                  const char *sop,
                                  gsize size_bytes,
                                  guint32 seed);
BounceStudy *upload_fixture_get_study (UploadFixture *self, const char *study);
void upload_fixture_wait_status (UploadFixture *self, const char *study, const char *status);
void upload_fixture_wait_attempts (UploadFixture *self, const char *study, guint attempts);
BounceTransfer *upload_fixture_get_last_transfer (UploadFixture *self, const char *study);
guint upload_fixture_count_transfers (UploadFixture *self, const char *study);
guint upload_fixture_count_events (UploadFixture *self, int code);
/* Events come a moment after what they tell of. */
void upload_fixture_wait_events (UploadFixture *self, int code, guint n);
void upload_fixture_cancel (UploadFixture *self, const char *study);
void upload_fixture_stop_uploader (UploadFixture *self);
void upload_fixture_send_by_hand (UploadFixture *self, const char *study);

/* Posts JSON to the sandbox; answers what it said. */
char *
upload_fixture_ask (UploadFixture *self, const char *method, const char *path, const char *json);
GBytes *upload_fixture_get (UploadFixture *self, const char *path);
void upload_fixture_add_fault (UploadFixture *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
void upload_fixture_clear_faults (UploadFixture *self);
/* Does the sandbox hold this instance with the content of size and seed? */
void upload_fixture_assert_delivered (
    UploadFixture *self, const char *study, const char *sop, gsize size_bytes, guint32 seed);
/* The TUS uploads that the sandbox knows, oldest first, as /sandbox/uploads shows them. */
JsonArray *upload_fixture_list_uploads (UploadFixture *self);
/* How often the sandbox saw the study complete; 0 when it does not know it. */
guint upload_fixture_count_uploads (UploadFixture *self, const char *study);

G_END_DECLS
