/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Each banner says by "revealed" that it has something to say; which of them are
 * seen is decided here, by their order in the template, so that what matters most is never the
 * third of four. A banner is added by a line in the template. Main thread. */

#include "config.h"

#include "bounce-banners.h"

#include "bounce-banner.h"

#include "bounce-wording.h"

#include <glib/gi18n.h>

/* More would push the studies out of sight, and nobody reads three. */
#define MAX_SHOWN 2

struct _BounceBanners
{
  AdwBin parent_instance;

  GtkBox *box;
  BounceBanner *storage_banner;
  BounceBanner *disk_full_banner;
  BounceBanner *key_banner;
  BounceBanner *receiver_banner;
  BounceBanner *restart_banner;
  BounceBanner *disk_low_banner;

  BounceStatusSummary *summary; /* (owned) (nullable) */
  gboolean is_trial;            /* there is no key that anybody could see to */
};

G_DEFINE_FINAL_TYPE (BounceBanners, bounce_banners, ADW_TYPE_BIN)

static void
arrange_cb (BounceBanners *self)
{
  guint n_shown = 0;

  for (GtkWidget *each = gtk_widget_get_first_child (GTK_WIDGET (self->box)); each != NULL;
       each = gtk_widget_get_next_sibling (each))
    {
      bounce_banner_set_held_back (BOUNCE_BANNER (each), n_shown >= MAX_SHOWN);
      n_shown += bounce_banner_get_revealed (BOUNCE_BANNER (each));
    }
}

static void
show_receiver (BounceBanners *self)
{
  BounceReceiverState state = bounce_status_summary_get_receiver_state (self->summary);
  gboolean is_restart_needed;

  g_object_get (self->summary, "receiver-restart-needed", &is_restart_needed, NULL);
  bounce_banner_set_revealed (self->receiver_banner, state == BOUNCE_RECEIVER_STOPPED);
  bounce_banner_set_revealed (self->restart_banner,
                              state == BOUNCE_RECEIVER_RUNNING && is_restart_needed);
}

/* What is free on a disk that is not there says nothing. */
static void
show_disk (BounceBanners *self)
{
  BounceDiskLevel level = bounce_status_summary_get_disk_level (self->summary);
  g_autofree char *storage_problem = NULL;
  g_autofree char *size = NULL;
  g_autofree char *full = NULL;
  g_autofree char *low = NULL;
  guint64 free_bytes;

  g_object_get (self->summary, "free-bytes", &free_bytes, "storage-problem", &storage_problem,
                NULL);
  size = bounce_wording_size (free_bytes);
  full =
      g_strdup_printf (_ ("The disk is almost full: %s left. Images will be refused soon."), size);
  low = g_strdup_printf (_ ("Disk space is running low: %s left."), size);
  bounce_banner_set_title (self->disk_full_banner, full);
  bounce_banner_set_title (self->disk_low_banner, low);
  bounce_banner_set_revealed (self->storage_banner, storage_problem != NULL);
  bounce_banner_set_revealed (self->disk_full_banner,
                              storage_problem == NULL && level == BOUNCE_DISK_FULL);
  bounce_banner_set_revealed (self->disk_low_banner,
                              storage_problem == NULL && level == BOUNCE_DISK_LOW);
}

static void
show_key (BounceBanners *self)
{
  g_autofree char *paused_reason = NULL;

  g_object_get (self->summary, "paused-reason", &paused_reason, NULL);
  if (paused_reason != NULL)
    {
      g_autofree char *reason = bounce_wording_reason (paused_reason);
      /* Trying again helps only where there is a key to try. */
      gboolean has_key = g_strcmp0 (paused_reason, BOUNCE_REASON_NO_KEY) != 0;
      /* Translators: %s is a reason, such as "the server refuses the API key" */
      g_autofree char *text = g_strdup_printf (_ ("Uploads are paused: %s."), reason);

      bounce_banner_set_title (self->key_banner, text);
      g_object_set (self->key_banner, "second-label", has_key ? _ ("_Try Again") : NULL, NULL);
    }
  bounce_banner_set_revealed (self->key_banner, paused_reason != NULL && !self->is_trial);
}

static const struct
{
  const char *signal;
  void (*show) (BounceBanners *self);
} followed[] = {
  { "notify::receiver-state", show_receiver }, { "notify::receiver-restart-needed", show_receiver },
  { "notify::free-bytes", show_disk },         { "notify::disk-level", show_disk },
  { "notify::storage-problem", show_disk },    { "notify::paused-reason", show_key },
};

/**
 * bounce_banners_set_trial:
 *
 * Whether the API key is a trial's own affair. Before the summary is set.
 *
 * Thread: main
 */
void
bounce_banners_set_trial (BounceBanners *self, gboolean is_trial)
{
  g_return_if_fail (BOUNCE_IS_BANNERS (self));

  self->is_trial = is_trial;
}

/**
 * bounce_banners_set_summary:
 *
 * Follows @summary from here on. Once only.
 *
 * Thread: main
 */
void
bounce_banners_set_summary (BounceBanners *self, BounceStatusSummary *summary)
{
  g_return_if_fail (BOUNCE_IS_BANNERS (self));
  g_return_if_fail (self->summary == NULL);

  self->summary = g_object_ref (summary);
  for (gsize i = 0; i < G_N_ELEMENTS (followed); i++)
    {
      g_signal_connect_object (summary, followed[i].signal, G_CALLBACK (followed[i].show), self,
                               G_CONNECT_SWAPPED);
      followed[i].show (self);
    }
}

static void
bounce_banners_dispose (GObject *object)
{
  g_clear_object (&BOUNCE_BANNERS (object)->summary);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_banners_parent_class)->dispose (object);
}

static void
bounce_banners_class_init (BounceBannersClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_banners_dispose;
  g_type_ensure (BOUNCE_TYPE_BANNER);
  gtk_widget_class_set_template_from_resource (widget_class, "/cloud/aurabox/Bounce/ui/banners.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceBanners, box);
  gtk_widget_class_bind_template_child (widget_class, BounceBanners, storage_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceBanners, disk_full_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceBanners, key_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceBanners, receiver_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceBanners, restart_banner);
  gtk_widget_class_bind_template_child (widget_class, BounceBanners, disk_low_banner);
}

static void
bounce_banners_init (BounceBanners *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  for (GtkWidget *each = gtk_widget_get_first_child (GTK_WIDGET (self->box)); each != NULL;
       each = gtk_widget_get_next_sibling (each))
    g_signal_connect_object (each, "notify::revealed", G_CALLBACK (arrange_cb), self,
                             G_CONNECT_SWAPPED);
}
