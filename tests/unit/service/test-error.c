/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The document's words before each reason, and the names on the bus. */

#include "config.h"

#include "bounce-service-error.h"

#include <gio/gio.h>

typedef struct
{
  BounceServiceError code;
  const char *name;
  const char *text;
} Case;

static const Case cases[] = {
  { BOUNCE_SERVICE_ERROR_START_FAILED, "StartFailed", "Failed to start server: why" },
  { BOUNCE_SERVICE_ERROR_STOP_FAILED, "StopFailed", "Failed to stop server: why" },
  { BOUNCE_SERVICE_ERROR_SEND_FAILED, "SendFailed", "send study panic: why" },
  { BOUNCE_SERVICE_ERROR_DELETE_FAILED, "DeleteFailed", "delete study panic: why" },
  { BOUNCE_SERVICE_ERROR_CLEAR_STUDIES, "ClearStudies", "clear studies panic: why" },
  { BOUNCE_SERVICE_ERROR_CLEAR_STUDY, "ClearStudy", "clear study panic: why" },
  { BOUNCE_SERVICE_ERROR_INVALID, "Invalid", "why" },
  { BOUNCE_SERVICE_ERROR_LOCKED, "Locked", "why" },
  { BOUNCE_SERVICE_ERROR_NOT_MOUNTED, "NotMounted", "why" },
  { BOUNCE_SERVICE_ERROR_FAILED, "Failed", "why" },
  { BOUNCE_SERVICE_ERROR_UNAUTHORISED, "Unauthorised", "why" },
  { BOUNCE_SERVICE_ERROR_UNREACHABLE, "Unreachable", "why" },
  { BOUNCE_SERVICE_ERROR_UNTRUSTED, "Untrusted", "why" },
  { BOUNCE_SERVICE_ERROR_SERVER, "Server", "why" },
  { BOUNCE_SERVICE_ERROR_NOT_AURABOX, "NotAurabox", "why" },
  { BOUNCE_SERVICE_ERROR_IN_USE, "InUse", "why" },
  { BOUNCE_SERVICE_ERROR_PRIVILEGED, "Privileged", "why" },
  { BOUNCE_SERVICE_ERROR_NOT_LOCAL, "NotLocal", "why" },
  { BOUNCE_SERVICE_ERROR_NOT_EMPTY, "NotEmpty", "why" },
  { BOUNCE_SERVICE_ERROR_TAKEN, "Taken", "why" },
  { BOUNCE_SERVICE_ERROR_NO_SPACE, "NoSpace", "why" },
  { BOUNCE_SERVICE_ERROR_NOT_WRITABLE, "NotWritable", "why" },
};

static void
test_texts_and_names (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      GError *cause = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_FAILED, "why");
      g_autoptr (GError) error = bounce_service_error_wrap (cases[i].code, cause);
      g_autofree char *name = g_dbus_error_encode_gerror (error);
      g_autofree char *expected = g_strconcat ("cloud.aurabox.Bounce1.Error.", cases[i].name, NULL);

      g_assert_error (error, BOUNCE_SERVICE_ERROR, (int) cases[i].code);
      g_assert_cmpstr (error->message, ==, cases[i].text);
      g_assert_cmpstr (name, ==, expected);
    }
}

static void
test_cancelled_stays_cancelled (void)
{
  GError *cause = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "cancelled");
  g_autoptr (GError) error = bounce_service_error_wrap (BOUNCE_SERVICE_ERROR_SEND_FAILED, cause);

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (error->message, ==, "cancelled");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/service/error/texts-and-names", test_texts_and_names);
  g_test_add_func ("/service/error/cancelled", test_cancelled_stays_cancelled);
  return g_test_run ();
}
