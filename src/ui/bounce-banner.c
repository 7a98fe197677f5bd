/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. The words come from whoever owns the banner; its role is an alert, so that a
 * screen reader speaks it when it comes. Main thread. */

#include "config.h"

#include "bounce-banner.h"

struct _BounceBanner
{
  AdwBin parent_instance;

  GtkRevealer *revealer;
  GtkImage *icon;
  GtkLabel *label;
  GtkButton *button;
  GtkButton *second_button;
  gboolean is_revealed;  /* it has something to say */
  gboolean is_held_back; /* others are more urgent */
};

G_DEFINE_FINAL_TYPE (BounceBanner, bounce_banner, ADW_TYPE_BIN)

enum
{
  PROP_0,
  PROP_TITLE,
  PROP_BUTTON_LABEL,
  PROP_ACTION_NAME,
  PROP_SECOND_LABEL,
  PROP_SECOND_ACTION_NAME,
  PROP_ICON_NAME,
  PROP_REVEALED,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

static void
bounce_banner_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  BounceBanner *self = BOUNCE_BANNER (object);

  switch (id)
    {
    case PROP_TITLE:
      g_value_set_string (value, gtk_label_get_label (self->label));
      break;
    case PROP_BUTTON_LABEL:
      g_value_set_string (value, gtk_button_get_label (self->button));
      break;
    case PROP_ACTION_NAME:
      g_value_set_string (value, gtk_actionable_get_action_name (GTK_ACTIONABLE (self->button)));
      break;
    case PROP_SECOND_LABEL:
      g_value_set_string (value, gtk_button_get_label (self->second_button));
      break;
    case PROP_SECOND_ACTION_NAME:
      g_value_set_string (value,
                          gtk_actionable_get_action_name (GTK_ACTIONABLE (self->second_button)));
      break;
    case PROP_ICON_NAME:
      g_value_set_string (value, gtk_image_get_icon_name (self->icon));
      break;
    case PROP_REVEALED:
      g_value_set_boolean (value, self->is_revealed);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
set_button_label (GtkButton *button, const char *label)
{
  gtk_button_set_label (button, label != NULL ? label : "");
  gtk_button_set_use_underline (button, TRUE);
  gtk_widget_set_visible (GTK_WIDGET (button), label != NULL);
}

static void
bounce_banner_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  BounceBanner *self = BOUNCE_BANNER (object);

  switch (id)
    {
    case PROP_TITLE:
      bounce_banner_set_title (self, g_value_get_string (value));
      break;
    case PROP_BUTTON_LABEL:
      set_button_label (self->button, g_value_get_string (value));
      break;
    case PROP_ACTION_NAME:
      gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (self->button),
                                               g_value_get_string (value));
      break;
    case PROP_SECOND_LABEL:
      set_button_label (self->second_button, g_value_get_string (value));
      break;
    case PROP_SECOND_ACTION_NAME:
      gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (self->second_button),
                                               g_value_get_string (value));
      break;
    case PROP_ICON_NAME:
      gtk_image_set_from_icon_name (self->icon, g_value_get_string (value));
      break;
    case PROP_REVEALED:
      bounce_banner_set_revealed (self, g_value_get_boolean (value));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
bounce_banner_dispose (GObject *object)
{
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_banner_parent_class)->dispose (object);
}

static GParamSpec *
new_text_property (const char *name)
{
  return g_param_spec_string (name, NULL, NULL, NULL, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS);
}

static void
bounce_banner_class_init (BounceBannerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  object_class->get_property = bounce_banner_get_property;
  object_class->set_property = bounce_banner_set_property;
  object_class->dispose = bounce_banner_dispose;
  /**
   * BounceBanner:title: the sentence.
   */
  properties[PROP_TITLE] = new_text_property ("title");
  /**
   * BounceBanner:button-label: (nullable): with a mnemonic; no button without it.
   */
  properties[PROP_BUTTON_LABEL] = new_text_property ("button-label");
  /**
   * BounceBanner:action-name: what the button does.
   */
  properties[PROP_ACTION_NAME] = new_text_property ("action-name");
  /**
   * BounceBanner:second-label: (nullable): likewise of another button.
   */
  properties[PROP_SECOND_LABEL] = new_text_property ("second-label");
  /**
   * BounceBanner:second-action-name: what the other button does.
   */
  properties[PROP_SECOND_ACTION_NAME] = new_text_property ("second-action-name");
  /**
   * BounceBanner:icon-name: a symbolic icon that says the same without words.
   */
  properties[PROP_ICON_NAME] = new_text_property ("icon-name");
  /**
   * BounceBanner:revealed: whether it has something to say; it is seen unless it is held back.
   */
  properties[PROP_REVEALED] =
      g_param_spec_boolean ("revealed", NULL, NULL, FALSE,
                            G_PARAM_READWRITE | G_PARAM_EXPLICIT_NOTIFY | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, properties);

  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_ALERT);
  gtk_widget_class_set_template_from_resource (widget_class, "/cloud/aurabox/Bounce/ui/banner.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceBanner, revealer);
  gtk_widget_class_bind_template_child (widget_class, BounceBanner, icon);
  gtk_widget_class_bind_template_child (widget_class, BounceBanner, label);
  gtk_widget_class_bind_template_child (widget_class, BounceBanner, button);
  gtk_widget_class_bind_template_child (widget_class, BounceBanner, second_button);
}

static void
bounce_banner_init (BounceBanner *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * bounce_banner_set_title:
 * @title: (nullable): a translated sentence
 *
 * Thread: main
 */
void
bounce_banner_set_title (BounceBanner *self, const char *title)
{
  g_return_if_fail (BOUNCE_IS_BANNER (self));

  gtk_label_set_label (self->label, title != NULL ? title : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  title != NULL ? title : "", -1);
}

/* A banner out of sight must not be found by a screen reader. */
static void
show (BounceBanner *self)
{
  gboolean is_shown = self->is_revealed && !self->is_held_back;

  gtk_revealer_set_reveal_child (self->revealer, is_shown);
  gtk_accessible_update_state (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_STATE_HIDDEN, !is_shown, -1);
}

/**
 * bounce_banner_set_revealed:
 *
 * Thread: main
 */
void
bounce_banner_set_revealed (BounceBanner *self, gboolean is_revealed)
{
  g_return_if_fail (BOUNCE_IS_BANNER (self));

  if (self->is_revealed == is_revealed)
    return;
  self->is_revealed = is_revealed;
  show (self);
  g_object_notify_by_pspec (G_OBJECT (self), properties[PROP_REVEALED]);
}

/**
 * bounce_banner_get_revealed:
 *
 * Returns: whether it has something to say
 */
gboolean
bounce_banner_get_revealed (BounceBanner *self)
{
  g_return_val_if_fail (BOUNCE_IS_BANNER (self), FALSE);

  return self->is_revealed;
}

/**
 * bounce_banner_set_held_back:
 *
 * Keeps it out of sight although it has something to say.
 *
 * Thread: main
 */
void
bounce_banner_set_held_back (BounceBanner *self, gboolean is_held_back)
{
  g_return_if_fail (BOUNCE_IS_BANNER (self));

  if (self->is_held_back == is_held_back)
    return;
  self->is_held_back = is_held_back;
  show (self);
}
