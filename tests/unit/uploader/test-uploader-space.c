/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A disk that has no room for a package. The linker puts pwrite here between archive/ and the C
 * library (--wrap). */

#include "config.h"

#include "upload-fixture.h"

#include "bounce-wording.h"

#include <errno.h>
#include <unistd.h>

#define STUDY         "1.2.3.1"
#define SMALL_STUDY   "1.2.3.2"
#define SIZE          (1024 * 1024)
#define SMALL_SIZE    2000
#define QUIET_SECONDS 2

ssize_t __real_pwrite64 (int fd, const void *data, size_t size, off_t offset);
ssize_t __wrap_pwrite64 (int fd, const void *data, size_t size, off_t offset);

static gint is_full; /* atomic; for anything larger than a small study */

ssize_t
__wrap_pwrite64 (int fd, const void *data, size_t size, off_t offset)
{
  if (g_atomic_int_get (&is_full) && size + offset > 4 * SMALL_SIZE)
    {
      errno = ENOSPC;
      return -1;
    }
  return __real_pwrite64 (fd, data, size, offset);
}

/* Packages and what libzip writes for them; the store's own metadata files come and go there too.
 */
static guint
count_packages (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    n += !g_str_has_suffix (name, ".json");
  return n;
}

/* The large study waits, the small one goes, nothing is left in the working directory, and with
 * space the large one follows. */
static void
test_no_space (void)
{
  UploadFixture *self = upload_fixture_new ();
  g_autofree char *outgoing =
      g_build_filename (bounce_store_get_base_dir (self->store), ".outgoing", NULL);
  g_autoptr (BounceStudy) study = NULL;

  upload_fixture_set (self, "max_concurrent_uploads", "1");
  upload_fixture_add_instance (self, STUDY, "1.2.3.1.1", "1.2.3.1.1.1", SIZE, 1);
  upload_fixture_add_instance (self, SMALL_STUDY, "1.2.3.2.1", "1.2.3.2.1.1", SMALL_SIZE, 2);
  g_atomic_int_set (&is_full, TRUE);
  bounce_uploader_start (self->uploader);
  upload_fixture_advance (self, QUIET_SECONDS);
  upload_fixture_wait_status (self, SMALL_STUDY, "SENT");
  upload_fixture_wait_attempts (self, STUDY, 1);
  study = upload_fixture_get_study (self, STUDY);
  g_assert_cmpstr (study->reason, ==, BOUNCE_REASON_NO_SPACE);
  g_assert_cmpint (study->next_attempt_at_us, >, 0);
  g_assert_cmpuint (count_packages (outgoing), ==, 0);
  g_atomic_int_set (&is_full, FALSE);
  upload_fixture_advance (self, 40);
  upload_fixture_wait_status (self, STUDY, "SENT");
  upload_fixture_assert_delivered (self, STUDY, "1.2.3.1.1.1", SIZE, 1);
  upload_fixture_free (self);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/uploader/space/package", test_no_space);
  return g_test_run ();
}
