/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header: all of it is in the template. Main thread. */

#include "config.h"

#include "bounce-assistant-welcome.h"

struct _BounceAssistantWelcome
{
  BounceAssistantPage parent_instance;
};

G_DEFINE_FINAL_TYPE (BounceAssistantWelcome, bounce_assistant_welcome, BOUNCE_TYPE_ASSISTANT_PAGE)

static void
bounce_assistant_welcome_class_init (BounceAssistantWelcomeClass *klass)
{
  gtk_widget_class_set_template_from_resource (GTK_WIDGET_CLASS (klass),
                                               "/cloud/aurabox/Bounce/ui/assistant-welcome.ui");
}

static void
bounce_assistant_welcome_init (BounceAssistantWelcome *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
