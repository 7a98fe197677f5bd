/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A helper process: its standard input as a leash, its lines, and when to start it again.
 *
 * It is to end when its standard input closes, so that it never outlives the application. One that
 * ends by itself is due again after 1, 2, 4 … 60 seconds; one that lived a minute starts from the
 * beginning. Whoever owns it starts it, because the arguments may have changed.
 *
 * Main thread. No GTK here. */

#include "config.h"

#include "bounce-child.h"

#include <signal.h>
#include <string.h>

#define FIRST_DELAY_SECONDS 1
#define LONG_LIFE_US        (60 * G_USEC_PER_SEC)

struct _BounceChild
{
  GObject parent_instance;

  GSubprocess *process;      /* (owned) (nullable) while it lives */
  GDataInputStream *output;  /* (owned) (nullable) its stdout */
  GCancellable *cancellable; /* (owned) (nullable) of what is under way for the process */
  gint64 started_at_us;
  guint delay_seconds; /* before the next start */
  guint due_id;
};

G_DEFINE_FINAL_TYPE (BounceChild, bounce_child, G_TYPE_OBJECT)

enum
{
  SIGNAL_LINE,
  SIGNAL_ENDED,
  SIGNAL_DUE,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void read_next_line (BounceChild *self);

static void
forget_process (BounceChild *self)
{
  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->process);
  g_clear_object (&self->output);
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceChild) self = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  if (self->process != G_SUBPROCESS (source))
    return;
  forget_process (self);
  g_signal_emit (self, signals[SIGNAL_ENDED], 0, bounce_child_schedule (self));
}

static void
line_read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (BounceChild) self = user_data;
  g_autofree char *line =
      g_data_input_stream_read_line_finish (G_DATA_INPUT_STREAM (source), result, NULL, NULL);

  if (line == NULL || self->output != G_DATA_INPUT_STREAM (source))
    return;
  g_signal_emit (self, signals[SIGNAL_LINE], 0, line);
  if (self->output == G_DATA_INPUT_STREAM (source))
    read_next_line (self);
}

static void
read_next_line (BounceChild *self)
{
  g_data_input_stream_read_line_async (self->output, G_PRIORITY_DEFAULT, self->cancellable,
                                       line_read_cb, g_object_ref (self));
}

static gboolean
due_cb (gpointer user_data)
{
  BounceChild *self = user_data;

  self->due_id = 0;
  g_signal_emit (self, signals[SIGNAL_DUE], 0);
  return G_SOURCE_REMOVE;
}

static void
bounce_child_dispose (GObject *object)
{
  bounce_child_end (BOUNCE_CHILD (object));
  G_OBJECT_CLASS (bounce_child_parent_class)->dispose (object);
}

static void
bounce_child_class_init (BounceChildClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bounce_child_dispose;
  /**
   * BounceChild::line:
   * @line: what it printed, without the end of the line
   */
  signals[SIGNAL_LINE] = g_signal_new ("line", BOUNCE_TYPE_CHILD, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                       NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
  /**
   * BounceChild::ended:
   * @delay_seconds: until it is due again
   *
   * By itself, not by bounce_child_end().
   */
  signals[SIGNAL_ENDED] = g_signal_new ("ended", BOUNCE_TYPE_CHILD, G_SIGNAL_RUN_LAST, 0, NULL,
                                        NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
  /**
   * BounceChild::due:
   *
   * To be started again.
   */
  signals[SIGNAL_DUE] = g_signal_new ("due", BOUNCE_TYPE_CHILD, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                      NULL, G_TYPE_NONE, 0);
}

static void
bounce_child_init (BounceChild *self)
{
  self->delay_seconds = FIRST_DELAY_SECONDS;
}

/**
 * bounce_child_new:
 *
 * Returns: (transfer full): a child that does not run yet; call bounce_child_end() in the end
 */
BounceChild *
bounce_child_new (void)
{
  return g_object_new (BOUNCE_TYPE_CHILD, NULL);
}

/**
 * bounce_child_start:
 * @argv: (array zero-terminated=1): the program and its arguments
 *
 * Thread: main
 * Errors: those of g_subprocess_newv(); it is not due again then
 * Returns: whether it lives
 */
gboolean
bounce_child_start (BounceChild *self, const char *const *argv, GError **error)
{
  g_return_val_if_fail (BOUNCE_IS_CHILD (self), FALSE);
  g_return_val_if_fail (self->process == NULL, FALSE);

  g_clear_handle_id (&self->due_id, g_source_remove);
  self->started_at_us = g_get_monotonic_time ();
  self->process = g_subprocess_newv (
      argv, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, error);
  if (self->process == NULL)
    return FALSE;
  self->cancellable = g_cancellable_new ();
  self->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  read_next_line (self);
  g_subprocess_wait_async (self->process, self->cancellable, ended_cb, g_object_ref (self));
  return TRUE;
}

/**
 * bounce_child_write_line:
 * @line: at most a page, which an empty pipe takes at once
 *
 * Gives a child that was just started its first line.
 *
 * Thread: main
 */
void
bounce_child_write_line (BounceChild *self, const char *line)
{
  g_autofree char *text = NULL;

  g_return_if_fail (BOUNCE_IS_CHILD (self));
  g_return_if_fail (self->process != NULL);

  text = g_strconcat (line, "\n", NULL);
  g_output_stream_write_all (g_subprocess_get_stdin_pipe (self->process), text, strlen (text), NULL,
                             NULL, NULL);
}

/**
 * bounce_child_schedule:
 *
 * Makes a child that does not run due later, as after an end of its own.
 *
 * Units: seconds
 * Thread: main
 * Returns: until then
 */
guint
bounce_child_schedule (BounceChild *self)
{
  guint delay_seconds;

  g_return_val_if_fail (BOUNCE_IS_CHILD (self), 0);

  if (g_get_monotonic_time () - self->started_at_us > LONG_LIFE_US)
    self->delay_seconds = FIRST_DELAY_SECONDS;
  delay_seconds = self->delay_seconds;
  self->delay_seconds = MIN (2 * delay_seconds, BOUNCE_CHILD_LAST_DELAY_SECONDS);
  g_clear_handle_id (&self->due_id, g_source_remove);
  self->due_id = g_timeout_add_seconds (delay_seconds, due_cb, self);
  return delay_seconds;
}

/**
 * bounce_child_end:
 *
 * Ends it, if it lives, and does not make it due again: closing its input would do, but the signal
 * reaches one that is stuck too. May be called twice.
 *
 * Thread: main
 */
void
bounce_child_end (BounceChild *self)
{
  g_return_if_fail (BOUNCE_IS_CHILD (self));

  g_clear_handle_id (&self->due_id, g_source_remove);
  self->delay_seconds = FIRST_DELAY_SECONDS;
  if (self->process == NULL)
    return;
  g_subprocess_send_signal (self->process, SIGTERM);
  g_output_stream_close (g_subprocess_get_stdin_pipe (self->process), NULL, NULL);
  forget_process (self);
}

/**
 * bounce_child_is_alive:
 *
 * Returns: whether it was started and did not end yet
 */
gboolean
bounce_child_is_alive (BounceChild *self)
{
  g_return_val_if_fail (BOUNCE_IS_CHILD (self), FALSE);

  return self->process != NULL;
}
