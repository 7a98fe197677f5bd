/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The API key: checked once, then immutable and shared by count between threads. Its memory is
 * cleared before it is freed. No error names it or a part of it. */

#include "config.h"

#include "bounce-api-key.h"

#include "bounce-core-error.h"

#include <glib/gi18n-lib.h>
#include <string.h>

/* aura, region, bounce, user, token */
#define MIN_PARTS  5
#define MAX_LENGTH 512

struct _BounceApiKey
{
  gatomicrefcount ref_count;
  char *text;              /* (owned) */
  char *region;            /* (owned) */
  const char *environment; /* (nullable) static */
};

G_DEFINE_BOXED_TYPE (BounceApiKey, bounce_api_key, bounce_api_key_ref, bounce_api_key_unref)

static const char *const environments[] = { "production", "staging", "dev", "local" };

static gboolean
is_region (const char *part)
{
  size_t length = strspn (part, "abcdefghijklmnopqrstuvwxyz");

  return length >= 2 && length <= 8 && part[length] == '\0';
}

/* A key travels in an HTTP header and in a file of one line. */
static gboolean
has_only_key_characters (const char *text)
{
  for (; *text != '\0'; text++)
    {
      if (!g_ascii_isgraph (*text) || *text == '"' || *text == '\\')
        return FALSE;
    }
  return TRUE;
}

static const char *
find_environment (const char *part)
{
  for (gsize i = 0; i < G_N_ELEMENTS (environments); i++)
    {
      if (g_str_equal (part, environments[i]))
        return environments[i];
    }
  return NULL;
}

/* What is wrong, to be translated; or NULL. */
static const char *
find_problem (const char *text, char **parts)
{
  guint n_parts = g_strv_length (parts);

  if (strlen (text) > MAX_LENGTH || !has_only_key_characters (text))
    return N_ ("it has characters that no key has, or too many");
  if (n_parts < MIN_PARTS)
    return N_ ("parts are missing");
  if (!g_str_equal (parts[0], "aura") || !g_str_equal (parts[2], "bounce"))
    return N_ ("it is not a key for Bounce");
  if (!is_region (parts[1]))
    return N_ ("the region is not 2 to 8 small letters");
  if (parts[3][0] == '\0')
    return N_ ("the user is missing");
  if (parts[4][0] == '\0' || (n_parts == MIN_PARTS && find_environment (parts[4]) != NULL))
    return N_ ("the token is missing");
  return NULL;
}

/**
 * bounce_api_key_dup_problem:
 * @text: what somebody entered; surrounding white space is ignored
 *
 * Thread: any.
 * Returns: (transfer full) (nullable): what is wrong, translated and without the key; %NULL for a
 *   key that bounce_api_key_parse() takes
 */
char *
bounce_api_key_dup_problem (const char *text)
{
  g_autofree char *stripped = NULL;
  g_auto (GStrv) parts = NULL;
  const char *problem;

  g_return_val_if_fail (text != NULL, NULL);

  stripped = g_strstrip (g_strdup (text));
  parts = g_strsplit (stripped, "_", -1);
  problem = find_problem (stripped, parts);
  return problem != NULL ? g_strdup (_ (problem)) : NULL;
}

/**
 * bounce_api_key_parse:
 * @text: what somebody entered; surrounding white space is ignored
 * @error: (out) (optional): where to put the error
 *
 * Shape: `aura_{region}_bounce_{user}_{token}[_{environment}]`; the token may hold `_`, and the
 *   last part is the environment only if it is one of the known words.
 * Thread: any.
 * Errors: %BOUNCE_CORE_ERROR_INVALID with what is wrong, never with the key.
 * Returns: (transfer full): the key
 */
BounceApiKey *
bounce_api_key_parse (const char *text, GError **error)
{
  g_autofree char *stripped = NULL;
  g_auto (GStrv) parts = NULL;
  const char *problem;
  BounceApiKey *self;

  g_return_val_if_fail (text != NULL, NULL);

  stripped = g_strstrip (g_strdup (text));
  parts = g_strsplit (stripped, "_", -1);
  problem = find_problem (stripped, parts);
  if (problem != NULL)
    {
      g_set_error (error, BOUNCE_CORE_ERROR, BOUNCE_CORE_ERROR_INVALID,
                   "the API key is not valid: %s (expected "
                   "aura_{region}_bounce_{user}_{token}, with _{environment} after it or not)",
                   problem);
      return NULL;
    }
  self = g_new0 (BounceApiKey, 1);
  g_atomic_ref_count_init (&self->ref_count);
  self->text = g_steal_pointer (&stripped);
  self->region = g_strdup (parts[1]);
  self->environment = find_environment (parts[g_strv_length (parts) - 1]);
  return self;
}

/**
 * bounce_api_key_ref:
 * @self: a key
 *
 * Returns: (transfer full): @self
 */
BounceApiKey *
bounce_api_key_ref (BounceApiKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  g_atomic_ref_count_inc (&self->ref_count);
  return self;
}

/**
 * bounce_api_key_unref:
 * @self: (transfer full): a key
 *
 * Gives a reference back; the last one clears the memory.
 */
void
bounce_api_key_unref (BounceApiKey *self)
{
  g_return_if_fail (self != NULL);

  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;
  explicit_bzero (self->text, strlen (self->text));
  g_free (self->text);
  g_free (self->region);
  g_free (self);
}

/**
 * bounce_api_key_get_text:
 * @self: a key
 *
 * Returns: the key itself: for the Authorization header and the keyring, for nothing else
 */
const char *
bounce_api_key_get_text (const BounceApiKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->text;
}

/**
 * bounce_api_key_get_region:
 * @self: a key
 *
 * Returns: the region, such as `au`
 */
const char *
bounce_api_key_get_region (const BounceApiKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->region;
}

/**
 * bounce_api_key_get_environment:
 * @self: a key
 *
 * Returns: (nullable): `production`, `staging`, `dev`, `local`, or %NULL if the key names none
 */
const char *
bounce_api_key_get_environment (const BounceApiKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->environment;
}

/**
 * bounce_api_key_dup_endpoint:
 * @self: a key
 *
 * Source: the reference document: the endpoint follows from the region.
 * Returns: (transfer full): `https://{region}.aurabox.app`
 */
char *
bounce_api_key_dup_endpoint (const BounceApiKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_strdup_printf ("https://%s.aurabox.app", self->region);
}

/**
 * bounce_api_key_dup_masked:
 * @self: a key
 *
 * Returns: (transfer full): what may be shown, such as `aura_au_bounce_****`
 */
char *
bounce_api_key_dup_masked (const BounceApiKey *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return g_strdup_printf ("aura_%s_bounce_****", self->region);
}
