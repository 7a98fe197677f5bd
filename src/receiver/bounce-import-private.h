/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-import.h"
#include "bounce-instance-writer.h"
#include "bounce-study-announcer.h"

#include <sys/types.h>

G_BEGIN_DECLS

/* Enough for the file meta group and the tags that are wanted, as bounce_receiver_read_head(). */
#define BOUNCE_IMPORT_BUFFER_BYTES (BOUNCE_DATASET_HEAD_MAX_BYTES + 64 * 1024)

/* Where an instance's bytes come from: 0 at the end, -1 with an error. */
typedef gssize (*BounceImportRead) (gpointer source, guint8 *buffer, gsize size, GError **error);

/* What the thread of one import has. */
typedef struct
{
  BounceImport *import;            /* (unowned) */
  BounceStore *store;              /* (owned) */
  BounceInstanceWriter *writer;    /* (owned) */
  BounceStudyAnnouncer *announcer; /* (owned) */
  GCancellable *cancellable;       /* (owned) any thread */
  guint8 *buffer;                  /* (owned) BOUNCE_IMPORT_BUFFER_BYTES long */
  gint64 association_id;           /* 0: nothing was begun */
  const char *end_reason;          /* (nullable) why nothing more is taken */
  dev_t storage_device;            /* of the store's tree */
  ino_t storage_inode;
} BounceImportRun;

/* What is to be imported: an open descriptor, or a path to be opened. */
typedef struct
{
  int fd;             /* (owned) -1: path */
  char *path;         /* (owned) (nullable) */
  char *name;         /* (owned) for people */
  gboolean is_medium; /* a folder, of which only what its DICOMDIR lists */
} BounceImportItem;

typedef enum
{
  BOUNCE_IMPORT_TAKEN,
  BOUNCE_IMPORT_DIRECTORY, /* a DICOMDIR: names the files, is none of them */
  BOUNCE_IMPORT_NO_DICOM,
  BOUNCE_IMPORT_FAILED,
} BounceImportResult;

/* bounce-import-walk.c */
gboolean bounce_import_run_goes_on (BounceImportRun *self);
void bounce_import_run_fd (BounceImportRun *self, int fd, const char *name);
void bounce_import_run_item (BounceImportRun *self, const BounceImportItem *item);
/* bounce-import-medium.c */
void bounce_import_run_medium (BounceImportRun *self, int folder, const char *path);
/* bounce-import-instance.c */
BounceImportResult bounce_import_run_instance (BounceImportRun *self,
                                               BounceImportRead read,
                                               gpointer source,
                                               GError **error);
/* bounce-import.c; the import's thread */
void bounce_import_count_read (BounceImport *self, gsize bytes);
void bounce_import_count_taken (BounceImport *self, BounceAcceptance acceptance);
void bounce_import_count_skipped (BounceImport *self);
void bounce_import_refuse (BounceImport *self, const char *name, const char *reason);

G_END_DECLS
