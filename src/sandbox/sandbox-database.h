/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define SANDBOX_ERROR (sandbox_error_quark ())

typedef enum
{
  SANDBOX_ERROR_INVALID, /* what the client sent cannot be accepted: 422 with the message */
  SANDBOX_ERROR_STORAGE, /* our own disk or database failed: 500 */
} SandboxError;

GQuark sandbox_error_quark (void);

typedef struct _SandboxDatabase SandboxDatabase;

typedef enum
{
  SANDBOX_SESSION_INITIALISED,
  SANDBOX_SESSION_STARTED,
  SANDBOX_SESSION_COMPLETED,
} SandboxSessionState;

/* One `upload/init`. */
typedef struct
{
  char *upload_id;
  char *assembly_id;
  char *studies; /* the member `studies` of init as JSON text */
  SandboxSessionState state;
} SandboxSession;

typedef enum
{
  SANDBOX_UPLOAD_ACTIVE,
  SANDBOX_UPLOAD_TERMINATED,
  SANDBOX_UPLOAD_EXPIRED,
  SANDBOX_UPLOAD_UNPACKED, /* complete was acknowledged; the archive is gone */
} SandboxUploadState;

/* One TUS upload; its bytes are in the file of the same id. */
typedef struct
{
  char *id;
  char *upload_id;
  char *metadata; /* Upload-Metadata as it came */
  guint64 length_bytes;
  guint64 offset_bytes; /* what was acknowledged and is on disk */
  gint64 expires_at_us;
  guint refused; /* PATCH requests answered with an error */
  SandboxUploadState state;
} SandboxUpload;

/* What one PATCH brought. */
typedef struct
{
  guint64 from;
  guint64 to; /* exclusive */
  gboolean is_acknowledged;
} SandboxRange;

typedef struct
{
  char *study_uid;
  char *series_uid;
  char *sop_uid;
  guint64 size_bytes;
  char *sha256;
} SandboxInstance;

typedef struct
{
  char *study_uid;
  char *patient_name; /* (nullable) */
  guint uploads;
} SandboxStudy;

void sandbox_session_free (SandboxSession *self);
void sandbox_upload_free (SandboxUpload *self);
void sandbox_instance_free (SandboxInstance *self);
void sandbox_study_free (SandboxStudy *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SandboxSession, sandbox_session_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SandboxUpload, sandbox_upload_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SandboxInstance, sandbox_instance_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SandboxStudy, sandbox_study_free)

SandboxDatabase *sandbox_database_open (const char *path, GError **error);
void sandbox_database_close (SandboxDatabase *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (SandboxDatabase, sandbox_database_close)

gboolean sandbox_database_add_token (SandboxDatabase *self,
                                     const char *token,
                                     const char *assembly_id,
                                     gint64 expires_at_us,
                                     GError **error);
gboolean sandbox_database_has_token (SandboxDatabase *self, const char *token, gint64 now_us);
gboolean sandbox_database_has_assembly (SandboxDatabase *self, const char *assembly_id);
gboolean sandbox_database_expire_tokens (SandboxDatabase *self, GError **error);

gboolean
sandbox_database_add_session (SandboxDatabase *self, const SandboxSession *session, GError **error);
SandboxSession *sandbox_database_get_session (SandboxDatabase *self, const char *upload_id);
gboolean
sandbox_database_start_session (SandboxDatabase *self, const char *upload_id, GError **error);

gboolean
sandbox_database_add_upload (SandboxDatabase *self, const SandboxUpload *upload, GError **error);
SandboxUpload *sandbox_database_get_upload (SandboxDatabase *self, const char *id);
/* The youngest TUS upload of a session that is still there. */
SandboxUpload *sandbox_database_find_upload (SandboxDatabase *self, const char *upload_id);
gboolean sandbox_database_set_upload_state (SandboxDatabase *self,
                                            const char *id,
                                            SandboxUploadState state,
                                            GError **error);
/* Raises the offset and remembers the range, in one transaction. */
gboolean sandbox_database_add_range (SandboxDatabase *self,
                                     const char *id,
                                     const SandboxRange *range,
                                     gint64 expires_at_us,
                                     GError **error);
gboolean sandbox_database_add_refusal (SandboxDatabase *self, const char *id, GError **error);
GPtrArray *sandbox_database_list_uploads (SandboxDatabase *self);             /* SandboxUpload */
GArray *sandbox_database_list_ranges (SandboxDatabase *self, const char *id); /* SandboxRange */

/* The outcome of `upload/complete` in one transaction. studies: SandboxStudy; instances:
 * SandboxInstance. */
gboolean sandbox_database_complete (SandboxDatabase *self,
                                    const SandboxUpload *upload,
                                    GPtrArray *studies,
                                    GPtrArray *instances,
                                    GError **error);
GPtrArray *sandbox_database_list_studies (SandboxDatabase *self); /* SandboxStudy */
GPtrArray *sandbox_database_list_instances (SandboxDatabase *self, const char *study_uid);
SandboxInstance *
sandbox_database_find_instance (SandboxDatabase *self, const char *study_uid, const char *sop_uid);

G_END_DECLS
