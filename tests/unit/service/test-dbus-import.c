/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Imports over a bus, by callers that do not keep to the rules. */

#include "config.h"

#include "service-fixture.h"

#include "bounce-phantom.h"
#include "bounce-service-dbus.h"
#include "bounce-service-import.h"

#include <fcntl.h>
#include <gio/gunixfdlist.h>
#include <unistd.h>

#define INTERFACE "cloud.aurabox.Bounce1"
/* An addition of all of them sixteen times takes a second or so. */
#define N_IMAGES 50

typedef struct
{
  ServiceFixture service;
  GTestDBus *bus;                  /* (owned) */
  BounceServiceDBus *face;         /* (owned) */
  GDBusConnection *caller, *other; /* (owned) */
  char *folder;                    /* (owned) N_IMAGES of them */
} Fixture;

static GDBusConnection *
new_connection (Fixture *fixture)
{
  GError *error = NULL;
  GDBusConnection *connection =
      g_dbus_connection_new_for_address_sync (g_test_dbus_get_bus_address (fixture->bus),
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT
                                                  | G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, &error);

  g_assert_no_error (error);
  return connection;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  BouncePhantom phantom = { .kind = BOUNCE_PHANTOM_SMALL, .n_instances = N_IMAGES };
  g_autoptr (GAsyncResult) published = NULL;
  GError *error = NULL;

  fixture->bus = g_test_dbus_new (G_TEST_DBUS_NONE);
  g_test_dbus_up (fixture->bus);
  service_fixture_set_up (&fixture->service, NULL);
  fixture->folder = bounce_test_dirs_make (fixture->service.dirs, "images");
  g_assert_true (bounce_phantom_write (&phantom, fixture->folder, NULL));
  fixture->face = bounce_service_dbus_new (fixture->service.service, G_BUS_TYPE_SESSION);
  bounce_service_dbus_publish_async (fixture->face, NULL, service_fixture_keep_result_cb,
                                     &published);
  bounce_service_dbus_publish_finish (fixture->face, service_fixture_wait (&published), &error);
  g_assert_no_error (error);
  fixture->caller = new_connection (fixture);
  fixture->other = new_connection (fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_dbus_connection_close_sync (fixture->other, NULL, NULL);
  g_clear_object (&fixture->other);
  if (!g_dbus_connection_is_closed (fixture->caller))
    g_dbus_connection_close_sync (fixture->caller, NULL, NULL);
  g_clear_object (&fixture->caller);
  bounce_service_dbus_withdraw (fixture->face);
  g_clear_object (&fixture->face);
  service_fixture_tear_down (&fixture->service, NULL);
  g_free (fixture->folder);
  g_test_dbus_down (fixture->bus);
  g_clear_object (&fixture->bus);
}

static void
call_async (GDBusConnection *caller,
            const char *method,
            GVariant *arguments,
            GUnixFDList *fds,
            GAsyncResult **result)
{
  g_dbus_connection_call_with_unix_fd_list (
      caller, BOUNCE_SERVICE_BUS_NAME, BOUNCE_SERVICE_OBJECT_PATH, INTERFACE, method, arguments,
      NULL, G_DBUS_CALL_FLAGS_NONE, -1, fds, NULL, service_fixture_keep_result_cb, result);
}

static GVariant *
finish_call (GDBusConnection *caller, GAsyncResult **result, GError **error)
{
  return g_dbus_connection_call_with_unix_fd_list_finish (caller, NULL,
                                                          service_fixture_wait (result), error);
}

static GVariant *
call (GDBusConnection *caller,
      const char *method,
      GVariant *arguments,
      GUnixFDList *fds,
      GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  call_async (caller, method, arguments, fds, &result);
  return finish_call (caller, &result, error);
}

static guint64
begin (GDBusConnection *caller)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = call (caller, "ImportBegin", NULL, NULL, &error);
  guint64 id;

  g_assert_no_error (error);
  g_variant_get (reply, "(t)", &id);
  return id;
}

/* n times the same descriptor with a name each; handle: what is said to be its place. */
static GVariant *
new_addition (guint64 id, int fd, guint n, int handle, GUnixFDList *fds)
{
  GVariantBuilder handles, names;

  g_variant_builder_init (&handles, G_VARIANT_TYPE ("ah"));
  g_variant_builder_init (&names, G_VARIANT_TYPE ("as"));
  if (fd >= 0)
    g_assert_cmpint (g_unix_fd_list_append (fds, fd, NULL), ==, 0);
  for (guint i = 0; i < n; i++)
    {
      g_variant_builder_add (&handles, "h", handle);
      g_variant_builder_add (&names, "s", "images");
    }
  return g_variant_new ("(tahas)", id, &handles, &names);
}

static void
assert_refused (Fixture *fixture, GDBusConnection *caller, guint64 id, int fd, guint n, int handle)
{
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      call (caller, "ImportAdd", new_addition (id, fd, n, handle, fds), fds, &error);

  g_assert_null (reply);
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_INVALID);
}

static guint
look_up (GVariant *reply, const char *name)
{
  g_autoptr (GVariant) summary = g_variant_get_child_value (reply, 0);
  guint32 value = 0;

  g_assert_true (g_variant_lookup (summary, name, "u", &value));
  return value;
}

/* The same folder sixteen times over in one message; a second message has to wait for the answer.
 */
static void
test_add (Fixture *fixture, gconstpointer data)
{
  guint64 id = begin (fixture->caller);
  int fd = open (fixture->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GAsyncResult) added = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) ended = NULL;
  g_autoptr (GError) error = NULL;

  call_async (fixture->caller, "ImportAdd", new_addition (id, fd, 16, 0, fds), fds, &added);
  assert_refused (fixture, fixture->caller, id, fd, 1, 0);
  reply = finish_call (fixture->caller, &added, &error);
  g_assert_no_error (error);
  ended = call (fixture->caller, "ImportEnd", g_variant_new ("(t)", id), NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (look_up (ended, "accepted"), ==, N_IMAGES);
  g_assert_cmpuint (look_up (ended, "same"), ==, 15 * N_IMAGES);
  assert_refused (fixture, fixture->caller, id, fd, 1, 0);
  close (fd);
}

static void
test_wrong (Fixture *fixture, gconstpointer data)
{
  guint64 id = begin (fixture->caller);
  int folder = open (fixture->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  int unread = open (fixture->folder, O_PATH | O_CLOEXEC);
  int written = open ("/dev/null", O_WRONLY | O_CLOEXEC);
  g_autoptr (GVariant) ended = NULL;

  assert_refused (fixture, fixture->caller, id, folder, 0, 0);  /* nothing */
  assert_refused (fixture, fixture->caller, id, folder, 17, 0); /* too much */
  assert_refused (fixture, fixture->caller, id, folder, 1, 1);  /* not there */
  assert_refused (fixture, fixture->caller, id, folder, 1, -1);
  assert_refused (fixture, fixture->caller, id, -1, 1, 0);
  assert_refused (fixture, fixture->caller, id, unread, 1, 0); /* what it may not read */
  assert_refused (fixture, fixture->caller, id, written, 1, 0);
  assert_refused (fixture, fixture->other, id, folder, 1, 0); /* another's */
  assert_refused (fixture, fixture->caller, id + 1, folder, 1, 0);
  ended = call (fixture->caller, "ImportEnd", g_variant_new ("(t)", id), NULL, NULL);
  g_assert_cmpuint (look_up (ended, "accepted"), ==, 0);
  close (folder);
  close (unread);
  close (written);
}

/* A pipe and a device are no files, whoever opened them. */
static void
test_special (Fixture *fixture, gconstpointer data)
{
  guint64 id = begin (fixture->caller);
  int device = open ("/dev/zero", O_RDONLY | O_CLOEXEC);
  int pipes[2];
  g_autoptr (GVariant) ended = NULL;

  g_assert_cmpint (pipe2 (pipes, O_CLOEXEC), ==, 0);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
      g_autoptr (GVariant) reply =
          call (fixture->caller, "ImportAdd",
                new_addition (id, i == 0 ? device : pipes[0], 1, 0, fds), fds, NULL);

      g_assert_nonnull (reply);
    }
  ended = call (fixture->caller, "ImportEnd", g_variant_new ("(t)", id), NULL, NULL);
  g_assert_cmpuint (look_up (ended, "refused"), ==, 2);
  close (device);
  close (pipes[0]);
  close (pipes[1]);
}

static void
test_cancel (Fixture *fixture, gconstpointer data)
{
  guint64 id = begin (fixture->caller);
  int fd = open (fixture->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  g_autoptr (GUnixFDList) fds = g_unix_fd_list_new ();
  g_autoptr (GVariant) cancelled = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) ended = NULL;
  g_autoptr (GVariant) summary = NULL;
  const char *reason = NULL;

  cancelled = call (fixture->other, "ImportCancel", g_variant_new ("(t)", id), NULL, NULL);
  g_assert_null (cancelled);
  cancelled = call (fixture->caller, "ImportCancel", g_variant_new ("(t)", id), NULL, NULL);
  g_assert_nonnull (cancelled);
  reply = call (fixture->caller, "ImportAdd", new_addition (id, fd, 1, 0, fds), fds, NULL);
  g_assert_nonnull (reply);
  ended = call (fixture->caller, "ImportEnd", g_variant_new ("(t)", id), NULL, NULL);
  summary = g_variant_get_child_value (ended, 0);
  g_assert_true (g_variant_lookup (summary, "end_reason", "&s", &reason));
  g_assert_cmpstr (reason, ==, "cancelled");
  g_assert_cmpuint (look_up (ended, "accepted"), ==, 0);
  close (fd);
}

/* What a caller that is gone had begun makes room for others. */
static void
test_vanished (Fixture *fixture, gconstpointer data)
{
  GListModel *imports = bounce_service_get_imports (fixture->service.service);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  for (guint i = 0; i < BOUNCE_SERVICE_MAX_IMPORTS; i++)
    begin (fixture->caller);
  reply = call (fixture->other, "ImportBegin", NULL, NULL, &error);
  g_assert_null (reply);
  g_assert_error (error, BOUNCE_SERVICE_ERROR, BOUNCE_SERVICE_ERROR_FAILED);
  g_dbus_connection_close_sync (fixture->caller, NULL, NULL);
  while (g_list_model_get_n_items (imports) > 0)
    g_main_context_iteration (NULL, TRUE);
  begin (fixture->other); /* tearing down ends it */
}

int
main (int argc, char **argv)
{
  static const struct
  {
    const char *path;
    void (*func) (Fixture *fixture, gconstpointer data);
  } cases[] = {
    { "/dbus-import/add", test_add },           { "/dbus-import/wrong", test_wrong },
    { "/dbus-import/special", test_special },   { "/dbus-import/cancel", test_cancel },
    { "/dbus-import/vanished", test_vanished },
  };

  g_test_init (&argc, &argv, NULL);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_test_add (cases[i].path, Fixture, NULL, set_up, cases[i].func, tear_down);
  return g_test_run ();
}
