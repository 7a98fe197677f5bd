/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "bounce-test-gtk.h"

#include <adwaita.h>

#include <locale.h>

/* GLib's and GTK's for a test, in the locale of the environment: gtk_test_init() alone asks for
 * American English, which not every machine has, and without it every text stays untranslated. */
void
bounce_test_gtk_init (int *argc, char ***argv)
{
  gtk_test_init (argc, argv, NULL);
  g_assert_nonnull (setlocale (LC_ALL, ""));
  adw_init ();
}
