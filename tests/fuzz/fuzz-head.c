/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-dataset-head.h"

int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

static const char *const syntaxes[] = { "1.2.840.10008.1.2.1", "1.2.840.10008.1.2",
                                        "1.2.840.10008.1.2.2", "1.2.840.10008.1.2.1.99" };

static void
check_text (const char *text)
{
  g_assert_true (text == NULL || g_utf8_validate (text, -1, NULL));
}

/* Bytes: the syntax, the size of the pieces, the data set. In one piece or in many, the same comes
 * out. */
int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  const char *syntax;
  gsize piece;
  g_autoptr (BounceHeadReader) reader = NULL;
  g_autoptr (BounceInstanceHead) whole = NULL;
  g_autoptr (BounceInstanceHead) pieces = NULL;

  if (size < 2)
    return 0;
  syntax = syntaxes[data[0] % G_N_ELEMENTS (syntaxes)];
  piece = 1u + data[1];
  data += 2;
  size -= 2;

  whole = bounce_dataset_head_parse (data, size, syntax, NULL);
  reader = bounce_head_reader_new (syntax);
  for (gsize i = 0; i < size; i += piece)
    bounce_head_reader_feed (reader, data + i, MIN (piece, size - i));
  pieces = bounce_head_reader_finish (reader, NULL);

  g_assert_true ((whole == NULL) == (pieces == NULL));
  if (whole == NULL)
    return 0;
  g_assert_cmpstr (whole->study_uid, ==, pieces->study_uid);
  g_assert_cmpstr (whole->patient_name, ==, pieces->patient_name);
  check_text (whole->patient_name);
  check_text (whole->study_description);
  check_text (whole->patient_id);
  return 0;
}
