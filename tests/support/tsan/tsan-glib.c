/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Tells ThreadSanitizer what GLib's locks, queues, tasks and main contexts order.
 *
 * GLib 2.74 locks with futexes in a library that is not instrumented, so ThreadSanitizer sees no
 * order where there is one and reports races that are none. Preloaded in front of GLib, this
 * library adds the release and acquire to each hand-over; it takes nothing away, so a real race in
 * our code (data touched with no hand-over) is still reported. In a process without
 * ThreadSanitizer (storescu, node) it only forwards. */

#include <dlfcn.h>
#include <gio/gio.h>

#undef g_object_unref

extern void __tsan_acquire (void *address) __attribute__ ((weak));
extern void __tsan_release (void *address) __attribute__ ((weak));

/* Everything that reaches another thread's main context passes here. */
static int main_context_order;

static void
acquire (gconstpointer address)
{
  if (__tsan_acquire != NULL)
    __tsan_acquire ((void *) address);
}

static void
release (gconstpointer address)
{
  if (__tsan_release != NULL)
    __tsan_release ((void *) address);
}

#define REAL(name) ((__typeof__ (&name)) find_real (#name))

static void *
find_real (const char *name)
{
  return dlsym (RTLD_NEXT, name);
}

/* The real function, looked up once. */
#define DECLARE_REAL(name)                                                                         \
  static __typeof__ (&name) real;                                                                  \
  if (real == NULL)                                                                                \
  real = REAL (name)

#define WRAP_LOCK(name, type)                                                                      \
  void name (type *lock)                                                                           \
  {                                                                                                \
    DECLARE_REAL (name);                                                                           \
    real (lock);                                                                                   \
    acquire (lock);                                                                                \
  }

#define WRAP_TRYLOCK(name, type)                                                                   \
  gboolean name (type *lock)                                                                       \
  {                                                                                                \
    DECLARE_REAL (name);                                                                           \
    gboolean is_locked = real (lock);                                                              \
    if (is_locked)                                                                                 \
      acquire (lock);                                                                              \
    return is_locked;                                                                              \
  }

/* The last of several owners frees what all of them wrote. */
#define WRAP_UNREF(name, type)                                                                     \
  void name (type *object)                                                                         \
  {                                                                                                \
    DECLARE_REAL (name);                                                                           \
    release (object);                                                                              \
    acquire (object);                                                                              \
    real (object);                                                                                 \
  }

#define WRAP_UNLOCK(name, type)                                                                    \
  void name (type *lock)                                                                           \
  {                                                                                                \
    DECLARE_REAL (name);                                                                           \
    release (lock);                                                                                \
    real (lock);                                                                                   \
  }

WRAP_LOCK (g_mutex_lock, GMutex)
WRAP_TRYLOCK (g_mutex_trylock, GMutex)
WRAP_UNLOCK (g_mutex_unlock, GMutex)
WRAP_LOCK (g_rec_mutex_lock, GRecMutex)
WRAP_TRYLOCK (g_rec_mutex_trylock, GRecMutex)
WRAP_UNLOCK (g_rec_mutex_unlock, GRecMutex)
WRAP_LOCK (g_rw_lock_writer_lock, GRWLock)
WRAP_TRYLOCK (g_rw_lock_writer_trylock, GRWLock)
WRAP_UNLOCK (g_rw_lock_writer_unlock, GRWLock)
WRAP_LOCK (g_rw_lock_reader_lock, GRWLock)
WRAP_TRYLOCK (g_rw_lock_reader_trylock, GRWLock)
WRAP_UNLOCK (g_rw_lock_reader_unlock, GRWLock)
WRAP_UNREF (g_object_unref, void)
WRAP_UNREF (g_bytes_unref, GBytes)
WRAP_UNREF (g_variant_unref, GVariant)
WRAP_UNREF (g_ptr_array_unref, GPtrArray)
WRAP_UNREF (g_hash_table_unref, GHashTable)

void
g_cond_wait (GCond *cond, GMutex *mutex)
{
  DECLARE_REAL (g_cond_wait);
  release (mutex);
  real (cond, mutex);
  acquire (mutex);
}

gboolean
g_cond_wait_until (GCond *cond, GMutex *mutex, gint64 end_time)
{
  DECLARE_REAL (g_cond_wait_until);
  release (mutex);
  gboolean is_signalled = real (cond, mutex, end_time);
  acquire (mutex);
  return is_signalled;
}

void
g_async_queue_push (GAsyncQueue *queue, gpointer data)
{
  DECLARE_REAL (g_async_queue_push);
  release (queue);
  real (queue, data);
}

#define WRAP_POP(name)                                                                             \
  gpointer name (GAsyncQueue *queue)                                                               \
  {                                                                                                \
    DECLARE_REAL (name);                                                                           \
    gpointer item = real (queue);                                                                  \
    acquire (queue);                                                                               \
    return item;                                                                                   \
  }

WRAP_POP (g_async_queue_pop)
WRAP_POP (g_async_queue_try_pop)
WRAP_POP (g_async_queue_pop_unlocked)
WRAP_POP (g_async_queue_try_pop_unlocked)

gpointer
g_async_queue_timeout_pop (GAsyncQueue *queue, guint64 timeout)
{
  DECLARE_REAL (g_async_queue_timeout_pop);
  gpointer item = real (queue, timeout);
  acquire (queue);
  return item;
}

gboolean
g_thread_pool_push (GThreadPool *pool, gpointer data, GError **error)
{
  DECLARE_REAL (g_thread_pool_push);
  release (data);
  return real (pool, data, error);
}

typedef struct
{
  GFunc func;
  gpointer data;
} PoolFunc;

static void
call_pool_func (gpointer item, gpointer data)
{
  PoolFunc *pool_func = data;

  acquire (item);
  pool_func->func (item, pool_func->data);
}

/* A pool lives until the end of the process or close to it: its PoolFunc stays. */
GThreadPool *
g_thread_pool_new (GFunc func, gpointer data, gint n_threads, gboolean is_exclusive, GError **error)
{
  DECLARE_REAL (g_thread_pool_new);
  static GPtrArray *kept;
  static GMutex mutex;
  PoolFunc *pool_func = g_new0 (PoolFunc, 1);

  pool_func->func = func;
  pool_func->data = data;
  g_mutex_lock (&mutex);
  if (kept == NULL)
    kept = g_ptr_array_new ();
  g_ptr_array_add (kept, pool_func);
  g_mutex_unlock (&mutex);
  return real (call_pool_func, pool_func, n_threads, is_exclusive, error);
}

guint
g_source_attach (GSource *source, GMainContext *context)
{
  DECLARE_REAL (g_source_attach);
  release (&main_context_order);
  return real (source, context);
}

void
g_main_context_wakeup (GMainContext *context)
{
  DECLARE_REAL (g_main_context_wakeup);
  release (&main_context_order);
  real (context);
}

/* Cancelling from another thread: the handler runs in the canceller's thread. */
void
g_cancellable_cancel (GCancellable *cancellable)
{
  DECLARE_REAL (g_cancellable_cancel);
  release (cancellable);
  release (&main_context_order);
  real (cancellable);
}

#define WRAP_RETURN(name, type)                                                                    \
  void name (GTask *task, type value)                                                              \
  {                                                                                                \
    DECLARE_REAL (name);                                                                           \
    release (task);                                                                                \
    release (&main_context_order);                                                                 \
    real (task, value);                                                                            \
  }

WRAP_RETURN (g_task_return_boolean, gboolean)
WRAP_RETURN (g_task_return_int, gssize)
WRAP_RETURN (g_task_return_error, GError *)

void
g_task_return_pointer (GTask *task, gpointer value, GDestroyNotify destroy)
{
  DECLARE_REAL (g_task_return_pointer);
  release (task);
  release (&main_context_order);
  real (task, value, destroy);
}

gboolean
g_task_return_error_if_cancelled (GTask *task)
{
  DECLARE_REAL (g_task_return_error_if_cancelled);
  release (task);
  release (&main_context_order);
  return real (task);
}

/* A callback that takes over what was handed to its main context before it runs: a source added
 * between poll and dispatch runs without another poll. */
typedef struct
{
  GSourceFunc func;
  gpointer data;
  GDestroyNotify destroy;
} Callback;

static gboolean
call_source_func (gpointer data)
{
  Callback *callback = data;

  acquire (&main_context_order);
  return callback->func (callback->data);
}

static void
free_callback (gpointer data)
{
  Callback *callback = data;

  acquire (&main_context_order);
  if (callback->destroy != NULL)
    callback->destroy (callback->data);
  g_free (callback);
}

static Callback *
new_callback (GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  Callback *callback = g_new0 (Callback, 1);

  callback->func = func;
  callback->data = data;
  callback->destroy = destroy;
  release (&main_context_order);
  return callback;
}

guint
g_idle_add_full (gint priority, GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  DECLARE_REAL (g_idle_add_full);
  return real (priority, call_source_func, new_callback (func, data, destroy), free_callback);
}

guint
g_idle_add (GSourceFunc func, gpointer data)
{
  return g_idle_add_full (G_PRIORITY_DEFAULT_IDLE, func, data, NULL);
}

void
g_main_context_invoke_full (
    GMainContext *context, gint priority, GSourceFunc func, gpointer data, GDestroyNotify destroy)
{
  DECLARE_REAL (g_main_context_invoke_full);
  real (context, priority, call_source_func, new_callback (func, data, destroy), free_callback);
}

void
g_main_context_invoke (GMainContext *context, GSourceFunc func, gpointer data)
{
  g_main_context_invoke_full (context, G_PRIORITY_DEFAULT, func, data, NULL);
}

typedef struct
{
  GAsyncReadyCallback callback;
  gpointer data;
} TaskCallback;

static void
call_task_callback (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree TaskCallback *callback = data;

  acquire (&main_context_order);
  acquire (result);
  callback->callback (source, result, callback->data);
}

GTask *
g_task_new (gpointer source, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer data)
{
  DECLARE_REAL (g_task_new);
  TaskCallback *wrapped;

  if (callback == NULL)
    return real (source, cancellable, NULL, data);
  wrapped = g_new0 (TaskCallback, 1);
  wrapped->callback = callback;
  wrapped->data = data;
  return real (source, cancellable, call_task_callback, wrapped);
}

static void
run_task_worker (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  GTaskThreadFunc func = (GTaskThreadFunc) g_object_get_data (G_OBJECT (task), "tsan-func");

  acquire (task);
  func (task, source, data, cancellable);
}

void
g_task_run_in_thread (GTask *task, GTaskThreadFunc func)
{
  DECLARE_REAL (g_task_run_in_thread);
  g_object_set_data (G_OBJECT (task), "tsan-func", (gpointer) func);
  release (task);
  real (task, run_task_worker);
}

/* Each turn of a main loop polls before it dispatches. */
static gint
poll_and_acquire (GPollFD *fds, guint n_fds, gint timeout)
{
  gint n_ready = g_poll (fds, n_fds, timeout);

  acquire (&main_context_order);
  return n_ready;
}

GMainContext *
g_main_context_new (void)
{
  DECLARE_REAL (g_main_context_new);
  GMainContext *context = real ();

  g_main_context_set_poll_func (context, poll_and_acquire);
  return context;
}

__attribute__ ((constructor)) static void
watch_default_context (void)
{
  if (__tsan_acquire != NULL)
    g_main_context_set_poll_func (NULL, poll_and_acquire);
}
