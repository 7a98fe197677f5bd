/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Imports over the bus. A caller begins one, adds open files to it piece by piece and ends it; each
 * import belongs to the caller that began it and is cancelled when that one leaves the bus.
 * Descriptors cross, never paths: what a caller may not open, it cannot have imported. An addition
 * is answered when all of it was looked at, so no caller can queue more than one of them.
 *
 * Threads: main. */

#include "config.h"

#include "bounce-service-dbus-private.h"

#include "bounce-service-import.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>

/* What a system bus lets through in one message (dbus-daemon(1), max_message_unix_fds). */
#define MAX_FILES 16

/* The imports of all callers; owned by the face. */
typedef struct
{
  BounceDBusFace *face;   /* (unowned) it owns this */
  BounceService *service; /* (owned) */
  GHashTable *imports;    /* (owned) (element-type guint64 BusImport) */
  guint64 last_id;
} BusImports;

typedef struct
{
  BusImports *all; /* (unowned) */
  guint64 id;
  char *owner; /* (owned) the caller's unique name */
  guint watch;
  BounceImport *import; /* (owned) */
  gboolean is_adding;
} BusImport;

/* An answer to come. */
typedef struct
{
  BounceDBusFace *face;              /* (owned) keeps the imports too */
  GDBusMethodInvocation *invocation; /* (owned) until answered */
  guint64 id;
} Call;

static void
free_bus_import (gpointer data)
{
  BusImport *self = data;

  g_bus_unwatch_name (self->watch);
  g_signal_handlers_disconnect_by_data (self->import, self);
  g_object_unref (self->import);
  g_free (self->owner);
  g_free (self);
}

static void
free_bus_imports (gpointer data)
{
  BusImports *all = data;

  g_hash_table_unref (all->imports);
  g_object_unref (all->service);
  g_free (all);
}

static BusImports *
get_imports (BounceDBusFace *face)
{
  return g_object_get_data (G_OBJECT (face), "bounce-imports");
}

static Call *
new_call (BounceDBusFace *face, GDBusMethodInvocation *invocation, guint64 id)
{
  Call *call = g_new0 (Call, 1);

  call->face = g_object_ref (face);
  call->invocation = invocation;
  call->id = id;
  return call;
}

static void
answer (Call *call, GVariant *values, GError *error)
{
  if (error != NULL)
    g_dbus_method_invocation_take_error (call->invocation, error);
  else
    g_dbus_method_invocation_return_value (call->invocation, values);
  g_object_unref (call->face);
  g_free (call);
}

static void
add_counts (GVariantBuilder *builder, const BounceImportCounts *counts)
{
  const struct
  {
    const char *name;
    guint value;
  } numbers[] = {
    { "accepted", counts->n_accepted }, { "same", counts->n_same },
    { "replaced", counts->n_replaced }, { "refused", counts->n_refused },
    { "skipped", counts->n_skipped },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (numbers); i++)
    g_variant_builder_add (builder, "{sv}", numbers[i].name,
                           g_variant_new_uint32 (numbers[i].value));
  g_variant_builder_add (builder, "{sv}", "bytes", g_variant_new_uint64 (counts->bytes));
}

static GVariant *
counts_to_variant (const BounceImportCounts *counts)
{
  GVariantBuilder builder;

  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_counts (&builder, counts);
  return g_variant_builder_end (&builder);
}

static GVariant *
summary_to_variant (const BounceImportSummary *summary)
{
  GVariantBuilder builder, refusals;

  g_variant_builder_init (&refusals, G_VARIANT_TYPE ("a(ss)"));
  for (guint i = 0; i < summary->refusals->len; i++)
    {
      const BounceImportRefusal *refusal = g_ptr_array_index (summary->refusals, i);

      g_variant_builder_add (&refusals, "(ss)", refusal->name, refusal->reason);
    }
  g_variant_builder_init (&builder, G_VARIANT_TYPE_VARDICT);
  add_counts (&builder, &summary->counts);
  if (summary->end_reason != NULL)
    g_variant_builder_add (&builder, "{sv}", "end_reason",
                           g_variant_new_string (summary->end_reason));
  g_variant_builder_add (&builder, "{sv}", "refusals", g_variant_builder_end (&refusals));
  return g_variant_builder_end (&builder);
}

static void
progressed_cb (BounceImport *import, gpointer user_data)
{
  BusImport *self = user_data;
  BounceImportCounts counts;

  bounce_import_get_counts (import, &counts);
  bounce_dbus_face_emit_import_progress (self->all->face, self->id, counts_to_variant (&counts));
}

static void
caller_vanished_cb (GDBusConnection *connection, const char *name, gpointer user_data)
{
  BusImport *self = user_data;

  bounce_import_cancel (self->import);
  if (!bounce_import_is_ended (self->import))
    bounce_service_end_import_async (self->all->service, self->import, NULL, NULL);
  g_hash_table_remove (self->all->imports, &self->id);
}

static gboolean
handle_import_begin (BounceDBusFace *face, GDBusMethodInvocation *invocation, BusImports *all)
{
  GError *error = NULL;
  BounceImport *import = bounce_service_begin_import (all->service, &error);
  BusImport *self;

  if (import == NULL)
    {
      g_dbus_method_invocation_take_error (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  self = g_new0 (BusImport, 1);
  self->all = all;
  self->id = ++all->last_id;
  self->import = import;
  self->owner = g_strdup (g_dbus_method_invocation_get_sender (invocation));
  g_hash_table_insert (all->imports, &self->id, self);
  g_signal_connect (import, "progress", G_CALLBACK (progressed_cb), self);
  self->watch = g_bus_watch_name_on_connection (
      g_dbus_method_invocation_get_connection (invocation), self->owner,
      G_BUS_NAME_WATCHER_FLAGS_NONE, NULL, caller_vanished_cb, self, NULL);
  bounce_dbus_face_complete_import_begin (face, invocation, self->id);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* The caller's own, or NULL with the call answered. */
static BusImport *
find_import (BusImports *all, GDBusMethodInvocation *invocation, guint64 id)
{
  BusImport *self = g_hash_table_lookup (all->imports, &id);

  if (self != NULL && g_str_equal (self->owner, g_dbus_method_invocation_get_sender (invocation)))
    return self;
  g_dbus_method_invocation_return_error_literal (invocation, BOUNCE_SERVICE_ERROR,
                                                 BOUNCE_SERVICE_ERROR_INVALID,
                                                 "there is no such import of yours");
  return NULL;
}

static void
added_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  BusImport *self = g_hash_table_lookup (get_imports (call->face)->imports, &call->id);
  GError *error = NULL;

  bounce_import_add_finish (BOUNCE_IMPORT (source), result, &error);
  if (self != NULL)
    self->is_adding = FALSE;
  answer (call, NULL, error);
}

/* O_PATH would let a caller name a folder that it may not read and we may. */
static gboolean
is_readable_fd (int fd)
{
  int flags = fcntl (fd, F_GETFL);

  return flags >= 0 && (flags & O_PATH) == 0 && (flags & O_ACCMODE) != O_WRONLY;
}

/* The descriptors that the handles stand for, as long as the list lives. */
static gboolean
collect_fds (GUnixFDList *list, GVariant *files, GArray *fds, GError **error)
{
  int n_open = 0;
  const int *open = list != NULL ? g_unix_fd_list_peek_fds (list, &n_open) : NULL;
  GVariantIter iter;
  gint32 handle;

  g_variant_iter_init (&iter, files);
  while (g_variant_iter_next (&iter, "h", &handle))
    {
      if (handle < 0 || handle >= n_open || !is_readable_fd (open[handle]))
        {
          g_set_error_literal (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID,
                               "a descriptor is missing or was not opened for reading");
          return FALSE;
        }
      g_array_append_val (fds, open[handle]);
    }
  return TRUE;
}

static gboolean
check_addition (BusImport *self, gsize n_files, gsize n_names, GError **error)
{
  if (n_files != n_names || n_files == 0 || n_files > MAX_FILES)
    {
      g_set_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID,
                   "1 to %d files and a name for each are expected", MAX_FILES);
      return FALSE;
    }
  if (!self->is_adding && !bounce_import_is_ended (self->import))
    return TRUE;
  g_set_error_literal (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID,
                       self->is_adding ? "the addition before has not been answered yet"
                                       : "the import was ended");
  return FALSE;
}

static gboolean
handle_import_add (BounceDBusFace *face,
                   GDBusMethodInvocation *invocation,
                   GUnixFDList *fd_list,
                   guint64 id,
                   GVariant *files,
                   const char *const *names,
                   BusImports *all)
{
  BusImport *self = find_import (all, invocation, id);
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
  GError *error = NULL;

  if (self == NULL)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (!check_addition (self, g_variant_n_children (files), g_strv_length ((char **) names), &error)
      || !collect_fds (fd_list, files, fds, &error))
    {
      g_dbus_method_invocation_take_error (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  self->is_adding = TRUE;
  bounce_import_add_fds_async (self->import, (const int *) (gpointer) fds->data, names, added_cb,
                               new_call (face, invocation, id));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_import_add_medium (BounceDBusFace *face,
                          GDBusMethodInvocation *invocation,
                          GUnixFDList *fd_list,
                          guint64 id,
                          GVariant *folder,
                          const char *name,
                          BusImports *all)
{
  BusImport *self = find_import (all, invocation, id);
  g_autoptr (GVariant) files = g_variant_ref_sink (g_variant_new_array (NULL, &folder, 1));
  g_autoptr (GArray) fds = g_array_new (FALSE, FALSE, sizeof (int));
  GError *error = NULL;

  if (self == NULL)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  if (!check_addition (self, 1, 1, &error) || !collect_fds (fd_list, files, fds, &error))
    {
      g_dbus_method_invocation_take_error (invocation, error);
      return G_DBUS_METHOD_INVOCATION_HANDLED;
    }
  self->is_adding = TRUE;
  bounce_import_add_medium_async (self->import, g_array_index (fds, int, 0), name, added_cb,
                                  new_call (face, invocation, id));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_import_cancel (BounceDBusFace *face,
                      GDBusMethodInvocation *invocation,
                      guint64 id,
                      BusImports *all)
{
  BusImport *self = find_import (all, invocation, id);

  if (self == NULL)
    return G_DBUS_METHOD_INVOCATION_HANDLED;
  bounce_import_cancel (self->import);
  bounce_dbus_face_complete_import_cancel (face, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
ended_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  GError *error = NULL;
  g_autoptr (BounceImportSummary) summary =
      bounce_service_end_import_finish (BOUNCE_SERVICE (source), result, &error);
  GVariant *values = NULL;

  g_hash_table_remove (get_imports (call->face)->imports, &call->id);
  if (summary != NULL)
    {
      bounce_dbus_face_emit_import_ended (call->face, call->id,
                                          counts_to_variant (&summary->counts));
      values = g_variant_new ("(@a{sv})", summary_to_variant (summary));
    }
  answer (call, values, error);
}

static gboolean
handle_import_end (BounceDBusFace *face,
                   GDBusMethodInvocation *invocation,
                   guint64 id,
                   BusImports *all)
{
  BusImport *self = find_import (all, invocation, id);

  if (self != NULL)
    bounce_service_end_import_async (all->service, self->import, ended_cb,
                                     new_call (face, invocation, id));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/**
 * bounce_service_dbus_connect_imports: (skip)
 *
 * Calls of @face about imports become imports of @service while @face lives.
 */
void
bounce_service_dbus_connect_imports (BounceDBusFace *face, BounceService *service)
{
  static const BounceDBusMethod methods[] = {
    { "handle-import-begin", G_CALLBACK (handle_import_begin) },
    { "handle-import-add", G_CALLBACK (handle_import_add) },
    { "handle-import-add-medium", G_CALLBACK (handle_import_add_medium) },
    { "handle-import-cancel", G_CALLBACK (handle_import_cancel) },
    { "handle-import-end", G_CALLBACK (handle_import_end) },
  };
  BusImports *all = g_new0 (BusImports, 1);

  all->face = face;
  all->service = g_object_ref (service);
  all->imports = g_hash_table_new_full (g_int64_hash, g_int64_equal, NULL, free_bus_import);
  g_object_set_data_full (G_OBJECT (face), "bounce-imports", all, free_bus_imports);
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    g_signal_connect (face, methods[i].signal, methods[i].handle, all);
}
