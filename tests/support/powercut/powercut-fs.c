/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* powercut-fs: a file system that loses power.
 *
 * Mounts a copy of a folder, kept in memory, and counts the operations that change something. At
 * the operation told with --cut-at (or at SIGTERM) the power goes: the process that asked is
 * killed, what was not synced is forgotten, the rest is written to the dump folder, and from then
 * on every operation fails. Prints "mounted" once it serves and "cut N" at the cut.
 *
 * --ignore names a kind of sync that is answered with success and not done; a test that passes with
 * one ignored does not test that one. --spoil names a kind that the disk fails to write once: its
 * sync is answered with an error; a file renamed without having been synced is spoilt without a
 * word. Single-threaded. */

#define FUSE_USE_VERSION 35

#include "powercut-tree.h"

#include <errno.h>
#include <fuse.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct
{
  char *from, *dump, *ignore, *spoil;
  int cut_at;
  int seed;
  double keep;
  PowercutNode *root;
  int operations;
  gboolean is_cut;
  gboolean has_spoilt;
} state;

static GOptionEntry options[] = {
  { "from", 0, 0, G_OPTION_ARG_FILENAME, &state.from, "Start from this folder's content", "DIR" },
  { "dump", 0, 0, G_OPTION_ARG_FILENAME, &state.dump, "Write what survived to here", "DIR" },
  { "cut-at", 0, 0, G_OPTION_ARG_INT, &state.cut_at, "Cut before this operation (0: at SIGTERM)",
    "N" },
  { "seed", 0, 0, G_OPTION_ARG_INT, &state.seed, "Seed for what survives by chance", "N" },
  { "keep", 0, 0, G_OPTION_ARG_DOUBLE, &state.keep, "Chance of what was not synced to survive",
    "P" },
  { "ignore", 0, 0, G_OPTION_ARG_STRING, &state.ignore,
    "Forget syncs of one kind: spool, metadata, package, series, study, base, wal, database, data,"
    " removal",
    "KIND" },
  { "spoil", 0, 0, G_OPTION_ARG_STRING, &state.spoil, "Fail once to write one of this kind",
    "KIND" },
  { NULL },
};

static void
cut_power (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (state.seed);

  state.is_cut = TRUE;
  powercut_tree_forget (state.root, random, state.keep);
  powercut_tree_dump (state.root, state.dump);
  printf ("cut %d\n", state.operations);
  fflush (stdout);
}

/* To be called first by every operation that changes something. */
static int
count_operation (void)
{
  if (state.is_cut)
    return -EIO;
  state.operations++;
  if (state.cut_at == 0 || state.operations < state.cut_at)
    return 0;
  if (fuse_get_context ()->pid > 1)
    kill (fuse_get_context ()->pid, SIGKILL);
  cut_power ();
  return -EIO;
}

#define COUNT_OPERATION()                                                                          \
  G_STMT_START                                                                                     \
  {                                                                                                \
    int refused = count_operation ();                                                              \
    if (refused != 0)                                                                              \
      return refused;                                                                              \
  }                                                                                                \
  G_STMT_END

static PowercutNode *
find_node (const char *path, struct fuse_file_info *info)
{
  if (info != NULL && info->fh != 0)
    return (PowercutNode *) (gsize) info->fh;
  return powercut_tree_find (state.root, path);
}

static PowercutNode *
find_parent (const char *path, char **name)
{
  g_autofree char *folder = g_path_get_dirname (path);

  *name = g_path_get_basename (path);
  return powercut_tree_find (state.root, folder);
}

/* The kind of a path, as --ignore names it. The layout: base/ is the storage root, data/ holds the
 * database (see design section 4). */
static const char *
classify_path (const char *path)
{
  g_auto (GStrv) parts = g_strsplit (*path == '/' ? path + 1 : path, "/", -1);
  guint depth = g_strv_length (parts);

  if (depth == 0)
    return "root";
  if (g_str_has_suffix (path, "-wal"))
    return "wal";
  if (g_str_has_suffix (path, ".db"))
    return "database";
  if (g_str_equal (parts[0], "data"))
    return "data";
  if (depth > 1 && g_str_has_prefix (parts[1], ".incoming"))
    return "spool";
  if (g_str_has_suffix (path, ".json"))
    return "metadata";
  if (depth > 2 && g_str_equal (parts[1], ".outgoing"))
    return "package";
  return depth == 1 ? "base" : depth == 2 ? "study" : depth == 3 ? "series" : "other";
}

static gboolean
is_sync_ignored (PowercutNode *node)
{
  return state.ignore != NULL && g_str_equal (classify_path (node->path), state.ignore);
}

/* As Linux does it: the pages are dropped, and only the next sync tells. */
static gboolean
spoil_node (PowercutNode *node)
{
  if (state.has_spoilt || state.spoil == NULL
      || !g_str_equal (classify_path (node->path), state.spoil))
    return FALSE;
  state.has_spoilt = TRUE;
  if (!node->is_directory)
    memset (node->data->data, 0, node->data->len);
  return TRUE;
}

static int
get_attributes (const char *path, struct stat *status, struct fuse_file_info *info)
{
  PowercutNode *node = find_node (path, info);

  if (node == NULL)
    return -ENOENT;
  memset (status, 0, sizeof *status);
  status->st_ino = node->inode;
  status->st_mode = node->mode | (node->is_directory ? S_IFDIR : S_IFREG);
  status->st_nlink = node->is_directory ? 2 : 1;
  status->st_uid = getuid ();
  status->st_gid = getgid ();
  status->st_size = node->is_directory ? 0 : node->data->len;
  status->st_blocks = (status->st_size + 511) / 512;
  status->st_mtim.tv_sec = node->modified_us / G_USEC_PER_SEC;
  status->st_ctim = status->st_mtim;
  return 0;
}

static int
read_directory (const char *path,
                void *buffer,
                fuse_fill_dir_t fill,
                off_t offset,
                struct fuse_file_info *info,
                enum fuse_readdir_flags flags)
{
  PowercutNode *node = find_node (path, info);
  GHashTableIter iter;
  gpointer name;

  fill (buffer, ".", NULL, 0, 0);
  fill (buffer, "..", NULL, 0, 0);
  g_hash_table_iter_init (&iter, node->entries);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    fill (buffer, name, NULL, 0, 0);
  return 0;
}

static int
add_node (const char *path, gboolean is_directory, mode_t mode, PowercutNode **added)
{
  g_autofree char *name = NULL;
  PowercutNode *parent = find_parent (path, &name);

  if (parent == NULL || !parent->is_directory)
    return -ENOENT;
  if (g_hash_table_contains (parent->entries, name))
    return -EEXIST;
  *added = powercut_node_new (path, is_directory, mode);
  g_hash_table_insert (parent->entries, g_strdup (name), *added);
  return 0;
}

static int
make_directory (const char *path, mode_t mode)
{
  PowercutNode *node;

  COUNT_OPERATION ();
  return add_node (path, TRUE, mode, &node);
}

static int
create_file (const char *path, mode_t mode, struct fuse_file_info *info)
{
  PowercutNode *node = NULL;
  int result;

  COUNT_OPERATION ();
  result = add_node (path, FALSE, mode, &node);
  info->fh = (gsize) node;
  return result;
}

static int
open_file (const char *path, struct fuse_file_info *info)
{
  PowercutNode *node = powercut_tree_find (state.root, path);

  if (state.is_cut)
    return -EIO;
  if (node == NULL)
    return -ENOENT;
  if (info->flags & O_TRUNC)
    g_byte_array_set_size (node->data, 0);
  info->fh = (gsize) node;
  return 0;
}

static int
read_file (const char *path, char *buffer, size_t size, off_t offset, struct fuse_file_info *info)
{
  PowercutNode *node = find_node (path, info);

  if (state.is_cut)
    return -EIO;
  if (offset >= node->data->len)
    return 0;
  size = MIN (size, node->data->len - (gsize) offset);
  memcpy (buffer, node->data->data + offset, size);
  return size;
}

static void
resize_file (PowercutNode *node, gsize size)
{
  guint before = node->data->len;

  g_byte_array_set_size (node->data, size);
  if (size > before)
    memset (node->data->data + before, 0, size - before);
  node->modified_us = g_get_real_time ();
}

static int
write_file (
    const char *path, const char *data, size_t size, off_t offset, struct fuse_file_info *info)
{
  PowercutNode *node = find_node (path, info);

  COUNT_OPERATION ();
  if (offset + size > node->data->len)
    resize_file (node, offset + size);
  memcpy (node->data->data + offset, data, size);
  return size;
}

static int
truncate_file (const char *path, off_t size, struct fuse_file_info *info)
{
  PowercutNode *node = find_node (path, info);

  COUNT_OPERATION ();
  if (node == NULL)
    return -ENOENT;
  resize_file (node, size);
  return 0;
}

static int
remove_name (const char *path)
{
  g_autofree char *name = NULL;
  PowercutNode *parent = find_parent (path, &name);

  COUNT_OPERATION ();
  return parent != NULL && g_hash_table_remove (parent->entries, name) ? 0 : -ENOENT;
}

static int
remove_directory (const char *path)
{
  PowercutNode *node = powercut_tree_find (state.root, path);

  if (node != NULL && node->is_directory && g_hash_table_size (node->entries) > 0)
    return -ENOTEMPTY;
  return remove_name (path);
}

static int
give_name (PowercutNode *node, const char *path)
{
  g_autofree char *name = NULL;
  PowercutNode *parent = find_parent (path, &name);

  if (parent == NULL || node == NULL)
    return -ENOENT;
  g_hash_table_insert (parent->entries, g_strdup (name), node);
  g_free (node->path);
  node->path = g_strdup (path);
  return 0;
}

static int
link_file (const char *from, const char *to)
{
  COUNT_OPERATION ();
  if (powercut_tree_find (state.root, to) != NULL)
    return -EEXIST;
  return give_name (powercut_tree_find (state.root, from), to);
}

static int
exchange_files (const char *from, const char *to)
{
  PowercutNode *node = powercut_tree_find (state.root, from);
  PowercutNode *other = powercut_tree_find (state.root, to);

  if (node == NULL || other == NULL)
    return -ENOENT;
  give_name (node, to);
  return give_name (other, from);
}

static int
rename_file (const char *from, const char *to, unsigned int flags)
{
  g_autofree char *name = NULL;
  PowercutNode *parent = find_parent (from, &name);
  PowercutNode *node = powercut_tree_find (state.root, from);
  int result;

  COUNT_OPERATION ();
  if (flags == RENAME_EXCHANGE)
    return exchange_files (from, to);
  if (flags != 0)
    return -EINVAL;
  if (node != NULL && !node->is_directory && !node->is_synced)
    spoil_node (node);
  result = give_name (node, to);
  if (result == 0)
    g_hash_table_remove (parent->entries, name);
  return result;
}

/* Files and directories alike. */
static int
sync_node (const char *path, int is_data_only, struct fuse_file_info *info)
{
  PowercutNode *node = find_node (path, info);

  COUNT_OPERATION ();
  if (spoil_node (node))
    return -EIO;
  node->is_synced = TRUE;
  if (node->is_directory && g_strcmp0 (state.ignore, "removal") == 0)
    powercut_node_sync_added (node);
  else if (!is_sync_ignored (node))
    powercut_node_sync (node);
  return 0;
}

static int
change_mode (const char *path, mode_t mode, struct fuse_file_info *info)
{
  PowercutNode *node = find_node (path, info);

  if (node == NULL)
    return -ENOENT;
  node->mode = mode & 07777;
  return 0;
}

static int
set_times (const char *path, const struct timespec times[2], struct fuse_file_info *info)
{
  return find_node (path, info) == NULL ? -ENOENT : 0;
}

static int
get_statistics (const char *path, struct statvfs *status)
{
  memset (status, 0, sizeof *status);
  status->f_bsize = status->f_frsize = 4096;
  status->f_blocks = status->f_bfree = status->f_bavail = 4 * 1024 * 1024;
  status->f_namemax = 255;
  return 0;
}

/* Nothing may be cached by the kernel across a cut, and an open file that lost its name must not
 * be renamed to a hidden one. */
static void *
initialise (struct fuse_conn_info *connection, struct fuse_config *config)
{
  config->hard_remove = 1;
  config->nullpath_ok = 1;
  config->use_ino = 1;
  config->entry_timeout = config->attr_timeout = config->negative_timeout = 0;
  connection->want &= ~FUSE_CAP_WRITEBACK_CACHE;
  printf ("mounted\n");
  fflush (stdout);
  return NULL;
}

static void
finish (void *data)
{
  if (!state.is_cut)
    cut_power ();
}

static const struct fuse_operations operations = {
  .init = initialise,
  .destroy = finish,
  .getattr = get_attributes,
  .readdir = read_directory,
  .mkdir = make_directory,
  .rmdir = remove_directory,
  .unlink = remove_name,
  .rename = rename_file,
  .link = link_file,
  .create = create_file,
  .open = open_file,
  .read = read_file,
  .write = write_file,
  .truncate = truncate_file,
  .opendir = open_file,
  .fsync = sync_node,
  .fsyncdir = sync_node,
  .chmod = change_mode,
  .utimens = set_times,
  .statfs = get_statistics,
};

int
main (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("MOUNTPOINT");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, options, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc != 2 || state.from == NULL
      || state.dump == NULL)
    {
      fprintf (stderr, "powercut-fs: %s\n", error != NULL ? error->message : "see --help");
      return 2;
    }
  state.root = powercut_tree_load (state.from, "");
  state.dump = g_canonicalize_filename (state.dump, NULL); /* fuse_main changes to / */
  char *arguments[] = { argv[0], (char *) "-f", (char *) "-s", argv[1], NULL };
  return fuse_main (4, arguments, &operations, NULL);
}
