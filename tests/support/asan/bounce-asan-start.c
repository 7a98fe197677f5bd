/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* For programs with GTK in a build with AddressSanitizer: what libraries allocate while they are
 * loaded is no leak of ours. GLib makes its table of quarks then, and when a program knows more
 * than 2048 of them, as one with GTK does after a while, takes a larger one and lets go of the
 * first (glib/gquark.c: readers hold no lock). No suppression can name that: GLib has no frame
 * pointers, so the stack that is told ends in g_malloc(). */

#include <sanitizer/lsan_interface.h>

static void
before_libraries (void)
{
  __lsan_disable ();
}

/* Run by the dynamic linker before any library's constructor. */
__attribute__ ((section (".preinit_array"),
                used)) static void (*const start) (void) = before_libraries;

__attribute__ ((constructor (101))) static void
after_libraries (void)
{
  __lsan_enable ();
}
