/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. To GTK it is the item of a list: as long as that is the same, so are the widgets.
 * Main thread. */

#include "config.h"

#include "bounce-study-row.h"

struct _BounceStudyRow
{
  GObject parent_instance;

  BounceStudyItem *study; /* (owned) */
  gulong changed_handler;
};

G_DEFINE_FINAL_TYPE (BounceStudyRow, bounce_study_row, G_TYPE_OBJECT)

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
study_changed_cb (BounceStudyRow *self)
{
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
forget_study (BounceStudyRow *self)
{
  if (self->study != NULL)
    g_clear_signal_handler (&self->changed_handler, self->study);
  g_clear_object (&self->study);
}

static void
bounce_study_row_dispose (GObject *object)
{
  forget_study (BOUNCE_STUDY_ROW (object));
  G_OBJECT_CLASS (bounce_study_row_parent_class)->dispose (object);
}

static void
bounce_study_row_class_init (BounceStudyRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = bounce_study_row_dispose;
  /**
   * BounceStudyRow::changed: what it shows is to be shown anew.
   */
  signals[CHANGED] = g_signal_new ("changed", BOUNCE_TYPE_STUDY_ROW, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
bounce_study_row_init (BounceStudyRow *self)
{
}

/**
 * bounce_study_row_new:
 * @study: what it shows
 *
 * Returns: (transfer full): a row
 */
BounceStudyRow *
bounce_study_row_new (BounceStudyItem *study)
{
  BounceStudyRow *self = g_object_new (BOUNCE_TYPE_STUDY_ROW, NULL);

  bounce_study_row_set_study (self, study);
  return self;
}

/**
 * bounce_study_row_get_study:
 *
 * Returns: (transfer none): what it shows
 */
BounceStudyItem *
bounce_study_row_get_study (BounceStudyRow *self)
{
  g_return_val_if_fail (BOUNCE_IS_STUDY_ROW (self), NULL);

  return self->study;
}

/**
 * bounce_study_row_set_study:
 * @study: what it shows from now on
 */
void
bounce_study_row_set_study (BounceStudyRow *self, BounceStudyItem *study)
{
  g_return_if_fail (BOUNCE_IS_STUDY_ROW (self));
  g_return_if_fail (BOUNCE_IS_STUDY_ITEM (study));

  if (self->study == study)
    return;
  forget_study (self);
  self->study = g_object_ref (study);
  self->changed_handler =
      g_signal_connect_swapped (study, "changed", G_CALLBACK (study_changed_cb), self);
  g_signal_emit (self, signals[CHANGED], 0);
}
