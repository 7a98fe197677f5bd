/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/* What a person can do about a service that cannot be opened. */
typedef enum
{
  BOUNCE_REMEDY_NONE,       /* nothing here: quit */
  BOUNCE_REMEDY_TRY_AGAIN,  /* after having seen to it */
  BOUNCE_REMEDY_STOP_OTHER, /* the program that has the studies */
} BounceRemedy;

/* The window that there is instead of the main one while the service cannot be opened. Main thread.
 * Signals: "try-again", "stop-other", "quit". */
#define BOUNCE_TYPE_PROBLEM_WINDOW (bounce_problem_window_get_type ())
G_DECLARE_FINAL_TYPE (BounceProblemWindow, bounce_problem_window, BOUNCE, PROBLEM_WINDOW, AdwWindow)

GtkWindow *bounce_problem_window_new (GtkApplication *application);
void bounce_problem_window_tell (BounceProblemWindow *self,
                                 const char *title,
                                 const char *advice,
                                 const char *reason,
                                 BounceRemedy remedy);
void bounce_problem_window_wait (BounceProblemWindow *self, const char *title, const char *advice);

G_END_DECLS
