/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the commands' tasks have in common: how they end and are finished. */

#include "config.h"

#include "bounce-service-private.h"

/* Done without an error (nullable) (transfer full), else failed with the words of code before it.
 */
void
bounce_service_task_return (GTask *task, BounceServiceError code, GError *error)
{
  if (error == NULL)
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, bounce_service_error_wrap (code, error));
}

/* The same with a value (nullable) (transfer full); exactly one of it and the error is there. */
void
bounce_service_task_return_value (
    GTask *task, gpointer value, GDestroyNotify free_value, BounceServiceError code, GError *error)
{
  if (value != NULL)
    g_task_return_pointer (task, value, free_value);
  else
    g_task_return_error (task, bounce_service_error_wrap (code, error));
}

/* Of a task that returns TRUE. */
gboolean
bounce_service_task_finish (BounceService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Of a task that returns a value. Returns: (transfer full) (nullable) */
gpointer
bounce_service_task_finish_value (BounceService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
