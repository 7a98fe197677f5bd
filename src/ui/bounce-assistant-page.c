/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the pages of the assistant have in common: a title, whether they may be left, and that they
 * check and keep their own settings when they are. Main thread. */

#include "config.h"

#include "bounce-assistant-page.h"

typedef struct
{
  char *title;            /* (owned) */
  char *continue_label;   /* (owned) (nullable) */
  BounceService *service; /* (owned) (nullable) until set */
  GSettings *settings;    /* (owned) (nullable) likewise */
  gboolean is_ready;
} BounceAssistantPagePrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (BounceAssistantPage, bounce_assistant_page, ADW_TYPE_BIN)

enum
{
  PROP_0,
  PROP_TITLE,
  PROP_CONTINUE_LABEL,
  PROP_READY,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static BounceAssistantPagePrivate *
get_private (gpointer self)
{
  return bounce_assistant_page_get_instance_private (self);
}

static void
bounce_assistant_page_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceAssistantPagePrivate *priv = get_private (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, priv->title);
      break;
    case PROP_CONTINUE_LABEL:
      g_value_set_string (value, priv->continue_label);
      break;
    case PROP_READY:
      g_value_set_boolean (value, priv->is_ready);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_assistant_page_set_property (GObject *object,
                                    guint id,
                                    const GValue *value,
                                    GParamSpec *pspec)
{
  BounceAssistantPagePrivate *priv = get_private (object);

  switch (id)
    {
    case PROP_TITLE:
      g_free (priv->title);
      priv->title = g_value_dup_string (value);
      break;
    case PROP_CONTINUE_LABEL:
      g_free (priv->continue_label);
      priv->continue_label = g_value_dup_string (value);
      break;
    case PROP_READY:
      priv->is_ready = g_value_get_boolean (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
apply_nothing (BounceAssistantPage *self, GTask *task)
{
  g_task_return_boolean (task, TRUE);
  g_object_unref (task);
}

static void
enter_nothing (BounceAssistantPage *self)
{
}

static void
bounce_assistant_page_dispose (GObject *object)
{
  BounceAssistantPagePrivate *priv = get_private (object);

  g_clear_object (&priv->service);
  g_clear_object (&priv->settings);
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_assistant_page_parent_class)->dispose (object);
}

static void
bounce_assistant_page_finalize (GObject *object)
{
  BounceAssistantPagePrivate *priv = get_private (object);

  g_free (priv->title);
  g_free (priv->continue_label);
  G_OBJECT_CLASS (bounce_assistant_page_parent_class)->finalize (object);
}

static void
bounce_assistant_page_class_init (BounceAssistantPageClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  const GParamFlags flags = G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS;

  object_class->get_property = bounce_assistant_page_get_property;
  object_class->set_property = bounce_assistant_page_set_property;
  object_class->dispose = bounce_assistant_page_dispose;
  object_class->finalize = bounce_assistant_page_finalize;
  klass->enter = enter_nothing;
  klass->apply = apply_nothing;
  /**
   * BounceAssistantPage:title: what the header shows.
   */
  properties[PROP_TITLE] = g_param_spec_string ("title", NULL, NULL, NULL, flags);
  /**
   * BounceAssistantPage:continue-label: (nullable): what the button that leads on says; %NULL when
   * the page has buttons of its own.
   */
  properties[PROP_CONTINUE_LABEL] = g_param_spec_string ("continue-label", NULL, NULL, NULL, flags);
  /**
   * BounceAssistantPage:ready: the page may be left forwards.
   */
  properties[PROP_READY] = g_param_spec_boolean ("ready", NULL, NULL, TRUE, flags);
  g_object_class_install_properties (object_class, N_PROPS, properties);
}

static void
bounce_assistant_page_init (BounceAssistantPage *self)
{
  get_private (self)->is_ready = TRUE;
}

/**
 * bounce_assistant_page_set_service:
 * @settings: those of the desktop
 *
 * What the page is about. Once, before it is entered.
 *
 * Thread: main
 */
void
bounce_assistant_page_set_service (BounceAssistantPage *self,
                                   BounceService *service,
                                   GSettings *settings)
{
  BounceAssistantPagePrivate *priv = get_private (self);

  g_return_if_fail (BOUNCE_IS_ASSISTANT_PAGE (self));
  g_return_if_fail (priv->service == NULL);

  priv->service = g_object_ref (service);
  priv->settings = g_object_ref (settings);
}

/**
 * bounce_assistant_page_get_service:
 *
 * Returns: (transfer none) (nullable): the service
 */
BounceService *
bounce_assistant_page_get_service (BounceAssistantPage *self)
{
  g_return_val_if_fail (BOUNCE_IS_ASSISTANT_PAGE (self), NULL);

  return get_private (self)->service;
}

/**
 * bounce_assistant_page_get_settings:
 *
 * Returns: (transfer none) (nullable): the settings of the desktop
 */
GSettings *
bounce_assistant_page_get_settings (BounceAssistantPage *self)
{
  g_return_val_if_fail (BOUNCE_IS_ASSISTANT_PAGE (self), NULL);

  return get_private (self)->settings;
}

/**
 * bounce_assistant_page_set_ready:
 *
 * Whether the page may be left forwards.
 *
 * Thread: main
 */
void
bounce_assistant_page_set_ready (BounceAssistantPage *self, gboolean is_ready)
{
  g_return_if_fail (BOUNCE_IS_ASSISTANT_PAGE (self));

  g_object_set (self, "ready", is_ready, NULL);
}

/**
 * bounce_assistant_page_enter:
 *
 * The page comes into view.
 *
 * Thread: main
 */
void
bounce_assistant_page_enter (BounceAssistantPage *self)
{
  g_return_if_fail (BOUNCE_IS_ASSISTANT_PAGE (self));

  BOUNCE_ASSISTANT_PAGE_GET_CLASS (self)->enter (self);
}

/**
 * bounce_assistant_page_apply_async:
 *
 * Checks and keeps what was entered.
 *
 * Thread: main
 */
void
bounce_assistant_page_apply_async (BounceAssistantPage *self,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data)
{
  GTask *task;

  g_return_if_fail (BOUNCE_IS_ASSISTANT_PAGE (self));

  task = g_task_new (self, cancellable, callback, user_data);
  g_task_set_source_tag (task, bounce_assistant_page_apply_async);
  BOUNCE_ASSISTANT_PAGE_GET_CLASS (self)->apply (self, task);
}

/**
 * bounce_assistant_page_apply_finish:
 *
 * Returns: whether to go on; if not, the page says why, or the call was cancelled
 */
gboolean
bounce_assistant_page_apply_finish (BounceAssistantPage *self, GAsyncResult *result)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);

  return g_task_propagate_boolean (G_TASK (result), NULL);
}
