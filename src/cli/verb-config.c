/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bouncectl config: the settings in effect, and changing one. The key is shown masked only; it can
 * be given on standard input, where no process list shows it. */

#include "config.h"

#include "bounce-ctl-table.h"
#include "bounce-ctl.h"

#include <stdio.h>
#include <string.h>

/* An API key has some 60 characters, a path at most 4096. */
#define MAX_VALUE_BYTES 8192

static const BounceCtlColumn columns[] = { { NULL, FALSE }, { NULL, FALSE } };

static char *
describe_value (GVariant *value)
{
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_STRING))
    return g_variant_dup_string (value, NULL);
  if (g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN))
    return g_strdup (g_variant_get_boolean (value) ? "yes" : "no");
  return g_variant_print (value, FALSE);
}

static void
print_table (GVariant *config)
{
  g_autoptr (BounceCtlTable) table = bounce_ctl_table_new (columns, G_N_ELEMENTS (columns));
  GVariantIter iter;
  const char *key;
  GVariant *value;

  g_variant_iter_init (&iter, config);
  while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
    {
      g_autofree char *text = describe_value (value);

      bounce_ctl_table_add (table, (const char *[]){ key, text });
    }
  bounce_ctl_table_print (table, stdout);
}

static BounceCtlExit
print_one (GVariant *config, const char *key, gboolean is_json)
{
  g_autoptr (GVariant) value = g_variant_lookup_value (config, key, NULL);
  g_autofree char *text = NULL;
  g_autofree char *clean = NULL;

  if (value == NULL)
    {
      fprintf (stderr, "bouncectl: %s is not set or not a setting; bouncectl config lists them\n",
               key);
      return BOUNCE_CTL_FAILED;
    }
  if (is_json)
    {
      bounce_ctl_print_json (value);
      return BOUNCE_CTL_DONE;
    }
  text = describe_value (value);
  clean = bounce_ctl_text_clean (text);
  puts (clean);
  return BOUNCE_CTL_DONE;
}

static BounceCtlExit
get (BounceCtl *ctl, const char *key, gboolean is_json)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) config = NULL;
  BounceCtlExit exit;

  reply = bounce_ctl_call (ctl, "ConfigGet", NULL, "(a{sv})", &exit);
  if (reply == NULL)
    return exit;
  config = g_variant_get_child_value (reply, 0);
  if (key != NULL)
    return print_one (config, key, is_json);
  if (is_json)
    bounce_ctl_print_json (config);
  else
    print_table (config);
  return BOUNCE_CTL_DONE;
}

/* The first line of standard input; NULL when there is none. */
static char *
read_value (void)
{
  char line[MAX_VALUE_BYTES];

  if (fgets (line, sizeof line, stdin) == NULL)
    return NULL;
  line[strcspn (line, "\r\n")] = '\0';
  return g_utf8_validate (line, -1, NULL) ? g_strdup (line) : NULL;
}

static const char *
describe_effect (const char *effect)
{
  static const struct
  {
    const char *effect;
    const char *sentence;
  } effects[] = {
    { "now", "in effect now" },
    { "next-transfer", "in effect from the next transfer" },
    { "receiver-restart", "in effect after bouncectl stop and bouncectl start" },
    { "service-restart", "in effect after the service was started again" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (effects); i++)
    if (strcmp (effects[i].effect, effect) == 0)
      return effects[i].sentence;
  return effect;
}

static BounceCtlExit
set (BounceCtl *ctl, const char *key, const char *argument)
{
  g_autofree char *value = strcmp (argument, "-") == 0 ? read_value () : g_strdup (argument);
  g_autoptr (GVariant) reply = NULL;
  BounceCtlExit exit;
  const char *effect;

  if (value == NULL)
    return bounce_ctl_wrong_use ("no value on standard input");
  reply = bounce_ctl_call (ctl, "ConfigSet", g_variant_new ("(ss)", key, value), "(s)", &exit);
  if (reply == NULL)
    return exit;
  g_variant_get (reply, "(&s)", &effect);
  printf ("%s: %s\n", key, describe_effect (effect));
  return BOUNCE_CTL_DONE;
}

/**
 * bounce_ctl_run_config:
 *
 * `bouncectl config [get [KEY]] [--json]`, `bouncectl config set KEY VALUE`; the value `-` is read
 * from standard input.
 */
BounceCtlExit
bounce_ctl_run_config (BounceCtl *ctl, int argc, char **argv)
{
  gboolean is_json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 'j', 0, G_OPTION_ARG_NONE, &is_json, "Print JSON", NULL },
    { NULL },
  };

  if (!bounce_ctl_parse (ctl, entries, 0, 3, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  if (argc == 1 || (argc <= 3 && strcmp (argv[1], "get") == 0))
    return get (ctl, argc == 3 ? argv[2] : NULL, is_json);
  if (argc == 4 && strcmp (argv[1], "set") == 0)
    return set (ctl, argv[2], argv[3]);
  return bounce_ctl_wrong_use ("usage: bouncectl config %s", ctl->arguments);
}
