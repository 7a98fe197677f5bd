/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Tables of bouncectl: columns that line up in any script, and nothing that drives a terminal. */

#include "config.h"

#include "bounce-ctl-table.h"

#include <string.h>

static void
test_width (void)
{
  g_assert_cmpuint (bounce_ctl_text_width (""), ==, 0);
  g_assert_cmpuint (bounce_ctl_text_width ("Adams^John"), ==, 10);
  g_assert_cmpuint (bounce_ctl_text_width ("Äneas"), ==, 5);
  g_assert_cmpuint (bounce_ctl_text_width ("A\xcc\x88neas"), ==, 5); /* A, combining diaeresis */
  g_assert_cmpuint (bounce_ctl_text_width ("山田^太郎"), ==, 9);
  g_assert_cmpuint (bounce_ctl_text_width ("김희중"), ==, 6);
  g_assert_cmpuint (bounce_ctl_text_width ("Люкceмбypг"), ==, 10);
}

static void
assert_clean (const char *text, const char *expected)
{
  g_autofree char *clean = bounce_ctl_text_clean (text);

  g_assert_cmpstr (clean, ==, expected);
}

static void
test_clean (void)
{
  assert_clean (NULL, "");
  assert_clean ("Yamada^Tarou=山田^太郎", "Yamada^Tarou=山田^太郎");
  assert_clean ("red\x1b[31m\r\n\t\x7f", "red?[31m????");
  assert_clean ("right\xe2\x80\xaeleft", "right?left"); /* U+202E right-to-left override */
  assert_clean ("line\xe2\x80\xa8line", "line?line");   /* U+2028 */
  assert_clean ("\xc2\x9b"
                "31m",
                "?31m"); /* C1 control sequence introducer */
  assert_clean ("\xff", "\xef\xbf\xbd");
}

static char *
print_to_text (BounceCtlTable *table)
{
  char *text = NULL;
  size_t size = 0;
  FILE *stream = open_memstream (&text, &size);

  bounce_ctl_table_print (table, stream);
  fclose (stream);
  return text;
}

static void
test_alignment (void)
{
  static const BounceCtlColumn columns[] = { { "NAME", FALSE },
                                             { "IMAGES", TRUE },
                                             { "NOTE", FALSE } };
  g_autoptr (BounceCtlTable) table = bounce_ctl_table_new (columns, G_N_ELEMENTS (columns));
  g_autofree char *text = NULL;

  bounce_ctl_table_add (table, (const char *[]){ "山田", "12", "waits" });
  bounce_ctl_table_add (table, (const char *[]){ "Adams", "1234567", NULL });
  bounce_ctl_table_add (table, (const char *[]){ NULL, NULL, NULL });
  text = print_to_text (table);
  g_assert_cmpstr (text, ==,
                   "NAME    IMAGES  NOTE\n"
                   "山田        12  waits\n"
                   "Adams  1234567\n"
                   "\n");
}

static void
test_without_heading (void)
{
  static const BounceCtlColumn columns[] = { { NULL, FALSE }, { NULL, FALSE } };
  g_autoptr (BounceCtlTable) table = bounce_ctl_table_new (columns, G_N_ELEMENTS (columns));
  g_autofree char *text = NULL;

  bounce_ctl_table_add (table, (const char *[]){ "port", "9090" });
  bounce_ctl_table_add (table, (const char *[]){ "ae_title", "BOUNCE" });
  text = print_to_text (table);
  g_assert_cmpstr (text, ==, "port      9090\nae_title  BOUNCE\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cli/table/width", test_width);
  g_test_add_func ("/cli/table/clean", test_clean);
  g_test_add_func ("/cli/table/alignment", test_alignment);
  g_test_add_func ("/cli/table/without-heading", test_without_heading);
  return g_test_run ();
}
