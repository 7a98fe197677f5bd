/* SPDX-FileCopyrightText: The Bounce authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The menu behind the icon: the state in words, the receiver's switch, the last studies, and the
 * ways into the application. The items are made once and only change their text, so that an open
 * menu does not jump. Each item activates an action of the application. Main thread. */

#include "config.h"

#include "bounce-tray-menu.h"

#include <glib/gi18n.h>

struct _BounceTrayMenu
{
  GtkMenu parent_instance;

  GActionGroup *actions; /* (owned) */
  GtkWidget *state_item; /* the menu owns its items */
  GtkWidget *receiver_item;
  GtkWidget *show_item;
  GtkWidget *study_items[BOUNCE_TRAY_MENU_STUDIES];
  GtkWidget *studies_separator;
  GtkWidget *preferences_item;
  char *study_uids[BOUNCE_TRAY_MENU_STUDIES]; /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (BounceTrayMenu, bounce_tray_menu, GTK_TYPE_MENU)

static gboolean
is_receiver_running (BounceTrayMenu *self)
{
  g_autoptr (GVariant) state = g_action_group_get_action_state (self->actions, "receiver");

  return state != NULL && g_variant_is_of_type (state, G_VARIANT_TYPE_BOOLEAN)
         && g_variant_get_boolean (state);
}

static void
receiver_item_activated_cb (BounceTrayMenu *self)
{
  g_action_group_change_action_state (self->actions, "receiver",
                                      g_variant_new_boolean (!is_receiver_running (self)));
}

static void
show_item_activated_cb (BounceTrayMenu *self)
{
  g_action_group_activate_action (self->actions, "show-window", NULL);
}

static void
preferences_item_activated_cb (BounceTrayMenu *self)
{
  g_action_group_activate_action (self->actions, "preferences", NULL);
}

static void
quit_item_activated_cb (BounceTrayMenu *self)
{
  g_action_group_activate_action (self->actions, "quit", NULL);
}

static void
study_item_activated_cb (BounceTrayMenu *self, GtkMenuItem *item)
{
  for (guint i = 0; i < BOUNCE_TRAY_MENU_STUDIES; i++)
    if (self->study_items[i] == GTK_WIDGET (item) && self->study_uids[i] != NULL
        && g_action_group_has_action (self->actions, "show-study"))
      {
        g_action_group_activate_action (self->actions, "show-study",
                                        g_variant_new_string (self->study_uids[i]));
        return;
      }
  show_item_activated_cb (self);
}

static GtkWidget *
add_item (BounceTrayMenu *self, const char *label, GCallback activated_cb)
{
  GtkWidget *item = gtk_menu_item_new_with_mnemonic (label);

  if (activated_cb != NULL)
    g_signal_connect_object (item, "activate", activated_cb, self, G_CONNECT_SWAPPED);
  else
    gtk_widget_set_sensitive (item, FALSE);
  gtk_menu_shell_append (GTK_MENU_SHELL (self), item);
  gtk_widget_show (item);
  return item;
}

static GtkWidget *
add_separator (BounceTrayMenu *self)
{
  GtkWidget *item = gtk_separator_menu_item_new ();

  gtk_menu_shell_append (GTK_MENU_SHELL (self), item);
  gtk_widget_show (item);
  return item;
}

static void
add_items (BounceTrayMenu *self)
{
  g_autofree char *version = g_strdup_printf (_ ("Bounce %s"), BOUNCE_VERSION);

  self->state_item = add_item (self, "", NULL);
  self->receiver_item =
      add_item (self, _ ("_Start Receiver"), G_CALLBACK (receiver_item_activated_cb));
  self->show_item = add_item (self, _ ("S_how Bounce"), G_CALLBACK (show_item_activated_cb));
  self->studies_separator = add_separator (self);
  for (guint i = 0; i < BOUNCE_TRAY_MENU_STUDIES; i++)
    self->study_items[i] = add_item (self, "", G_CALLBACK (study_item_activated_cb));
  add_separator (self);
  self->preferences_item =
      add_item (self, _ ("_Preferences"), G_CALLBACK (preferences_item_activated_cb));
  add_item (self, version, NULL);
  add_item (self, _ ("_Quit"), G_CALLBACK (quit_item_activated_cb));
}

static void
update_studies (BounceTrayMenu *self, GVariant *status)
{
  g_autoptr (GVariant) studies = NULL;
  gsize n_studies;

  if (status != NULL)
    studies = g_variant_lookup_value (status, "studies", G_VARIANT_TYPE ("a(ss)"));
  n_studies = studies != NULL ? g_variant_n_children (studies) : 0;
  for (gsize i = 0; i < BOUNCE_TRAY_MENU_STUDIES; i++)
    {
      const char *text = "";

      g_clear_pointer (&self->study_uids[i], g_free);
      if (i < n_studies)
        g_variant_get_child (studies, i, "(s&s)", &self->study_uids[i], &text);
      /* An underscore in a patient's name is no mnemonic. */
      gtk_menu_item_set_use_underline (GTK_MENU_ITEM (self->study_items[i]), FALSE);
      gtk_menu_item_set_label (GTK_MENU_ITEM (self->study_items[i]), text);
      gtk_widget_set_visible (self->study_items[i], i < n_studies);
    }
  gtk_widget_set_visible (self->studies_separator, n_studies > 0);
}

/**
 * bounce_tray_menu_update:
 * @status: (nullable): state of the action tray-status, a{sv}; %NULL while it is not known
 *
 * Shows @status and the present state of the actions.
 *
 * Thread: main
 */
void
bounce_tray_menu_update (BounceTrayMenu *self, GVariant *status)
{
  const char *label = "";

  g_return_if_fail (BOUNCE_IS_TRAY_MENU (self));

  if (status == NULL || !g_variant_lookup (status, "label", "&s", &label) || *label == '\0')
    label = _ ("Starting…");
  gtk_menu_item_set_use_underline (GTK_MENU_ITEM (self->state_item), FALSE);
  gtk_menu_item_set_label (GTK_MENU_ITEM (self->state_item), label);
  gtk_menu_item_set_label (GTK_MENU_ITEM (self->receiver_item), is_receiver_running (self)
                                                                    ? _ ("_Stop Receiver")
                                                                    : _ ("_Start Receiver"));
  gtk_widget_set_sensitive (self->receiver_item,
                            g_action_group_get_action_enabled (self->actions, "receiver"));
  gtk_widget_set_sensitive (self->preferences_item,
                            g_action_group_get_action_enabled (self->actions, "preferences"));
  update_studies (self, status);
}

static void
bounce_tray_menu_finalize (GObject *object)
{
  BounceTrayMenu *self = BOUNCE_TRAY_MENU (object);

  for (guint i = 0; i < BOUNCE_TRAY_MENU_STUDIES; i++)
    g_free (self->study_uids[i]);
  g_clear_object (&self->actions);
  G_OBJECT_CLASS (bounce_tray_menu_parent_class)->finalize (object);
}

static void
bounce_tray_menu_class_init (BounceTrayMenuClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = bounce_tray_menu_finalize;
}

static void
bounce_tray_menu_init (BounceTrayMenu *self)
{
  add_items (self);
}

/**
 * bounce_tray_menu_new:
 * @actions: the application's actions
 *
 * Returns: (transfer floating): the menu
 */
BounceTrayMenu *
bounce_tray_menu_new (GActionGroup *actions)
{
  BounceTrayMenu *self;

  g_return_val_if_fail (G_IS_ACTION_GROUP (actions), NULL);

  self = g_object_new (BOUNCE_TYPE_TRAY_MENU, NULL);
  self->actions = g_object_ref (actions);
  bounce_tray_menu_update (self, NULL);
  return self;
}

/**
 * bounce_tray_menu_get_show_item:
 *
 * Returns: (transfer none): the item that shows the window, for a middle click on the icon
 */
GtkWidget *
bounce_tray_menu_get_show_item (BounceTrayMenu *self)
{
  g_return_val_if_fail (BOUNCE_IS_TRAY_MENU (self), NULL);

  return self->show_item;
}
