/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The tree behind powercut-fs. Nodes are never freed: a file that lost its last name may come back
 * with the next cut, and the process lives for one round of a test. One thread. */

#include "powercut-tree.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#define PAGE_BYTES 4096

PowercutNode *
powercut_node_new (const char *path, gboolean is_directory, mode_t mode)
{
  static guint64 next_inode = 2;
  PowercutNode *node = g_new0 (PowercutNode, 1);

  node->path = g_strdup (path);
  node->is_directory = is_directory;
  node->mode = mode & 07777;
  node->modified_us = g_get_real_time ();
  node->inode = next_inode++;
  if (is_directory)
    {
      node->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
      node->durable_entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
    }
  else
    {
      node->data = g_byte_array_new ();
      node->durable_data = g_byte_array_new ();
    }
  return node;
}

PowercutNode *
powercut_tree_find (PowercutNode *root, const char *path)
{
  g_auto (GStrv) parts = g_strsplit (path, "/", -1);
  PowercutNode *node = root;

  for (guint i = 0; parts[i] != NULL && node != NULL; i++)
    {
      if (*parts[i] == '\0')
        continue;
      node = node->is_directory ? g_hash_table_lookup (node->entries, parts[i]) : NULL;
    }
  return node;
}

static void
add_entries (GHashTable *to, GHashTable *from)
{
  GHashTableIter iter;
  gpointer name, node;

  g_hash_table_iter_init (&iter, from);
  while (g_hash_table_iter_next (&iter, &name, &node))
    g_hash_table_insert (to, g_strdup (name), node);
}

static void
copy_entries (GHashTable *to, GHashTable *from)
{
  g_hash_table_remove_all (to);
  add_entries (to, from);
}

static void
copy_data (GByteArray *to, GByteArray *from)
{
  g_byte_array_set_size (to, 0);
  g_byte_array_append (to, from->data, from->len);
}

void
powercut_node_sync (PowercutNode *node)
{
  if (node->is_directory)
    copy_entries (node->durable_entries, node->entries);
  else
    copy_data (node->durable_data, node->data);
}

void
powercut_node_sync_added (PowercutNode *node)
{
  add_entries (node->durable_entries, node->entries);
}

static PowercutNode *
load_file (const char *file, const char *path)
{
  PowercutNode *node = powercut_node_new (path, FALSE, 0600);
  g_autofree char *data = NULL;
  gsize size;

  if (!g_file_get_contents (file, &data, &size, NULL))
    g_error ("cannot read %s", file);
  g_byte_array_append (node->data, (const guint8 *) data, size);
  return node;
}

PowercutNode *
powercut_tree_load (const char *folder, const char *path)
{
  PowercutNode *node = powercut_node_new (path, TRUE, 0700);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *file = g_build_filename (folder, name, NULL);
      g_autofree char *below = g_strdup_printf ("%s/%s", path, name);
      gboolean is_directory = g_file_test (file, G_FILE_TEST_IS_DIR);
      PowercutNode *child =
          is_directory ? powercut_tree_load (file, below) : load_file (file, below);

      powercut_node_sync (child);
      g_hash_table_insert (node->entries, g_strdup (name), child);
    }
  powercut_node_sync (node);
  return node;
}

/* Torn writes: each page that differs from the synced content survives by chance. */
static void
forget_data (PowercutNode *node, GRand *random, double keep)
{
  GByteArray *now = node->data;
  GByteArray *disk = node->durable_data;
  guint synced = disk->len;

  if (g_rand_double (random) < keep)
    {
      g_byte_array_set_size (disk, now->len);
      if (now->len > synced)
        memset (disk->data + synced, 0, now->len - synced);
    }
  for (guint at = 0; at < MIN (now->len, disk->len); at += PAGE_BYTES)
    {
      guint size = MIN (PAGE_BYTES, MIN (now->len, disk->len) - at);

      if (g_rand_double (random) < keep)
        memcpy (disk->data + at, now->data + at, size);
    }
  copy_data (now, disk);
}

static void
forget_entries (PowercutNode *node, GRand *random, double keep)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) disk = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  GHashTableIter iter;
  gpointer name;

  g_hash_table_iter_init (&iter, node->entries);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_hash_table_add (names, name);
  g_hash_table_iter_init (&iter, node->durable_entries);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    g_hash_table_add (names, name);

  g_hash_table_iter_init (&iter, names);
  while (g_hash_table_iter_next (&iter, &name, NULL))
    {
      gboolean is_kept = g_rand_double (random) < keep;
      GHashTable *source = is_kept ? node->entries : node->durable_entries;
      PowercutNode *child = g_hash_table_lookup (source, name);

      if (child != NULL)
        g_hash_table_insert (disk, g_strdup (name), child);
    }
  copy_entries (node->entries, disk);
  copy_entries (node->durable_entries, disk);
}

static void
forget_node (PowercutNode *node, GRand *random, double keep, GHashTable *seen)
{
  GHashTableIter iter;
  gpointer child;

  if (!g_hash_table_add (seen, node))
    return;
  if (!node->is_directory)
    {
      forget_data (node, random, keep);
      return;
    }
  forget_entries (node, random, keep);
  g_hash_table_iter_init (&iter, node->entries);
  while (g_hash_table_iter_next (&iter, NULL, &child))
    forget_node (child, random, keep, seen);
}

void
powercut_tree_forget (PowercutNode *root, GRand *random, double keep)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  forget_node (root, random, keep, seen);
}

void
powercut_tree_dump (PowercutNode *root, const char *folder)
{
  GHashTableIter iter;
  gpointer name, value;

  g_mkdir_with_parents (folder, 0700);
  g_hash_table_iter_init (&iter, root->entries);
  while (g_hash_table_iter_next (&iter, &name, &value))
    {
      PowercutNode *child = value;
      g_autofree char *path = g_build_filename (folder, name, NULL);
      g_autoptr (GError) error = NULL;

      if (child->is_directory)
        powercut_tree_dump (child, path);
      else if (!g_file_set_contents (path, (const char *) child->data->data, child->data->len,
                                     &error))
        g_error ("%s", error->message);
      g_chmod (path, child->mode);
    }
}
