/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "bounce-command.h"

int LLVMFuzzerTestOneInput (const guint8 *data, size_t size);

/* Whatever is read can be answered, and the answer can be read. */
int
LLVMFuzzerTestOneInput (const guint8 *data, size_t size)
{
  BounceCommand command, answer;
  g_autoptr (GError) error = NULL;

  if (bounce_command_parse (data, size, &command, &error)
      || g_error_matches (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_BAD_UID))
    {
      g_autoptr (GBytes) bytes = bounce_command_new_response (&command, 0, "a comment");
      gsize n;
      const guint8 *response = g_bytes_get_data (bytes, &n);

      g_assert_true (bounce_command_parse (response, n, &answer, NULL));
      g_assert_cmpint (answer.field, ==, command.field | BOUNCE_COMMAND_RESPONSE_BIT);
    }
  return 0;
}
