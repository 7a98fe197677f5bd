/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Every error that a step can end with has its class, and every wait its length. */

#include "config.h"

#include "bounce-aurabox.h"
#include "bounce-core-error.h"
#include "bounce-package.h"
#include "bounce-store-error.h"
#include "bounce-upload-failure.h"
#include "bounce-wording.h"

static GError *
http (BounceHttpError code, guint status)
{
  return bounce_http_error_new (code, status, 0, "test");
}

static void
assert_row (GError *error, BounceUploadFailureClass class, const char *reason)
{
  BounceUploadFailure failure = bounce_upload_failure_classify (error);

  g_assert_cmpint (failure.class, ==, class);
  g_assert_cmpstr (failure.reason, ==, reason);
  g_error_free (error);
}

static void
test_http (void)
{
  assert_row (http (BOUNCE_HTTP_ERROR_LATER, 0), BOUNCE_UPLOAD_LATER, BOUNCE_REASON_NETWORK);
  assert_row (http (BOUNCE_HTTP_ERROR_LATER, 408), BOUNCE_UPLOAD_LATER, BOUNCE_REASON_BUSY);
  assert_row (http (BOUNCE_HTTP_ERROR_LATER, 423), BOUNCE_UPLOAD_LATER, BOUNCE_REASON_BUSY);
  assert_row (http (BOUNCE_HTTP_ERROR_LATER, 429), BOUNCE_UPLOAD_LATER, BOUNCE_REASON_BUSY);
  assert_row (http (BOUNCE_HTTP_ERROR_LATER, 503), BOUNCE_UPLOAD_LATER, BOUNCE_REASON_BUSY);
  assert_row (http (BOUNCE_HTTP_ERROR_LATER, 500), BOUNCE_UPLOAD_LATER, BOUNCE_REASON_SERVER);
  assert_row (http (BOUNCE_HTTP_ERROR_LATER, 200), BOUNCE_UPLOAD_LATER, BOUNCE_REASON_SERVER);
  assert_row (http (BOUNCE_HTTP_ERROR_UNAUTHORISED, 401), BOUNCE_UPLOAD_UNAUTHORISED,
              BOUNCE_REASON_UNAUTHORISED);
  assert_row (http (BOUNCE_HTTP_ERROR_REJECTED, 422), BOUNCE_UPLOAD_REJECTED,
              BOUNCE_REASON_REJECTED);
  assert_row (http (BOUNCE_HTTP_ERROR_REJECTED, 413), BOUNCE_UPLOAD_REJECTED,
              BOUNCE_REASON_TOO_LARGE);
  assert_row (http (BOUNCE_HTTP_ERROR_INVALID, 0), BOUNCE_UPLOAD_LATER, BOUNCE_REASON_INTERNAL);
  assert_row (http (BOUNCE_HTTP_ERROR_NEW_UPLOAD, 0), BOUNCE_UPLOAD_NEW_UPLOAD,
              BOUNCE_REASON_SERVER);
}

/* Answers about the study or the upload, as opposed to the key, the network or a busy server. */
static void
test_forgotten (void)
{
  const struct
  {
    BounceHttpError code;
    guint status;
    gboolean may_be;
  } rows[] = {
    { BOUNCE_HTTP_ERROR_REJECTED, 404, TRUE },     { BOUNCE_HTTP_ERROR_REJECTED, 422, TRUE },
    { BOUNCE_HTTP_ERROR_UNAUTHORISED, 403, TRUE }, { BOUNCE_HTTP_ERROR_UNAUTHORISED, 401, FALSE },
    { BOUNCE_HTTP_ERROR_LATER, 500, FALSE },       { BOUNCE_HTTP_ERROR_LATER, 0, FALSE },
  };
  g_autoptr (GError) refused =
      g_error_new_literal (BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_REFUSED, "test");
  g_autoptr (GError) garbled =
      g_error_new_literal (BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE, "test");

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      g_autoptr (GError) error = http (rows[i].code, rows[i].status);

      g_assert_true (bounce_upload_failure_may_be_forgotten (error) == rows[i].may_be);
    }
  g_assert_true (bounce_upload_failure_may_be_forgotten (refused));
  g_assert_false (bounce_upload_failure_may_be_forgotten (garbled));
}

static void
test_url_gone (void)
{
  const guint gone[] = { 404, 410 };
  const guint suspect[] = { 0, 200, 204, 403 };

  for (guint i = 0; i < G_N_ELEMENTS (gone); i++)
    {
      g_autoptr (GError) error = http (BOUNCE_HTTP_ERROR_NEW_UPLOAD, gone[i]);

      g_assert_true (bounce_upload_failure_classify (error).is_url_gone);
    }
  for (guint i = 0; i < G_N_ELEMENTS (suspect); i++)
    {
      g_autoptr (GError) error = http (BOUNCE_HTTP_ERROR_NEW_UPLOAD, suspect[i]);

      g_assert_false (bounce_upload_failure_classify (error).is_url_gone);
    }
}

static void
test_other_domains (void)
{
  assert_row (g_error_new (BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_INVALID_RESPONSE, "test"),
              BOUNCE_UPLOAD_LATER, BOUNCE_REASON_SERVER);
  assert_row (g_error_new (BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_REFUSED, "test"),
              BOUNCE_UPLOAD_REJECTED, BOUNCE_REASON_REJECTED);
  assert_row (g_error_new (BOUNCE_AURABOX_ERROR, BOUNCE_AURABOX_ERROR_UNKNOWN_MODE, "test"),
              BOUNCE_UPLOAD_REJECTED, BOUNCE_REASON_UNKNOWN_MODE);
  assert_row (g_error_new (BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_NO_SPACE, "test"),
              BOUNCE_UPLOAD_LATER, BOUNCE_REASON_NO_SPACE);
  assert_row (g_error_new (BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_IO, "test"),
              BOUNCE_UPLOAD_LATER, BOUNCE_REASON_STORAGE);
  assert_row (g_error_new (BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_MISSING, "test"),
              BOUNCE_UPLOAD_REJECTED, BOUNCE_REASON_FILE_MISSING);
  assert_row (g_error_new (BOUNCE_ARCHIVE_ERROR, BOUNCE_ARCHIVE_ERROR_DAMAGED, "test"),
              BOUNCE_UPLOAD_REJECTED, BOUNCE_REASON_FILE_DAMAGED);
  assert_row (g_error_new (BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NO_SPACE, "test"),
              BOUNCE_UPLOAD_LATER, BOUNCE_REASON_NO_SPACE);
  assert_row (g_error_new (BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_FOUND, "test"),
              BOUNCE_UPLOAD_GONE, BOUNCE_REASON_FILES_REMOVED);
  assert_row (g_error_new (BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_NOT_MOUNTED, "test"),
              BOUNCE_UPLOAD_LATER, BOUNCE_REASON_READ);
  assert_row (g_error_new (BOUNCE_STORE_ERROR, BOUNCE_STORE_ERROR_DATABASE, "test"),
              BOUNCE_UPLOAD_LATER, BOUNCE_REASON_INTERNAL);
  assert_row (g_error_new (BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_NO_SPACE, "test"),
              BOUNCE_UPLOAD_LATER, BOUNCE_REASON_NO_SPACE);
  assert_row (g_error_new (BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_IO, "test"), BOUNCE_UPLOAD_LATER,
              BOUNCE_REASON_INTERNAL);
}

static void
test_delay (void)
{
  const BounceRetryPolicy policy = { .base_seconds = 2, .cap_seconds = 100, .max_attempts = 3 };
  BounceUploadFailure failure = { BOUNCE_UPLOAD_LATER, BOUNCE_REASON_NETWORK };

  g_assert_cmpint (bounce_upload_failure_delay_us (&failure, &policy, 1, 0.5), ==,
                   2 * G_USEC_PER_SEC);
  g_assert_cmpint (bounce_upload_failure_delay_us (&failure, &policy, 2, 0.5), ==,
                   4 * G_USEC_PER_SEC);
  /* 2, 4, 8 would be next: past the last attempt it is the cap. */
  g_assert_cmpint (bounce_upload_failure_delay_us (&failure, &policy, 3, 0.5), ==,
                   100 * G_USEC_PER_SEC);
  failure.retry_after_seconds = 50;
  g_assert_cmpint (bounce_upload_failure_delay_us (&failure, &policy, 1, 0.5), ==,
                   50 * G_USEC_PER_SEC);
  failure.retry_after_seconds = 1;
  g_assert_cmpint (bounce_upload_failure_delay_us (&failure, &policy, 1, 0.5), ==,
                   2 * G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uploader/failure/http", test_http);
  g_test_add_func ("/uploader/failure/url-gone", test_url_gone);
  g_test_add_func ("/uploader/failure/forgotten", test_forgotten);
  g_test_add_func ("/uploader/failure/other-domains", test_other_domains);
  g_test_add_func ("/uploader/failure/delay", test_delay);
  return g_test_run ();
}
