/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bounce: the desktop application. */

#include "config.h"

#include "bounce-application.h"

#include "bounce-file.h"
#include "bounce-log.h"
#include "bounce-paths.h"

#include <glib/gi18n.h>

#include <locale.h>
#include <signal.h>
#include <sys/stat.h>

/* Only what nobody but us may read: studies are patient data. */
#define PRIVATE_UMASK 0077

int
main (int argc, char **argv)
{
  g_autoptr (BounceApplication) application = NULL;
  int status;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, bounce_paths_locale_dir ());
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  umask (PRIVATE_UMASK);
  signal (SIGPIPE, SIG_IGN);
  bounce_file_raise_descriptor_limit ();
  g_set_application_name (_ ("Bounce"));
  application = bounce_application_new ();
  status = g_application_run (G_APPLICATION (application), argc, argv);
  bounce_log_stop ();
  if (bounce_application_is_restart_wanted (application))
    bounce_application_execute (argv[0]);
  return status;
}
