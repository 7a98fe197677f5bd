/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. The model tries again by itself; the banner goes when that works. Main thread. */

#include "config.h"

#include "bounce-read-banner.h"

#include <glib/gi18n.h>

#define WHAT_KEY "bounce-read-banner-what"

static void
error_changed_cb (GObject *model, GParamSpec *pspec, BounceBanner *banner)
{
  const char *what = g_object_get_data (G_OBJECT (banner), WHAT_KEY);
  g_autofree char *message = NULL;
  g_autofree char *title = NULL;

  g_object_get (model, "error-message", &message, NULL);
  if (message != NULL)
    {
      /* Translators: the first %s says what cannot be read, the second why */
      title = g_strdup_printf (_ ("%s: %s. What is shown may be out of date. Bounce tries again by "
                                  "itself; if it stays like this, restart Bounce."),
                               what, message);
      bounce_banner_set_title (banner, title);
    }
  bounce_banner_set_revealed (banner, message != NULL);
}

/**
 * bounce_read_banner_follow:
 * @what: copied
 *
 * Shows the trouble of @model in @banner from here on. Once for a banner.
 *
 * Thread: main
 */
void
bounce_read_banner_follow (BounceBanner *banner, GObject *model, const char *what)
{
  g_return_if_fail (BOUNCE_IS_BANNER (banner));
  g_return_if_fail (G_IS_OBJECT (model));

  g_object_set_data_full (G_OBJECT (banner), WHAT_KEY, g_strdup (what), g_free);
  g_signal_connect_object (model, "notify::error-message", G_CALLBACK (error_changed_cb), banner,
                           G_CONNECT_DEFAULT);
  error_changed_cb (model, NULL, banner);
}
