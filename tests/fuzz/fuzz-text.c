/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-text-private.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

/* Bytes: character sets, NUL, text. */
int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  const guint8 *nul = size > 0 ? memchr (data, '\0', size) : NULL;
  g_autofree char *text = NULL;

  if (nul == NULL)
    return 0;
  text = bounce_text_to_utf8 (nul + 1, size - (gsize) (nul + 1 - data), (const char *) data);
  g_assert_true (g_utf8_validate (text, -1, NULL));
  return 0;
}
