/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A medium by its index: what a DICOMDIR lists, and nothing else of the folder that it is in.
 *
 * Only Referenced File ID (0004,1500) is wanted, and a DICOMDIR is always in explicit little endian
 * (PS3.10 8.6), so the element is looked for in the bytes instead of walking the records, whose
 * links are often wrong. Should something else ever look like it, a file is tried that is not there
 * and told. Thread: the import's. */

#include "config.h"

#include "bounce-import-private.h"

#include "bounce-file.h"
#include "bounce-wording.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* About 10 MB for the 20,000 images of a full DVD. */
#define MAX_INDEX_BYTES ((off_t) 64 * 1024 * 1024)
#define MAX_COMPONENTS  8 /* PS3.10 8.2 */
#define REFERENCE       "\4\0\0\25CS"
#define REFERENCE_BYTES 6

static guint8 *
read_all (int fd, gsize *size)
{
  struct stat status;
  g_autofree guint8 *data = NULL;
  gsize done = 0;
  ssize_t n = 1;

  if (fstat (fd, &status) != 0 || !S_ISREG (status.st_mode) || status.st_size > MAX_INDEX_BYTES)
    return NULL;
  data = g_malloc ((gsize) status.st_size + 1);
  while (done < (gsize) status.st_size && n > 0)
    {
      n = pread (fd, data + done, (gsize) status.st_size - done, (off_t) done);
      if (n < 0 && errno == EINTR)
        n = 1;
      else if (n > 0)
        done += (gsize) n;
    }
  *size = done;
  return n < 0 ? NULL : g_steal_pointer (&data);
}

/* The name on the medium, or as Linux shows that of a plain ISO 9660 disc. */
static int
open_component (int folder, const char *component)
{
  g_autofree char *folded = g_ascii_strdown (component, -1);
  int fd = bounce_file_open_at (folder, component, FALSE);

  return fd < 0 && errno == ENOENT ? bounce_file_open_at (folder, folded, FALSE) : fd;
}

static gboolean
is_component (const char *component)
{
  return *component != '\0' && strchr (component, '/') == NULL && !g_str_equal (component, ".")
         && !g_str_equal (component, "..");
}

/* -1 with errno. */
static int
open_reference (int folder, char **components)
{
  int fd = -1;

  for (guint i = 0; components[i] != NULL; i++)
    {
      int next = -1;

      if (i < MAX_COMPONENTS && is_component (g_strstrip (components[i])))
        next = open_component (i == 0 ? folder : fd, components[i]);
      else
        errno = ENOENT;
      if (fd >= 0)
        close (fd);
      fd = next;
      if (fd < 0)
        return -1;
    }
  return fd;
}

static void
import_reference (BounceImportRun *self, int folder, const char *path, const char *value)
{
  g_auto (GStrv) components = g_strsplit (value, "\\", -1);
  int fd = open_reference (folder, components);
  g_autofree char *joined = g_strjoinv ("/", components);
  g_autofree char *display_name = g_filename_display_name (joined);
  g_autofree char *name = g_strdup_printf ("%s/%s", path, display_name);

  if (fd < 0)
    {
      bounce_import_refuse (self->import, name, bounce_reason_from_errno (errno));
      return;
    }
  bounce_import_run_fd (self, fd, name);
  close (fd);
}

/* PS3.5 7.1.2: tag, VR, length in two bytes, value. */
static GPtrArray *
find_references (const guint8 *data, gsize size)
{
  GPtrArray *references = g_ptr_array_new_with_free_func (g_free);
  const guint8 *end = data + size;
  const guint8 *found = data;

  while ((found = memmem (found, (gsize) (end - found), REFERENCE, REFERENCE_BYTES)) != NULL)
    {
      gsize length;

      found += REFERENCE_BYTES;
      if (end - found < 2)
        break;
      length = (gsize) (found[0] | found[1] << 8);
      found += 2;
      if (length > 0 && length <= (gsize) (end - found))
        g_ptr_array_add (references, g_strndup ((const char *) found, length));
    }
  return references;
}

/**
 * bounce_import_run_medium: (skip)
 * @folder: where the DICOMDIR is
 * @path: what to call it
 *
 * Thread: the import's; blocks
 * Source: PS3.10 8.6, PS3.3 F.3.2.2
 */
void
bounce_import_run_medium (BounceImportRun *self, int folder, const char *path)
{
  int fd = open_component (folder, "DICOMDIR");
  int saved_errno = errno;
  gsize size = 0;
  g_autofree guint8 *data = fd >= 0 ? read_all (fd, &size) : NULL;
  g_autoptr (GPtrArray) references = NULL;

  if (fd >= 0)
    close (fd);
  if (data == NULL)
    {
      bounce_import_refuse (self->import, path,
                            fd < 0 ? bounce_reason_from_errno (saved_errno) : BOUNCE_REASON_READ);
      return;
    }
  references = find_references (data, size);
  for (guint i = 0; i < references->len && bounce_import_run_goes_on (self); i++)
    import_reference (self, folder, path, g_ptr_array_index (references, i));
}
