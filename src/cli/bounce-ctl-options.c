/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Command line of bouncectl as a whole and of each verb. Options are read as bytes and must then be
 * UTF-8, whatever the locale: a name to search for is not mangled under LC_ALL=C. */

#include "config.h"

#include "bounce-ctl.h"

#include <stdio.h>

static gboolean is_system, is_session;

static const GOptionEntry bus_options[] = {
  { "system", 0, 0, G_OPTION_ARG_NONE, &is_system, "The service on the system bus", NULL },
  { "session", 0, 0, G_OPTION_ARG_NONE, &is_session, "The service on the session bus (default)",
    NULL },
  { NULL },
};

/**
 * bounce_ctl_get_bus_options:
 *
 * Returns: (transfer none): the options that may stand before and after the verb.
 */
const GOptionEntry *
bounce_ctl_get_bus_options (void)
{
  return bus_options;
}

/**
 * bounce_ctl_take_bus_options:
 *
 * Puts the bus that was asked for into @ctl.
 */
void
bounce_ctl_take_bus_options (BounceCtl *ctl)
{
  ctl->bus = is_system ? G_BUS_TYPE_SYSTEM : G_BUS_TYPE_SESSION;
}

/**
 * bounce_ctl_wrong_use:
 * @format: what is wrong
 *
 * Prints it.
 *
 * Returns: the exit code for wrong use
 */
BounceCtlExit
bounce_ctl_wrong_use (const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  fprintf (stderr, "bouncectl: %s\n", text);
  return BOUNCE_CTL_USAGE;
}

/* GLib leaves the "--" where it is when what follows it begins with a dash. */
static void
drop_separator (int *argc, char **argv)
{
  int i = 1;

  while (i + 1 < *argc && (!g_str_equal (argv[i], "--") || argv[i + 1][0] != '-'))
    i++;
  if (i + 1 >= *argc)
    return;
  for (; i < *argc; i++)
    argv[i] = argv[i + 1];
  (*argc)--;
}

static gboolean
check_arguments (BounceCtl *ctl, int min, int max, int argc, char **argv)
{
  int n = argc - 1;

  if (n < min || (max != BOUNCE_CTL_ANY_NUMBER && n > max))
    {
      bounce_ctl_wrong_use ("usage: bouncectl %s [OPTION…]%s%s", ctl->verb,
                            *ctl->arguments != '\0' ? " " : "", ctl->arguments);
      return FALSE;
    }
  for (int i = 1; i < argc; i++)
    if (!g_utf8_validate (argv[i], -1, NULL))
      {
        bounce_ctl_wrong_use ("argument %d is not UTF-8", i);
        return FALSE;
      }
  return TRUE;
}

/**
 * bounce_ctl_parse:
 * @entries: (nullable): the verb's own options
 * @min: fewest arguments after the options
 * @max: most, or %BOUNCE_CTL_ANY_NUMBER
 * @argc: (inout): with the verb's name; afterwards without the options
 * @argv: (inout): likewise
 *
 * Reads a verb's command line. `--help` prints and ends the program.
 *
 * Returns: whether it makes sense; if not, the reason was printed
 */
gboolean
bounce_ctl_parse (
    BounceCtl *ctl, const GOptionEntry *entries, int min, int max, int *argc, char ***argv)
{
  g_autofree char *name = g_strconcat ("bouncectl ", ctl->verb, NULL);
  g_autoptr (GOptionContext) context = g_option_context_new (ctl->arguments);
  g_autoptr (GError) error = NULL;

  g_set_prgname (name); /* the usage line begins with it: options come after the verb */
  g_option_context_set_summary (context, ctl->summary);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, bus_options, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      bounce_ctl_wrong_use ("%s; see bouncectl %s --help", error->message, ctl->verb);
      return FALSE;
    }
  if (is_system && is_session)
    {
      bounce_ctl_wrong_use ("--system or --session, not both");
      return FALSE;
    }
  bounce_ctl_take_bus_options (ctl);
  drop_separator (argc, *argv);
  return check_arguments (ctl, min, max, *argc, *argv);
}
