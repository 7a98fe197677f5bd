/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Why Bounce cannot do its work now, and what to do about it: a title, advice, the words of the
 * error for whoever has to look into it, and one button that helps. Closing it quits. Main
 * thread. */

#include "config.h"

#include "bounce-problem-window.h"

struct _BounceProblemWindow
{
  AdwWindow parent_instance;

  AdwStatusPage *page;
  GtkWidget *buttons;
  GtkWidget *stop_button;
  GtkWidget *again_button;
  GtkSpinner *spinner;
  GtkWidget *reason_expander;
  GtkLabel *reason_label;
};

G_DEFINE_FINAL_TYPE (BounceProblemWindow, bounce_problem_window, ADW_TYPE_WINDOW)

enum
{
  SIGNAL_TRY_AGAIN,
  SIGNAL_STOP_OTHER,
  SIGNAL_QUIT,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
activate_again_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, signals[SIGNAL_TRY_AGAIN], 0);
}

static void
activate_stop_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  g_signal_emit (widget, signals[SIGNAL_STOP_OTHER], 0);
}

static void
activate_quit_cb (GtkWidget *widget, const char *name, GVariant *parameter)
{
  gtk_window_close (GTK_WINDOW (widget));
}

static gboolean
bounce_problem_window_close_request (GtkWindow *window)
{
  g_signal_emit (window, signals[SIGNAL_QUIT], 0);
  return GDK_EVENT_STOP;
}

static guint
add_signal (const char *name)
{
  return g_signal_new (name, BOUNCE_TYPE_PROBLEM_WINDOW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                       G_TYPE_NONE, 0);
}

static void
bounce_problem_window_class_init (BounceProblemWindowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  GTK_WINDOW_CLASS (klass)->close_request = bounce_problem_window_close_request;
  /**
   * BounceProblemWindow::try-again: the cause is gone, says a person.
   */
  signals[SIGNAL_TRY_AGAIN] = add_signal ("try-again");
  /**
   * BounceProblemWindow::stop-other: the program that has the studies should end.
   */
  signals[SIGNAL_STOP_OTHER] = add_signal ("stop-other");
  /**
   * BounceProblemWindow::quit: not now.
   */
  signals[SIGNAL_QUIT] = add_signal ("quit");
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/problem-window.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceProblemWindow, page);
  gtk_widget_class_bind_template_child (widget_class, BounceProblemWindow, buttons);
  gtk_widget_class_bind_template_child (widget_class, BounceProblemWindow, stop_button);
  gtk_widget_class_bind_template_child (widget_class, BounceProblemWindow, again_button);
  gtk_widget_class_bind_template_child (widget_class, BounceProblemWindow, spinner);
  gtk_widget_class_bind_template_child (widget_class, BounceProblemWindow, reason_expander);
  gtk_widget_class_bind_template_child (widget_class, BounceProblemWindow, reason_label);
  gtk_widget_class_install_action (widget_class, "problem.try-again", NULL, activate_again_cb);
  gtk_widget_class_install_action (widget_class, "problem.stop-other", NULL, activate_stop_cb);
  gtk_widget_class_install_action (widget_class, "problem.quit", NULL, activate_quit_cb);
}

static void
bounce_problem_window_init (BounceProblemWindow *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * bounce_problem_window_new:
 *
 * Thread: main
 * Returns: (transfer none): an empty window, kept by GTK until it is destroyed
 */
GtkWindow *
bounce_problem_window_new (GtkApplication *application)
{
  return g_object_new (BOUNCE_TYPE_PROBLEM_WINDOW, "application", application, NULL);
}

static void
show_waiting (BounceProblemWindow *self, gboolean is_waiting)
{
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), is_waiting);
  gtk_spinner_set_spinning (self->spinner, is_waiting);
  gtk_widget_set_visible (self->buttons, !is_waiting);
}

/**
 * bounce_problem_window_tell:
 * @title: what is the matter, translated
 * @advice: what to do, translated
 * @reason: (nullable): the words of the error
 * @remedy: which button there is, besides the one that quits
 *
 * Thread: main
 */
void
bounce_problem_window_tell (BounceProblemWindow *self,
                            const char *title,
                            const char *advice,
                            const char *reason,
                            BounceRemedy remedy)
{
  g_return_if_fail (BOUNCE_IS_PROBLEM_WINDOW (self));

  show_waiting (self, FALSE);
  adw_status_page_set_title (self->page, title);
  adw_status_page_set_description (self->page, advice);
  gtk_widget_set_visible (self->stop_button, remedy == BOUNCE_REMEDY_STOP_OTHER);
  gtk_widget_set_visible (self->again_button, remedy == BOUNCE_REMEDY_TRY_AGAIN);
  gtk_widget_set_visible (self->reason_expander, reason != NULL);
  gtk_label_set_label (self->reason_label, reason != NULL ? reason : "");
  gtk_window_set_default_widget (GTK_WINDOW (self), remedy == BOUNCE_REMEDY_STOP_OTHER
                                                        ? self->stop_button
                                                        : self->again_button);
}

/**
 * bounce_problem_window_wait:
 * @title: what goes on, translated
 * @advice: more about it, translated
 *
 * Something is being done about it: there is nothing to press until bounce_problem_window_tell().
 *
 * Thread: main
 */
void
bounce_problem_window_wait (BounceProblemWindow *self, const char *title, const char *advice)
{
  g_return_if_fail (BOUNCE_IS_PROBLEM_WINDOW (self));

  adw_status_page_set_title (self->page, title);
  adw_status_page_set_description (self->page, advice);
  gtk_widget_set_visible (self->reason_expander, FALSE);
  show_waiting (self, TRUE);
}
