/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bouncectl import: opens what was named and hands the descriptors to the service, a few at a time,
 * so that any number can be imported and none are open for long. Ctrl+C cancels what is not done
 * yet; the summary comes all the same. */

#include "config.h"

#include "bounce-ctl-table.h"
#include "bounce-ctl.h"

#include "bounce-file.h"
#include "bounce-wording.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <glib-unix.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#define BUS_NAME    "cloud.aurabox.Bounce.Service"
#define OBJECT_PATH "/cloud/aurabox/Bounce"
#define INTERFACE   "cloud.aurabox.Bounce1"
/* As many as ImportAdd() takes. */
#define MAX_FILES 16

typedef struct
{
  BounceCtl *ctl;
  GMainLoop *loop; /* (owned) runs while a call is under way */
  guint64 id;
  GVariant *reply;          /* (owned) (nullable) of the last call */
  GError *error;            /* (owned) (nullable) of the last call */
  GVariantBuilder refusals; /* a(ss) of what could not be opened */
  guint n_unopened;
  gint64 started_at_us;
  gboolean shows_progress;
  gboolean is_cancelled;
} Import;

static guint
look_up_count (GVariant *counts, const char *name)
{
  guint32 value = 0;

  g_variant_lookup (counts, name, "u", &value);
  return value;
}

static guint
count_images (GVariant *counts)
{
  return look_up_count (counts, "accepted") + look_up_count (counts, "same")
         + look_up_count (counts, "replaced");
}

static void
clear_progress (Import *self)
{
  if (self->shows_progress)
    fputs ("\r\033[K", stderr);
}

static void
progressed_cb (GDBusConnection *connection,
               const char *sender,
               const char *path,
               const char *interface,
               const char *signal,
               GVariant *parameters,
               gpointer user_data)
{
  Import *self = user_data;
  g_autoptr (GVariant) counts = NULL;
  g_autofree char *size = NULL;
  double seconds = (double) (g_get_monotonic_time () - self->started_at_us) / G_USEC_PER_SEC;
  guint64 id, bytes = 0;

  g_variant_get (parameters, "(t@a{sv})", &id, &counts);
  if (id != self->id || !self->shows_progress)
    return;
  g_variant_lookup (counts, "bytes", "t", &bytes);
  size = bounce_wording_size (bytes);
  fprintf (stderr, "\r\033[KImporting: %u images, %s, %.0f images/s", count_images (counts), size,
           count_images (counts) / MAX (seconds, 0.1));
}

static void
called_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Import *self = user_data;

  self->reply = g_dbus_connection_call_with_unix_fd_list_finish (G_DBUS_CONNECTION (source), NULL,
                                                                 result, &self->error);
  g_main_loop_quit (self->loop);
}

/* One that answered before and is gone did not fail to run: it ended. */
static BounceCtlExit
report (Import *self)
{
  if (!g_error_matches (self->error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN)
      && !g_error_matches (self->error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER)
      && !g_error_matches (self->error, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY))
    return bounce_ctl_report (self->ctl, NULL, self->error);
  fputs ("bouncectl: Bounce ended during the import; what was imported before stays\n", stderr);
  return BOUNCE_CTL_FAILED;
}

/* Calls and waits, while progress is shown and interrupts are heard. */
static GVariant *
call (Import *self,
      const char *method,
      GVariant *arguments,
      GUnixFDList *fds,
      const char *reply_type,
      BounceCtlExit *exit)
{
  g_dbus_connection_call_with_unix_fd_list (
      self->ctl->connection, BUS_NAME, OBJECT_PATH, INTERFACE, method, arguments,
      reply_type != NULL ? G_VARIANT_TYPE (reply_type) : NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START,
      G_MAXINT, fds, NULL, called_cb, self);
  g_main_loop_run (self->loop);
  *exit = BOUNCE_CTL_DONE;
  if (self->reply == NULL)
    {
      clear_progress (self);
      *exit = report (self);
      g_clear_error (&self->error);
    }
  return g_steal_pointer (&self->reply);
}

/* The call under way then ends by itself. */
static gboolean
interrupted_cb (gpointer user_data)
{
  Import *self = user_data;

  if (!self->is_cancelled)
    g_dbus_connection_call (self->ctl->connection, BUS_NAME, OBJECT_PATH, INTERFACE, "ImportCancel",
                            g_variant_new ("(t)", self->id), NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START,
                            -1, NULL, NULL, NULL);
  self->is_cancelled = TRUE;
  return G_SOURCE_CONTINUE;
}

/* Opens one path into the lists of the next call, or notes why not. */
static void
open_path (Import *self,
           const char *path,
           GUnixFDList *fds,
           GVariantBuilder *handles,
           GVariantBuilder *names)
{
  int fd = bounce_file_open_at (AT_FDCWD, path, TRUE);
  int handle = fd >= 0 ? g_unix_fd_list_append (fds, fd, NULL) : -1;

  if (handle < 0)
    {
      g_variant_builder_add (&self->refusals, "(ss)", path,
                             bounce_reason_from_errno (fd < 0 ? errno : EMFILE));
      self->n_unopened++;
    }
  else
    {
      g_variant_builder_add (handles, "h", handle);
      g_variant_builder_add (names, "s", path);
    }
  if (fd >= 0)
    close (fd);
}

static BounceCtlExit
add_paths (Import *self, int n, char **paths)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GVariant) reply = NULL;
  GVariantBuilder handles, names;
  BounceCtlExit exit;

  g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
  g_variant_builder_init (&names, G_VARIANT_TYPE ("as"));
  for (int i = 0; i < n; i++)
    open_path (self, paths[i], fds, &handles, &names);
  if (g_unix_fd_list_get_length (fds) == 0)
    {
      g_variant_builder_clear (&handles);
      g_variant_builder_clear (&names);
      return BOUNCE_CTL_DONE;
    }
  reply = call (self, "ImportAdd", g_variant_new ("(tahas)", self->id, &handles, &names), fds, NULL,
                &exit);
  return exit;
}

/* A DICOMDIR stands for what it lists. */
static BounceCtlExit
add_medium (Import *self, const char *path)
{
  g_autofree char *folder = g_path_get_dirname (path);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GVariant) reply = NULL;
  BounceCtlExit exit;
  int fd = bounce_file_open_at (AT_FDCWD, folder, TRUE);

  if (fd < 0 || g_unix_fd_list_append (fds, fd, NULL) < 0)
    {
      g_variant_builder_add (&self->refusals, "(ss)", path, bounce_reason_from_errno (errno));
      self->n_unopened++;
      return BOUNCE_CTL_DONE;
    }
  close (fd);
  reply =
      call (self, "ImportAddMedium", g_variant_new ("(ths)", self->id, 0, path), fds, NULL, &exit);
  return exit;
}

/* How many of them can go in one message. */
static int
count_files (int n, char **paths)
{
  int count = 0;

  while (count < MIN (n, MAX_FILES) && !bounce_file_is_medium_index (paths[count]))
    count++;
  return count;
}

static BounceCtlExit
add_all (Import *self, int n, char **paths)
{
  BounceCtlExit exit = BOUNCE_CTL_DONE;

  for (int i = 0; i < n && exit == BOUNCE_CTL_DONE && !self->is_cancelled;)
    {
      int count = count_files (n - i, paths + i);

      exit = count > 0 ? add_paths (self, count, paths + i) : add_medium (self, paths[i]);
      i += MAX (count, 1);
    }
  return exit;
}

/* What the service said and what it never saw, as one. */
static GVariant *
merge_refusals (Import *self, GVariant *summary)
{
  g_autoptr (GVariant) refusals =
      g_variant_lookup_value (summary, "refusals", G_VARIANT_TYPE ("a(ss)"));
  g_auto (GVariantDict) merged = G_VARIANT_DICT_INIT (summary);
  GVariantIter iter;
  const char *name, *reason;

  g_variant_iter_init (&iter, refusals);
  while (g_variant_iter_next (&iter, "(&s&s)", &name, &reason))
    g_variant_builder_add (&self->refusals, "(ss)", name, reason);
  g_variant_dict_insert_value (&merged, "refusals", g_variant_builder_end (&self->refusals));
  g_variant_dict_insert (&merged, "refused", "u",
                         look_up_count (summary, "refused") + self->n_unopened);
  return g_variant_ref_sink (g_variant_dict_end (&merged));
}

static void
print_refusals (GVariant *summary)
{
  g_autoptr (GVariant) refusals =
      g_variant_lookup_value (summary, "refusals", G_VARIANT_TYPE ("a(ss)"));
  gsize n_told = g_variant_n_children (refusals);
  GVariantIter iter;
  const char *name, *reason, *end_reason;

  g_variant_iter_init (&iter, refusals);
  while (g_variant_iter_next (&iter, "(&s&s)", &name, &reason))
    {
      g_autofree char *clean = bounce_ctl_text_clean (name);
      g_autofree char *sentence = bounce_wording_reason (reason);

      fprintf (stderr, "bouncectl: %s: %s\n", clean, sentence);
    }
  if (look_up_count (summary, "refused") > n_told)
    fprintf (stderr, "bouncectl: and %u more\n",
             look_up_count (summary, "refused") - (guint) n_told);
  if (g_variant_lookup (summary, "end_reason", "&s", &end_reason))
    {
      g_autofree char *sentence = bounce_wording_reason (end_reason);

      fprintf (stderr, "bouncectl: the import ended early: %s; what was imported before stays\n",
               sentence);
    }
}

static void
print_counts (GVariant *summary)
{
  guint images = look_up_count (summary, "accepted") + look_up_count (summary, "replaced");

  printf ("Imported %u %s", images, images == 1 ? "image" : "images");
  if (look_up_count (summary, "same") > 0)
    printf (", %u already here", look_up_count (summary, "same"));
  if (look_up_count (summary, "replaced") > 0)
    printf (", %u in place of others", look_up_count (summary, "replaced"));
  if (look_up_count (summary, "refused") > 0)
    printf ("; %u refused", look_up_count (summary, "refused"));
  if (look_up_count (summary, "skipped") > 0)
    printf ("; %u other %s skipped", look_up_count (summary, "skipped"),
            look_up_count (summary, "skipped") == 1 ? "file" : "files");
  putchar ('\n');
}

static BounceCtlExit
end_import (Import *self, gboolean is_json)
{
  BounceCtlExit exit;
  g_autoptr (GVariant) reply =
      call (self, "ImportEnd", g_variant_new ("(t)", self->id), NULL, "(a{sv})", &exit);
  g_autoptr (GVariant) summary = NULL;
  g_autoptr (GVariant) merged = NULL;

  if (reply == NULL)
    return exit;
  clear_progress (self);
  summary = g_variant_get_child_value (reply, 0);
  merged = merge_refusals (self, summary);
  if (is_json)
    bounce_ctl_print_json (merged);
  else
    print_counts (merged);
  fflush (stdout);
  print_refusals (merged);
  return look_up_count (merged, "refused") > 0 || g_variant_lookup (merged, "end_reason", "s", NULL)
             ? BOUNCE_CTL_FAILED
             : BOUNCE_CTL_DONE;
}

static BounceCtlExit
run_import (Import *self, int n, char **paths, gboolean is_json)
{
  guint subscription = g_dbus_connection_signal_subscribe (
      self->ctl->connection, BUS_NAME, INTERFACE, "ImportProgress", OBJECT_PATH, NULL,
      G_DBUS_SIGNAL_FLAGS_NONE, progressed_cb, self, NULL);
  guint interrupt = g_unix_signal_add (SIGINT, interrupted_cb, self);
  guint terminate = g_unix_signal_add (SIGTERM, interrupted_cb, self);
  BounceCtlExit exit = add_all (self, n, paths);

  if (exit == BOUNCE_CTL_DONE)
    exit = end_import (self, is_json);
  g_source_remove (interrupt);
  g_source_remove (terminate);
  g_dbus_connection_signal_unsubscribe (self->ctl->connection, subscription);
  return exit;
}

/**
 * bounce_ctl_run_import:
 *
 * `bouncectl import PATH… [--json]`.
 *
 * Source: design section 6
 */
BounceCtlExit
bounce_ctl_run_import (BounceCtl *ctl, int argc, char **argv)
{
  gboolean is_json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 'j', 0, G_OPTION_ARG_NONE, &is_json, "Print the summary as JSON", NULL },
    { NULL },
  };
  Import self = { .ctl = ctl, .started_at_us = g_get_monotonic_time () };
  g_autoptr (GVariant) begun = NULL;
  BounceCtlExit exit;

  if (!bounce_ctl_parse (ctl, entries, 1, BOUNCE_CTL_ANY_NUMBER, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  begun = bounce_ctl_call (ctl, "ImportBegin", NULL, "(t)", &exit);
  if (begun == NULL)
    return exit;
  g_variant_get (begun, "(t)", &self.id);
  self.shows_progress = !is_json && isatty (STDERR_FILENO);
  self.loop = g_main_loop_new (NULL, FALSE);
  g_variant_builder_init (&self.refusals, G_VARIANT_TYPE ("a(ss)"));
  exit = run_import (&self, argc - 1, argv + 1, is_json);
  g_variant_builder_clear (&self.refusals);
  g_main_loop_unref (self.loop);
  return exit;
}
