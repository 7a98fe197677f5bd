/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header: all of it is in the template. Main thread. */

#include "config.h"

#include "bounce-assistant-trial.h"

struct _BounceAssistantTrial
{
  BounceAssistantPage parent_instance;
};

G_DEFINE_FINAL_TYPE (BounceAssistantTrial, bounce_assistant_trial, BOUNCE_TYPE_ASSISTANT_PAGE)

static void
bounce_assistant_trial_class_init (BounceAssistantTrialClass *klass)
{
  gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (klass),
                                               "/cloud/aurabox/Bounce/ui/assistant-trial.ui");
}

static void
bounce_assistant_trial_init (BounceAssistantTrial *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
