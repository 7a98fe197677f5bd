/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Levels of free space: the thresholds, and the margin that keeps a level from flapping. */

#include "config.h"

#include "bounce-disk-watch.h"

#define MIB ((guint64) 1024 * 1024)

static void
test_thresholds (void)
{
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_OK, G_MAXUINT64), ==, BOUNCE_DISK_OK);
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_OK, 2048 * MIB), ==, BOUNCE_DISK_OK);
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_OK, 2048 * MIB - 1), ==, BOUNCE_DISK_LOW);
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_OK, 512 * MIB), ==, BOUNCE_DISK_LOW);
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_OK, 512 * MIB - 1), ==, BOUNCE_DISK_FULL);
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_LOW, 0), ==, BOUNCE_DISK_FULL);
}

static void
test_margin (void)
{
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_LOW, 2048 * MIB), ==, BOUNCE_DISK_LOW);
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_LOW, 2112 * MIB), ==, BOUNCE_DISK_OK);
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_FULL, 512 * MIB), ==, BOUNCE_DISK_FULL);
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_FULL, 576 * MIB), ==, BOUNCE_DISK_LOW);
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_FULL, 2048 * MIB), ==, BOUNCE_DISK_LOW);
  g_assert_cmpint (bounce_disk_level_next (BOUNCE_DISK_FULL, 2112 * MIB), ==, BOUNCE_DISK_OK);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/disk-level/thresholds", test_thresholds);
  g_test_add_func ("/service/disk-level/margin", test_margin);
  return g_test_run ();
}
