/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header: the assistant and the preferences say the same of the same. */

#include "config.h"

#include "bounce-check-words.h"

#include "bounce-wording.h"

#include <glib/gi18n.h>

/* One table for each check; the last row is for everything else. */
typedef struct
{
  int code;
  const char *sentence;
} Sentence;

#define ANYTHING_ELSE -1

static char *
find_sentence (const GError *error, const Sentence *sentences)
{
  while (sentences->code != ANYTHING_ELSE
         && !g_error_matches (error, BOUNCE_SERVICE_ERROR, sentences->code))
    sentences++;
  return g_strdup (_ (sentences->sentence));
}

/**
 * bounce_check_words_key:
 * @error: of bounce_service_check_key_finish()
 *
 * Returns: (transfer full): why the key cannot be used
 */
char *
bounce_check_words_key (const GError *error)
{
  static const Sentence sentences[] = {
    { BOUNCE_SERVICE_ERROR_INVALID,
      N_ ("This is not an API key for Bounce. A key begins like aura_au_bounce_.") },
    { BOUNCE_SERVICE_ERROR_UNAUTHORISED,
      N_ ("Aurabox does not accept this key. It may have been withdrawn or copied incompletely.") },
    { BOUNCE_SERVICE_ERROR_UNREACHABLE,
      N_ ("Aurabox cannot be reached. Check the network connection and the firewall.") },
    { BOUNCE_SERVICE_ERROR_UNTRUSTED,
      N_ ("The connection to Aurabox cannot be trusted. Check the date of this computer, its "
          "certificates and the proxy.") },
    { BOUNCE_SERVICE_ERROR_NOT_AURABOX,
      N_ ("The server that answers is not Aurabox. Check its address.") },
    { ANYTHING_ELSE, N_ ("Aurabox has a problem at the moment. Try again later.") },
  };

  return find_sentence (error, sentences);
}

/**
 * bounce_check_words_endpoint:
 * @error: of bounce_service_check_endpoint_finish()
 *
 * Returns: (transfer full): why nothing can be received there
 */
char *
bounce_check_words_endpoint (const GError *error)
{
  static const Sentence sentences[] = {
    { BOUNCE_SERVICE_ERROR_INVALID, N_ ("Enter a port from 1 to 65535.") },
    { BOUNCE_SERVICE_ERROR_IN_USE, N_ ("Another program uses this port.") },
    { BOUNCE_SERVICE_ERROR_PRIVILEGED,
      N_ ("Ports below 1024 are reserved on this computer. Choose a higher one, such as 11112.") },
    { BOUNCE_SERVICE_ERROR_NOT_LOCAL, N_ ("This computer does not have this address.") },
    { ANYTHING_ELSE, N_ ("The system does not allow receiving on this port.") },
  };

  return find_sentence (error, sentences);
}

/**
 * bounce_check_words_storage:
 * @error: of bounce_service_check_storage_finish()
 *
 * Returns: (transfer full): why studies cannot be kept there
 */
char *
bounce_check_words_storage (const GError *error)
{
  static const Sentence sentences[] = {
    { BOUNCE_SERVICE_ERROR_INVALID,
      N_ ("Studies need a folder of their own. Choose another one.") },
    { BOUNCE_SERVICE_ERROR_NOT_EMPTY,
      N_ ("This folder has other files in it. Choose an empty or a new one.") },
    { BOUNCE_SERVICE_ERROR_TAKEN,
      N_ ("This folder belongs to another Bounce. Choose another one.") },
    { BOUNCE_SERVICE_ERROR_NO_SPACE, N_ ("The disk is full.") },
    { ANYTHING_ELSE, N_ ("Bounce cannot write to this folder.") },
  };

  return find_sentence (error, sentences);
}

/**
 * bounce_check_words_found:
 * @is_warning: (out): whether somebody should think twice
 *
 * Returns: (transfer full): what a folder that can be used is like
 */
char *
bounce_check_words_found (const BounceStorageCheck *check, gboolean *is_warning)
{
  g_autofree char *size = bounce_wording_size (check->free_bytes);

  *is_warning = TRUE;
  if (check->kind == BOUNCE_STORAGE_MEMORY)
    return g_strdup (
        _ ("What is kept here is lost when the computer restarts. Choose a folder on a "
           "disk."));
  if (check->level != BOUNCE_DISK_OK)
    return g_strdup_printf (_ ("Only %s free: too little for long."), size);
  if (check->kind == BOUNCE_STORAGE_NETWORK)
    return g_strdup_printf (_ ("%s free, on a network drive: nothing can be received while it is "
                               "not connected."),
                            size);
  if (check->kind == BOUNCE_STORAGE_REMOVABLE)
    return g_strdup_printf (_ ("%s free, on a removable drive: nothing can be received while it "
                               "is not connected."),
                            size);
  *is_warning = FALSE;
  return g_strdup_printf (_ ("%s free"), size);
}
