/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-dataset-head.h"

int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  g_autofree char *syntax = NULL;
  gsize offset;

  if (bounce_part10_find_dataset (data, size, &offset, &syntax, NULL))
    g_assert_cmpint (offset, <=, size);
  return 0;
}
