/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. A trial is never out of sight: this banner is none of those that take turns. Main
 * thread. */

#include "config.h"

#include "bounce-trial-banner.h"

#include <glib/gi18n.h>

static void
show (BounceBanner *banner, BounceTrial *trial)
{
  guint seconds = bounce_trial_get_retry_seconds (trial);
  g_autofree char *text = NULL;

  if (bounce_trial_get_state (trial) == BOUNCE_TRIAL_WAITING)
    text = g_strdup_printf (ngettext ("Trial: its stand-in for Aurabox ended by itself and is "
                                      "started again in %u second.",
                                      "Trial: its stand-in for Aurabox ended by itself and is "
                                      "started again in %u seconds.",
                                      seconds),
                            seconds);
  else
    text = g_strdup (_ ("Trial: studies go to a stand-in for Aurabox. Nothing leaves this "
                        "computer."));
  bounce_banner_set_title (banner, text);
}

static void
state_changed_cb (BounceTrial *trial, GParamSpec *pspec, BounceBanner *banner)
{
  show (banner, trial);
}

/**
 * bounce_trial_banner_follow:
 * @banner: lives no longer than @trial, or is destroyed first
 *
 * Thread: main
 */
void
bounce_trial_banner_follow (BounceBanner *banner, BounceTrial *trial)
{
  g_return_if_fail (BOUNCE_IS_BANNER (banner));
  g_return_if_fail (BOUNCE_IS_TRIAL (trial));

  g_signal_connect_object (trial, "notify::state", G_CALLBACK (state_changed_cb), banner,
                           G_CONNECT_DEFAULT);
  show (banner, trial);
  bounce_banner_set_revealed (banner, TRUE);
}
