/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Which abstract syntaxes are storage. A list of the storage classes would refuse the private and
 * the newest ones (whole series are lost that way), so the list is of what is known to be something
 * else, and everything not on it is taken for storage. */

#include "config.h"

#include "bounce-sop-class-private.h"

#include "bounce-uid.h"

#include <string.h>

/* PS3.6 annex A. A trailing dot names a whole branch. */
static const char *const not_storage[] = {
  BOUNCE_VERIFICATION_SOP_CLASS,
  "1.2.840.10008.1.3.10",          /* media storage directory */
  "1.2.840.10008.1.9",             /* basic study content notification */
  "1.2.840.10008.1.20.",           /* storage commitment */
  "1.2.840.10008.1.40",            /* procedural event logging */
  "1.2.840.10008.1.42",            /* substance administration logging */
  "1.2.840.10008.3.1.2.",          /* detached management, MPPS */
  "1.2.840.10008.4.",              /* service classes */
  "1.2.840.10008.5.1.1.",          /* print, but see below */
  "1.2.840.10008.5.1.4.1.1.200.4", /* defined procedure protocol query */
  "1.2.840.10008.5.1.4.1.1.200.5",
  "1.2.840.10008.5.1.4.1.1.200.6",
  "1.2.840.10008.5.1.4.1.1.201.2", /* inventory query */
  "1.2.840.10008.5.1.4.1.1.201.3",
  "1.2.840.10008.5.1.4.1.1.201.4",
  "1.2.840.10008.5.1.4.1.1.201.5", /* inventory creation */
  "1.2.840.10008.5.1.4.1.2.",      /* query and retrieve */
  "1.2.840.10008.5.1.4.20.",       /* instance retrieve without bulk data */
  "1.2.840.10008.5.1.4.31",        /* modality worklist */
  "1.2.840.10008.5.1.4.32",        /* general purpose worklist */
  "1.2.840.10008.5.1.4.32.",
  "1.2.840.10008.5.1.4.33",    /* instance availability */
  "1.2.840.10008.5.1.4.34.4.", /* unified procedure step, trial */
  "1.2.840.10008.5.1.4.34.6.", /* unified procedure step */
  "1.2.840.10008.5.1.4.34.8",  /* machine verification */
  "1.2.840.10008.5.1.4.34.9",
  "1.2.840.10008.5.1.4.37.",  /* relevant patient information */
  "1.2.840.10008.5.1.4.38.2", /* hanging protocol query */
  "1.2.840.10008.5.1.4.38.3",
  "1.2.840.10008.5.1.4.38.4",
  "1.2.840.10008.5.1.4.39.2", /* colour palette query */
  "1.2.840.10008.5.1.4.39.3",
  "1.2.840.10008.5.1.4.39.4",
  "1.2.840.10008.5.1.4.41",   /* product characteristics */
  "1.2.840.10008.5.1.4.42",   /* substance approval */
  "1.2.840.10008.5.1.4.43.2", /* implant template query */
  "1.2.840.10008.5.1.4.43.3",
  "1.2.840.10008.5.1.4.43.4",
  "1.2.840.10008.5.1.4.44.2",
  "1.2.840.10008.5.1.4.44.3",
  "1.2.840.10008.5.1.4.44.4",
  "1.2.840.10008.5.1.4.45.2",
  "1.2.840.10008.5.1.4.45.3",
  "1.2.840.10008.5.1.4.45.4",
  "1.2.840.10008.10.", /* real-time video */
};

/* Retired storage classes inside the print branch. */
static const char *const storage_after_all[] = {
  "1.2.840.10008.5.1.1.27",
  "1.2.840.10008.5.1.1.29",
  "1.2.840.10008.5.1.1.30",
};

static gboolean
is_listed (const char *uid, const char *const *list, gsize n)
{
  for (gsize i = 0; i < n; i++)
    {
      gsize length = strlen (list[i]);

      if (list[i][length - 1] == '.' ? strncmp (uid, list[i], length) == 0
                                     : strcmp (uid, list[i]) == 0)
        return TRUE;
    }
  return FALSE;
}

/**
 * bounce_sop_class_is_storage:
 * @uid: an abstract syntax
 *
 * Thread: any
 * Source: PS3.6 annex A, PS3.4 B.5
 * Returns: %TRUE unless @uid is malformed or known to be another service
 */
gboolean
bounce_sop_class_is_storage (const char *uid)
{
  if (!bounce_uid_is_valid (uid))
    return FALSE;
  return !is_listed (uid, not_storage, G_N_ELEMENTS (not_storage))
         || is_listed (uid, storage_after_all, G_N_ELEMENTS (storage_after_all));
}
