/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-store-error.h"

#include <gio/gio.h>

G_BEGIN_DECLS

/* The marked tree of study files below base_dir. Any thread. */
typedef struct _BounceTree BounceTree;

#define BOUNCE_TREE_MARKER   ".bounce"
#define BOUNCE_TREE_INCOMING ".incoming"
#define BOUNCE_TREE_OUTGOING ".outgoing"

typedef enum
{
  BOUNCE_TREE_MARKED,  /* the marker names uuid */
  BOUNCE_TREE_OTHERS,  /* the marker names another store */
  BOUNCE_TREE_EMPTY,   /* no marker, nothing else (or no folder yet) */
  BOUNCE_TREE_FOREIGN, /* no marker, but files */
} BounceTreeState;

gboolean bounce_tree_check_path (const char *base_dir, GError **error);
BounceTreeState bounce_tree_inspect (const char *base_dir, const char *uuid, char **found_uuid);
gboolean bounce_tree_mark (const char *base_dir, const char *uuid, GError **error);
BounceTree *bounce_tree_open (const char *base_dir, GError **error);
BounceTree *bounce_tree_ref (BounceTree *self);
void bounce_tree_unref (BounceTree *self);
const char *bounce_tree_get_base_dir (BounceTree *self);
gboolean bounce_tree_empty_working_folders (BounceTree *self, GError **error);
gboolean bounce_tree_may_have_studies (const char *base_dir);

char *bounce_tree_get_study_path (BounceTree *self, const char *study_uid);
char *bounce_tree_get_series_path (BounceTree *self, const char *study_uid, const char *series_uid);
char *bounce_tree_get_instance_path (BounceTree *self,
                                     const char *study_uid,
                                     const char *series_uid,
                                     const char *sop_instance_uid);
char *bounce_tree_get_side_path (BounceTree *self, const char *study_uid, const char *suffix);

gboolean bounce_tree_make_series (BounceTree *self,
                                  const char *study_uid,
                                  const char *series_uid,
                                  GError **error);
gboolean bounce_tree_sync_series (BounceTree *self,
                                  const char *study_uid,
                                  const char *series_uid,
                                  GError **error);
void bounce_tree_forget_study (BounceTree *self, const char *study_uid);
gboolean bounce_tree_sync_folder (const char *path, GError **error);
gboolean bounce_tree_check_mounted (BounceTree *self, GError **error);
gboolean bounce_tree_unlink (const char *path, GError **error);
gboolean bounce_tree_remove_study (BounceTree *self, const char *study_uid, GError **error);
gboolean bounce_tree_remove_empty_folders (BounceTree *self, const char *study_uid, GError **error);
int bounce_store_lock_file (const char *path, gboolean may_create, GError **error);
void bounce_store_set_error_errno (GError **error, int errsv, const char *what, const char *path);
void bounce_store_set_error_file (GError **error, const GError *cause);

typedef gboolean (*BounceTreeVisit) (const char *study_uid,
                                     const char *series_uid,
                                     const char *sop_instance_uid,
                                     const char *path,
                                     gpointer user_data);
GPtrArray *bounce_tree_read_folder (const char *path, GError **error);
gboolean bounce_tree_visit_files (BounceTree *self,
                                  const char *study_uid,
                                  BounceTreeVisit visit,
                                  gpointer user_data,
                                  GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BounceTree, bounce_tree_unref)

G_END_DECLS
