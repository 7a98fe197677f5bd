/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What came over the bus as JSON: the service already uses the document's field names and leaves
 * out what has no value, so nothing is renamed or dropped here. UTF-8, whatever the locale. */

#include "config.h"

#include "bounce-ctl.h"

#include "bounce-json.h"

#include <stdio.h>

static void
print (GVariant *value, gboolean pretty)
{
  g_autoptr (JsonNode) node = json_gvariant_serialize (value);
  g_autofree char *text = bounce_json_to_text (node, pretty);

  puts (text);
}

/**
 * bounce_ctl_print_json:
 * @value: what to print
 *
 * Prints @value on several lines.
 */
void
bounce_ctl_print_json (GVariant *value)
{
  print (value, TRUE);
}

/**
 * bounce_ctl_print_json_line:
 * @value: what to print
 *
 * Prints @value on one line and at once: whoever reads a pipe must not wait for the next event.
 */
void
bounce_ctl_print_json_line (GVariant *value)
{
  print (value, FALSE);
  fflush (stdout);
}
