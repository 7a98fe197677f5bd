/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "bounce-service.h"

#include <adwaita.h>

G_BEGIN_DECLS

/* A page of the assistant. Main thread. Properties: "title" (string), "continue-label" (string,
 * nullable: the page has buttons of its own), "ready" (boolean: it may be left forwards). */
#define BOUNCE_TYPE_ASSISTANT_PAGE (bounce_assistant_page_get_type ())
G_DECLARE_DERIVABLE_TYPE (
    BounceAssistantPage, bounce_assistant_page, BOUNCE, ASSISTANT_PAGE, AdwBin)

struct _BounceAssistantPageClass
{
  AdwBinClass parent_class;

  /* The page comes into view. */
  void (*enter) (BounceAssistantPage *self);
  /* Checks and keeps what was entered. Takes the task: TRUE to go on, FALSE when the page has said
   * why not. */
  void (*apply) (BounceAssistantPage *self, GTask *task);
};

void bounce_assistant_page_set_service (BounceAssistantPage *self,
                                        BounceService *service,
                                        GSettings *settings);
BounceService *bounce_assistant_page_get_service (BounceAssistantPage *self);
GSettings *bounce_assistant_page_get_settings (BounceAssistantPage *self);
void bounce_assistant_page_set_ready (BounceAssistantPage *self, gboolean is_ready);
void bounce_assistant_page_enter (BounceAssistantPage *self);
void bounce_assistant_page_apply_async (BounceAssistantPage *self,
                                        GCancellable *cancellable,
                                        GAsyncReadyCallback callback,
                                        gpointer user_data);
gboolean bounce_assistant_page_apply_finish (BounceAssistantPage *self, GAsyncResult *result);

G_END_DECLS
