/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* See the header. Its role is that of a status line, so that a screen reader speaks what comes; the
 * icon says the same as the colour. Main thread. */

#include "config.h"

#include "bounce-check-result.h"

struct _BounceCheckResult
{
  AdwBin parent_instance;

  GtkSpinner *spinner;
  GtkImage *icon;
  GtkLabel *label;

  BounceCheckState state;
};

G_DEFINE_FINAL_TYPE (BounceCheckResult, bounce_check_result, ADW_TYPE_BIN)

/* (nullable) each */
static const struct
{
  const char *icon;
  const char *css_class;
} looks[] = {
  [BOUNCE_CHECK_NONE] = { NULL, NULL },
  [BOUNCE_CHECK_RUNNING] = { NULL, "dim-label" },
  [BOUNCE_CHECK_GOOD] = { "emblem-ok-symbolic", "success" },
  [BOUNCE_CHECK_WARNING] = { "dialog-warning-symbolic", "warning" },
  [BOUNCE_CHECK_BAD] = { "dialog-error-symbolic", "error" },
};

static void
bounce_check_result_dispose (GObject *object)
{
  adw_bin_set_child (ADW_BIN (object), NULL);
  G_OBJECT_CLASS (bounce_check_result_parent_class)->dispose (object);
}

static void
bounce_check_result_class_init (BounceCheckResultClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = bounce_check_result_dispose;
  gtk_widget_class_set_accessible_role (widget_class, GTK_ACCESSIBLE_ROLE_STATUS);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/cloud/aurabox/Bounce/ui/check-result.ui");
  gtk_widget_class_bind_template_child (widget_class, BounceCheckResult, spinner);
  gtk_widget_class_bind_template_child (widget_class, BounceCheckResult, icon);
  gtk_widget_class_bind_template_child (widget_class, BounceCheckResult, label);
}

static void
bounce_check_result_init (BounceCheckResult *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * bounce_check_result_show:
 * @text: (nullable): a sentence; not needed for %BOUNCE_CHECK_NONE, which shows nothing
 *
 * Thread: main
 */
void
bounce_check_result_show (BounceCheckResult *self, BounceCheckState state, const char *text)
{
  const char *css_class;

  g_return_if_fail (BOUNCE_IS_CHECK_RESULT (self));

  css_class = looks[self->state].css_class;
  if (css_class != NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (self), css_class);
  self->state = state;
  css_class = looks[state].css_class;
  if (css_class != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self), css_class);
  gtk_image_set_from_icon_name (self->icon, looks[state].icon);
  gtk_widget_set_visible (GTK_WIDGET (self->icon), looks[state].icon != NULL);
  gtk_spinner_set_spinning (self->spinner, state == BOUNCE_CHECK_RUNNING);
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), state == BOUNCE_CHECK_RUNNING);
  gtk_label_set_label (self->label, text != NULL ? text : "");
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  text != NULL ? text : "", -1);
  gtk_widget_set_visible (GTK_WIDGET (self), state != BOUNCE_CHECK_NONE);
}

/**
 * bounce_check_result_get_state:
 *
 * Returns: what is shown
 */
BounceCheckState
bounce_check_result_get_state (BounceCheckResult *self)
{
  g_return_val_if_fail (BOUNCE_IS_CHECK_RESULT (self), BOUNCE_CHECK_NONE);

  return self->state;
}

/**
 * bounce_check_result_get_text:
 *
 * Returns: the sentence that is shown, perhaps empty
 */
const char *
bounce_check_result_get_text (BounceCheckResult *self)
{
  g_return_val_if_fail (BOUNCE_IS_CHECK_RESULT (self), NULL);

  return gtk_label_get_label (self->label);
}
