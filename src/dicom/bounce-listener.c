/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Listens, accepts, and gives every connection a thread of its own at once, so that a silent peer
 * delays nobody. Connections without an association are few (PENDING_MAX): the oldest gives way to
 * a newcomer, since an honest peer sends its request within milliseconds. Associations are capped
 * too; beyond the cap a request is answered with a rejection.
 *
 * Threads: the accepting thread runs accept_worker() from open to stop and joins finished
 * connection threads; stopping happens on a thread of GTask's, which joins all others. Nothing here
 * needs a main loop but the delivery of the stop's callback. Lock order: only `lock`. */

#include "config.h"

#include "bounce-connection-private.h"
#include "bounce-listen-socket-private.h"
#include "bounce-log.h"

#include <errno.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#define PENDING_MAX                  64
#define DEFAULT_REQUEST_DEADLINE_MS  10000
#define DEFAULT_IDLE_TIMEOUT_SECONDS 300
#define OUT_OF_DESCRIPTORS_PAUSE_MS  100
/* While draining: a sender pauses between instances, but not for this long; how often to look. */
#define DRAIN_IDLE_SECONDS 2
#define DRAIN_TICK_MS      250
/* After the drain: time to send A-ABORT before writes are cut off too. */
#define ABORT_GRACE_MS 2000

typedef enum
{
  LISTENER_OPEN,
  LISTENER_STOPPING,
  LISTENER_STOPPED,
} ListenerState;

struct _BounceListener
{
  GObject parent_instance;

  BounceListenerHandler handler; /* constant after open, as are the next six */
  gpointer user_data;
  GDestroyNotify destroy;
  guint max_associations;
  guint request_deadline_ms;
  guint idle_timeout_seconds;
  guint16 port;

  int listen_fd;
  int wake_fd;            /* eventfd: a thread has finished, or stop */
  GThread *accept_thread; /* (owned) */

  GMutex lock;
  GCond changed;        /* live, state */
  ListenerState state;  /* (lock lock) */
  GQueue live;          /* (element-type BounceConnection) (lock lock), oldest first */
  GPtrArray *finished;  /* (owned) (element-type BounceConnection) (lock lock) */
  guint n_associations; /* (lock lock) */
};

G_DEFINE_FINAL_TYPE (BounceListener, bounce_listener, G_TYPE_OBJECT)

static void
wake (BounceListener *self)
{
  eventfd_write (self->wake_fd, 1);
}

/* A slot is what counts against the cap. FALSE at the cap, or when stopping. */
gboolean
bounce_listener_take_slot (BounceListener *self, BounceConnection *connection)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (self->state != LISTENER_OPEN || self->n_associations >= self->max_associations)
    return FALSE;
  connection->has_slot = TRUE;
  self->n_associations++;
  return TRUE;
}

/* Harmless without a slot. */
void
bounce_listener_release_slot (BounceListener *self, BounceConnection *connection)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  if (!connection->has_slot)
    return;
  connection->has_slot = FALSE;
  self->n_associations--;
}

static gpointer
connection_worker (gpointer data)
{
  BounceConnection *connection = data;
  BounceListener *self = connection->listener;

  bounce_association_serve (connection);
  bounce_listener_release_slot (self, connection);

  g_mutex_lock (&self->lock);
  g_queue_remove (&self->live, connection);
  g_ptr_array_add (self->finished, connection);
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
  wake (self);
  return NULL;
}

static void
join_and_free (gpointer data)
{
  BounceConnection *connection = data;

  g_thread_join (connection->thread);
  bounce_connection_free (connection);
}

static void
join_finished (BounceListener *self)
{
  g_autoptr (GPtrArray) finished = NULL;

  g_mutex_lock (&self->lock);
  finished = g_steal_pointer (&self->finished);
  self->finished = g_ptr_array_new_with_free_func (join_and_free);
  g_mutex_unlock (&self->lock);
}

/* (lock lock) */
static void
make_room (BounceListener *self)
{
  BounceConnection *oldest = NULL;
  guint n_pending = 0;

  for (GList *l = self->live.tail; l != NULL; l = l->prev)
    {
      BounceConnection *connection = l->data;

      if (connection->has_slot || bounce_connection_is_closing (connection))
        continue;
      oldest = connection;
      n_pending++;
    }
  if (n_pending >= PENDING_MAX)
    bounce_connection_close (oldest, FALSE);
}

static void
start_connection (BounceListener *self, int fd, const struct sockaddr_storage *peer)
{
  char address[INET6_ADDRSTRLEN];
  BounceConnection *connection;
  g_autoptr (GError) error = NULL;

  bounce_listen_socket_format_address (peer, address);
  connection = bounce_connection_new (self, fd, address);
  connection->handler = &self->handler;
  connection->user_data = self->user_data;
  connection->request_deadline_ms = self->request_deadline_ms;
  connection->idle_timeout_seconds = self->idle_timeout_seconds;

  g_mutex_lock (&self->lock);
  make_room (self);
  connection->thread = g_thread_try_new ("dicom-peer", connection_worker, connection, &error);
  if (connection->thread != NULL)
    g_queue_push_tail (&self->live, connection);
  g_mutex_unlock (&self->lock);

  if (connection->thread == NULL)
    {
      bounce_log (BOUNCE_LOG_WARNING, "Refused a connection from %s: %s", address, error->message);
      bounce_connection_free (connection);
    }
}

static void
accept_one (BounceListener *self)
{
  struct sockaddr_storage peer;
  socklen_t length = sizeof peer;
  struct pollfd woken = { .fd = self->wake_fd, .events = POLLIN };
  int fd = accept4 (self->listen_fd, (struct sockaddr *) &peer, &length, SOCK_CLOEXEC);

  if (fd >= 0)
    start_connection (self, fd, &peer);
  else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
    {
      /* The connection stays in the queue and poll would return at once: wait for one to end. */
      bounce_log (BOUNCE_LOG_WARNING, "Cannot accept a connection: %s", g_strerror (errno));
      poll (&woken, 1, OUT_OF_DESCRIPTORS_PAUSE_MS);
    }
}

static gboolean
is_open (BounceListener *self)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  return self->state == LISTENER_OPEN;
}

static gpointer
accept_worker (gpointer data)
{
  BounceListener *self = data;

  while (is_open (self))
    {
      struct pollfd fds[] = {
        { .fd = self->listen_fd, .events = POLLIN },
        { .fd = self->wake_fd, .events = POLLIN },
      };
      eventfd_t ignored;

      if (poll (fds, G_N_ELEMENTS (fds), -1) < 0)
        continue;
      if (fds[1].revents != 0)
        {
          eventfd_read (self->wake_fd, &ignored);
          join_finished (self);
        }
      else if (fds[0].revents != 0)
        accept_one (self);
    }
  return NULL;
}

/* (lock lock) */
static void
close_live (BounceListener *self, gboolean pending_only, gboolean at_once)
{
  for (GList *l = self->live.head; l != NULL; l = l->next)
    {
      BounceConnection *connection = l->data;

      if (!pending_only || !connection->has_slot)
        bounce_connection_close (connection, at_once);
    }
}

/* (lock lock): whether all ended before the deadline. */
static gboolean
wait_until_empty (BounceListener *self, gint64 deadline_us)
{
  while (self->live.length > 0)
    if (!g_cond_wait_until (&self->changed, &self->lock, deadline_us))
      return self->live.length == 0;
  return TRUE;
}

/* (lock lock) */
static void
close_idle (BounceListener *self)
{
  for (GList *l = self->live.head; l != NULL; l = l->next)
    if (bounce_connection_get_idle_seconds (l->data) > DRAIN_IDLE_SECONDS)
      bounce_connection_close (l->data, FALSE);
}

/* (lock lock): whether all ended before the deadline. Those that are silent for a while have no
 * business that could be waited for. */
static gboolean
drain (BounceListener *self, gint64 deadline_us)
{
  gint64 now_us = g_get_monotonic_time ();

  while (now_us < deadline_us)
    {
      close_idle (self);
      if (wait_until_empty (self, MIN (deadline_us, now_us + DRAIN_TICK_MS * 1000)))
        return TRUE;
      now_us = g_get_monotonic_time ();
    }
  return self->live.length == 0;
}

/* (lock lock) */
static void
end_connections (BounceListener *self, guint drain_ms)
{
  gint64 now_us = g_get_monotonic_time ();

  close_live (self, TRUE, FALSE);
  if (drain (self, now_us + (gint64) drain_ms * G_TIME_SPAN_MILLISECOND))
    return;
  close_live (self, FALSE, FALSE);
  if (wait_until_empty (self, g_get_monotonic_time () + ABORT_GRACE_MS * G_TIME_SPAN_MILLISECOND))
    return;
  close_live (self, FALSE, TRUE);
  while (self->live.length > 0)
    g_cond_wait (&self->changed, &self->lock);
}

static void
stop_listening (BounceListener *self)
{
  wake (self);
  g_clear_pointer (&self->accept_thread, g_thread_join);
  close (self->listen_fd);
  self->listen_fd = -1;
}

/* Returns when every thread has ended, also when another call is already at it. */
static void
stop_listener (BounceListener *self, guint drain_ms)
{
  g_mutex_lock (&self->lock);
  while (self->state == LISTENER_STOPPING)
    g_cond_wait (&self->changed, &self->lock);
  if (self->state == LISTENER_STOPPED)
    {
      g_mutex_unlock (&self->lock);
      return;
    }
  self->state = LISTENER_STOPPING;
  g_mutex_unlock (&self->lock);

  stop_listening (self);

  g_mutex_lock (&self->lock);
  end_connections (self, drain_ms);
  g_mutex_unlock (&self->lock);
  join_finished (self);

  g_mutex_lock (&self->lock);
  self->state = LISTENER_STOPPED;
  g_cond_broadcast (&self->changed);
  g_mutex_unlock (&self->lock);
}

static void
bounce_listener_finalize (GObject *object)
{
  BounceListener *self = BOUNCE_LISTENER (object);

  if (self->accept_thread != NULL)
    stop_listener (self, 0);
  if (self->listen_fd >= 0)
    close (self->listen_fd);
  if (self->wake_fd >= 0)
    close (self->wake_fd);
  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_ptr_array_unref (self->finished);
  g_cond_clear (&self->changed);
  g_mutex_clear (&self->lock);

  G_OBJECT_CLASS (bounce_listener_parent_class)->finalize (object);
}

static void
bounce_listener_class_init (BounceListenerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bounce_listener_finalize;
}

static void
bounce_listener_init (BounceListener *self)
{
  g_mutex_init (&self->lock);
  g_cond_init (&self->changed);
  self->finished = g_ptr_array_new_with_free_func (join_and_free);
  self->listen_fd = -1;
  self->wake_fd = -1;
}

/**
 * bounce_listener_open:
 * @options: copied
 * @handler: copied; its functions run on the associations' threads
 * @destroy: (nullable): for @user_data, when the listener goes
 *
 * Binds, listens and starts the accepting thread; associations arrive from then on.
 *
 * Thread: any
 * Errors: %BOUNCE_DICOM_ERROR_BIND with strerror's text alone; on failure @destroy is called
 * Returns: (transfer full) (nullable): the listener
 */
BounceListener *
bounce_listener_open (const BounceListenerOptions *options,
                      const BounceListenerHandler *handler,
                      gpointer user_data,
                      GDestroyNotify destroy,
                      GError **error)
{
  g_autoptr (BounceListener) self = g_object_new (BOUNCE_TYPE_LISTENER, NULL);

  self->handler = *handler;
  self->user_data = user_data;
  self->destroy = destroy;
  self->max_associations = MAX (options->max_associations, 1);
  self->request_deadline_ms = options->request_deadline_ms != 0 ? options->request_deadline_ms
                                                                : DEFAULT_REQUEST_DEADLINE_MS;
  self->idle_timeout_seconds = options->idle_timeout_seconds != 0 ? options->idle_timeout_seconds
                                                                  : DEFAULT_IDLE_TIMEOUT_SECONDS;
  self->listen_fd = bounce_listen_socket_open (options->ip_address, options->port, &self->port);
  if (self->listen_fd >= 0)
    self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->wake_fd < 0)
    {
      g_set_error (error, BOUNCE_DICOM_ERROR, BOUNCE_DICOM_ERROR_BIND, "%s", g_strerror (errno));
      return NULL;
    }
  self->accept_thread = g_thread_try_new ("dicom-accept", accept_worker, self, error);
  return self->accept_thread != NULL ? g_steal_pointer (&self) : NULL;
}

/**
 * bounce_listener_get_port:
 *
 * Thread: any
 * Returns: the TCP port that is bound, also when any was asked for
 */
guint16
bounce_listener_get_port (BounceListener *self)
{
  g_return_val_if_fail (BOUNCE_IS_LISTENER (self), 0);
  return self->port;
}

/**
 * bounce_listener_get_n_associations:
 *
 * Thread: any
 * Returns: how many associations are open
 */
guint
bounce_listener_get_n_associations (BounceListener *self)
{
  G_GNUC_UNUSED g_autoptr (GMutexLocker) locker = NULL;

  g_return_val_if_fail (BOUNCE_IS_LISTENER (self), 0);
  locker = g_mutex_locker_new (&self->lock);
  return self->n_associations;
}

static void
stop_worker (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  stop_listener (BOUNCE_LISTENER (source), GPOINTER_TO_UINT (task_data));
  g_task_return_boolean (task, TRUE);
}

/**
 * bounce_listener_stop_async:
 * @drain_ms: how long open associations may go on
 *
 * Closes the socket at once, drains associations, then aborts them, those that send nothing for two
 * seconds earlier; calls back when every thread has ended. Stopping cannot be cancelled: half
 * stopped is no state to be in.
 *
 * Units: milliseconds
 * Thread: any with a main context
 */
void
bounce_listener_stop_async (BounceListener *self,
                            guint drain_ms,
                            GAsyncReadyCallback callback,
                            gpointer user_data)
{
  g_autoptr (GTask) task = NULL;

  g_return_if_fail (BOUNCE_IS_LISTENER (self));
  task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, bounce_listener_stop_async);
  g_task_set_task_data (task, GUINT_TO_POINTER (drain_ms), NULL);
  g_task_run_in_thread (task, stop_worker);
}

/**
 * bounce_listener_stop_finish:
 *
 * Returns: %TRUE; stopping does not fail
 */
gboolean
bounce_listener_stop_finish (BounceListener *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  return g_task_propagate_boolean (G_TASK (result), error);
}
