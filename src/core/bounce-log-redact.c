/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What every line goes through before anything else sees it: secrets out, one line, valid UTF-8,
 * bounded length. It works on the finished text, so that it does not matter from how many
 * arguments a secret was put together. Two nets: the secrets that were registered, and whatever
 * looks like an API key or a bearer token. */

#include "config.h"

#include "bounce-log-private.h"

#include <string.h>

/* Shorter ones would blacken ordinary words. */
#define MIN_SECRET_LENGTH 6

/* Each upload brings tokens of its own; the oldest are of no use to anybody any more, and every
 * line is searched for each of them. API keys are few and stay. */
#define MAX_SECRETS 256

static GMutex secrets_lock;
static GPtrArray *secrets;   /* (owned) (nullable) (element-type utf8) (lock secrets_lock) by age */
static GPtrArray *by_length; /* (owned) (nullable) (lock secrets_lock) the same, longest first */

/* aura_{region}_bounce_…: the length of the part that may be shown, or 0. */
static gsize
match_api_key (const char *text)
{
  size_t region;

  if (!g_str_has_prefix (text, "aura_"))
    return 0;
  region = strspn (text + strlen ("aura_"), "abcdefghijklmnopqrstuvwxyz");
  if (region == 0 || !g_str_has_prefix (text + strlen ("aura_") + region, "_bounce_"))
    return 0;
  return strlen ("aura_") + region + strlen ("_bounce_");
}

static gint
compare_length (gconstpointer a, gconstpointer b)
{
  size_t first = strlen (*(const char *const *) a);
  size_t second = strlen (*(const char *const *) b);

  return (first < second) - (first > second);
}

static void
remove_secret (guint at)
{
  g_ptr_array_remove (by_length, g_ptr_array_index (secrets, at));
  g_ptr_array_remove_index (secrets, at);
}

static void
remove_oldest_token (void)
{
  for (guint i = 0; i < secrets->len; i++)
    {
      if (match_api_key (g_ptr_array_index (secrets, i)) > 0)
        continue;
      remove_secret (i);
      return;
    }
}

/* One that was there already is the newest again. */
static void
add_secret (const char *secret)
{
  char *copy = g_strdup (secret);
  guint at;

  if (secrets == NULL)
    {
      secrets = g_ptr_array_new_with_free_func (g_free);
      by_length = g_ptr_array_new ();
    }
  if (g_ptr_array_find_with_equal_func (secrets, secret, g_str_equal, &at))
    remove_secret (at);
  g_ptr_array_add (secrets, copy);
  /* One may begin with another, whose asterisks would leave the rest to be read. */
  g_ptr_array_add (by_length, copy);
  g_ptr_array_sort (by_length, compare_length);
  if (secrets->len > MAX_SECRETS)
    remove_oldest_token ();
}

/**
 * bounce_log_add_secret:
 * @secret: what no line may hold; ignored if shorter than 6 characters
 *
 * Registers a secret, as it is and as URLs write it. The newest 256 are kept, and every API key.
 *
 * Thread: any.
 */
void
bounce_log_add_secret (const char *secret)
{
  g_autofree char *escaped = NULL;

  g_return_if_fail (secret != NULL);

  if (strlen (secret) < MIN_SECRET_LENGTH)
    return;
  escaped = g_uri_escape_string (secret, NULL, FALSE);
  g_mutex_lock (&secrets_lock);
  add_secret (secret);
  if (!g_str_equal (escaped, secret))
    add_secret (escaped);
  g_mutex_unlock (&secrets_lock);
}

static void
replace_secrets (GString *line)
{
  g_mutex_lock (&secrets_lock);
  for (guint i = 0; by_length != NULL && i < by_length->len; i++)
    g_string_replace (line, g_ptr_array_index (by_length, i), "****", 0);
  g_mutex_unlock (&secrets_lock);
}

static gboolean
is_token_character (char c)
{
  return g_ascii_isgraph (c) && strchr ("\"',;<>(){}[]", c) == NULL;
}

/* Overwrites what follows start, up to the end of the token, by asterisks. */
static gsize
blacken_token (GString *line, gsize start)
{
  gsize end = start;

  while (end < line->len && is_token_character (line->str[end]))
    end++;
  if (end == start)
    return start;
  g_string_erase (line, (gssize) start, (gssize) (end - start));
  g_string_insert (line, (gssize) start, "****");
  return start + strlen ("****");
}

static gsize
match_bearer (const char *text)
{
  return g_ascii_strncasecmp (text, "bearer ", strlen ("bearer ")) == 0 ? strlen ("bearer ") : 0;
}

static void
replace_lookalikes (GString *line)
{
  gsize at = 0;

  while (at < line->len)
    {
      gsize shown = match_api_key (line->str + at);

      if (shown == 0)
        shown = match_bearer (line->str + at);
      at = shown > 0 ? blacken_token (line, at + shown) : at + 1;
    }
}

/* A line break in a name from the network must not begin a line of its own. */
static void
replace_control_characters (char *text)
{
  for (; *text != '\0'; text++)
    {
      if (g_ascii_iscntrl (*text))
        *text = ' ';
    }
}

/*
 * bounce_log_redact:
 * @text: a finished message
 *
 * Returns: (transfer full): what may be shown: one line of valid UTF-8 without secrets
 */
char *
bounce_log_redact (const char *text)
{
  GString *line = g_string_new (text);
  g_autofree char *redacted = NULL;

  replace_secrets (line);
  replace_lookalikes (line);
  if (line->len > BOUNCE_LOG_MAX_LINE)
    {
      g_string_truncate (line, BOUNCE_LOG_MAX_LINE);
      g_string_append (line, " …");
    }
  redacted = g_string_free (line, FALSE);
  replace_control_characters (redacted);
  return g_utf8_make_valid (redacted, -1);
}
