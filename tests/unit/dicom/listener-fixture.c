/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "listener-fixture.h"

#define PATIENCE_US (10 * G_TIME_SPAN_SECOND)

static void
free_association (gpointer data)
{
  SeenAssociation *seen = data;

  g_free (seen->calling_ae);
  g_free (seen->called_ae);
  g_free (seen->address);
  g_free (seen);
}

static void
free_store (gpointer data)
{
  SeenStore *seen = data;

  g_free (seen->sop_class_uid);
  g_free (seen->sop_instance_uid);
  g_free (seen->transfer_syntax_uid);
  g_byte_array_unref (seen->data);
  g_free (seen);
}

static gpointer
opened_cb (const BouncePeer *peer, gpointer user_data)
{
  Fixture *self = user_data;
  SeenAssociation *seen;

  if (self->refuses_peers)
    return NULL;
  seen = g_new0 (SeenAssociation, 1);
  seen->calling_ae = g_strdup (peer->calling_ae);
  seen->called_ae = g_strdup (peer->called_ae);
  seen->address = g_strdup (peer->address);
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->associations, seen);
  g_mutex_unlock (&self->lock);
  return seen;
}

static gpointer
store_begin_cb (gpointer association,
                const BounceStoreRequest *request,
                BounceStatus *status,
                gpointer user_data)
{
  Fixture *self = user_data;
  SeenStore *seen;

  if (self->begin_status != BOUNCE_STATUS_SUCCESS || self->forgets_sink)
    {
      *status = self->begin_status;
      return NULL;
    }
  seen = g_new0 (SeenStore, 1);
  seen->sop_class_uid = g_strdup (request->sop_class_uid);
  seen->sop_instance_uid = g_strdup (request->sop_instance_uid);
  seen->transfer_syntax_uid = g_strdup (request->transfer_syntax_uid);
  seen->data = g_byte_array_new ();
  g_mutex_lock (&self->lock);
  g_ptr_array_add (self->stores, seen);
  g_mutex_unlock (&self->lock);
  return seen;
}

static gboolean
store_write_cb (gpointer sink, const guint8 *data, gsize size, gpointer user_data)
{
  Fixture *self = user_data;
  SeenStore *seen = sink;

  g_byte_array_append (seen->data, data, (guint) size);
  return self->refuse_after_bytes == 0 || seen->data->len < self->refuse_after_bytes;
}

static BounceStatus
store_end_cb (gpointer sink, gboolean complete, char **comment, gpointer user_data)
{
  Fixture *self = user_data;
  SeenStore *seen = sink;

  g_assert_false (seen->is_ended);
  g_mutex_lock (&self->lock);
  seen->is_ended = TRUE;
  seen->is_complete = complete;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  if (complete)
    *comment = g_strdup (self->comment);
  return self->end_status;
}

static void
closed_cb (gpointer association, BounceAssociationOutcome outcome, gpointer user_data)
{
  Fixture *self = user_data;
  SeenAssociation *seen = association;

  g_assert_false (seen->is_closed);
  g_mutex_lock (&self->lock);
  seen->is_closed = TRUE;
  seen->outcome = outcome;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static const BounceListenerHandler handler = {
  .opened = opened_cb,
  .store_begin = store_begin_cb,
  .store_write = store_write_cb,
  .store_end = store_end_cb,
  .closed = closed_cb,
};

Fixture *
fixture_new_with (const BounceListenerOptions *options)
{
  Fixture *self = g_new0 (Fixture, 1);
  g_autoptr (GError) error = NULL;

  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->associations = g_ptr_array_new_with_free_func (free_association);
  self->stores = g_ptr_array_new_with_free_func (free_store);
  self->listener = bounce_listener_open (options, &handler, self, NULL, &error);
  g_assert_no_error (error);
  return self;
}

Fixture *
fixture_new (void)
{
  const BounceListenerOptions options = { .ip_address = "127.0.0.1",
                                          .ae_title = "BOUNCE",
                                          .max_associations = 16 };

  return fixture_new_with (&options);
}

void
fixture_free (Fixture *self)
{
  g_clear_object (&self->listener);
  g_ptr_array_unref (self->associations);
  g_ptr_array_unref (self->stores);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);
  g_free (self);
}

guint16
fixture_port (Fixture *self)
{
  return bounce_listener_get_port (self->listener);
}

SeenAssociation *
fixture_wait_closed (Fixture *self, guint index)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  SeenAssociation *seen = NULL;

  g_mutex_lock (&self->lock);
  while (index >= self->associations->len
         || !((SeenAssociation *) self->associations->pdata[index])->is_closed)
    g_assert_true (g_cond_wait_until (&self->changed, &self->lock, deadline));
  seen = self->associations->pdata[index];
  g_mutex_unlock (&self->lock);
  return seen;
}

SeenStore *
fixture_wait_ended (Fixture *self, guint index)
{
  gint64 deadline = g_get_monotonic_time () + PATIENCE_US;
  SeenStore *seen = NULL;

  g_mutex_lock (&self->lock);
  while (index >= self->stores->len || !((SeenStore *) self->stores->pdata[index])->is_ended)
    g_assert_true (g_cond_wait_until (&self->changed, &self->lock, deadline));
  seen = self->stores->pdata[index];
  g_mutex_unlock (&self->lock);
  return seen;
}

static void
stopped_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  gboolean *is_stopped = user_data;

  g_assert_true (bounce_listener_stop_finish (BOUNCE_LISTENER (source), result, &error));
  g_assert_no_error (error);
  *is_stopped = TRUE;
}

void
fixture_stop (Fixture *self, guint drain_ms)
{
  gboolean is_stopped = FALSE;

  bounce_listener_stop_async (self->listener, drain_ms, stopped_cb, &is_stopped);
  while (!is_stopped)
    g_main_context_iteration (NULL, TRUE);
}
