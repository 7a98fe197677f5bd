/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* bouncectl send, delete, reset, api-start-upload: what is done to studies. */

#include "config.h"

#include "bounce-ctl.h"

#include <stdio.h>

/* One call for each UID. A study that fails does not keep the others from their turn, a service
 * that is gone does. */
static BounceCtlExit
call_for_each (BounceCtl *ctl, const char *method, const char *done, int n, char **uids)
{
  BounceCtlExit worst = BOUNCE_CTL_DONE;

  for (int i = 0; i < n; i++)
    {
      BounceCtlExit exit;
      g_autoptr (GVariant) reply =
          bounce_ctl_call_about (ctl, uids[i], method, g_variant_new ("(s)", uids[i]), NULL, &exit);

      if (reply != NULL)
        printf ("%s %s\n", done, uids[i]);
      else if (exit == BOUNCE_CTL_NO_SERVICE)
        return exit;
      worst = MAX (worst, exit);
    }
  return worst;
}

/**
 * bounce_ctl_run_send:
 *
 * `bouncectl send UID…`: returns once all are queued.
 *
 * Source: API document, send_study
 */
BounceCtlExit
bounce_ctl_run_send (BounceCtl *ctl, int argc, char **argv)
{
  if (!bounce_ctl_parse (ctl, NULL, 1, BOUNCE_CTL_ANY_NUMBER, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  return call_for_each (ctl, "SendStudy", "Queued", argc - 1, argv + 1);
}

/**
 * bounce_ctl_run_delete:
 *
 * `bouncectl delete UID… --yes`: refused without --yes, because nothing brings a study back.
 *
 * Source: API document, delete_study
 */
BounceCtlExit
bounce_ctl_run_delete (BounceCtl *ctl, int argc, char **argv)
{
  gboolean is_sure = FALSE;
  const GOptionEntry entries[] = {
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &is_sure, "Yes, delete; it cannot be undone", NULL },
    { NULL },
  };

  if (!bounce_ctl_parse (ctl, entries, 1, BOUNCE_CTL_ANY_NUMBER, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  if (!is_sure)
    return bounce_ctl_wrong_use ("deleting cannot be undone; add --yes to delete %d %s", argc - 1,
                                 argc == 2 ? "study" : "studies");
  return call_for_each (ctl, "DeleteStudy", "Deleted", argc - 1, argv + 1);
}

/**
 * bounce_ctl_run_reset:
 *
 * `bouncectl reset --yes`: settings and the API key stay.
 *
 * Source: API document, reset_app
 */
BounceCtlExit
bounce_ctl_run_reset (BounceCtl *ctl, int argc, char **argv)
{
  gboolean is_sure = FALSE;
  const GOptionEntry entries[] = {
    { "yes", 'y', 0, G_OPTION_ARG_NONE, &is_sure, "Yes, delete all; it cannot be undone", NULL },
    { NULL },
  };
  g_autoptr (GVariant) reply = NULL;
  BounceCtlExit exit;

  if (!bounce_ctl_parse (ctl, entries, 0, 0, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  if (!is_sure)
    return bounce_ctl_wrong_use ("this deletes all studies and their files; add --yes to do it");
  reply = bounce_ctl_call (ctl, "ResetApp", NULL, NULL, &exit);
  return exit;
}

/**
 * bounce_ctl_run_api_start_upload:
 *
 * `bouncectl api-start-upload STUDY_UID SIGNATURE UPLOAD_ID ASSEMBLY_ID`.
 *
 * Source: API document, api_start_upload
 */
BounceCtlExit
bounce_ctl_run_api_start_upload (BounceCtl *ctl, int argc, char **argv)
{
  g_autoptr (GVariant) reply = NULL;
  BounceCtlExit exit;

  if (!bounce_ctl_parse (ctl, NULL, 4, 4, &argc, &argv))
    return BOUNCE_CTL_USAGE;
  reply =
      bounce_ctl_call (ctl, "ApiStartUpload",
                       g_variant_new ("(ssss)", argv[1], argv[2], argv[3], argv[4]), NULL, &exit);
  return exit;
}
