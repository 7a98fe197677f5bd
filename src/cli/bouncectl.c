/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bouncectl: everything the window can do, from a command line, over D-Bus. One verb a run; each
 * verb is a function in the table below and knows its own options. */

#include "config.h"

#include "bounce-ctl.h"

#include "bounce-paths.h"

#include <libintl.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

typedef struct
{
  const char *name;
  const char *arguments;
  const char *summary;
  BounceCtlRun run;
} Verb;

static const Verb verbs[] = {
  { "start", "", "Start the receiver", bounce_ctl_run_start },
  { "stop", "", "Stop the receiver; associations may finish", bounce_ctl_run_stop },
  { "status", "", "Show what the service is doing", bounce_ctl_run_status },
  { "studies", "", "List studies", bounce_ctl_run_studies },
  { "import", "PATH…", "Take in files, folders and ZIP archives", bounce_ctl_run_import },
  { "send", "UID…", "Send studies now, or once more", bounce_ctl_run_send },
  { "delete", "UID… --yes", "Delete studies and their files", bounce_ctl_run_delete },
  { "reset", "--yes", "Delete all studies and their files", bounce_ctl_run_reset },
  { "transfers", "[UID]", "List attempts to deliver", bounce_ctl_run_transfers },
  { "events", "[UID]", "List what happened", bounce_ctl_run_events },
  { "watch", "", "Print events as they happen", bounce_ctl_run_watch },
  { "config", "[get [KEY] | set KEY VALUE]", "Show or change settings", bounce_ctl_run_config },
  { "check", "", "Ask Aurabox whether the API key works", bounce_ctl_run_check },
  { "resume", "", "Try uploads again after the key was refused", bounce_ctl_run_resume },
  { "show", "", "Show the main window", bounce_ctl_run_show },
  { "quit", "", "End the program that hosts the service", bounce_ctl_run_quit },
  { "log", "TEXT…", "Write a line to the service's log", bounce_ctl_run_log },
  { "api-start-upload", "STUDY_UID SIGNATURE UPLOAD_ID ASSEMBLY_ID",
    "Announce an upload and no more (for diagnosis)", bounce_ctl_run_api_start_upload },
};

static char *
describe_verbs (void)
{
  GString *text = g_string_new ("Verbs:\n");

  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    g_string_append_printf (text, "  %-18s%s\n", verbs[i].name, verbs[i].summary);
  g_string_append (text, "\nbouncectl VERB --help tells more about each. Exit codes: 0 done, 1 "
                         "failed,\n2 wrong use, 3 no service running.");
  return g_string_free (text, FALSE);
}

/* Options before the verb; what comes after it belongs to the verb. */
static gboolean
parse_before_verb (gboolean *is_version, int *argc, char ***argv, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("VERB [ARGUMENT…]");
  g_autofree char *description = describe_verbs ();
  const GOptionEntry entries[] = {
    { "version", 0, 0, G_OPTION_ARG_NONE, is_version, "Print the version and exit", NULL },
    { NULL },
  };

  g_option_context_set_summary (context, "Controls a running Bounce service.");
  g_option_context_set_description (context, description);
  g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, bounce_ctl_get_bus_options (), NULL);
  g_option_context_set_strict_posix (context, TRUE);
  return g_option_context_parse (context, argc, argv, error);
}

static const Verb *
find_verb (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (verbs); i++)
    if (strcmp (verbs[i].name, name) == 0)
      return &verbs[i];
  return NULL;
}

static BounceCtlExit
run_verb (int argc, char **argv)
{
  const Verb *verb = find_verb (argv[0]);
  BounceCtl ctl = { .bus = G_BUS_TYPE_SESSION };
  BounceCtlExit exit;

  if (verb == NULL)
    return bounce_ctl_wrong_use ("%s is not a verb; bouncectl --help lists them", argv[0]);
  ctl.verb = verb->name;
  ctl.arguments = verb->arguments;
  ctl.summary = verb->summary;
  bounce_ctl_take_bus_options (&ctl);
  exit = verb->run (&ctl, argc, argv);
  g_clear_object (&ctl.connection);
  return exit;
}

/* Half a list is none: whoever keeps it in a file must hear that the disk was full. */
static BounceCtlExit
check_output (BounceCtlExit exit)
{
  if ((fflush (stdout) == 0 && ferror (stdout) == 0) || exit != BOUNCE_CTL_DONE)
    return exit;
  fputs ("bouncectl: not everything could be written to standard output\n", stderr);
  return BOUNCE_CTL_FAILED;
}

int
main (int argc, char **argv)
{
  gboolean is_version = FALSE;
  g_autoptr (GError) error = NULL;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, bounce_paths_locale_dir ()); /* of core's sentences */
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  g_set_prgname ("bouncectl");
  if (!parse_before_verb (&is_version, &argc, &argv, &error))
    return bounce_ctl_wrong_use ("%s; see bouncectl --help", error->message);
  if (is_version)
    {
      printf ("bouncectl %s\n", BOUNCE_VERSION);
      return check_output (BOUNCE_CTL_DONE);
    }
  if (argc < 2)
    return bounce_ctl_wrong_use ("a verb is missing; bouncectl --help lists them");
  return check_output (run_verb (argc - 1, argv + 1));
}
