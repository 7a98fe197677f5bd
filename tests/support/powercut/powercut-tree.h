/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <sys/types.h>

/* A file tree in memory that knows, for each file and directory, what a disk would still have
 * after the power went: only what was synced. A file's content becomes durable with fsync or
 * fdatasync of the file; a name (created, renamed, removed) with fsync of its directory. */

typedef struct _PowercutNode PowercutNode;
struct _PowercutNode
{
  gboolean is_directory;
  gboolean is_synced; /* at least once */
  mode_t mode;
  gint64 modified_us;
  guint64 inode;
  char *path;                  /* its latest name, from the root of the tree */
  GByteArray *data;            /* files: as processes see it */
  GByteArray *durable_data;    /* files: as last synced */
  GHashTable *entries;         /* directories: (owned) name -> PowercutNode */
  GHashTable *durable_entries; /* directories: as last synced */
};

PowercutNode *powercut_node_new (const char *path, gboolean is_directory, mode_t mode);
/* path: of the folder in the tree, "" for the root. Everything in it is durable. */
PowercutNode *powercut_tree_load (const char *folder, const char *path);
PowercutNode *powercut_tree_find (PowercutNode *root, const char *path);
void powercut_node_sync (PowercutNode *node);
/* Of a directory, only the names that came: those that went are on the disk still. */
void powercut_node_sync_added (PowercutNode *node);

/* What the disk holds after a cut. keep is the chance of each unsynced page and name to have made
 * it nevertheless (0: none did). */
void powercut_tree_forget (PowercutNode *root, GRand *random, double keep);
void powercut_tree_dump (PowercutNode *root, const char *folder);
